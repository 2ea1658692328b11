/// Small scenarios that between them have every part that a scenario can have, for random changes to start from.
enum BaseScenarios {
  /// Names that mean something under a key.
  static let names: [String: [String]] = [
    "model": ["llama-3.1-8b", "llama-3.1-70b", "qwen2.5-7b", "opt-30b"],
    "deployment": ["small", "large", "chat"], "name": ["one", "two"], "label": ["left", "right"],
    "server": ["hgx-h100-8", "dgx-a100-80gb-8", "hgx-h200-8"], "like": ["hgx-h100-8", "dgx-a100-80gb-8"],
    "shard": ["'0/2'", "'1/2'"], "from": ["large", "small"], "borrower": ["small"], "lender": ["large"],
    "summary": ["'a question'"], "description": ["'a question'"], "title": ["'a title'"],
  ]

  /// Keys that only make runs long, or that runs do not depend on.
  static let untouched: Set<String> = [
    "scenario.replications", "scenario.claim", "scenario.sweep", "scenario.expect", "scenario.name",
    "scenario.description",
  ]

  static let all: [YAMLTree] = [
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

  private static func scalar(_ text: String) -> YAMLTree { .scalar(text) }

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

  /// One level of `{key: value, ...}`; anything else as it is.
  private static func tree(_ text: String) -> YAMLTree {
    guard text.hasPrefix("{"), text.hasSuffix("}") else { return .scalar(text) }
    var entries: [(key: String, value: YAMLTree)] = []
    var depth = 0
    var parts = [""]
    for character in text.dropFirst().dropLast() {
      if "[{".contains(character) { depth += 1 }
      if "]}".contains(character) { depth -= 1 }
      if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    for part in parts {
      let halves = part.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
      if halves.count == 2 { entries.append((String(halves[0]), .scalar(String(halves[1])))) }
    }
    return .mapping(entries)
  }
}
