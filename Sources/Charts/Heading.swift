/// Title and subtitle over a chart or a page.
struct Heading {
  var title: String
  var subtitle: String
  var size = 15.0

  /// Draws the lines from the top of the drawing and returns where they end.
  func draw(into drawing: inout SVG, width: Double) -> Double {
    var y = 8.0
    // A bold face is about a tenth wider.
    for line in TextWidth.wrapped(title, width: (width - 32) / 1.1, size: size) {
      y += size + 5
      drawing.text(line, x: 16, y: y, class: "ink", size: size, bold: true)
    }
    for line in TextWidth.wrapped(subtitle, width: width - 32, size: 12) {
      y += 17
      drawing.text(line, x: 16, y: y, class: "muted", size: 12)
    }
    return y + 6
  }
}
