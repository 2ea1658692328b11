import Metrics
import Statistics

/// How much load an alternative carries within its targets, or how few replicas carry the load.
public struct CapacityRow: Sendable {
  public var alternative: Alternative
  /// The answer in units of the search: the scenario's load, or replicas. nil when nothing that was tried meets the
  /// targets.
  public var estimate: Double?
  /// The last value that surely meets the targets, and the first that surely does not; nil where there is none.
  public var surelyMeets: Double?
  public var surelyMisses: Double?
  /// Online requests a second at the answer.
  public var requestsPerSecond: Double?
  /// GPUs of the whole scenario at the answer.
  public var gpus: Int
  /// Prompt and output tokens of completed online requests, a second, at the answer.
  public var tokensPerSecond: Double?
  /// The share of good requests at the answer, over replications.
  public var good: Summary?
  /// At the answer, of the worst deployment.
  public var p99TTFT: Double?
  public var p99TPOT: Double?
  /// How many values were tried.
  public var probes: Int
  /// What step times rest on at the answer, a line for each deployment.
  public var trust: [TrustLine] = []

  public init(_ alternative: Alternative, gpus: Int, probes: Int) {
    self.alternative = alternative
    self.gpus = gpus
    self.probes = probes
  }

  /// What a million tokens cost at the answer.
  ///
  /// - Parameter gpuHour: the price of a GPU for an hour.
  public func costPerMillionTokens(gpuHour: Double) -> Double? {
    tokensPerSecond.flatMap { $0 > 0 ? gpuHour * Double(gpus) / 3600 / $0 * 1e6 : nil }
  }
}

/// What `spillway capacity` found.
public struct CapacityReport: Sendable {
  public enum Question: Sendable {
    /// The highest multiple of the scenario's load.
    case highestLoad
    /// The fewest replicas of this deployment.
    case fewestReplicas(of: String)
  }

  public var scenario: String
  public var question: Question
  public var rows: [CapacityRow]
  /// The share of requests that must be good.
  public var target: Double
  public var replications: Int
  /// The price of a GPU for an hour; nil when nobody said.
  public var gpuHour: Double?

  public init(
    scenario: String, question: Question, rows: [CapacityRow], target: Double, replications: Int,
    gpuHour: Double? = nil
  ) {
    self.scenario = scenario
    self.question = question
    self.rows = rows
    self.target = target
    self.replications = replications
    self.gpuHour = gpuHour
  }

  /// Which rows answer best: the most requests a second for each GPU, or the fewest GPUs.
  public var best: Set<Int> {
    let merits = rows.map { row -> Double? in
      guard row.estimate != nil else { return nil }
      switch question {
      case .highestLoad: return row.requestsPerSecond.map { $0 / Double(row.gpus) }
      case .fewestReplicas: return -Double(row.gpus)
      }
    }
    guard let most = merits.compactMap({ $0 }).max() else { return [] }
    return Set(rows.indices.filter { merits[$0] == most })
  }

  var labels: [String] { Alternatives(rows.map(\.alternative)).labels }

  // MARK: A table

  public var document: ReportDocument {
    let share = FigureText.exact(target, .fraction)
    var blocks: [ReportDocument.Block] = []
    var table: TextTable
    switch question {
    case .highestLoad:
      blocks.append(.title("\(scenario): the highest load at which \(share) of online requests are within their SLO"))
      table = TextTable(columns: ["requests/s", "sure from-to", "headroom", "p99 TTFT", "p99 TPOT"])
    case .fewestReplicas(let deployment):
      blocks.append(
        .title("\(scenario): the fewest replicas of \(deployment) with \(share) of online requests within their SLO"))
      table = TextTable(columns: ["replicas", "GPUs", "surely enough", "within SLO", "p99 TTFT", "p99 TPOT"])
    }
    table.columns += ["req/s/GPU"] + (gpuHour == nil ? [] : ["cost/M tokens"])
    let labels = labels
    for (index, row) in rows.enumerated() {
      let cells = cells(of: row)
      let isBest = rows.count > 1 && best.contains(index)
      table.rows.append(
        TextTable.Row(group: "", label: labels[index], cells: cells, best: cells.indices.map { $0 == 0 && isBest }))
    }
    blocks.append(.table(table))
    if let trust = TrustList.block(zip(labels, rows).map { ($0, $1.trust) }) { blocks.append(trust) }
    blocks.append(.notes(notes.map { ($0, 0) }))
    return ReportDocument(blocks: blocks)
  }

  private var notes: [String] {
    var notes: [String] = []
    let looks = "\(replications) replications each, the same random numbers everywhere"
    switch question {
    case .highestLoad:
      notes.append(
        "Every rate of the online streams is multiplied, bursts too; offline streams stay. Of a load of 'sure from' "
          + "the replications leave no doubt (95 %) that it keeps the target, of 'to' that it does not; \(looks).")
    case .fewestReplicas:
      notes.append(
        "'Surely enough': of so many the replications leave no doubt (95 %); \(looks).")
    }
    notes.append("It starts empty and lasts as long as the scenario: a longer run at the edge is worse.")
    if gpuHour != nil { notes.append("Tokens are prompt and output tokens of completed online requests.") }
    return notes
  }

  private func cells(of row: CapacityRow) -> [String] {
    func number(_ value: Double?, _ decimals: Int = 2) -> String {
      value.map { TableNumber.text($0, decimals: decimals) } ?? "none"
    }
    func significant(_ value: Double?) -> String { number(value, value.map { TableNumber.decimals(for: $0) } ?? 0) }
    func time(_ milliseconds: Double?) -> String {
      milliseconds.map { FigureText.measured($0, .milliseconds) } ?? "none"
    }
    var cells: [String]
    switch question {
    case .highestLoad:
      let perLoad = row.requestsPerSecond.flatMap { rate in row.estimate.map { rate / $0 } }
      func rate(_ factor: Double?) -> String { significant(factor.flatMap { f in perLoad.map { f * $0 } }) }
      cells = [
        significant(row.requestsPerSecond),
        "\(rate(row.surelyMeets))-\(rate(row.surelyMisses))",
        row.estimate.map { ($0 >= 1 ? "+" : "") + TableNumber.text(($0 - 1) * 100, decimals: 0) + " %" } ?? "none",
      ]
    case .fewestReplicas:
      cells = [
        number(row.estimate, 0), row.estimate == nil ? "none" : "\(row.gpus)", number(row.surelyMeets, 0),
        row.good.map { FigureText.measured($0.mean, .fraction) } ?? "none",
      ]
    }
    cells += [time(row.p99TTFT), time(row.p99TPOT)]
    cells.append(significant(row.requestsPerSecond.map { $0 / Double(max(1, row.gpus)) }))
    if let gpuHour { cells.append(number(row.costPerMillionTokens(gpuHour: gpuHour))) }
    return cells
  }
}
