/// Small scenarios that between them have every part that a scenario can have, for random changes to start from.
enum BaseScenarios {
  /// Names that mean something under a key.
  static let names: [String: [String]] = [
    "model": ["llama-3.1-8b", "llama-3.1-70b", "qwen2.5-7b", "opt-30b"],
    "deployment": ["small", "large", "chat"], "name": ["one", "two"], "label": ["left", "right"],
    "server": ["hgx-h100-8", "dgx-a100-80gb", "hgx-h200-8"],
    "like": [
      "hgx-h100-8", "dgx-a100-80gb", "h100-sxm-80gb", "dgx-superpod-h100",
    ],
    "shard": ["'0/2'", "'1/2'"], "from": ["large", "small"], "borrower": ["small"], "lender": ["large"],
    "metric": ["mean_ttft_ms", "p99_ttft_ms", "request_goodput", "throughput"],
    "stack": ["vllm", "tensorrt-llm", "sglang"],
    "without": ["users", "others"], "policy": ["vllm-v1", "aqua"], "rises": ["workload.users.rate"],
    "falls": ["workload.users.rate"], "source": ["'made here'"], "why": ["'to see'"], "gpu": ["h100-sxm-80gb"],
    "unit": ["ms"], "text": ["'a text'"], "version": ["'0.20'", "'0.19'", "'1.2'"], "summary": ["'a question'"],
    "description": ["'a question'"], "title": ["'a title'"], "file": CaseFiles.all.map(\.name),
    "lengths": ["client-lengths.csv"], "kernels": ["h100-sxm-80gb", "h200-sxm-141gb"], "profile": ["h200-sxm-141gb"],
    "card": ["connectx-7-ndr-400g", "connectx-6-hdr-200g"], "id": ["T1"], "published": ["'what was said'"],
    "target": ["'10 % either way'"], "assumed": ["'what was not'"], "decides": ["'the rate'"], "found": ["'as said'"],
    "origin": ["'made here'"], "key": ["workload.users.trace.file"], "not_expressible": ["'nothing'"],
    "assumption": ["'a guess'"],
    "variant": ["fast", "synchronous", "asynchronous"], "baseline": ["vllm-v1"],
  ]

  /// Keys that only make runs long, or that runs do not depend on.
  static let untouched: Set<String> = ["scenario.replications"]

  static let all = plain + several + readingFiles + describing

  /// One server, and little else.
  private static let plain: [YAMLTree] = [
    scenario(
      deployments: [deployment("chat", "llama-3.1-8b", [("gpus", "[0]")])],
      workload: [stream("users", [("rate", "8/s")])]),
    scenario(
      policies: ["vllm-v0", "sarathi-p", "aqua"],
      deployments: [
        deployment("chat", "llama-3.1-8b", [("gpus", "[0]"), ("engine", "{kv_blocks: 200, max_num_seqs: 16}")])
      ],
      workload: [stream("users", [("rate", "20/s")])]),
    scenario(
      policies: ["aqua"],
      deployments: [
        deployment(
          "small", "llama-3.1-8b",
          [
            ("gpus", "[0]"), ("engine", "{kv_blocks: 150, max_num_seqs: 32}"),
            ("paging", "{destination: peer, lenders: [large]}"),
          ]),
        deployment("large", "llama-3.1-8b", [("gpus", "[1]"), ("lend", "{memory: 20 GB}"), ("policy", "vllm-v1")]),
      ],
      workload: [
        stream("users", [("deployment", "small"), ("rate", "20/s")]),
        stream("others", [("deployment", "large"), ("rate", "4/s")]),
      ]),
    scenario(
      policies: ["conserve", "hygen", "non-preemptive"],
      deployments: [
        deployment("chat", "llama-3.1-8b", [("gpus", "[0]"), ("engine", "{kv_blocks: 400, max_num_seqs: 24}")])
      ],
      workload: [
        stream("users", [("rate", "6/s"), ("slo", "{ttft: 1 s, tpot: 60 ms}")]),
        stream("job", [("class", "offline"), ("arrivals", "batch"), ("priority", "1")]),
      ]),
    scenario(
      deployments: [
        deployment("chat", "llama-3.1-8b", [("replicas", "3"), ("tensor_parallel", "2"), ("router", "least-kv")])
      ],
      workload: [
        stream("users", [("arrivals", "{process: closed-loop, users: 12, think_time: 100 ms}")]),
        stream("more", [("rate", "5/s"), ("sessions", "{turns: 3, think_time: 200 ms}")]),
      ]),
  ]

