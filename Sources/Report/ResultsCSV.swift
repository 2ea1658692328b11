import Metrics
import SimCore
import Statistics
import TextIO

/// The `results` of the JSON as a table: one row per (deployment, alternative, request class, replication or summary).
///
/// Columns are the same keys. Where there are variants, `variant` and a column for each varied key follow the policy.
/// The half-width columns are there when an alternative has several replications. An empty field means that there is
/// no such figure.
public enum ResultsCSV {
  /// - Returns: RFC 4180 text with a header; lines end in a line feed.
  public static func text(_ results: ResultSet) -> String {
    var header =
      ["deployment", "model"] + alternativeHeader(results) + ["class", "replication", "seed", "fingerprint"]
    header += MetricKey.all.map(\.name)
    if results.hasIntervals { header += MetricKey.all.map { $0.name + "_half_width" } }
    var text = row(header)
    for group in results.sample.groups.indices {
      for column in results.columns.indices { rows(results, column: column, group: group, to: &text) }
    }
    return text
  }

  private static func rows(_ results: ResultSet, column: Int, group: Int, to text: inout String) {
    let collector = results.sample.groups[group]
    let runs = results.columns[column].runs
    for run in runs {
      let deployment = run.deployments[Int(collector.deployment)]
      let view = GroupView(run, group: group)
      var fields = [deployment.name, deployment.model] + alternativeFields(results, column)
      fields += [collector.requestClass.rawValue, "\(run.replication)", "\(run.seed)", run.fingerprint]
      fields += MetricKey.all.map { JSONWriter.digits($0.value(in: view), asInteger: $0.isInteger) ?? "" }
      if results.hasIntervals { fields += MetricKey.all.map { _ in "" } }
      text += row(fields)
    }
    guard runs.count > 1 || results.hasModelError else { return }
    let deployment = runs[0].deployments[Int(collector.deployment)]
    let summaries = MetricKey.all.map { results.summary($0, of: column, group: group) }
    var fields = [deployment.name, deployment.model] + alternativeFields(results, column)
    fields += [collector.requestClass.rawValue, "summary", "", ""]
    fields += summaries.map { JSONWriter.digits($0?.mean) ?? "" }
    fields += summaries.map { JSONWriter.digits($0?.interval?.halfWidth) ?? "" }
    text += row(fields)
  }

  /// The ratios that `compare` prints, one row for each figure, deployment, class and alternative but the baseline.
  ///
  /// - Parameter baseline: as ``Alternatives/bases(named:)`` understands it.
  /// - Throws: `RatioTable.UnknownBaseline`.
  public static func ratios(_ results: ResultSet, baseline: String) throws -> String {
    var text = row(
      ["deployment", "model"] + alternativeHeader(results) + [
        "class", "baseline", "figure", "pairs", "ratio", "ratio_lower", "ratio_upper", "difference",
        "difference_half_width",
      ])
    let pairs = try RatioTable.pairs(results, baseline: baseline)
    for (index, group) in results.sample.groups.enumerated() {
      for (column, base) in pairs {
        let deployment = results.columns[column].runs[0].deployments[Int(group.deployment)]
        let identity =
          [deployment.name, deployment.model] + alternativeFields(results, column)
          + [group.requestClass.rawValue, results.columns[base].label]
        for key in MetricKey.all where key.preference != .none {
          guard let comparison = results.comparison(key, of: column, baseline: base, group: index) else { continue }
          let figures = [
            comparison.ratio, comparison.ratioInterval?.lower, comparison.ratioInterval?.upper,
            comparison.difference, comparison.differenceInterval?.halfWidth,
          ]
          text += row(
            identity + [key.name, "\(comparison.pairs)"] + figures.map { JSONWriter.digits($0) ?? "" })
        }
      }
    }
    return text
  }

  /// The columns that say which alternative a row is of.
  static func alternativeHeader(_ results: ResultSet) -> [String] {
    let hasVariants = results.columns.contains { $0.alternative.variant != nil }
    return ["policy"] + (hasVariants ? ["variant"] + results.alternatives.keys.map(Alternatives.columnName) : [])
  }

  /// Their values; those of varied keys in base units where they are numbers.
  static func alternativeFields(_ results: ResultSet, _ column: Int) -> [String] {
    let alternative = results.columns[column].alternative
    guard results.columns.contains(where: { $0.alternative.variant != nil }) else { return [alternative.policy] }
    let values = results.alternatives.keys.map { plain(alternative.setting($0)) }
    return [alternative.policy, alternative.variant?.name ?? ""] + values
  }

  /// The value of a varied key: in base units where it is a number, empty where there is none.
  static func plain(_ setting: Setting?) -> String {
    JSONWriter.digits(setting?.number, asInteger: true) ?? setting?.text ?? ""
  }

  static func row(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  /// Quoted when it has to be.
  static func field(_ value: String) -> String {
    let special = value.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    if !special { return value }
    return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
