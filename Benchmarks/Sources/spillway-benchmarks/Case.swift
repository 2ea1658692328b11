/// One point to be measured: `Scenarios/scale.yaml`, or with a fleet `Scenarios/fleet-64.yaml`.
struct Case {
  /// Many replicas behind one router, all on one-GPU engines of the model of `scale.yaml`.
  struct Fleet {
    var router: String
    var replicas: Int
  }

  /// What may raise the cost of a request by `Target.mostGrowth` at most.
  enum Crowd {
    /// More requests than are served, in a queue of this order; half of them are more urgent than the others.
    case queue(order: String)
    /// Users who wait for each answer; the requests are as many however many users there are.
    case users(Int)

    /// What messages call it.
    var name: String {
      switch self {
      case .queue(let order): "a queue by \(order)"
      case .users: "a closed loop's users"
      }
    }
  }

  /// Answers of 1,024 tokens on one engine, beside which there is or is not enough memory.
  struct Memory {
    /// What follows the policy's name in a scenario, for example `, preemption: swap`.
    var parameters = ""
    /// KV blocks of the engine's own pool.
    var blocks: Int

    /// More than all requests ever hold, and so few that requests are preempted or paged out.
    static let ample = 100_000
    static let scarce = 5_000
  }

  var policy: String
  /// Requests per second of simulated time.
  var rate: Double
  var requests: Int
  var outputTokens = 256
  var fleet: Fleet?
  var crowd: Crowd?
  var memory: Memory?

  func arguments(_ programs: Programs) -> [String] {
    var sets = [
      "workload.rate=\(plain(rate))/s", "workload.requests=\(requests)", "workload.output_tokens=\(outputTokens)",
    ]
    if let fleet {
      sets += [
        "servers[0].count=\((fleet.replicas + 7) / 8)", "deployments.chat.replicas=\(fleet.replicas)",
        "deployments.chat.router=\(fleet.router)", "deployments.chat.tensor_parallel=1",
        "deployments.chat.model=llama-3.1-8b",
      ]
    }
    var policies = ["--policy", policy]
    let lengths = "prompt_tokens: 1024, output_tokens: \(outputTokens)"
    switch crowd {
    case .queue(let order):
      policies = []
      let classes = "components: [{weight: 1, priority: 1, \(lengths)}, {weight: 1, \(lengths)}]"
      sets = [
        "policies=[{name: \(policy), order: \(order)}]",
        "workload={arrivals: poisson, rate: \(plain(rate))/s, requests: \(requests), \(classes)}",
      ]
    case .users(let users):
      let loop = "arrivals: {process: closed-loop, users: \(users), think_time: 1 s}"
      sets = ["workload={\(loop), requests: \(requests), \(lengths)}"]
    case nil: break
    }
    if let memory {
      policies = []
      sets += [
        "policies=[{name: \(policy)\(memory.parameters)}]", "deployments[0].engine.kv_blocks=\(memory.blocks)",
        "deployments[0].engine.swap_space=400 GB",
      ]
    }
    return [
      programs.spillway, "run", fleet == nil ? programs.scenario : programs.fleetScenario, "--no-store", "--quiet",
      "--format", "json", "--jobs", "1",
    ] + policies + sets.flatMap { ["--set", $0] }
  }
}

/// What is measured and with which files.
struct Programs {
  /// The loop in C beside it.
  var limit = ".build/release/limit"
  var spillway = ".build/release/spillway"
  var scenario = "Scenarios/scale.yaml"
  var fleetScenario = "Scenarios/fleet-64.yaml"
}

/// What was measured at a point.
struct Reading {
  var point: Case
  var cpuSeconds: Double
  var peakBytes: Int
  var completed: Int
  var producedTokens: Int
  /// How often a sequence lost its place, by recompute or by paging.
  var preemptions: Int
  /// CPU seconds of the C loop for as many requests of the same length at the same rate, measured in between; nil where
  /// it has no such case.
  var limitSeconds: Double?

