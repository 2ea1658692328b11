import Metrics
import Statistics

/// What `spillway advise` says.
public struct AdviceReport: Sendable {
  /// The best settings, or the second best.
  public struct Place: Sendable {
    public var settings: [Setting]
    public var replicas: Int
    /// The highest load that it carries.
    public var load: CapacityRow
    /// The command that starts one replica; nil for stacks without one.
    public var command: String?

    public init(settings: [Setting], replicas: Int, load: CapacityRow, command: String?) {
      self.settings = settings
      self.replicas = replicas
      self.load = load
      self.command = command
    }
  }

  /// What offline work fits beneath the best's load under one scheduler.
  public struct Harvest: Sendable {
    public var scheduler: String
    /// Documents that are there at any time, the most that keep the target; nil where not even none does.
    public var atOnce: Int?
    /// Whether more were not tried.
    public var isEverything: Bool
    /// Completed while online requests come, over the replications.
    public var documentsPerHour: Summary?
    /// The online load beside them.
    public var load: CapacityRow

    public init(
      scheduler: String, atOnce: Int?, isEverything: Bool, documentsPerHour: Summary?, load: CapacityRow
    ) {
      self.scheduler = scheduler
      self.atOnce = atOnce
      self.isEverything = isEverything
      self.documentsPerHour = documentsPerHour
      self.load = load
    }
  }

  public var scenario: String
  public var deployment: String
  public var router: String
  public var places: [Place]
  /// Other settings with which everything comes out as with the best.
  public var equals: [String]
  /// Whether the best keeps the target at the scenario's load.
  public var isEnough: Bool
  /// The best's load over the second's, replications paired; nil without a second, or where they do not have equally
  /// many GPUs.
  public var lead: Comparison?
  public var target: Double
  public var tried: Int
  /// Settings that cannot be run, each with the reason.
  public var impossible: [(name: String, reason: String)]
  public var replications: Int
  public var runs: Int
  public var seconds: Double
  public var gpuHour: Double?
  /// Prompt and output tokens of the offline work that was asked about, and what fits; empty when nothing was.
  public var documents: (promptTokens: Int, outputTokens: Int)?
  public var harvest: [Harvest] = []

  public init(
    scenario: String, deployment: String, router: String, places: [Place], equals: [String], isEnough: Bool,
    lead: Comparison?, target: Double, tried: Int, impossible: [(name: String, reason: String)], replications: Int,
    runs: Int,
    seconds: Double, gpuHour: Double?
  ) {
    self.scenario = scenario
    self.deployment = deployment
    self.router = router
    self.places = places
    self.equals = equals
    self.isEnough = isEnough
    self.lead = lead
    self.target = target
    self.tried = tried
    self.impossible = impossible
    self.replications = replications
    self.runs = runs
    self.seconds = seconds
    self.gpuHour = gpuHour
  }

