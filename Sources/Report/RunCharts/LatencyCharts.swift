import Charts
import Metrics
import SimCore
import Statistics

/// How latencies are distributed under each alternative.
public enum LatencyCharts {
  /// The share of requests at or below each time to first token, time per output token, gap between tokens and
  /// end-to-end time, for every deployment and class that is compared; a line for each alternative, over all its
  /// replications.
  ///
  /// - Parameter bands: whether the ground is shaded from the least to the most that single replications have at each
  ///   share.
  public static func page(_ results: ResultSet, bands: Bool = false) -> ChartPage {
    let sample = results.sample
    let charts = sample.groups.indices.filter { GroupRows.isPresent($0, in: results) }.flatMap { group in
      kinds.compactMap { chart($0, of: group, results, bands) }
    }
    return ChartPage(
      title: "\(sample.provenance.scenarioName), latencies", subtitle: ComparisonTable.extent(results), charts: charts)
  }

  private static let kinds: [(latency: LatencyKind, title: String)] = [
    (.ttft, "Time to first token"), (.tpot, "Time per output token"), (.itl, "Gap between two tokens"),
    (.e2el, "End to end"),
  ]

  /// Shares at which a distribution is drawn: denser where tails are.
  private static let percents: [Double] =
    (0..<198).map { Double($0) / 2 } + (0..<100).map { 99 + Double($0) / 100 } + [100]

  /// - Returns: nil where no request has the latency.
  private static func chart(
    _ kind: (latency: LatencyKind, title: String), of group: Int, _ results: ResultSet, _ bands: Bool
  ) -> Chart? {
    let series = results.columns.enumerated().flatMap { index, column -> [Series] in
      var all = LatencyHistogram()
      for run in column.runs { all.merge(run.groups[group][keyPath: kind.latency.histogram]) }
      if all.count == 0 { return [] }
      let points = percents.compactMap { percent in
        all.percentile(percent).map { Series.Point($0 / 1e12, percent / 100) }
      }
      let line = Series.line(column.label, points, colour: index)
      let single = column.runs.map { $0.groups[group][keyPath: kind.latency.histogram] }.filter { $0.count > 0 }
      return bands && single.count > 1 ? [band(of: single, colour: index), line] : [line]
    }
    let values = series.flatMap { $0.points.map(\.x) }.filter { $0 > 0 }
    guard let most = values.max() else { return nil }
    let scale = ChartTime(most: most)
    let name = results.sample.deployments[Int(results.sample.groups[group].deployment)].name
    return Chart(
      title: kind.title, subtitle: "\(name), \(results.sample.groups[group].requestClass.rawValue)",
      x: Axis(label: kind.title, unit: scale.unit, scale: .suiting(values)), y: .share,
      series: series.map { scale.x($0) },
      width: 560, height: 300)
  }

  /// From the least to the most of several distributions at each share.
  private static func band(of all: [LatencyHistogram], colour: Int) -> Series {
    let edges = percents.map { percent in (percent, all.compactMap { $0.percentile(percent) }) }
    func edge(_ value: ([Double]) -> Double?) -> [Series.Point] {
      edges.compactMap { percent, values in value(values).map { Series.Point($0 / 1e12, percent / 100) } }
    }
    return .band(from: edge { $0.min() }, to: edge { $0.max() }, colour: colour)
  }
}
