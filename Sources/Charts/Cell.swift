/// A filled rectangle of a heat map, in the units of the axes.
public struct Cell: Equatable, Sendable {
  public var x: ClosedRange<Double>
  public var y: ClosedRange<Double>
  /// How strong its colour is, from 0 to `Cell.shades` - 1.
  public var shade: Int
  /// Printed in it where there is room.
  public var label: String
  /// What it says in full, for who points at it or cannot see it.
  public var description: String

  /// How many shades there are.
  public static let shades = 6

  public init(x: ClosedRange<Double>, y: ClosedRange<Double>, shade: Int, label: String, description: String) {
    self.x = x
    self.y = y
    self.shade = min(max(shade, 0), Self.shades - 1)
    self.label = label
    self.description = description
  }

  /// The ranges that cells around values take on an axis: each to the middle between it and its neighbours.
  ///
  /// - Parameter values: in rising order, positive on a logarithmic scale.
  public static func ranges(around values: [Double], on scale: Axis.Scale) -> [ClosedRange<Double>] {
    func middle(_ a: Double, _ b: Double) -> Double { scale == .log ? (a * b).squareRoot() : (a + b) / 2 }
    guard values.count > 1 else {
      return values.map { value in
        let half = scale == .log ? 0 : max(abs(value) / 2, 0.5)
        return scale == .log ? value / 2...value * 2 : value - half...value + half
      }
    }
    let inner = zip(values, values.dropFirst()).map(middle)
    func mirrored(_ edge: Double, at value: Double) -> Double {
      scale == .log ? value * value / edge : 2 * value - edge
    }
    let edges =
      [mirrored(inner[0], at: values[0])] + inner
      + [mirrored(inner[inner.count - 1], at: values[values.count - 1])]
    return zip(edges, edges.dropFirst()).map { $0...$1 }
  }
}

extension Plot {
  /// Fills a heat map's cells, each with its label where it fits.
  func draw(_ cells: [Cell], into drawing: inout SVG) {
    if !cells.isEmpty { drawing.isShaded = true }
    for cell in cells {
      let corner = pixel(.init(cell.x.lowerBound, cell.y.upperBound))
      let end = pixel(.init(cell.x.upperBound, cell.y.lowerBound))
      let (width, height) = (end.x - corner.x, end.y - corner.y)
      // A gap of a pixel tells neighbours of one shade apart.
      let path =
        "M\(SVG.number(corner.x + 0.5)),\(SVG.number(corner.y + 0.5))"
        + "h\(SVG.number(width - 1))v\(SVG.number(height - 1))h\(SVG.number(1 - width))z"
      drawing.open("path", [("class", "cell s\(cell.shade)"), ("d", path)])
      drawing.element("title", text: cell.description)
      drawing.close("path")
      if TextWidth.of(cell.label, size: 11) + 6 <= width, height >= 16 {
        drawing.text(
          cell.label, x: (corner.x + end.x) / 2, y: (corner.y + end.y) / 2 + 4, class: "on\(cell.shade)",
          anchor: .middle, size: 11)
      }
    }
  }
}
