/// What of a series can be drawn on the scales of a chart.
struct SeriesContent {
  let name: String
  /// Points with a place on both axes; a point without one ends a run, so that no line is drawn across the gap.
  let runs: [[Series.Point]]
  /// Points that are not finite numbers.
  let notFinite: Int
  /// Finite points without a place on a logarithmic axis.
  let notPositive: Int

  init(_ series: Series, x: Axis.Scale, y: Axis.Scale) {
    name = series.name.isEmpty ? "unnamed series" : series.name
    var runs: [[Series.Point]] = []
    var run: [Series.Point] = []
    var notFinite = 0
    var notPositive = 0
    for point in series.points {
      if AxisRange.holds(point.x, on: x), AxisRange.holds(point.y, on: y) {
        run.append(point)
        continue
      }
      if AxisRange.holds(point.x, on: .linear), AxisRange.holds(point.y, on: .linear) {
        notPositive += 1
      } else {
        notFinite += 1
      }
      if !run.isEmpty { runs.append(run) }
      run = []
    }
    if !run.isEmpty { runs.append(run) }
    self.runs = runs
    self.notFinite = notFinite
    self.notPositive = notPositive
  }

  private var count: Int { runs.reduce(0) { $0 + $1.count } }

  /// What is not shown; `nil` when everything is.
  func leftOut(outside spans: (x: AxisRange, y: AxisRange)?) -> String? {
    var parts: [String] = []
    if count == 0 { parts.append("no data") }
    if notFinite > 0 { parts.append("\(Label.count(notFinite, "value", "values")) not finite") }
    if notPositive > 0 {
      parts.append("\(Label.count(notPositive, "value", "values")) at or below zero, with no place on a log axis")
    }
    if let spans {
      let outside = runs.joined().count { !spans.x.contains($0.x) || !spans.y.contains($0.y) }
      if outside > 0 { parts.append("\(Label.count(outside, "point", "points")) outside the axes") }
    }
    return parts.isEmpty ? nil : "\(name): " + parts.joined(separator: ", ")
  }

  /// The series in words.
  var description: String {
    let points = runs.joined()
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(), let low = points.map(\.y).min(),
      let high = points.map(\.y).max()
    else { return "\(name): no points." }
    return "\(name): \(Label.count(count, "point", "points")), x from \(Label.number(left)) to \(Label.number(right)), "
      + "y from \(Label.number(low)) to \(Label.number(high))."
  }
}
