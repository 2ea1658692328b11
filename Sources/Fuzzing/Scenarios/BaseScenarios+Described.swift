/// Scenarios that read files, and such that describe their machines, what is claimed and what is varied.
extension BaseScenarios {
  static let readingFiles: [YAMLTree] = [
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1}], deployments: [{name: chat,
    model: llama-3.1-8b, gpus: [0], engine: {kv_blocks: 400, enable_prefix_caching: true}}], workload:
    [{name: users, trace: {file: t.csv}}, {name: others, requests: 10, rate: 4/s, lengths: {file: pairs.csv}},
    {name: third, class: offline, requests: 8, rate: 3/s, output_tokens: 10, prompt_tokens:
    {distribution: sample, file: lengths.txt}}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1}, {name: aqua}], deployments:
    [{name: chat, model: llama-3.1-8b, gpus: [0], engine: {kv_blocks: 300}}], workload:
    [{name: users, trace: {file: t.csv, shard: 0/2, rate_scale: 2, from: 200 ms, to: 4 s, limit: 12}},
    {name: others, trace: {file: swapped.csv, skip_bad_rows: true, sort_window: 8, max_tokens: 100}}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1}], deployments: [{name: chat,
    model: llama-3.1-8b, replicas: 2, router: cache-aware, engine: {enable_prefix_caching: true}}], workload:
    [{name: users, trace: {file: blocks.jsonl, hash_block: 512, time_scale: 0.5, spread: 100 ms}}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1}, {name: vllm-v0}], deployments:
    [{name: chat, model: llama-3.1-8b, gpus: [0], engine: {max_num_seqs: 16}}], workload:
    [{name: users, requests: 24, arrivals: {process: clients, file: clients.csv, lengths: client-lengths.csv,
    leave_out_clients_without_lengths: true, window: 10 min}}, {name: others, requests: 8, rate: 4/s, components:
    [{weight: 2, lengths: {file: pairs.csv}}, {weight: 1, prompt_tokens: 50, output_tokens: 9}]}]}
    """,
  ].map { tree($0.replacing("\n", with: " ")) }

  static let describing: [YAMLTree] = [
    """
    {server: {like: hgx-h100-8, gpu: {like: h100-sxm-80gb, memory: 60 GB, copy_engines: 2, kernel_launch: 6 us},
    network: {cards: 8, card: connectx-7-ndr-400g}}, seed: 3, duration: 6 s, policies: [{name: aqua}], deployments:
    [{name: chat, model: llama-3.1-8b, gpus: [0], engine: {kv_blocks: 160, max_num_seqs: 32, kernels: h100-sxm-80gb},
    paging: {destination: host}}], workload: [{name: users, rate: 16/s, requests: 24, prompt_tokens: 300,
    output_tokens: 40}]}
    """,
    """
    {servers: [{like: hgx-h100-8, count: 2}], network: {like: dgx-superpod-h100}, seed: 3, duration: 6 s,
    policies: [{name: vllm-v1}], deployments: [{name: chat, model: llama-3.1-8b, replicas: 2, engine: {stack: vllm,
    version: '0.20', lora: {max_loras: 2, max_lora_rank: 16}}}], workload: [{name: users, rate: 6/s, requests: 20,
    prompt_tokens: 300, output_tokens: 40, adapters: {count: 6, exponent: 1}}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1}, {name: aqua}], claim: {id: T1,
    published: 'what was said', studies: [{title: 'another rate', sweep: {grid: {workload.users.rate: [2/s, 4/s]}},
    expect: [{metric: mean_ttft_ms, reported: true}]}]}, variants: [{name: fast, workload.users.rate: 8/s},
    {name: slow, workload.users.rate: 3/s}], deployments: [{name: chat, model: llama-3.1-8b, gpus: [0], engine:
    {kv_blocks: 300}}], workload: [{name: users, rate: 6/s, requests: 16, prompt_tokens: 300, output_tokens: 40}],
    expect: [{metric: mean_ttft_ms, ratio: [vllm-v1, aqua], above: 0.001}, {metric: mean_ttft_ms, ratio: [fast, slow],
    below: 1000}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1}], deployments: [{name: chat,
    model: llama-3.1-8b, gpus: [0]}], workload: [{name: users, rate: 6/s, requests: 16, prompt_tokens: 300,
    output_tokens: 40}], sweep: [{latin_hypercube: {points: 3, seed: 2, keys: {workload.users.rate: {from: 2/s,
    to: 6/s}}}}, {zip: {deployments.chat.engine.max_num_seqs: [8, 16]}}], expect: [{metric: mean_ttft_ms,
    rises: workload.users.rate, tolerance: 0.1}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1}], deployments: [{name: chat,
    model: llama-3.1-8b, gpus: [0], engine: {kv_blocks: 150}, paging: {destination: peer, lenders: [producer]}}],
    services: [{name: producer, model: stable-diffusion-1.5, gpus: [1], lend: {memory: 30 GB}}], workload:
    [{name: users, deployment: chat, requests: 16, output_tokens: 40, prompt_tokens: {distribution: quantiles,
    points: [{p: 0, tokens: 20}, {p: 0.5, tokens: 300}, {p: 1, tokens: 900}]}, arrivals: {process: piecewise, steps:
    [{from: 0 s, rate: 4/s}, {from: 2 s, rate: 10/s}], cv: 1.5}}, {name: pictures, deployment: producer, rate: 1/s,
    requests: 4}]}
    """,
  ].map { tree($0.replacing("\n", with: " ")) }
}
