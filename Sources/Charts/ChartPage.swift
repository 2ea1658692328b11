/// Several charts on one page, in rows, in the order given.
public struct ChartPage: Equatable, Sendable {
  public var title: String
  /// A smaller line under the title. Empty for none.
  public var subtitle: String
  public var charts: [Chart]
  /// Charts side by side; at least 1.
  public var columns: Int

  public init(title: String, subtitle: String = "", charts: [Chart], columns: Int = 2) {
    self.title = title
    self.subtitle = subtitle
    self.charts = charts
    self.columns = max(1, columns)
  }

  /// The page as an SVG file.
  public func svg() -> String {
    let rows = stride(from: 0, to: charts.count, by: columns).map { start in
      start..<min(start + columns, charts.count)
    }
    // Charts stand in columns as wide as the widest chart in them.
    let widths = (0..<columns).map { column in
      stride(from: column, to: charts.count, by: columns).map { charts[$0].width }.max() ?? 0
    }
    let width = max(320, widths.reduce(0, +))
    var drawing = SVG()
    var y = Heading(title: title, subtitle: subtitle, size: 18).draw(into: &drawing, width: width) + 8
    if charts.isEmpty {
      drawing.text("No charts", x: width / 2, y: y + 32, class: "muted", anchor: .middle, size: 13)
      y += 64
    }
    for row in rows {
      var x = 0.0
      for (column, index) in row.enumerated() {
        drawing.open("g", [("transform", "translate(\(SVG.number(x)),\(SVG.number(y)))")])
        ChartDrawing(charts[index]).draw(into: &drawing)
        drawing.close("g")
        x += widths[column]
      }
      y += row.map { charts[$0].height }.max() ?? 0
    }
    return drawing.document(width: width, height: y, title: title)
  }
}
