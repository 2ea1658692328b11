import Metrics
import SimCore
import Statistics

/// The short tables of `run --short`: the question, what is compared, what a reader asks first.
public enum ShortTable {
  /// - Parameters:
  ///   - question: what the scenario is about; may be empty.
  ///   - compared: what each policy is, by its label.
  public static func document(
    _ results: ResultSet, question: String, compared: [(label: String, words: String)]
  ) -> ReportDocument {
    let sample = results.sample
    let width = compared.map(\.label.count).max() ?? 0
    var blocks: [ReportDocument.Block] = [
      .title(sample.provenance.scenarioName + ": " + (question.isEmpty ? "what came out" : question)),
      .notes([(ComparisonTable.extent(results), 0)]),
      .list(
        heading: "What is compared", items: compared.map { (TextTable.padded($0.label, width) + "  ", $0.words) }),
    ]
    if let settings = SettingsTable.table(results.alternatives) { blocks.append(.table(settings)) }
    blocks += ComparisonTable.groups(results, .short)
    for deployment in sample.deployments.indices where !ComparisonTable.isBeside(deployment, results) {
      guard let group = sample.groups.firstIndex(where: { $0.deployment == Int32(deployment) }),
        let cost = EngineRows.cost(results, deployment: Int32(deployment), group: group)
      else { continue }
      var table = TextTable(columns: results.columns.map(\.label))
      table.rows = [cost]
      blocks += [.heading(sample.deployments[deployment].name, rest: ", both classes together"), .table(table)]
    }
    blocks += ComparisonTable.neighbours(results)
    // Offline work fills an engine to some limit by design; which one says nothing of those who wait.
    let isShared = sample.groups.indices.contains {
      sample.groups[$0].requestClass == .offline && GroupRows.isPresent($0, in: results)
    }
    if !isShared { blocks.append(ComparisonTable.limits(results)) }
    return ReportDocument(
      blocks: blocks + [ComparisonTable.footnotes(results, explaining: isShared ? brief : brief + " " + iterating)])
  }

  /// The tables alone of what is compared, for a page that tells the rest elsewhere.
  public static func tables(_ results: ResultSet) -> ReportDocument {
    let settings = SettingsTable.table(results.alternatives).map { [ReportDocument.Block.table($0)] } ?? []
    return ReportDocument(
      blocks: [.notes([(ComparisonTable.extent(results), 0)])] + settings + ComparisonTable.groups(results, .short))
  }

  private static let brief =
    "TTFT: time to first token. TPOT: time per output token after the first, a request's mean. Token gap: from one "
    + "token to the next. Goodput: within the SLO. Latencies are those of completed requests; p99: 99 in 100 were at "
    + "most this."
  private static let iterating = "Iterating: with one sequence or with hundreds."
}
