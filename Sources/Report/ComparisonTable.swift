import Metrics
import SimCore
import Statistics

/// The tables that `run` prints: alternatives side by side, for every deployment and request class, and below them what
/// limited each.
public enum ComparisonTable {
  /// - Parameters:
  ///   - results: the runs.
  ///   - style: with or without colour.
  ///   - width: the columns of the terminal; a table that does not fit continues below itself.
  /// - Returns: the text, ending in a line feed.
  public static func text(_ results: ResultSet, style: TextStyle = .plain, width: Int = 100) -> String {
    document(results).styled(width: width).rendered(style)
  }

  /// The same, its form still open.
  public static func document(_ results: ResultSet) -> ReportDocument {
    var blocks: [ReportDocument.Block] = [.title(title(results))]
    if let settings = SettingsTable.table(results.alternatives) { blocks.append(.table(settings)) }
    blocks += groups(results, .whole)
    let sample = results.sample
    for deployment in sample.deployments.indices where !isBeside(deployment, results) {
      // Engine figures are the same in every class; any of the deployment's groups can give them.
      guard let group = sample.groups.firstIndex(where: { $0.deployment == Int32(deployment) }) else { continue }
      blocks += [
        .heading(sample.deployments[deployment].name, rest: ": the engine, all classes together"),
        .table(EngineRows(results, deployment: Int32(deployment), group: group).table),
      ]
    }
    return ReportDocument(
      blocks: blocks + neighbours(results) + [limits(results)] + [TrustList.block(results)].compactMap { $0 }
        + [footnotes(results)])
  }

  /// Deployments with a policy of their own are there to be lived beside; what happened to them is told in brief.
  public static func isBeside(_ deployment: Int, _ results: ResultSet) -> Bool {
    let deployments = results.sample.deployments
    return deployments.contains { $0.fixedPolicy == nil } && deployments[deployment].fixedPolicy != nil
  }

  /// Those compared, class by class. A trace may bring both classes; one that never came is not told of.
  static func groups(_ results: ResultSet, _ extent: GroupRows.Extent) -> [ReportDocument.Block] {
    let groups = results.sample.groups
    return groups.indices.filter {
      GroupRows.isPresent($0, in: results) && !isBeside(Int(groups[$0].deployment), results)
    }
    .flatMap { [heading(results, group: $0), .table(GroupRows(results, group: $0, extent).table)] }
  }

  /// What happened to those beside them.
  static func neighbours(_ results: ResultSet) -> [ReportDocument.Block] {
    let groups = results.sample.groups
    return groups.indices.filter {
      GroupRows.isPresent($0, in: results) && isBeside(Int(groups[$0].deployment), results)
    }
    .flatMap {
      [heading(results, group: $0, prefix: "beside it: "), .table(GroupRows(results, group: $0, .beside).table)]
    }
  }

  private static func title(_ results: ResultSet) -> String {
    results.sample.provenance.scenarioName + ": " + extent(results)
  }

  /// How long was simulated and how often, for example `10 min simulated, seed 1`.
  static func extent(_ results: ResultSet) -> String {
    let sample = results.sample
    var text = duration(sample.simulatedEnd.seconds) + " simulated, seed \(sample.seed)"
    if sample.warmUpEnd > .zero { text += ", first \(duration(sample.warmUpEnd.seconds)) not counted" }
    let counts = results.columns.map(\.runs.count)
    if results.isReplicated, let least = counts.min(), let most = counts.max() {
      let confidence = TableNumber.text(results.confidence * 100, decimals: 0)
      let number = least == most ? "\(most)" : "\(least) to \(most)"
      text += "; means of \(number) replications, ± is half the \(confidence) % confidence interval"
      if results.hasModelError { text += ", the model's error included" }
    } else if results.hasModelError {
      text += "; ± is what the model may be wrong by, the luck of a single replication is not in it"
    }
    return text
  }

  private static func heading(_ results: ResultSet, group index: Int, prefix: String = "") -> ReportDocument.Block {
    let group = results.sample.groups[index]
    let deployment = results.sample.deployments[Int(group.deployment)]
    var text = prefix + "\(deployment.name), \(group.requestClass.rawValue) requests"
    // What alternatives differ in is said of none of them here.
    func isCommon(_ value: (RunResult) -> some Equatable) -> Bool {
      results.columns.allSatisfy { $0.runs.first.map(value) == value(results.sample) }
    }
    let number = Int(group.deployment)
    if isCommon({ $0.deployments[number].model }) {
      text += ": \(deployment.model)"
      if isCommon({ $0.deployments[number].placement }) { text += " on \(deployment.placement)" }
    }
    if let policy = deployment.fixedPolicy, isCommon({ $0.deployments[number].fixedPolicy }) {
      text += ", always \(policy)"
    }
    let objective =
      isCommon { $0.groups[index].objective } ? objectiveText(group) : "each alternative has its own"
    return .heading(text, remarks: objective.map { ["SLO: " + $0] } ?? [])
  }

