import Assembly
import Hardware
import Scenario
import SimCore
import StepTime

/// `explain` as text.
enum ExplanationText {
  /// Of how many replicas the lenders are listed one by one.
  private static let mostBorrowersShown = 8

  static func text(_ scenario: ResolvedScenario, _ deployments: [ExplainedDeployment], width: Int) -> String {
    var text = scenario.summary.isEmpty ? scenario.name + "\n" : ""
    if !scenario.summary.isEmpty { text = Columns.paragraph("\(scenario.name): \(scenario.summary)", width: width) }
    text += "\nThe scenario with every default written out (sha256 \(scenario.digest.prefix(16))...)\n\n"
    for line in scenario.canonicalText.split(separator: "\n", omittingEmptySubsequences: false) where !line.isEmpty {
      text += "  " + line + "\n"
    }
    for deployment in deployments { text += "\n" + self.text(deployment, width: width) }
    if !scenario.fleet.isEmpty { text += "\nHow the fleet changes\n" + fleet(of: scenario, width: width) }
    return text
  }

  private static func fleet(of scenario: ResolvedScenario, width: Int) -> String {
    var counts = scenario.deployments.map { $0.placement.count }
    func list(_ replicas: [Int]) -> String {
      "replica\(replicas.count == 1 ? "" : "s") " + replicas.map(String.init).joined(separator: ", ")
    }
    let rows = scenario.fleet.map { change in
      let words: String
      switch change.action {
      case .add(let placement, let startUp):
        let first = counts[change.deployment]
        counts[change.deployment] += placement.count
        let servers = Set(placement.map(\.server)).sorted().map(String.init).joined(separator: ", ")
        let assumed = startUp == ResolvedFleetChange.assumedStartUp ? " (60 s are assumed when nothing is said)" : ""
        words =
          "adds \(list(Array(first..<first + placement.count))) on server \(servers), which starts for "
          + "\(Amount.time(startUp))\(assumed)"
      case .drain(let replicas, let handsOver):
        words = "drains \(list(replicas)), " + (handsOver ? "requests and KV handed over" : "requests finished there")
      case .remove(let replicas, let handsOver):
        words = "removes \(list(replicas)), " + (handsOver ? "requests and KV handed over" : "requests computed anew")
      }
      return [Amount.time(change.time), scenario.deployments[change.deployment].name, words]
    }
    return Columns.text(rows, indent: 2, width: width, numeric: [0])
  }

  private static func text(_ deployment: ExplainedDeployment, width: Int) -> String {
    let planned = deployment.planned
    var text = "\(planned.name): \(planned.resolved.modelName) on \(deployment.placement)\n"
    text += profile(deployment, width: width)
    text += "\nMemory of each GPU\n" + memory(deployment, width: width)
    text += "\nStep time: one sequence of 1,024 tokens decoding, and a prompt of 1,024 tokens\n"
    text += stepTime(planned.step, width: width)
    text += "\nWhat iterations take\n"
    text += Columns.text(
      deployment.examples.map { [$0.name, Amount.time($0.duration), Amount.digits($0.tokensPerSecond) + " tokens/s"] },
      indent: 2, width: width, numeric: [1, 2])
    text += "\nA typical request\n" + typical(deployment, width: width)
    if let capacity = deployment.capacity {
      text +=
        "\nPredicted capacity: always enough requests, all of them typical, prompts in chunks, nothing preempted\n"
      text += self.text(capacity, width: width)
    } else if deployment.typical != nil {
      text += "\nPredicted capacity: none, the KV pool does not hold even one typical request\n"
    }
    return text
  }

  /// What a profile that the server names gives in place of the catalogue.
  private static func profile(_ deployment: ExplainedDeployment, width: Int) -> String {
    guard let profile = deployment.planned.server.profile else { return "" }
    let times = deployment.profileHasKernelTimes ? "kernel times" : "no kernel times (the catalogue's are used)"
    let fields = profile.fields.isEmpty ? "no figures" : profile.fields.joined(separator: ", ")
    return "\n" + Columns.paragraph("Measured, from \(profile.path): \(times); \(fields).", width: width)
  }

