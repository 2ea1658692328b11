/// One axis of a chart: what it shows, in which unit, on which scale.
public struct Axis: Equatable, Sendable {
  /// How values become positions.
  public enum Scale: Equatable, Sendable {
    case linear
    /// Logarithmic; values of zero and below have no place on it and are left out (the chart says how many).
    case log

    /// Logarithmic where the greatest is more than thirty times the least and all have a place on it.
    public static func suiting(_ values: some Sequence<Double>) -> Scale {
      guard let least = values.min(), let most = values.max() else { return .linear }
      return least > 0 && most > 30 * least ? .log : .linear
    }
  }

  /// What is shown, for instance `TTFT`.
  public var label: String
  /// The unit of the values, printed in parentheses after the label; empty for a plain number.
  public var unit: String
  public var scale: Scale
  /// The values shown; by default all the data with a little room. Data outside is cut off.
  public var range: ClosedRange<Double>?
  /// Whether a linear axis begins at zero (or ends there, for values below it) when `range` is not given.
  public var includesZero: Bool
  /// Values that are marked in place of round ones, in rising order; every second, third, ... where there is no room.
  public var marks: [Double] = []

  public init(
    label: String, unit: String = "", scale: Scale = .linear, range: ClosedRange<Double>? = nil,
    includesZero: Bool = false
  ) {
    self.label = label
    self.unit = unit
    self.scale = scale
    self.range = range
    self.includesZero = includesZero
  }

  /// The share of a sample at or below a value, 0 to 1: the y axis of `Series.distribution`.
  public static let share = Axis(label: "Share at or below", range: 0...1)

  /// Label and unit as printed beside the axis.
  var title: String { unit.isEmpty ? label : "\(label) (\(unit))" }
}
