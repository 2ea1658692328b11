/// The part of a chart inside its axes.
struct Plot {
  var frame: Frame
  var x: AxisRange
  var y: AxisRange

  /// A place far outside the frame is drawn this many pixels away: nothing of the line inside changes to the eye, and
  /// the numbers stay short.
  private static let farthest = 1e6

  func pixel(_ point: Series.Point) -> Thinning.Pixel {
    let across = frame.left + x.position(point.x) * (frame.right - frame.left)
    let down = frame.bottom - y.position(point.y) * (frame.bottom - frame.top)
    return Thinning.Pixel(
      x: min(max(across, -Self.farthest), Self.farthest), y: min(max(down, -Self.farthest), Self.farthest))
  }

  /// Opens an element that cuts what it holds at the frame. An inner `svg` does so without an identifier, which would
  /// clash where two charts stand in one HTML page.
  func open(into drawing: inout SVG) {
    // A line along the frame keeps its full width.
    let size = [frame.right - frame.left + 2, frame.bottom - frame.top + 2].map(SVG.number)
    let corner = [frame.left - 1, frame.top - 1].map(SVG.number)
    drawing.open(
      "svg",
      [
        ("x", corner[0]), ("y", corner[1]), ("width", size[0]), ("height", size[1]),
        ("viewBox", (corner + size).joined(separator: " ")),
      ])
  }

  /// What a script is told of it: its frame, and the values at its edges.
  func facts(_ chart: Chart) -> SVG.Attributes {
    func span(_ range: AxisRange) -> String { "\(range.low) \(range.high) \(range.scale == .log ? "log" : "linear")" }
    return [
      ("data-frame", [frame.left, frame.top, frame.right, frame.bottom].map(SVG.number).joined(separator: " ")),
      ("data-x", span(x)), ("data-y", span(y)), ("data-x-name", chart.x.label), ("data-x-unit", chart.x.unit),
      ("data-y-name", chart.y.label), ("data-y-unit", chart.y.unit),
    ]
  }

  func draw(_ guide: Guide, into drawing: inout SVG) {
    var path: String
    switch guide {
    case .horizontal(let value, _):
      guard AxisRange.holds(value, on: y.scale) else { return }
      let place = pixel(.init(x.low, value))
      path = "M\(SVG.number(frame.left)),\(SVG.number(place.y))H\(SVG.number(frame.right))"
    case .vertical(let value, _):
      guard AxisRange.holds(value, on: x.scale) else { return }
      let place = pixel(.init(value, y.low))
      path = "M\(SVG.number(place.x)),\(SVG.number(frame.top))V\(SVG.number(frame.bottom))"
    case .proportional(let slope, _):
      // Straight when both axes have one scale, a curve otherwise.
      let count = x.scale == y.scale ? 1 : 64
      let points = (0...count).map { index -> Series.Point in
        let value = x.low + (x.high - x.low) * Double(index) / Double(count)
        return Series.Point(value, slope * value)
      }
      path = Self.path(points.filter { AxisRange.holds($0.y, on: y.scale) }.map(pixel), steps: false)
      if path.isEmpty { return }
    }
    drawing.leaf("path", Look.guide(path: path))
  }

  func drawLine(_ content: SeriesContent, look: Look, facts: SVG.Attributes, into drawing: inout SVG) {
    let path = content.runs.map { run in
      let pixels = Thinning.line(run.map(pixel))
      return look.form == .area ? Self.outline(pixels) : Self.path(pixels, steps: look.form == .steps)
    }.joined()
    if look.form == .area { drawing.isFilled = true }
    if !path.isEmpty { drawing.leaf("path", look.attributes(path: path) + facts) }
  }

  func drawMarks(_ content: SeriesContent, look: Look, facts: SVG.Attributes, into drawing: inout SVG) {
    let inside = content.runs.joined().filter { x.contains($0.x) && y.contains($0.y) }
    let path = Thinning.marks(inside.map(pixel)).map(look.mark).joined()
    if !path.isEmpty { drawing.leaf("path", look.attributes(path: path) + facts) }
  }

  /// A closed path around an area. Its vertices stand at whole pixels along x, which nobody sees in a ground and which
  /// makes most of its lines upright ones, that are shorter to write.
  private static func outline(_ pixels: [Thinning.Pixel]) -> String {
    var path = ""
    var last = (x: "", y: "")
    for pixel in pixels {
      let next = (x: SVG.number(pixel.x.rounded()), y: SVG.number(pixel.y))
      if path.isEmpty {
        path = "M\(next.x),\(next.y)"
      } else if next.x != last.x, next.y != last.y {
        path += "L\(next.x),\(next.y)"
      } else if next.x != last.x {
        path += "H\(next.x)"
      } else if next.y != last.y {
        path += "V\(next.y)"
      }
      last = next
    }
    return path + "Z"
  }

  /// A path through vertices, or along the steps between them; vertices that print alike are drawn once.
  private static func path(_ pixels: [Thinning.Pixel], steps: Bool) -> String {
    var path = ""
    var last = (x: "", y: "")
    for pixel in pixels {
      let next = (x: SVG.number(pixel.x), y: SVG.number(pixel.y))
      if path.isEmpty {
        path = "M\(next.x),\(next.y)"
        // A single point is a short stroke rather than nothing.
        if pixels.count == 1 { path += "h1" }
      } else if steps {
        if next.x != last.x { path += "H\(next.x)" }
        if next.y != last.y { path += "V\(next.y)" }
      } else if next != last {
        path += "L\(next.x),\(next.y)"
      }
      last = next
    }
    return path
  }
}
