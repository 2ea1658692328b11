import SimCore
import TextIO

extension Quantity {
  private static let durationUnits = UnitTable(
    expected: "a duration such as '10 min' or '250 ms'",
    units: [
      ("ps", 1), ("ns", 1_000), ("us", 1_000_000), ("µs", 1_000_000), ("μs", 1_000_000), ("ms", 1_000_000_000),
      ("s", 1_000_000_000_000), ("min", 60_000_000_000_000), ("h", 3_600_000_000_000_000),
      ("d", 86_400_000_000_000_000),
    ],
    usual: "s")

  private static let durationSynonyms = [
    ("sec", "s"), ("secs", "s"), ("second", "s"), ("seconds", "s"), ("minute", "min"), ("minutes", "min"),
    ("mins", "min"), ("m", "min"), ("hour", "h"), ("hours", "h"), ("hr", "h"), ("day", "d"), ("days", "d"),
    ("millisecond", "ms"), ("milliseconds", "ms"), ("msec", "ms"), ("microseconds", "us"), ("usec", "us"),
  ]

  /// A duration from text such as `250 ms`, `1.5 h` or `7 us`, to the nearest picosecond.
  public static func duration(_ text: String) throws(QuantityError) -> SimDuration {
    do throws(QuantityError) {
      let (number, factor) = try durationUnits.parse(text)
      guard let value = number.scaled(by: factor) else {
        throw QuantityError(
          expected: durationUnits.expected, found: text, hint: "simulated time ends after 106 days")
      }
      return SimDuration(picoseconds: value)
    } catch {
      let unit = String(trimSpaces(trimSpaces(text[...]).drop { "0123456789.+-".contains($0) }))
      if let synonym = durationSynonyms.first(where: { $0.0 == unit }) {
        throw QuantityError(expected: error.expected, found: error.found, hint: "did you mean '\(synonym.1)'?")
      }
      throw error
    }
  }

  /// The shortest exact spelling of a duration.
  public static func text(duration: SimDuration) -> String {
    shortest(
      duration.picoseconds,
      [
        ("s", 1_000_000_000_000), ("min", 60_000_000_000_000), ("h", 3_600_000_000_000_000),
        ("d", 86_400_000_000_000_000), ("ms", 1_000_000_000), ("us", 1_000_000), ("ns", 1_000), ("ps", 1),
      ]) ?? "0 s"
  }
}
