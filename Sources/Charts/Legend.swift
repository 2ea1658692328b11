/// The names of series and guides beside a sample of how they are drawn, in rows above the plot.
struct Legend {
  struct Entry {
    var name: String
    /// How the series is drawn; `nil` for a guide.
    var look: Look?
    /// The place of the series in its chart; `nil` for a guide.
    var series: Int?
    /// Of a heat map's cells; `nil` for all else.
    var shade: Int?
  }

  var entries: [Entry]

  private static let size = 12.0
  private static let sample = 24.0
  private static let gap = 18.0
  private static let lineHeight = 18.0

  /// Draws the rows from `top` and returns where they end.
  func draw(into drawing: inout SVG, width: Double, top: Double) -> Double {
    var x = 16.0
    var y = top
    for (index, entry) in entries.enumerated() {
      let name = TextWidth.fitted(entry.name, width: width - 32 - Self.sample - 6, size: Self.size)
      let taken = Self.sample + 6 + TextWidth.of(name, size: Self.size)
      if index == 0 {
        y += Self.lineHeight
      } else if x + taken > width - 16 {
        x = 16
        y += Self.lineHeight
      }
      let button = drawing.isLive ? entry.series : nil
      if let button {
        drawing.open(
          "g",
          [
            ("class", "entry"), ("data-series", "\(button)"), ("role", "button"), ("tabindex", "0"),
            ("aria-pressed", "true"), ("aria-label", entry.name),
          ])
        drawing.rectangle(x: x - 4, y: y - 13, width: taken + 8, height: Self.lineHeight, class: "touch")
      }
      draw(entry, x: x, middle: y - 4, into: &drawing)
      drawing.text(name, x: x + Self.sample + 6, y: y, class: "ink", size: Self.size)
      if button != nil { drawing.close("g") }
      x += taken + Self.gap
    }
    return entries.isEmpty ? top : y + 4
  }

  private func draw(_ entry: Entry, x: Double, middle: Double, into drawing: inout SVG) {
    if let shade = entry.shade {
      return drawing.rectangle(
        x: x, y: middle - 6, width: Self.sample, height: 12, class: "cell s\(shade)")
    }
    guard let look = entry.look else {
      return drawing.leaf(
        "path", Look.guide(path: "M\(SVG.number(x)),\(SVG.number(middle))h\(SVG.number(Self.sample))"))
    }
    let path =
      look.form == .points
      ? look.mark(at: .init(x: x + Self.sample / 2, y: middle))
      : "M\(SVG.number(x)),\(SVG.number(middle))h\(SVG.number(Self.sample))"
    drawing.leaf("path", look.attributes(path: path))
  }
}
