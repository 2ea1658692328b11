import Metrics
import SimCore
import Statistics

/// The table that `compare` prints: each alternative's figures as ratios to a baseline's, from the same random numbers.
public enum RatioTable {
  /// A baseline that means none of the alternatives.
  public struct UnknownBaseline: Error, CustomStringConvertible {
    public let description: String

    public init(_ baseline: String, among alternatives: Alternatives) {
      let noun = alternatives.all.allSatisfy { $0.variant == nil } ? "policy" : "alternative"
      let known = alternatives.names.prefix(40).joined(separator: ", ")
      description = "no \(noun) '\(baseline)' to compare with; there are: \(known)"
    }
  }

  /// The figures compared, with their headings.
  private static let rows: [(group: String, label: String, key: String)] = [
    ("TTFT", "mean", "mean_ttft_ms"), ("TTFT", "p50", "median_ttft_ms"), ("TTFT", "p90", "p90_ttft_ms"),
    ("TTFT", "p99", "p99_ttft_ms"),
    ("TPOT", "mean", "mean_tpot_ms"), ("TPOT", "p50", "median_tpot_ms"), ("TPOT", "p90", "p90_tpot_ms"),
    ("TPOT", "p99", "p99_tpot_ms"),
    ("end to end", "mean", "mean_e2el_ms"), ("end to end", "p50", "median_e2el_ms"),
    ("end to end", "p90", "p90_e2el_ms"), ("end to end", "p99", "p99_e2el_ms"),
    ("throughput", "requests", "request_throughput"), ("throughput", "output tokens", "output_throughput"),
    ("throughput", "tokens processed", "processed_token_throughput"),
    ("goodput", "within SLO", "request_goodput"),
  ]

  /// - Parameters:
  ///   - results: the runs; replications of the same number saw the same requests.
  ///   - baseline: what the others are divided by, as ``Alternatives/bases(named:)`` understands it.
  ///   - style: with or without colour.
  ///   - width: the columns of the terminal.
  /// - Throws: `UnknownBaseline`.
  public static func text(
    _ results: ResultSet, baseline: String, style: TextStyle = .plain, width: Int = 100
  ) throws -> String {
    try document(results, baseline: baseline).styled(width: width).rendered(style)
  }

  /// The alternatives that are divided by another, with that other.
  ///
  /// - Throws: `UnknownBaseline`.
  static func pairs(_ results: ResultSet, baseline: String) throws -> [(column: Int, base: Int)] {
    let bases = results.alternatives.bases(named: baseline)
    guard bases.contains(where: { $0 != nil }) else { throw UnknownBaseline(baseline, among: results.alternatives) }
    return bases.enumerated().compactMap { column, base in
      base.flatMap { $0 == column ? nil : (column, $0) }
    }
  }

  /// The same, its form still open.
  public static func document(_ results: ResultSet, baseline: String) throws -> ReportDocument {
    let pairs = try pairs(results, baseline: baseline)
    var title = "\(results.sample.provenance.scenarioName): each \(results.noun) divided by \(baseline)"
    let named = results.alternatives.indices(named: baseline)
    if named.count > 1 {
      title +=
        named.allSatisfy { results.columns[$0].alternative.policy == baseline }
        ? " in the same variant" : " under the same policy"
    }
    title += results.noun == "policy" ? ", on the same requests" : ", from the same random numbers"
    if results.isReplicated {
      title +=
        "; geometric mean over replications [\(TableNumber.text(results.confidence * 100, decimals: 0)) % interval]"
    } else {
      title += "; a single replication, so without intervals"
    }
    var blocks: [ReportDocument.Block] = [.title(title)]
    if let settings = SettingsTable.table(results.alternatives) { blocks.append(.table(settings)) }
    for (index, group) in results.sample.groups.enumerated() where GroupRows.isPresent(index, in: results) {
      let name = results.sample.deployments[Int(group.deployment)].name
      var table = TextTable(columns: pairs.map { results.columns[$0.column].label })
      for row in rows {
        guard let key = MetricKey.named(row.key) else { continue }
        let comparisons = pairs.map { results.comparison(key, of: $0.column, baseline: $0.base, group: index) }
        // Figures that nobody has, or that are nothing under every policy, say nothing.
        if comparisons.allSatisfy({ $0 == nil || ($0?.ratio == nil && $0?.difference == 0) }) { continue }
        table.rows.append(
          TextTable.Row(
            group: row.group, label: row.label, cells: comparisons.map(cell),
            best: comparisons.map { isClearlyBetter($0, key.preference) }))
      }
      blocks += [.heading("\(name), \(group.requestClass.rawValue) requests"), .table(table)]
    }
    let mark =
      results.hasIntervals
      ? "* better than \(baseline): the whole interval is on the better side of 1."
      : "* better than \(baseline)."
    let meaning = " Latencies are better below 1, rates above 1; a figure with a sign is a difference, there being no "
    blocks.append(.notes([(mark + meaning + "ratio to zero.", 0)]))
    if results.hasModelError { blocks.append(.notes([(modelError(results, pairs), 0)])) }
    if let trust = TrustList.block(results) { blocks.append(trust) }
    return ReportDocument(blocks: blocks)
  }

  /// Which ratios have the model's error in their intervals.
  private static func modelError(_ results: ResultSet, _ pairs: [(column: Int, base: Int)]) -> String {
    let groups = results.sample.groups.indices
    let apart = pairs.filter { pair in
      groups.contains { results.comparedErrors(of: pair.column, baseline: pair.base, group: $0) != nil }
    }
    let same =
      "What the model is wrong by on one engine is in both sides of a ratio and largely cancels; what is left of it "
      + "was not measured, and nothing is added"
    if apart.isEmpty { return same + "." }
    let names = apart.map { results.columns[$0.column].label }.joined(separator: ", ")
    return same + ". Other engines than the baseline's have both engines' errors in their intervals: \(names)."
  }

  /// For example `0.512 [0.498, 0.527]`; the difference, with its sign, where a value of zero leaves no ratio.
  static func cell(_ comparison: Comparison?) -> String {
    guard let comparison else { return "none" }
    guard let ratio = comparison.ratio else {
      let text = TableNumber.text(
        comparison.difference, halfWidth: comparison.differenceInterval?.halfWidth, scale: TableNumber.plain)
      return comparison.difference >= 0 ? "+" + text : text
    }
    let places = max(2, TableNumber.decimals(for: ratio))
    guard let interval = comparison.ratioInterval else { return TableNumber.text(ratio, decimals: places) }
    let lower = TableNumber.text(interval.lower, decimals: places)
    return TableNumber.text(ratio, decimals: places)
      + " [\(lower), \(TableNumber.text(interval.upper, decimals: places))]"
  }

  private static func isClearlyBetter(_ comparison: Comparison?, _ preference: MetricKey.Preference) -> Bool {
    guard let comparison, let ratio = comparison.ratio else { return false }
    switch preference {
    case .lower: return (comparison.ratioInterval?.upper ?? ratio) < 1
    case .higher: return (comparison.ratioInterval?.lower ?? ratio) > 1
    case .none: return false
    }
  }
}
