/// A rectangle in pixels; y grows downwards.
struct Frame: Equatable {
  var left = 0.0
  var top: Double
  var bottom: Double
  var right: Double

  var middle: Double { (left + right) / 2 }
  var centre: Double { (top + bottom) / 2 }

  /// Its left and lower edges.
  var outline: String {
    "M\(SVG.number(left)),\(SVG.number(top))V\(SVG.number(bottom))H\(SVG.number(right))"
  }
}
