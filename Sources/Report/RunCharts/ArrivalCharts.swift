import Charts
import Metrics
import SimCore
import Statistics

/// When a request came, and how long it waited for its first token.
public struct RequestPoint: Sendable, Hashable {
  /// Seconds since the run began.
  public var arrival: Float
  /// Seconds to the first token.
  public var wait: Float

  public init(arrival: Float, wait: Float) {
    self.arrival = arrival
    self.wait = wait
  }
}

/// How long requests waited, by when they came: what a burst does to whom.
public enum ArrivalCharts {
  /// A chart for every deployment and class that is compared, a point for each request, a colour for each alternative.
  /// Of several replications the first is shown.
  ///
  /// - Parameter points: of each alternative, for each group.
  public static func page(_ results: ResultSet, _ points: [Alternative: [[RequestPoint]]]) -> ChartPage {
    let sample = results.sample
    var subtitle = "seed \(sample.seed)"
    if results.isReplicated { subtitle += ", replication \(sample.replication)" }
    let charts = sample.groups.indices.filter { GroupRows.isPresent($0, in: results) }.map { group in
      let series = results.columns.enumerated().map { index, column in
        Series.points(
          column.label,
          (points[column.alternative]?[group] ?? []).map { Series.Point(Double($0.arrival), Double($0.wait)) },
          colour: index)
      }
      let waits = series.flatMap { $0.points.map(\.y) }.filter { $0 > 0 }
      let scale = ChartTime(most: waits.max() ?? 1)
      let form = Axis.Scale.suiting(waits)
      let name = sample.deployments[Int(sample.groups[group].deployment)].name
      return Chart(
        title: "Time to first token by arrival", subtitle: "\(name), \(sample.groups[group].requestClass.rawValue)",
        x: Axis(label: "Arrival", unit: "s"),
        y: Axis(label: "Time to first token", unit: scale.unit, scale: form, includesZero: form == .linear),
        series: series.map { scale.y($0) },
        guides: sample.warmUpEnd > .zero ? [.vertical(sample.warmUpEnd.seconds, name: "counted from here")] : [],
        width: 1100, height: 380)
    }
    return ChartPage(
      title: "\(sample.provenance.scenarioName), by arrival", subtitle: subtitle, charts: charts, columns: 1)
  }
}
