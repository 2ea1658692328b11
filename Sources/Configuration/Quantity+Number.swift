import TextIO

extension Quantity {
  /// A whole number such as `2048`; `1e6` is whole too, `2k` and `2.5` are not.
  public static func count(_ text: String, expected: String = "a whole number") throws(QuantityError) -> Int {
    let (number, rest) = try splitNumber(text, expected: expected)
    guard rest.isEmpty else {
      throw QuantityError(expected: expected, found: text, hint: magnitudeHint(number, rest))
    }
    guard number.isWhole else { throw QuantityError(expected: expected, found: text) }
    guard let value = number.scaled(by: 1) else {
      throw QuantityError(expected: expected, found: text, hint: "it is too large")
    }
    return Int(value)
  }

  /// A plain decimal number such as `0.25` or `1e-3`.
  public static func number(_ text: String, expected: String = "a number") throws(QuantityError) -> Double {
    let (number, rest) = try splitNumber(text, expected: expected)
    guard rest.isEmpty else {
      throw QuantityError(expected: expected, found: text, hint: magnitudeHint(number, rest))
    }
    let value = number.double
    guard value.isFinite else { throw QuantityError(expected: expected, found: text, hint: "it is too large") }
    return value
  }

  /// A share of a whole, from `0.9` or `90 %`.
  public static func fraction(_ text: String) throws(QuantityError) -> Double {
    let expected = "a fraction such as '0.9' or '90 %'"
    let (number, rest) = try splitNumber(text, expected: expected)
    switch rest {
    case "": return number.double
    case "%": return number.shifted(by: -2).double
    default: throw QuantityError(expected: expected, found: text)
    }
  }

  /// Whether a number is one that a unit must not follow, with the plain spelling of `2k` or `2M` as the hint.
  private static func magnitudeHint(_ number: DecimalNumber, _ unit: Substring) -> String? {
    let power: Int
    switch unit {
    case "k", "K": power = 3
    case "M", "m": power = 6
    case "G", "B", "b": power = 9
    case "tokens", "token", "requests", "request", "blocks", "layers", "iterations", "steps":
      return "write the number alone"
    case "%": return "a percentage is not accepted here"
    default: return nil
    }
    let scaled = number.shifted(by: power)
    guard let value = scaled.scaled(by: 1), scaled.isWhole else { return nil }
    return "write \(value)"
  }
}
