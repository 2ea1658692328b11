import Assembly
import Experiments
import Hardware
import Scenario
import SimCore
import StepTime

/// `explain --sources`: every figure, and where it comes from.
enum ExplanationSources {
  static func text(_ scenario: ResolvedScenario, _ deployments: [ExplainedDeployment], width: Int) -> String {
    var text = ExplanationText.title(scenario, width: width)
    for deployment in deployments { text += "\n" + self.text(deployment, width: width) }
    return text + "\nWhere step times come from\n" + origins(deployments, width: width)
  }

  private static func text(_ deployment: ExplainedDeployment, width: Int) -> String {
    let planned = deployment.planned
    var text = "\(planned.name): \(planned.description.modelName) on \(deployment.placement)\n"
    text += profile(deployment, width: width)
    text += "\nThe serving engine\n"
    text += Columns.text(
      deployment.engine.settings.map { [$0.key, $0.value, $0.source] }, indent: 2, width: width, numeric: [1])
    text += "\nMemory of each GPU\n" + memory(deployment, width: width)
    text += "\nStep time: one sequence of 1,024 tokens decoding, and a prompt of 1,024 tokens\n"
    text += stepTime(planned.step, width: width)
    text += "\nWhat iterations take\n"
    let times = Amount.times(seconds: deployment.examples.map(\.duration.seconds))
    text += Columns.text(
      zip(deployment.examples, times).map { [$0.name, $1, Amount.digits($0.tokensPerSecond) + " tokens/s"] },
      indent: 2, width: width, numeric: [1, 2])
    text += "\nA typical request\n" + typical(deployment, width: width)
    if let capacity = deployment.capacity {
      text +=
        "\nWhere it saturates: always enough requests, all of them typical, prompts in chunks, nothing preempted, "
      text += "no SLO\n" + self.text(capacity, width: width)
    } else if deployment.typical != nil {
      text += "\nIt can serve nothing: the KV pool does not hold even one typical request\n"
    }
    return text
  }

  /// Each source once, with the parts of each deployment that come from it.
  private static func origins(_ deployments: [ExplainedDeployment], width: Int) -> String {
    var sources: [(source: String, parts: [(deployment: String, names: [String])])] = []
    for deployment in deployments {
      let name = deployment.planned.name
      for part in deployment.planned.step.parts {
        let index = sources.firstIndex { $0.source == part.source } ?? sources.count
        if index == sources.count { sources.append((part.source, [])) }
        if sources[index].parts.last?.deployment != name { sources[index].parts.append((name, [])) }
        sources[index].parts[sources[index].parts.count - 1].names.append(part.name)
      }
    }
    var text = ""
    for entry in sources {
      let parts = entry.parts.map { "\($0.deployment): \($0.names.joined(separator: ", "))" }
      text += Columns.paragraph("\(entry.source)", indent: 2, width: width)
      text += Columns.paragraph("for \(parts.joined(separator: "; "))", indent: 4, width: width)
    }
    var notes: [String] = []
    for note in deployments.flatMap(\.planned.step.notes) where !notes.contains(note) { notes.append(note) }
    for note in notes { text += Columns.paragraph(note, indent: 2, width: width) }
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
        "\(Amount.percent(planned.description.engine.memory.share)) (gpu_memory_utilization) of \(memory)",
      ],
      [
        "weights", Amount.bytes(budget.weights),
        "from the model's shape, tensor parallel \(planned.description.engine.tensorParallel)",
      ],
      ["reserve", Amount.bytes(budget.reserve), budget.reserveSource],
    ]
    if planned.lentBytesPerGPU > 0 {
      rows.append(["lent to peers", Amount.bytes(planned.lentBytesPerGPU), "'lend' of the scenario"])
    }
    rows.append(["KV pool", Amount.bytes(deployment.keptBytes), "what is left"])
    let given = planned.description.engine.memory.blocks == nil ? "" : ", set by 'kv_blocks'"
    rows.append([
      "KV blocks", Amount.count(planned.keyValueBlocks),
      "of \(budget.blockSize) tokens, \(Amount.bytes(budget.blockBytes)) on each GPU\(given)",
    ])
    rows.append(["KV tokens", Amount.count(deployment.keyValueTokens), "per replica"])
    for (replica, gpus) in planned.lenders.enumerated() where !gpus.isEmpty {
      let pairs = zip(planned.replicas[replica], gpus).map { "\($0) to \($1)" }.joined(separator: ", ")
      rows.append([
        "replica \(replica) pages", Amount.count(planned.peerBlocks[replica]) + " blocks", "to peers: GPU \(pairs)",
      ])
    }
    rows.append(["host", Amount.count(planned.hostBlocks) + " blocks", "of pinned memory ('swap_space') per replica"])
    return Columns.text(rows, indent: 2, width: width, numeric: [1])
  }

  private static func stepTime(_ step: BoundStep, width: Int) -> String {
    func column(_ seconds: [Double]) -> [String] { Amount.times(seconds: seconds + [seconds.reduce(0, +)]) }
    let names = step.parts.map(\.name) + ["together"]
    let bases = step.parts.map(\.basis.rawValue) + [""]
    let decode = column(step.parts.map(\.decodeSeconds))
    let prefill = column(step.parts.map(\.prefillSeconds))
    let rows =
      [["part", "decode", "prefill", "basis"]] + names.indices.map { [names[$0], decode[$0], prefill[$0], bases[$0]] }
    return Columns.text(rows, indent: 2, width: width, numeric: [1, 2])
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
