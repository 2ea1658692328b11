/// A chart as a value: what is drawn, against which axes. `svg()` turns it into a file that needs nothing else.
///
/// ```swift
/// let chart = Chart(
///   title: "Time to first token", subtitle: "recorded run A1 against its simulation",
///   x: Axis(label: "TTFT", unit: "ms", scale: .log), y: .share,
///   series: [.distribution("measured", of: measured), .distribution("predicted", of: predicted, dash: .dashed)])
/// try AtomicFile.write(chart.svg(), to: path)
/// ```
///
/// The same chart gives the same bytes. Long series are thinned to what can be seen at the chart's size, so the file
/// stays small; series without a point that can be drawn, and values left out, are named under the chart.
public struct Chart: Equatable, Sendable {
  public var title: String
  /// A smaller line under the title: where the data come from. Empty for none.
  public var subtitle: String
  public var x: Axis
  public var y: Axis
  /// Drawn in order, the last on top.
  public var series: [Series]
  /// Drawn beneath the series.
  public var guides: [Guide]
  /// The cells of a heat map, beneath the guides; none in other charts.
  public var cells: [Cell] = []
  /// What the legend says of the cells' shades, from the first on.
  public var shadeNames: [String] = []
  /// In pixels; at least 240.
  public var width: Double
  /// In pixels, with title and legend; at least 160.
  public var height: Double

  public init(
    title: String, subtitle: String = "", x: Axis, y: Axis, series: [Series], guides: [Guide] = [],
    width: Double = 640, height: Double = 400
  ) {
    self.title = title
    self.subtitle = subtitle
    self.x = x
    self.y = y
    self.series = series
    self.guides = guides
    self.width = max(240, width)
    self.height = max(160, height)
  }

  /// Residuals (measured less predicted, or a relative error) against what they might depend on, with a line at zero.
  public static func residuals(title: String, subtitle: String = "", x: Axis, y: Axis, series: [Series]) -> Chart {
    Chart(title: title, subtitle: subtitle, x: x, y: y, series: series, guides: [.horizontal(0)])
  }

  /// Predicted (y) against measured (x) values, with the diagonal where they agree and lines `margin` off it.
  ///
  /// - Parameter margin: A relative error, 0.1 for 10 %; `nil` for the diagonal only.
  public static func agreement(
    title: String, subtitle: String = "", of quantity: String, unit: String, scale: Axis.Scale = .linear,
    margin: Double? = 0.1, series: [Series]
  ) -> Chart {
    var guides: [Guide] = [.diagonal]
    if let margin {
      let percent = Label.number(margin * 100)
      guides += [.proportional(slope: 1 + margin, name: "±\(percent) %"), .proportional(slope: 1 - margin)]
    }
    return Chart(
      title: title, subtitle: subtitle, x: Axis(label: "measured \(quantity)", unit: unit, scale: scale),
      y: Axis(label: "predicted \(quantity)", unit: unit, scale: scale), series: series, guides: guides,
      width: 520, height: 520)
  }

  /// The chart as an SVG file.
  public func svg() -> String {
    var drawing = SVG()
    ChartDrawing(self).draw(into: &drawing)
    return drawing.document(width: width, height: height, title: title)
  }

  /// The chart as an element of an HTML page that has `Theme.pageRules` as its style sheet.
  ///
  /// The same drawing, and with it what a script needs to show values and to zoom: the plot has its frame and the
  /// values at its edges, each path the name of its series, each entry of the legend is a button.
  public func element() -> String {
    var drawing = SVG(isLive: true)
    ChartDrawing(self).draw(into: &drawing)
    return drawing.element(width: width, height: height, title: title)
  }
}