  private static func memory(_ deployment: ExplainedDeployment, width: Int) -> String {
    let planned = deployment.planned
    let budget = planned.budget
    let memory = Amount.bytes(planned.server.gpu.memoryBytes)
    var rows = [
      [
        "usable", Amount.bytes(budget.usable),
        "\(Amount.percent(planned.resolved.engine.gpuMemoryUtilization)) (gpu_memory_utilization) of \(memory)",
      ],
      [
        "weights", Amount.bytes(budget.weights),
        "from the model's shape, tensor parallel \(planned.resolved.tensorParallel)",
      ],
      ["reserve", Amount.bytes(budget.reserve), budget.reserveSource],
    ]
    if planned.lentBytesPerGPU > 0 {
      rows.append(["lent to peers", Amount.bytes(planned.lentBytesPerGPU), "'lend' of the scenario"])
    }
    rows.append(["KV pool", Amount.bytes(deployment.keptBytes), "what is left"])
    let given = planned.resolved.engine.keyValueBlocks == nil ? "" : ", set by 'kv_blocks'"
    rows.append([
      "KV blocks", Amount.count(planned.keyValueBlocks),
      "of \(budget.blockSize) tokens, \(Amount.bytes(budget.blockBytes)) on each GPU\(given)",
    ])
    rows.append(["KV tokens", Amount.count(deployment.keyValueTokens), "per replica"])
    let borrowing = planned.lenders.indices.filter { !planned.lenders[$0].isEmpty }
    for replica in borrowing.prefix(mostBorrowersShown) {
      let pairs = zip(planned.replicas[replica], planned.lenders[replica]).map { "\($0) to \($1)" }
      rows.append([
        "replica \(replica) pages", Amount.count(planned.peerBlocks[replica]) + " blocks",
        "to peers: GPU \(pairs.joined(separator: ", "))",
      ])
    }
    if borrowing.count > mostBorrowersShown {
      rows.append(["other replicas", Amount.count(borrowing.count - mostBorrowersShown), "page to peers likewise"])
    }
    rows.append(["host", Amount.count(planned.hostBlocks) + " blocks", "of pinned memory ('swap_space') per replica"])
    return Columns.text(rows, indent: 2, width: width, numeric: [1])
  }

  private static func stepTime(_ step: BoundStep, width: Int) -> String {
    let decode = step.parts.reduce(0) { $0 + $1.decodeSeconds }
    let prefill = step.parts.reduce(0) { $0 + $1.prefillSeconds }
    var rows = [["part", "decode", "prefill", "basis"]]
    rows += step.parts.map {
      [$0.name, Amount.time(seconds: $0.decodeSeconds), Amount.time(seconds: $0.prefillSeconds), $0.basis.rawValue]
    }
    rows.append(["together", Amount.time(seconds: decode), Amount.time(seconds: prefill), ""])
    var text = Columns.text(rows, indent: 2, width: width, numeric: [1, 2])
    text += "\n  Where the parts come from\n"
    var sources: [(source: String, parts: [String])] = []
    for part in step.parts {
      if let index = sources.firstIndex(where: { $0.source == part.source }) {
        sources[index].parts.append(part.name)
      } else {
        sources.append((part.source, [part.name]))
      }
    }
    for entry in sources {
      text += Columns.paragraph("\(entry.parts.joined(separator: "; ")): \(entry.source)", indent: 4, width: width)
    }
    for note in step.notes { text += Columns.paragraph(note, indent: 4, width: width) }
    return text
  }

  private static func typical(_ deployment: ExplainedDeployment, width: Int) -> String {
    guard let typical = deployment.typical else { return "  No stream sends requests here.\n" }
    var rows = [
      [
        "prompt", Amount.digits(typical.promptTokens) + " tokens",
        "mean of \(Amount.count(typical.count)) requests drawn",
      ],
      ["output", Amount.digits(typical.outputTokens) + " tokens", ""],
      [
        "KV held", Amount.digits(typical.residentTokens) + " tokens",
        "on average while it decodes: the prompt and half the output",
      ],
    ]
    for example in deployment.paging {
      rows.append([
        "paged to \(example.place)", Amount.bytes(example.bytes),
        "\(Amount.time(example.out)) out, \(Amount.time(example.back)) back, with the links to itself",
      ])
    }
    return Columns.text(rows, indent: 2, width: width, numeric: [1])
  }

  private static func text(_ capacity: CapacityEstimate, width: Int) -> String {
    var rows = [
      [
        "batch", "\(Amount.count(capacity.batch)) sequence\(capacity.batch == 1 ? "" : "s")",
        "limited by \(capacity.limit.rawValue)",
      ],
      ["decode iteration", Amount.time(capacity.decodeStep), "of that batch"],
      ["requests", Amount.digits(capacity.requestsPerSecond) + "/s", "all replicas together"],
      ["output tokens", Amount.digits(capacity.outputTokensPerSecond) + "/s", ""],
    ]
    for share in capacity.shares {
      rows.append(["of the time", Amount.percent(share.fraction), share.name])
    }
    return Columns.text(rows, indent: 2, width: width, numeric: [1])
  }
}
