/// One key of a scenario that can be moved.
public struct Control: Sendable, Equatable {
  /// How a value is chosen.
  public enum Form: Sendable, Equatable {
    case slider(Slider)
    case choice([String])
    /// Anything that the scenario takes.
    case field
  }

  /// The key, as for `--set`.
  public var path: String
  /// What it is called among those around it, in words.
  public var label: String
  /// One sentence on what it is.
  public var help: String
  /// The scenario's own value, as it would be written.
  public var text: String
  public var form: Form
}

/// Controls of one part of a scenario.
public struct ControlGroup: Sendable, Equatable {
  public var title: String
  /// Whether it is shown at first.
  public var isOpen: Bool
  public var controls: [Control]
}

/// A range of values of one unit.
public struct Slider: Sendable, Equatable {
  /// In the unit.
  public var least: Double
  public var greatest: Double
  /// The scenario's own value, in the unit.
  public var value: Double
  /// What stands behind the number, with the space before it: ` GB/s`, `/s`; empty for none.
  public var unit: String
  /// Whether equal steps are equal ratios.
  public var isLogarithmic: Bool
  public var isWhole: Bool

  /// Around a value: a tenth of it to ten times, on a logarithmic scale, as far as bounds allow.
  ///
  /// - Parameters:
  ///   - text: the value as written, a number with a unit.
  ///   - bounds: in the unit; nil for none.
  /// - Returns: nil for what is no number above zero.
  static func around(_ text: String, least: Double? = nil, greatest: Double? = nil, isWhole: Bool = false) -> Slider? {
    guard let (value, unit) = split(text), value > 0 else { return nil }
    var low = max(value / 10, least ?? 0)
    var high = min(value * 10, greatest ?? .infinity)
    if isWhole {
      low = max(1, low.rounded(.up))
      high = high.rounded(.down)
    }
    guard low < high, low > 0 else { return nil }
    return Slider(least: low, greatest: high, value: value, unit: unit, isLogarithmic: true, isWhole: isWhole)
  }

  /// From one value to another in equal steps.
  static func between(_ least: Double, _ greatest: Double, _ text: String, isWhole: Bool = false) -> Slider? {
    guard let (value, unit) = split(text), least < greatest, (least...greatest).contains(value) else { return nil }
    return Slider(
      least: least, greatest: greatest, value: value, unit: unit, isLogarithmic: false, isWhole: isWhole)
  }

  /// A number and what stands behind it.
  static func split(_ text: String) -> (value: Double, unit: String)? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let value = Double(digits) else { return nil }
    return (value, String(text[digits.endIndex...]))
  }
}
