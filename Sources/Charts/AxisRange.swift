import Foundation

/// The values that an axis shows and where they stand on it.
struct AxisRange: Equatable {
  var low: Double
  var high: Double
  var scale: Axis.Scale
  /// The values that are marked; round ones when empty.
  var marks: [Double]

  /// Larger or smaller values than these cannot be charted: their span would leave the range of a `Double`.
  private static let largest = 1e250

  /// Whether a value has a place on an axis of this scale.
  static func holds(_ value: Double, on scale: Axis.Scale) -> Bool {
    guard value.isFinite, abs(value) <= largest else { return false }
    return scale == .linear || value >= 1 / largest
  }

  /// The span of an axis over data.
  ///
  /// - Returns: `nil` when there is no value to show and the axis gives no range.
  init?(_ axis: Axis, data: [Double]) {
    scale = axis.scale
    marks = axis.marks
    if let range = axis.range, Self.holds(range.lowerBound, on: scale), Self.holds(range.upperBound, on: scale),
      range.lowerBound < range.upperBound
    {
      (low, high) = (range.lowerBound, range.upperBound)
      return
    }
    let shown = data.filter { [scale] in Self.holds($0, on: scale) }
    guard let least = shown.min(), let greatest = shown.max() else { return nil }
    (low, high) = (least, greatest)
    switch scale {
    case .linear:
      if axis.includesZero { (low, high) = (min(low, 0), max(high, 0)) }
      let span = high - low
      let size = max(abs(low), abs(high))
      // A span this small against the values is one value, and would give ticks that differ in the tenth figure.
      let room = span > size * 1e-9 ? span * 0.04 : size * 0.1
      guard size > 0 else {
        (low, high) = (-1, 1)
        return
      }
      // Zero is a better end than a little less than nothing.
      low = low >= 0 && low < room ? 0 : low - room
      high = high <= 0 && -high < room ? 0 : high + room
    case .log:
      // Differences of logarithms: the ratio itself may be too large for a number.
      let span = log(high) - log(low)
      let room = span > 1e-9 ? exp(max(span * 0.04, 0.02)) : 1.5
      (low, high) = (low / room, high * room)
    }
  }

  /// Where a value stands, 0 at the low end and 1 at the high end.
  func position(_ value: Double) -> Double {
    switch scale {
    case .linear: (value - low) / (high - low)
    case .log: (log(value) - log(low)) / (log(high) - log(low))
    }
  }

  func contains(_ value: Double) -> Bool { value >= low && value <= high }
}
