import Metrics
import SimCore
import Statistics

/// The table that `compare` prints: each policy's figures as ratios to a baseline's on the same requests.
public enum PolicyComparisonTable {
  /// A baseline that is not among the policies.
  public struct UnknownBaseline: Error, CustomStringConvertible {
    public let description: String
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
  ///   - baseline: the policy that the others are divided by.
  ///   - style: with or without colour.
  ///   - width: the columns of the terminal.
  /// - Throws: `UnknownBaseline`.
  public static func text(
    _ results: ResultSet, baseline: String, style: TextStyle = .plain, width: Int = 100
  ) throws -> String {
    try styled(results, baseline: baseline, width: width).rendered(style)
  }

  /// The same, its style still open.
  public static func styled(_ results: ResultSet, baseline: String, width: Int = 100) throws -> StyledText {
    guard let base = results.policies.firstIndex(where: { $0.policy == baseline }) else {
      let known = results.policies.map(\.policy).joined(separator: ", ")
      throw UnknownBaseline(description: "no policy '\(baseline)' to compare with; there are: \(known)")
    }
    let others = results.policies.indices.filter { $0 != base }
    var title = "\(results.sample.provenance.scenarioName): each policy divided by \(baseline), on the same requests"
    if results.isReplicated {
      title +=
        "; geometric mean over replications [\(TableNumber.text(results.confidence * 100, decimals: 0)) % interval]"
    } else {
      title += "; a single replication, so without intervals"
    }
    var lines: [StyledText] = []
    lines += TextTable.wrapped(title, width: width, indent: 2)
    for (index, group) in results.sample.groups.enumerated() where GroupRows.isPresent(index, in: results) {
      let name = results.sample.deployments[Int(group.deployment)].name
      lines += ["", .heading("\(name), \(group.requestClass.rawValue) requests"), ""] as [StyledText]
      var table = TextTable(columns: others.map { results.policies[$0].policy })
      for row in rows {
        guard let key = MetricKey.named(row.key) else { continue }
        let comparisons = others.map { results.comparison(key, policy: $0, baseline: base, group: index) }
        // Figures that nobody has, or that are nothing under every policy, say nothing.
        if comparisons.allSatisfy({ $0 == nil || ($0?.ratio == nil && $0?.difference == 0) }) { continue }
        table.rows.append(
          TextTable.Row(
            group: row.group, label: row.label, cells: comparisons.map(cell),
            best: comparisons.map { isClearlyBetter($0, key.preference) }))
      }
      lines += table.lines(width: width)
    }
    lines.append("")
    let mark =
      results.isReplicated
      ? "* better than \(baseline): the whole interval is on the better side of 1."
      : "* better than \(baseline)."
    let meaning = " Latencies are better below 1, rates above 1; a figure with a sign is a difference, there being no "
    lines += TextTable.wrapped(mark + meaning + "ratio to zero.", width: width, indent: 0)
    return .lines(lines)
  }

  /// For example `0.512 [0.498, 0.527]`; the difference, with its sign, where a value of zero leaves no ratio.
  private static func cell(_ comparison: Comparison?) -> String {
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
