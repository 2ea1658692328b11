import SimCore

/// The values a quantity may have.
public struct Bounds<Value: Comparable & Sendable>: Sendable {
  public var minimum: Value?
  /// Whether `minimum` itself is outside.
  public var excludesMinimum: Bool
  public var maximum: Value?

  public init(minimum: Value? = nil, excludesMinimum: Bool = false, maximum: Value? = nil) {
    self.minimum = minimum
    self.excludesMinimum = excludesMinimum
    self.maximum = maximum
  }

  public static var any: Bounds { Bounds() }
  public static func atLeast(_ minimum: Value) -> Bounds { Bounds(minimum: minimum) }
  public static func moreThan(_ minimum: Value) -> Bounds { Bounds(minimum: minimum, excludesMinimum: true) }
  public static func within(_ range: ClosedRange<Value>) -> Bounds {
    Bounds(minimum: range.lowerBound, maximum: range.upperBound)
  }
  public static func above(_ minimum: Value, upTo maximum: Value) -> Bounds {
    Bounds(minimum: minimum, excludesMinimum: true, maximum: maximum)
  }

  /// Whether a value is inside.
  public func contains(_ value: Value) -> Bool {
    if let minimum, excludesMinimum ? value <= minimum : value < minimum { return false }
    if let maximum, value > maximum { return false }
    return true
  }

  /// `must be at least 1`, with values spelt by `text`.
  public func rule(_ text: (Value) -> String) -> String {
    switch (minimum, maximum) {
    case (nil, nil): "may be anything"
    case (let minimum?, nil): "must be \(excludesMinimum ? "more than" : "at least") \(text(minimum))"
    case (nil, let maximum?): "must be at most \(text(maximum))"
    case (let minimum?, let maximum?):
      excludesMinimum
        ? "must be more than \(text(minimum)) and at most \(text(maximum))"
        : "must be between \(text(minimum)) and \(text(maximum))"
    }
  }
}
