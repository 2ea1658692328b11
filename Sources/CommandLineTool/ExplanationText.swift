import Assembly
import Experiments
import Hardware
import Models
import Scenario
import SimCore
import StepTime

/// `explain` as text: on one screen what a scenario comes to, a paragraph per deployment.
enum ExplanationText {
  static func text(_ scenario: ResolvedScenario, _ deployments: [ExplainedDeployment], width: Int) -> String {
    var text = title(scenario, width: width)
    for deployment in deployments {
      let planned = deployment.planned
      text += "\n\(planned.name): \(planned.description.modelName) on \(deployment.placement)\n"
      text += Columns.text(rows(deployment), indent: 2, width: width)
    }
    for service in scenario.services { text += "\n" + ServiceExplanation.text(service, in: scenario, width: width) }
    if !scenario.fleet.isEmpty { text += "\nHow the fleet changes\n" + fleet(of: scenario, width: width) }
    var notes: [String] = []
    for deployment in deployments {
      if let omission = deployment.engine.omission, !notes.contains(omission) { notes.append(omission) }
    }
    let warnings = Planner.warnings(about: deployments.map(\.planned)) + scenario.comparisonWarnings
    notes += warnings.map { "Warning: " + $0 }
    if !notes.isEmpty { text += "\n" }
    for note in notes { text += Columns.paragraph(note, width: width) }
    return text + "\n"
      + Columns.paragraph(
        "'--sources' says where each figure comes from; '--yaml' prints the scenario with every default.", width: width)
  }

  /// The scenario's name and question.
  static func title(_ scenario: ResolvedScenario, width: Int) -> String {
    scenario.summary.isEmpty
      ? scenario.name + "\n" : Columns.paragraph("\(scenario.name): \(scenario.summary)", width: width)
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

  private static func rows(_ deployment: ExplainedDeployment) -> [[String]] {
    var rows: [[String]] = []
    if let profile = deployment.planned.server.profile {
      rows.append(["measured", profile.path + (deployment.profileHasKernelTimes ? "" : ", without kernel times")])
    }
    rows.append(["engine", deployment.engine.summary])
    rows += memory(deployment)
    rows.append(["step time", stepTime(deployment)])
    rows.append(["basis", basis(deployment.planned.step)])
    guard let typical = deployment.typical else { return rows + [["requests", "no stream sends any here"]] }
    let request = "\(Amount.digits(typical.promptTokens)) tokens in, \(Amount.digits(typical.outputTokens)) out"
    guard let capacity = deployment.capacity else {
      return rows + [["saturates", "at nothing: the KV pool does not hold even one request (\(request) on average)"]]
    }
    rows.append([
      "batch",
      "at most \(Amount.count(capacity.batch)) requests (\(request) on average), limited by \(capacity.limit.rawValue)",
    ])
    let shares = capacity.shares.sorted { $0.fraction > $1.fraction }.prefix(2)
    rows.append(["bottleneck", shares.map { "\($0.name) \(percent($0.fraction))" }.joined(separator: "; ")])
    rows.append([
      "saturates",
      "at \(Amount.digits(capacity.requestsPerSecond)) requests/s, \(Amount.digits(capacity.outputTokensPerSecond)) "
        + "output tokens/s, whatever the latencies",
    ])
    if let offered = typical.offered { rows.append(["offered", self.offered(offered, capacity)]) }
    return rows
  }

  private static func memory(_ deployment: ExplainedDeployment) -> [[String]] {
    let planned = deployment.planned
    let budget = planned.budget
    var parts = ["weights \(Amount.bytes(budget.weights))", "reserve \(Amount.bytes(budget.reserve))"]
    if planned.lentBytesPerGPU > 0 { parts.append("lent to peers \(Amount.bytes(planned.lentBytesPerGPU))") }
    parts.append("KV \(Amount.bytes(deployment.keptBytes))")
    let given = planned.description.engine.memory.blocks == nil ? "" : ", set by 'kv_blocks'"
    var rows = [
      ["memory", "\(Amount.bytes(budget.usable)) a GPU: \(parts.joined(separator: ", "))"],
      [
        "KV cache",
        "\(Amount.count(planned.keyValueBlocks)) blocks of \(budget.blockSize) tokens, "
          + "\(Amount.count(deployment.keyValueTokens)) tokens, per replica\(given)",
      ],
    ]
    if !deployment.paging.isEmpty {
      let places = deployment.paging.map { example in
        let blocks = example.isPeer ? planned.peerBlocks.min() ?? 0 : planned.hostBlocks
        return "\(example.place) (\(Amount.count(blocks)) blocks, a request \(Amount.time(example.out)) out and "
          + "\(Amount.time(example.back)) back)"
      }
      rows.append(["can page to", places.joined(separator: "; ")])
    }
    return rows
  }

  private static func stepTime(_ deployment: ExplainedDeployment) -> String {
    let decodes = deployment.examples.filter { $0.decodes > 0 }
    let shown = [decodes.first, decodes.count > 1 ? decodes.last : nil].compactMap { $0 }.map {
      "\(Amount.time($0.duration)) for \($0.decodes)"
    }
    let prompt = deployment.examples.last { $0.decodes == 0 }.map {
      "; prompt of \(Amount.count($0.promptTokens)) \(Amount.time($0.duration))"
    }
    return "decoding \(shown.joined(separator: ", ")) (\(Amount.count(WorkedExample.decodeContext)) tokens each)"
      + (prompt ?? "")
  }

  /// How much of a decode step rests on what.
  private static func basis(_ step: BoundStep) -> String {
    let all = step.parts.reduce(0) { $0 + $1.decodeSeconds }
    let shares = Set(step.parts.map(\.basis)).sorted().compactMap { basis in
      let share = step.parts.filter { $0.basis == basis }.reduce(0) { $0 + $1.decodeSeconds } / all
      return share >= 0.005 ? "\(basis.rawValue) \(percent(share))" : nil
    }
    return "of a decode step \(shares.joined(separator: ", "))"
  }

  private static func offered(_ offered: OfferedLoad, _ capacity: CapacityEstimate) -> String {
    func load(_ rate: Double) -> String { percent(rate / capacity.requestsPerSecond) }
    var text =
      "\(Amount.digits(offered.requestsPerSecond))/s over \(Amount.span(offered.span)), "
      + "\(load(offered.requestsPerSecond)) of that"
    if let busiest = offered.busiestMinute {
      text += "; \(Amount.digits(busiest))/s in the busiest minute, \(load(busiest))"
    }
    return text
  }

  /// To the nearest whole percent.
  private static func percent(_ fraction: Double) -> String { "\(Int((fraction * 100).rounded())) %" }
}