  /// How many times the C loop's cost it is.
  var timesLimit: Double? { limitSeconds.map { cpuSeconds / $0 } }
  var requestsPerSecond: Double { Double(completed) / cpuSeconds }
  var microsecondsPerRequest: Double { cpuSeconds * 1e6 / Double(completed) }
  var microsecondsPerToken: Double { cpuSeconds * 1e6 / Double(producedTokens) }
}

extension Case {
  /// Output tokens, and the requests per second at which they come to as many tokens a second: at one rate for all,
  /// long answers would fill the memory, and what costs time is preemption (`Memory`).
  static let lengths: [(tokens: Int, rate: Double)] = [(256, 4), (1024, 1), (4096, 0.25)]
  static let requestsOfLengths = 300_000

  /// Requests per second of one engine at which policies are compared.
  static let rates = [4.0, 16]
  static let routers = ["round-robin", "power-of-two", "least-outstanding", "least-kv"]
  /// How many engines a router is given.
  static let fleetSizes = [1, 64, 1000]

  /// A router with so many engines, each at the same load.
  static func fleet(_ router: String, of replicas: Int, requests: Int) -> Case {
    Case(
      policy: "vllm-v1", rate: 4 * Double(replicas), requests: requests,
      fleet: Fleet(router: router, replicas: replicas))
  }

  /// Policies under pressure for memory, with what follows their names in a scenario.
  static let pressed = [
    ("vllm-v1", ""), ("vllm-v0", ", preemption: recompute"), ("vllm-v0", ", preemption: swap"), ("conserve", ""),
    ("aqua", ""),
  ]

  /// One of them with a number of KV blocks.
  static func pressed(_ policy: String, _ parameters: String, blocks: Int, requests: Int) -> Case {
    Case(
      policy: policy, rate: 4, requests: requests, outputTokens: 1024,
      memory: Memory(parameters: parameters, blocks: blocks))
  }

  /// With fewer the C loop is too short to be timed.
  static let fewestForLimit = 100_000

  /// Measures the point: the least CPU time of up to three runs, fewer when they are long.
  ///
  /// - Throws: `MeasurementError`, also when a run did not complete every request.
  func reading(_ programs: Programs) throws(MeasurementError) -> Reading {
    var best: Usage?
    var limit: Double?
    var spent = 0.0
    for _ in 0..<3 where spent < 3 {
      let usage = try measure(arguments(programs))
      spent += usage.cpuSeconds
      if usage.cpuSeconds < best?.cpuSeconds ?? .infinity { best = usage }
      if fleet == nil, crowd == nil, memory == nil, requests >= Self.fewestForLimit {
        let loop = try measure([programs.limit, "\(requests)", plain(rate), "\(outputTokens)"])
        limit = min(limit ?? .infinity, loop.cpuSeconds)
      }
    }
    guard let best else { throw MeasurementError(description: "nothing was measured") }
    let completed = Self.number("completed", in: best.output) ?? -1
    let tokens = Self.number("total_output_tokens", in: best.output) ?? -1
    guard completed == requests, tokens == requests * outputTokens else {
      throw MeasurementError(
        description: "\(name) completed \(completed) of \(requests) requests, with \(tokens) tokens")
    }
    return Reading(
      point: self, cpuSeconds: best.cpuSeconds, peakBytes: best.peakBytes, completed: completed,
      producedTokens: tokens,
      preemptions: Self.preemptions(in: best.output), limitSeconds: limit)
  }

  /// What messages call the point.
  var name: String {
    if let crowd { return crowd.name }
    if let memory { return policy + memory.parameters.replacing(", preemption:", with: " with") }
    guard let fleet else { return "\(policy) at \(plain(rate))/s" }
    return "\(fleet.router) over \(grouped(fleet.replicas)) replicas at \(grouped(Int(rate)))/s"
  }

  /// How often a sequence lost its place, by what a run printed.
  static func preemptions(in output: String) -> Int {
    ["preemptions_by_recompute", "preemptions_by_swap"].reduce(0) { $0 + (number($1, in: output) ?? 0) }
  }

  /// The first number of that name in a JSON text.
  private static func number(_ name: String, in json: String) -> Int? {
    guard let range = json.firstRange(of: "\"\(name)\":") else { return nil }
    return Int(json[range.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
  }
}
