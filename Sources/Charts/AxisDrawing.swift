/// Ticks, grid lines, numbers and titles of the axes.
enum AxisDrawing {
  private static let size = 11.0

  /// The ticks of a y axis, as many as leave room between their numbers.
  static func vertical(_ span: AxisRange, height: Double) -> [Tick] {
    fitting(span, from: Int(height / 30)) { ticks in
      zip(ticks, ticks.dropFirst()).allSatisfy { lower, upper in
        (span.position(upper.value) - span.position(lower.value)) * height >= size + 4
      }
    }
  }

  /// The ticks of an x axis, as many as leave room between their numbers.
  static func horizontal(_ span: AxisRange, width: Double) -> [Tick] {
    fitting(span, from: Int(width / 56)) { ticks in
      zip(ticks, ticks.dropFirst()).allSatisfy { left, right in
        let gap = (span.position(right.value) - span.position(left.value)) * width
        let text = (left.label ?? "") + (right.label ?? "")
        return gap >= TextWidth.of(text, size: size) / 2 + 8
      }
    }
  }

  private static func fitting(_ span: AxisRange, from most: Int, _ fits: ([Tick]) -> Bool) -> [Tick] {
    for count in stride(from: most, to: 2, by: -1) {
      let ticks = Ticks.of(span, atMost: count)
      if fits(ticks.filter { $0.label != nil }) { return ticks }
    }
    return Ticks.of(span, atMost: 2)
  }

  /// Grid lines, ticks and numbers.
  static func draw(
    x xTicks: [Tick], y yTicks: [Tick], spans: (x: AxisRange, y: AxisRange), frame: Frame, into drawing: inout SVG
  ) {
    var grid = ""
    var short = ""
    func x(_ tick: Tick) -> Double { frame.left + spans.x.position(tick.value) * (frame.right - frame.left) }
    func y(_ tick: Tick) -> Double { frame.bottom - spans.y.position(tick.value) * (frame.bottom - frame.top) }
    for tick in xTicks {
      let place = SVG.number(x(tick))
      if tick.label != nil { grid += "M\(place),\(SVG.number(frame.top))V\(SVG.number(frame.bottom))" }
      short += "M\(place),\(SVG.number(frame.bottom))v\(tick.label == nil ? 3 : 5)"
    }
    for tick in yTicks {
      let place = SVG.number(y(tick))
      if tick.label != nil { grid += "M\(SVG.number(frame.left)),\(place)H\(SVG.number(frame.right))" }
      short += "M\(SVG.number(frame.left)),\(place)h-\(tick.label == nil ? 3 : 5)"
    }
    if !grid.isEmpty { drawing.leaf("path", [("class", "grid"), ("d", grid)]) }
    drawing.leaf("path", [("class", "axis"), ("d", frame.outline + short)])
    for tick in xTicks {
      guard let label = tick.label else { continue }
      // The last number is moved inwards where it would leave the drawing.
      let half = TextWidth.of(label, size: size) / 2
      let place = min(x(tick), frame.right + 18 - half)
      drawing.text(label, x: place, y: frame.bottom + 18, class: "muted", anchor: .middle, size: size)
    }
    for tick in yTicks {
      guard let label = tick.label else { continue }
      drawing.text(label, x: frame.left - 8, y: y(tick) + 4, class: "muted", anchor: .end, size: size)
    }
  }

  /// The names of the axes.
  static func titles(_ chart: Chart, frame: Frame, labelWidth: Double, into drawing: inout SVG) {
    let x = TextWidth.fitted(chart.x.title, width: frame.right - frame.left, size: 12)
    drawing.text(x, x: frame.middle, y: frame.bottom + 38, class: "ink", anchor: .middle, size: 12)
    let y = TextWidth.fitted(chart.y.title, width: frame.bottom - frame.top + 20, size: 12)
    drawing.text(
      y, x: frame.left - labelWidth - 16, y: frame.centre, class: "ink", anchor: .middle, size: 12, turned: true)
  }
}
