import Charts

/// The unit in which a chart shows times: milliseconds where none is longer than two seconds.
struct ChartTime {
  let unit: String
  private let factor: Double

  /// - Parameter most: the longest time shown, seconds.
  init(most: Double) {
    unit = most < 2 ? "ms" : "s"
    factor = most < 2 ? 1_000 : 1
  }

  /// A series whose x values are seconds, in the unit.
  func x(_ series: Series) -> Series {
    var series = series
    for index in series.points.indices { series.points[index].x *= factor }
    return series
  }

  /// A series whose y values are seconds, in the unit.
  func y(_ series: Series) -> Series {
    var series = series
    for index in series.points.indices { series.points[index].y *= factor }
    return series
  }
}
