import TextIO

extension Quantity {
  /// How many of something happen in a second, from text such as `2.5/s`, `150/min` or `1000/h`.
  ///
  /// - Parameter noun: what is counted, in the plural, for messages.
  public static func rate(_ text: String, of noun: String = "requests") throws(QuantityError) -> Double {
    let expected = "a number of \(noun) per second"
    let (number, unit) = try splitNumber(text, expected: expected)
    let seconds: Double
    switch unit.filter({ $0 != " " }) {
    case "/s", "persecond": seconds = 1
    case "/min", "perminute": seconds = 60
    case "/h", "perhour": seconds = 3600
    case "":
      throw QuantityError(
        expected: expected, found: text,
        hint: "a unit is missing: did you mean '\(trimSpaces(text[...]))/s'?")
    default:
      throw QuantityError(expected: expected, found: text, hint: "units: /s, /min, /h")
    }
    let value = number.double / seconds
    guard value.isFinite else { throw QuantityError(expected: expected, found: text, hint: "it is too large") }
    return value
  }

  /// A rate as `N/s`, with as many digits as are needed to read it back.
  public static func text(rate: Double) -> String { "\(plain(rate))/s" }

  /// The shortest decimal that reads back as the same `Double`, without a useless `.0`.
  public static func plain(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