  /// The limits in words, for example `TTFT ≤ 1 s and TPOT ≤ 50 ms`; nil without limits.
  static func objectiveText(_ group: GroupCollector) -> String? {
    let objective = group.objective
    func limit(_ name: String, _ value: SimDuration?) -> String? {
      guard let value else { return nil }
      let scale = TableNumber.time(greatestMilliseconds: value.milliseconds)
      return name + " ≤ " + shortest(value.milliseconds / scale.divisor) + scale.suffix
    }
    let parts = [
      limit("TTFT", objective.timeToFirstToken), limit("TPOT", objective.timePerOutputToken),
      limit("end-to-end", objective.endToEnd), group.deadlines > 0 ? "each request's own deadline" : nil,
    ].compactMap { $0 }
    return parts.isEmpty ? nil : parts.joined(separator: " and ")
  }

  private static func shortest(_ value: Double) -> String {
    Int64(exactly: value).map(String.init) ?? value.description
  }

  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case 7_200...: tenths(seconds / 3_600) + " h"
    case 120...: tenths(seconds / 60) + " min"
    default: tenths(seconds) + " s"
    }
  }

  private static func tenths(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return TableNumber.text(tenths / 10, decimals: tenths.remainder(dividingBy: 10) == 0 ? 0 : 1)
  }

  static func limits(_ results: ResultSet) -> ReportDocument.Block {
    let nameWidth = results.columns.map(\.label.count).max() ?? 0
    let compares = results.sample.deployments.contains { $0.fixedPolicy == nil }
    func tells(_ deployment: Int) -> Bool {
      !compares || results.sample.deployments[deployment].fixedPolicy == nil
    }
    let several = results.sample.deployments.indices.filter(tells).count > 1
    let deploymentWidth = several ? (results.sample.deployments.map(\.name.count).max() ?? 0) + 2 : 0
    var items: [(name: String, text: String)] = []
    for column in results.columns.indices {
      for deployment in results.sample.deployments.indices where tells(deployment) {
        let group = results.sample.groups.firstIndex { $0.deployment == Int32(deployment) }
        guard let group else { continue }
        var name = TextTable.padded(results.columns[column].label, nameWidth) + "  "
        if several { name += TextTable.padded(results.sample.deployments[deployment].name, deploymentWidth) }
        items.append((name, LimitSentence.text(results, column: column, group: group)))
      }
    }
    return .list(heading: "What limited each \(results.noun)", items: items)
  }

  /// What latencies hold of the way between clients and engines, as a clause.
  static func frontEnd(_ results: ResultSet) -> String {
    let runs = results.columns.flatMap { $0.runs.prefix(1) }
    let times = Set(runs.flatMap { $0.deployments.map(\.frontEnd) })
    if times.isSubset(of: [.zero]) { return ", the engine's: no front end is in it" }
    if times.count == 1, let time = times.first {
      return ", \(FigureText.exact(time.milliseconds, .milliseconds)) of front end included"
    }
    return ", the front end included where a deployment has one"
  }

  private static func glossary(_ results: ResultSet) -> String {
    "TTFT: time to first token\(frontEnd(results)). TPOT: time per output token after the first. Latencies are "
      + "those of completed requests; p90: nine in ten were at most this. Iterating: with one sequence or with "
      + "hundreds, so no measure of headroom; 'spillway explain' says where a deployment saturates."
  }

  /// - Parameter words: what figures are called; of the whole table where left out.
  static func footnotes(_ results: ResultSet, explaining words: String? = nil) -> ReportDocument.Block {
    var notes: [(text: String, indent: Int)] = []
    if results.columns.count > 1 { notes.append(("* best of its row.", 0)) }
    notes.append((words ?? glossary(results), 0))
    var warnings: [String] = []
    for column in results.columns {
      for run in column.runs {
        for warning in run.warnings where !warnings.contains(warning) { warnings.append(warning) }
      }
    }
    notes += BatchNotes.notes(results).map { ($0, $0.hasPrefix("Warning") ? 2 : 0) }
    return .notes(notes + warnings.map { ("Warning: " + $0, 2) })
  }
}

extension ResultSet {
  /// What to call one of those compared: policies where only they differ.
  var noun: String { columns.allSatisfy { $0.alternative.variant == nil } ? "policy" : "alternative" }
}

/// The varied keys as columns, a row for each variant.
enum SettingsTable {
  /// - Returns: nil where nothing is varied.
  static func table(_ alternatives: Alternatives) -> TextTable? {
    if alternatives.keys.isEmpty { return nil }
    var table = TextTable(columns: Alternatives.short(alternatives.keys))
    var seen: Set<String> = []
    for (index, alternative) in alternatives.all.enumerated() {
      guard let variant = alternative.variant, seen.insert(variant.name).inserted else { continue }
      let cells = alternatives.keys.map { alternatives.setting($0, of: index)?.text ?? "none" }
      table.rows.append(
        TextTable.Row(group: "", label: variant.name, cells: cells, best: cells.map { _ in false }))
    }
    return table
  }
}
