/// Lays a chart out and draws it.
struct ChartDrawing {
  private let chart: Chart
  /// What each series shows and leaves out.
  private let contents: [SeriesContent]
  /// The spans of the axes; `nil` when there is nothing to show.
  private let spans: (x: AxisRange, y: AxisRange)?

  init(_ chart: Chart) {
    self.chart = chart
    let contents = chart.series.map { SeriesContent($0, x: chart.x.scale, y: chart.y.scale) }
    var xs = contents.flatMap { $0.runs.joined().map(\.x) }
    var ys = contents.flatMap { $0.runs.joined().map(\.y) }
    for cell in chart.cells {
      xs += [cell.x.lowerBound, cell.x.upperBound]
      ys += [cell.y.lowerBound, cell.y.upperBound]
    }
    let isEmpty = xs.isEmpty
    // A proportion can be seen only against equal axes.
    if chart.guides.contains(where: \.isProportional) {
      xs += ys
      ys = xs
    }
    for guide in chart.guides {
      switch guide {
      case .horizontal(let y, _): ys.append(y)
      case .vertical(let x, _): xs.append(x)
      case .proportional: break
      }
    }
    self.contents = contents
    if !isEmpty, let x = AxisRange(chart.x, data: xs), let y = AxisRange(chart.y, data: ys) {
      spans = (x, y)
    } else {
      spans = nil
    }
  }

  /// Draws the chart with its top left corner at the origin.
  func draw(into drawing: inout SVG) {
    drawing.open("g", [("role", "img"), ("aria-label", chart.title)])
    drawing.element("title", text: chart.title)
    drawing.element("desc", text: description)
    var top = Heading(title: chart.title, subtitle: chart.subtitle).draw(into: &drawing, width: chart.width)
    top = Legend(entries: legend).draw(into: &drawing, width: chart.width, top: top)
    let notes = TextWidth.wrapped(leftOut.joined(separator: "; "), width: chart.width - 32, size: 11)
    let bottom = chart.height - 52 - Double(notes.count) * 15
    // A chart too low for its title and legend still has a plot, if a small one.
    let area = Frame(top: top + 10, bottom: max(bottom, top + 60), right: chart.width - 20)
    draw(in: area, into: &drawing)
    for (index, note) in notes.enumerated() {
      drawing.text(
        note, x: 16, y: area.bottom + 58 + Double(index) * 15, class: "muted", size: 11)
    }
    drawing.close("g")
  }

  private func draw(in area: Frame, into drawing: inout SVG) {
    guard let spans else {
      let frame = Frame(left: 58, top: area.top, bottom: area.bottom, right: area.right)
      drawing.leaf("path", [("class", "axis"), ("d", frame.outline)])
      drawing.text("No data", x: frame.middle, y: frame.centre + 5, class: "muted", anchor: .middle, size: 14)
      return AxisDrawing.titles(chart, frame: frame, labelWidth: 20, into: &drawing)
    }
    let yTicks = AxisDrawing.vertical(spans.y, height: area.bottom - area.top)
    let labelWidth = yTicks.compactMap(\.label).map { TextWidth.of($0, size: 11) }.max() ?? 0
    let frame = Frame(left: 16 + 16 + labelWidth + 8, top: area.top, bottom: area.bottom, right: area.right)
    let xTicks = AxisDrawing.horizontal(spans.x, width: frame.right - frame.left)
    let plot = Plot(frame: frame, x: spans.x, y: spans.y)
    // Cells say their values themselves.
    let isLive = drawing.isLive && chart.cells.isEmpty
    if isLive { drawing.open("g", [("class", "plot")] + plot.facts(chart)) }
    if isLive { drawing.open("g", [("class", "ticks")]) }
    AxisDrawing.draw(x: xTicks, y: yTicks, spans: spans, frame: frame, into: &drawing)
    if isLive { drawing.close("g") }
    AxisDrawing.titles(chart, frame: frame, labelWidth: labelWidth, into: &drawing)
    plot.open(into: &drawing)
    plot.draw(chart.cells, into: &drawing)
    for guide in chart.guides { plot.draw(guide, into: &drawing) }
    for (index, series) in chart.series.enumerated() where series.form != .points {
      plot.drawLine(contents[index], look: look(index), facts: facts(index, drawing), into: &drawing)
    }
    drawing.close("svg")
    // Marks are not cut at the frame: half a mark on an axis is still a whole value.
    for (index, series) in chart.series.enumerated() where series.form == .points {
      plot.drawMarks(contents[index], look: look(index), facts: facts(index, drawing), into: &drawing)
    }
    if isLive { drawing.close("g") }
  }

  private func look(_ index: Int) -> Look { Look(chart.series[index], index: index) }

  /// What a script is told of a series: which entry of the legend it belongs to, and its name. Series without a name
  /// belong to the next one of their colour: they are the edges of its interval.
  private func facts(_ index: Int, _ drawing: SVG) -> SVG.Attributes {
    guard drawing.isLive else { return [] }
    let series = chart.series[index]
    let colour = look(index).colour
    let owner =
      series.name.isEmpty
      ? chart.series.indices.dropFirst(index).first { !chart.series[$0].name.isEmpty && look($0).colour == colour }
      : index
    return [
      ("data-series", "\(owner ?? index)"), ("data-name", series.name),
      ("data-form", series.form == .points ? "points" : series.form == .steps ? "steps" : "line"),
    ]
  }

  private var legend: [Legend.Entry] {
    let series = chart.series.enumerated().filter { !$0.element.name.isEmpty }.map { index, series in
      Legend.Entry(name: series.name, look: Look(series, index: index), series: index)
    }
    let guides = chart.guides.filter { !$0.name.isEmpty }.map { Legend.Entry(name: $0.name, look: nil, series: nil) }
    let shades = chart.shadeNames.enumerated().map { index, name in
      Legend.Entry(name: name, look: nil, series: nil, shade: index)
    }
    return series + shades + guides
  }

  /// What the chart does not show, one sentence part per series.
  private var leftOut: [String] {
    contents.compactMap { $0.leftOut(outside: spans) }
  }

  /// The chart in words, for who cannot see it.
  private var description: String {
    let axes = "\(chart.y.title) against \(chart.x.title)."
    let source = chart.subtitle.isEmpty ? [] : ["\(chart.subtitle)."]
    let missing = leftOut.isEmpty ? [] : [leftOut.joined(separator: "; ") + "."]
    let cells = chart.cells.map { $0.description + "." }
    return (source + [axes] + contents.map(\.description) + cells + missing).joined(separator: " ")
  }
}
