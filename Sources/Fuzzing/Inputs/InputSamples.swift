/// What is damaged: small files of every kind that is read, and the commands that read them.
enum InputSamples {
  static let scenarioKind = "scenario"

  /// Samples that are written here.
  static var written: [InputSample] {
    var all = [scenario(mixed), scenario(lending), serveCommand] + traces + lengths + clients + machines + measured
    all += traces.filter { $0.kind != "trace, with blocks of prompts" }.map(\.compressed) + [kit.compressed]
    return all
  }

  /// Commands that read a scenario, most of which run it.
  static func scenario(_ text: String) -> InputSample {
    InputSample(
      scenarioKind, "s.yaml", text,
      [
        ["run", "@s.yaml", "--no-store", "--jobs", "1"], ["run", "@s.yaml", "--no-store", "--jobs", "1", "--short"],
        ["run", "@s.yaml", "--no-store", "--quiet", "--jobs", "1", "--format", "json", "--resolution", "1 s"],
        ["run", "@s.yaml", "--no-store", "--jobs", "1", "--format", "csv", "--stepping", "iteration"],
        [
          "run", "@s.yaml", "--no-store", "--jobs", "1", "--format", "latex", "--requests", "@r.csv", "--series",
          "@o.jsonl", "--plot", "@p.svg", "--replications", "1", "--policy", "vllm-v1",
        ],
        [
          "run", "@s.yaml", "--no-store", "--jobs", "1", "--check-invariants", "--timeline", "@t.json.gz",
          "--replications", "1", "--policy", "vllm-v1", "--seed", "7",
        ],
        ["explain", "@s.yaml"], ["explain", "@s.yaml", "--yaml"], ["explain", "@s.yaml", "--format", "json"],
        ["explain", "@s.yaml", "--sources"],
        ["compare", "@s.yaml", "--no-store", "--jobs", "1", "--format", "markdown"],
        ["check", "@s.yaml", "--jobs", "1", "--max-replications", "3", "--junit", "@j.xml", "--markdown", "@m.md"],
        ["sweep", "@s.yaml", "--store", "@x.sqlite", "--jobs", "1"], ["place", "@s.yaml"],
        ["run", "@s.yaml", "--store", "@x.sqlite", "--jobs", "1", "--replications", "2"],
        ["run", "@s.yaml", "--no-store", "--jobs", "1", "--set", "seed=3", "--vary", "duration=2 s,3 s"],
      ])
  }

  /// A scenario as people write it: comments, blocks, several notations of quantities.
  static let mixed = """
    # What a reader may write.
    name: mixed
    description: "A \\u00e9tude, with 'quotes'"
    server: hgx-h100-8
    seed: 7
    duration: 4 s
    warmup: 500 ms
    policies:
      - vllm-v1
      - {name: vllm-v1, label: chunks, engine: {max_num_batched_tokens: 512}}
    variants:
      - {name: slow, workload.users.rate: 2/s}
      - name: fast
        workload.users.rate: 6/s
    deployments:
      - name: chat
        model: llama-3.1-8b
        gpus: [0, 1]
        engine: {kv_blocks: 600, max_num_seqs: 32, gpu_memory_utilization: 90 %}
    workload:
      - name: users
        rate: 4/s
        requests: 12
        prompt_tokens: {distribution: lognormal, mean: 200, cv: 1, maximum: 1000}
        output_tokens: 20
        slo: {ttft: 1 s, tpot: 60 ms}
      - {name: job, class: offline, arrivals: batch, requests: 4, prompt_tokens: 100, output_tokens: 10}
    expect:
      - {metric: mean_ttft_ms, class: online, below: 5 s}

    """

  /// Memory lent between deployments, a fleet that changes.
  static let lending = """
    server: hgx-h100-8
    duration: 4 s
    policies: [aqua]
    deployments:
      - name: small
        model: llama-3.1-8b
        gpus: [0]
        engine: {kv_blocks: 150, max_num_seqs: 32}
        paging: {destination: peer, lenders: [large]}
      - {name: large, model: llama-3.1-8b, gpus: [1], lend: {memory: 20 GB}, policy: vllm-v1}
    workload:
      - {name: a, deployment: small, rate: 8/s, requests: 16, prompt_tokens: 300, output_tokens: 30}
      - name: b
        deployment: large
        arrivals: {process: closed-loop, users: 3, think_time: 100 ms}
        requests: 8
        prompt_tokens: 100
        output_tokens: 10

    """

  /// One stream on one GPU; `WORKLOAD` stands for the stream's arrivals, lengths and what else it has.
  static func scenario(workload: String, server: String = "hgx-h100-8", model: String = "llama-3.1-8b") -> InputFile {
    InputFile(
      "s.yaml",
      """
      server: \(server)
      duration: 10 s
      policies: [vllm-v1]
      deployments: [{name: chat, model: \(model), gpus: [0]}]
      workload: {\(workload)}

      """)
  }

  /// Commands that run and explain `s.yaml`.
  static let runs = [["run", "@s.yaml", "--no-store", "--jobs", "1"], ["explain", "@s.yaml"]]

  private static let serveCommand = InputSample(
    "server's command", "c.sh",
    """
    VLLM_USE_V1=1 vllm serve meta-llama/Llama-3.1-8B-Instruct \\
      --tensor-parallel-size 2 --max-num-seqs 64 --gpu-memory-utilization 0.9 \\
      --max-model-len 8192 --port 8000 --enable-prefix-caching

    """,
    [
      ["import", "@c.sh", "--server", "hgx-h100-8"],
      ["import", "@c.sh", "--server", "hgx-h100-8", "--output", "@o.yaml"],
    ])
}