  public var document: ReportDocument {
    let share = FigureText.exact(target, .fraction)
    let settings = tried == 1 ? "one setting" : "\(tried) settings"
    var blocks: [ReportDocument.Block] = [
      .title(
        isEnough
          ? "\(scenario): the fewest GPUs that keep \(share) of online requests within their SLO, of \(settings) of "
            + deployment
          : "\(scenario): none of \(settings) of \(deployment) keeps \(share) of online requests within their SLO on "
            + "these servers; what carries most of the load")
    ]
    var table = TextTable(columns: places.indices.map { $0 == 0 ? "best" : "runner-up" })
    func row(_ label: String, _ cells: [String?]) {
      table.rows.append(
        TextTable.Row(group: "", label: label, cells: cells.map { $0 ?? "none" }, best: cells.map { _ in false }))
    }
    row("GPUs", places.map { "\($0.load.gpus)" })
    row("replicas", places.map { "\($0.replicas)" })
    let keys = places.first?.settings.map(\.key) ?? []
    for (index, name) in Alternatives.short(keys).enumerated() { row(name, places.map { $0.settings[index].text }) }
    row("load it carries", places.map { Self.multiple($0.load.estimate) })
    row(
      "surely from, to", places.map { "\(Self.multiple($0.load.surelyMeets)), \(Self.multiple($0.load.surelyMisses))" })
    row("requests/s at that load", places.map { $0.load.requestsPerSecond.map { FigureText.measured($0, .plain) } })
    row("p99 TTFT there", places.map { $0.load.p99TTFT.map { FigureText.measured($0, .milliseconds) } })
    row("p99 TPOT there", places.map { $0.load.p99TPOT.map { FigureText.measured($0, .milliseconds) } })
    if let gpuHour {
      row(
        "cost of a million tokens there",
        places.map { $0.load.costPerMillionTokens(gpuHour: gpuHour).map { FigureText.measured($0, .plain) } })
      row("cost an hour", places.map { FigureText.measured(Double($0.load.gpus) * gpuHour, .plain) })
    }
    blocks.append(.table(table))
    if let best = places.first, let command = best.command {
      blocks.append(
        .list(
          heading: "start",
          items: [("", "\(command)"), ("", "\(best.replicas) of them, routed by \(router)")]))
    }
    if let documents, !harvest.isEmpty { blocks += beneath(documents) }
    let names = ["best", "runner-up"]
    if let trust = TrustList.block(zip(names, places).map { ($0, $1.load.trust) }) { blocks.append(trust) }
    blocks.append(.notes(notes.map { ($0, 0) }))
    return ReportDocument(blocks: blocks)
  }

  private func beneath(_ documents: (promptTokens: Int, outputTokens: Int)) -> [ReportDocument.Block] {
    var table = TextTable(columns: harvest.map(\.scheduler))
    func row(_ label: String, _ value: (Harvest) -> String?) {
      table.rows.append(
        TextTable.Row(
          group: "", label: label, cells: harvest.map { value($0) ?? "none" }, best: harvest.map { _ in false }))
    }
    row("documents an hour") { one in one.documentsPerHour.map { FigureText.measured($0.mean, .plain) } }
    row("at once") { one in one.atOnce.map { "\($0)" + (one.isEverything ? " or more" : "") } }
    row("within their SLO") { one in one.load.good.map { FigureText.measured($0.mean, .fraction) } }
    row("p99 TTFT there") { one in one.load.p99TTFT.map { FigureText.measured($0, .milliseconds) } }
    row("p99 TPOT there") { one in one.load.p99TPOT.map { FigureText.measured($0, .milliseconds) } }
    return [
      .title(
        "beneath the scenario's load, with the best: documents of \(documents.promptTokens) tokens and "
          + "\(documents.outputTokens) of output, as many as keep the target"), .table(table),
    ]
  }

  private static func multiple(_ factor: Double?) -> String {
    factor.map { TableNumber.text($0, decimals: 2) + "x" } ?? "none"
  }

  private var notes: [String] {
    var notes: [String] = []
    if let ratio = lead?.ratio {
      let texts = FigureText.measured(
        [ratio] + (lead?.ratioInterval.map { [$0.lower, $0.upper] } ?? []), .plain)
      let interval = texts.count > 2 ? " [\(texts[1]), \(texts[2])]" : ""
      let isClear = lead?.ratioInterval.map { $0.lower > 1 } ?? false
      notes.append(
        "The best carries \(texts[0])\(interval) times the load of the runner-up, \(replications) paired replications"
          + (isClear ? "." : ": too close to call."))
    }
    if !equals.isEmpty {
      notes.append(
        "The same in every request as the best: \(equals.prefix(3).joined(separator: "; "))"
          + (equals.count > 3 ? "; and \(equals.count - 3) more." : "."))
    }
    if !impossible.isEmpty {
      notes.append(
        "\(impossible.count) settings cannot be run; the first, \(impossible[0].name): \(impossible[0].reason)")
    }
    notes.append(
      "\(runs) runs in \(TableNumber.text(seconds, decimals: 1)) s. What the model may be wrong by is not in these "
        + "figures: a lead within that error is none.")
    return notes
  }
}
