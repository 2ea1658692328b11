import Metrics
import SimCore
import Statistics

/// The answer to a comparison in three sentences, computed from the results: who is best in what people wait for first,
/// in what they notice next, and in the work done.
///
/// The best is decided where the paired intervals of its differences to all others leave out zero; else the sentence
/// names those from whom it cannot be told. One replication gives no interval, so it decides nothing.
enum Answer {
  static func sentences(_ results: ResultSet) -> [String] {
    guard let group = leadingGroup(results) else { return ["No requests were counted."] }
    let name = results.sample.deployments[Int(results.sample.groups[group].deployment)].name
    let requestClass = results.sample.groups[group].requestClass
    return figures(results, group).enumerated().map { index, figure in
      let place = index == 0 ? " (\(name), \(requestClass.rawValue) requests)" : ""
      return sentence(figure, results, group, place)
    }
  }

  /// The group with the most requests, online ones before offline ones.
  private static func leadingGroup(_ results: ResultSet) -> Int? {
    let sample = results.sample
    let present = sample.groups.indices.filter {
      GroupRows.isPresent($0, in: results) && sample.groups[$0].completed > 0
        && !ComparisonTable.isBeside(Int(sample.groups[$0].deployment), results)
    }
    let online = present.filter { sample.groups[$0].requestClass == .online }
    return (online.isEmpty ? present : online).max {
      sample.groups[$0].completed < sample.groups[$1].completed
    }
  }

  private typealias Figure = (name: String, words: String)

  private static func figures(_ results: ResultSet, _ group: Int) -> [Figure] {
    let has = { (name: String) in
      MetricKey.named(name).map { key in
        results.columns.indices.allSatisfy { results.summary(key, of: $0, group: group) != nil }
      } ?? false
    }
    let isOffline = results.sample.groups[group].requestClass == .offline
    let waiting: Figure = ("p99_ttft_ms", "99 % of first tokens come within")
    let gaps: Figure = ("p99_itl_ms", "99 % of gaps between tokens are at most")
    let whole: Figure = ("mean_e2el_ms", "the mean request takes")
    let good: Figure = ("good_fraction", "the share of requests within the SLO is")
    let work: Figure = ("output_throughput", "output tokens per second are")
    return (isOffline ? [work, whole, waiting] : [waiting, gaps, has("good_fraction") ? good : work]).filter {
      has($0.name)
    }
  }

  private static func sentence(_ figure: Figure, _ results: ResultSet, _ group: Int, _ place: String) -> String {
    guard let key = MetricKey.named(figure.name) else { return "" }
    let all = results.columns.indices.compactMap { column in
      results.summary(key, of: column, group: group).map { (column: column, summary: $0) }
    }
    let greatest = all.map { abs($0.summary.mean) }.max() ?? 0
    let scale = FigureText.scale(of: greatest, MetricUnit(ofMetric: figure.name))
    func value(_ summary: Summary) -> String {
      TableNumber.text(
        summary.mean, halfWidth: summary.interval?.halfWidth, scale: scale, wholeNumbers: key.isInteger)
    }
    let order = all.sorted {
      key.preference == .higher ? $0.summary.mean > $1.summary.mean : $0.summary.mean < $1.summary.mean
    }
    let words = figure.words.prefix(1).uppercased() + figure.words.dropFirst()
    guard let best = order.first else { return "" }
    guard order.count > 1 else { return "\(words) \(value(best.summary))\(place)." }
    let label = { (column: Int) in results.columns[column].label }
    let next = order[1]
    let start = "\(words)\(place): "
    if order.allSatisfy({ $0.summary.mean == best.summary.mean }) {
      return start + "\(value(best.summary)) under all \(order.count), no difference."
    }
    let comparisons = order.dropFirst().map { other in
      (column: other.column, comparison: results.comparison(key, of: best.column, baseline: other.column, group: group))
    }
    let open = comparisons.filter { !isDecided($0.comparison) }
    if open.isEmpty {
      let ratio = comparisons.first?.comparison.flatMap { comparison in
        comparison.ratioInterval.map { _ in ", \(RatioTable.cell(comparison)) times that of" }
      }
      return start
        + "best under \(label(best.column)), \(value(best.summary))\(ratio ?? "; then") \(label(next.column)), "
        + "\(value(next.summary))."
    }
    let lead = "\(label(best.column)) leads with \(value(best.summary)), then \(label(next.column)) with "
    if results.columns.allSatisfy({ $0.runs.count == 1 }) {
      return start + "undecided, for one replication gives no interval; \(lead)\(value(next.summary))."
    }
    let names = open.map { label($0.column) }.joined(separator: ", ")
    return start + "undecided between \(label(best.column)) and \(names), whose paired difference may be nothing; "
      + "\(lead)\(value(next.summary))."
  }

  /// Whether a difference is one: its interval leaves out zero.
  static func isDecided(_ comparison: Comparison?) -> Bool {
    guard let interval = comparison?.differenceInterval else { return false }
    return !interval.contains(0)
  }
}

extension SweepReport {
  /// The same of a sweep: for each of the first three figures that prefer more or less, the best point, and how many
  /// others cannot be told from it, because their intervals overlap.
  func answer() -> [String] {
    let chosen = figures.filter { (MetricKey.named($0)?.preference ?? .none) != .none }.prefix(3)
    return Self.groups(rows).flatMap { group in chosen.compactMap { answer($0, group) } }
  }

  private func answer(_ figure: String, _ group: [Int]) -> String? {
    guard let key = MetricKey.named(figure) else { return nil }
    let points = group.compactMap { index in rows[index].summary(figure).map { (row: rows[index], summary: $0) } }
    let best = points.min {
      key.preference == .higher ? $0.summary.mean > $1.summary.mean : $0.summary.mean < $1.summary.mean
    }
    guard let best else { return nil }
    let scale = FigureText.scale(of: points.map { abs($0.summary.mean) }.max() ?? 0, MetricUnit(ofMetric: figure))
    let value = TableNumber.text(
      best.summary.mean, halfWidth: best.summary.interval?.halfWidth, scale: scale, wholeNumbers: key.isInteger)
    let settings = zip(Alternatives.short(keys), keys).map {
      "\($0) \(best.row.alternative.setting($1)?.text ?? "none")"
    }
    let place = ([best.row.alternative.policy] + settings).joined(separator: ", ")
    var text = "\(figure) (\(best.row.deployment), \(best.row.requestClass)): "
    text += "\(key.preference == .higher ? "most" : "least"), \(value), with \(place)"
    guard points.count > 1 else { return text + "." }
    guard let interval = best.summary.interval else {
      return text + "; undecided, for one replication gives no interval."
    }
    let open = points.filter { point in
      guard point.row.alternative != best.row.alternative, let other = point.summary.interval else { return false }
      return other.lower <= interval.upper && other.upper >= interval.lower
    }
    let others = points.count - 1
    if open.isEmpty { return text + "; its interval overlaps with none of the \(others) others." }
    return text + "; undecided with \(open.count) of \(others) others, whose intervals overlap with it."
  }
}