  /// Several servers, fleets that change, mixtures, adapters, other stacks, what is asked of results.
  private static let several: [YAMLTree] = [
    """
    {servers: [{like: hgx-h100-8, count: 2}, {name: one, like: hgx-h100-8, network: {cards: 2}}], seed: 3,
    duration: 6 s, network: {wiring: rails, oversubscription: 2}, policies: [{name: vllm-v1}, {name: non-preemptive}],
    deployments: [{name: chat, model: llama-3.1-70b, tensor_parallel: 4, replicas: 3, router: power-of-two},
    {name: small, model: llama-3.1-8b, servers: [2]}], workload:
    [{name: users, deployment: chat, rate: 6/s, requests: 20, prompt_tokens: 300, output_tokens: 40},
    {name: others, deployment: small, rate: 4/s, requests: 12, prompt_tokens: 200, output_tokens: 20}]}
    """,
    """
    {servers: [{like: hgx-h100-8, count: 2}], seed: 3, duration: 6 s, policies: [{name: vllm-v1}], deployments:
    [{name: chat, model: llama-3.1-8b, tensor_parallel: 2, replicas: 3, router: least-outstanding}], fleet:
    [{at: 1 s, add: 1, start_up: 500 ms}, {at: 2 s, drain: 1, hand_over: true}, {at: 3 s, remove: [0]}], workload:
    [{name: users, rate: 12/s, requests: 30, prompt_tokens: {distribution: lognormal, mean: 300, cv: 1, maximum: 2000},
    output_tokens: {distribution: uniform, low: 5, high: 80}}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, warmup: 1 s, drain: 2 s, policies: [{name: tensorrt-llm},
    {name: cfs-step}, {name: sarathi-p}], variants: [{name: fast, workload.users.rate: 8/s}], deployments:
    [{name: chat, model: llama-3.1-8b, gpus: [0, 1], engine: {kv_blocks: 400, enable_prefix_caching: true,
    max_num_batched_tokens: 1024}}], workload: [{name: users, rate: 6/s, requests: 24, components:
    [{weight: 3, tenant: 1, prompt_tokens: 300, output_tokens: 40}, {weight: 1, tenant: 2, prompt_tokens:
    {distribution: zipf, exponent: 1.2, low: 50, high: 900}, output_tokens: 20}]}, {name: chats, requests: 16,
    rate: 2/s, sessions: {turns: 3, think_time: 200 ms}, prompt_tokens: 80, output_tokens: 20}], expect:
    [{metric: mean_ttft_ms, below: 5 s}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: tensorrt-llm}], deployments: [{name: chat,
    model: llama-3.1-8b, gpus: [0], engine: {stack: tensorrt-llm, max_num_seqs: 64}}], workload:
    [{name: users, requests: 24, slo: {ttft: 1 s, e2el: 20 s}, deadline: 10 s, prompt_tokens: 300, output_tokens: 40,
    arrivals: {process: on-off, on_rate: 20/s, off_rate: 1/s, on_time: 1 s, off_time: 2 s}}]}
    """,
    """
    {server: hgx-h100-8, seed: 3, duration: 6 s, policies: [{name: vllm-v1, best_over: {engine:
    {max_num_batched_tokens: [512, 1024]}}}],
    deployments: [{name: chat, model: mixtral-8x7b, tensor_parallel: 2, engine: {max_num_seqs: 16,
    overheads: {per_step: 1 ms}}}], workload: [{name: users, requests: 12, rate: 6/s, prompt_tokens: 200,
    output_tokens: 20}], sweep: {grid: {workload.users.rate: [2/s, 4/s]}}}
    """,
  ].map { tree($0.replacing("\n", with: " ")) }

  private static func scenario(
    policies: [String] = ["vllm-v1"], deployments: [YAMLTree], workload: [YAMLTree]
  ) -> YAMLTree {
    .mapping([
      ("server", .scalar("hgx-h100-8")), ("seed", .scalar("3")), ("duration", .scalar("6 s")),
      ("policies", .list(policies.map { .mapping([("name", .scalar($0))]) })), ("deployments", .list(deployments)),
      ("workload", .list(workload)),
    ])
  }

  private static func deployment(_ name: String, _ model: String, _ keys: [(String, String)]) -> YAMLTree {
    .mapping([("name", .scalar(name)), ("model", .scalar(model))] + keys.map { ($0.0, tree($0.1)) })
  }

  private static func stream(_ name: String, _ keys: [(String, String)]) -> YAMLTree {
    .mapping(
      [
        ("name", .scalar(name)), ("requests", .scalar("24")), ("prompt_tokens", .scalar("300")),
        ("output_tokens", .scalar("60")),
      ] + keys.map { ($0.0, tree($0.1)) })
  }

  /// What is written in braces and brackets; anything else as it is.
  static func tree(_ text: String) -> YAMLTree {
    let text = text.drop { $0 == " " }
    func parts() -> [Substring] {
      var depth = 0
      return text.dropFirst().dropLast().split { character in
        if "[{".contains(character) { depth += 1 }
        if "]}".contains(character) { depth -= 1 }
        return character == "," && depth == 0
      }
    }
    if text.hasPrefix("["), text.hasSuffix("]") { return .list(parts().map { tree(String($0)) }) }
    guard text.hasPrefix("{"), text.hasSuffix("}") else { return .scalar(String(text)) }
    return .mapping(
      parts().compactMap { part in
        let halves = part.split(separator: ":", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        return (String(halves[0].drop { $0 == " " }), tree(String(halves[1])))
      })
  }
}
