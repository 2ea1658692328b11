import TextIO

extension Quantity {
  private static let byteUnits = UnitTable(
    expected: "a size such as '80 GB' or '64 KiB'",
    units: [
      ("B", 1), ("kB", 1_000), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
      ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ],
    usual: "GB")

  /// A number of bytes from text such as `80 GB`, `64 KiB` or `512 B`.
  ///
  /// Decimal units are powers of 1000, `KiB` to `TiB` powers of 1024. A fraction of a byte is rounded.
  public static func bytes(_ text: String) throws(QuantityError) -> Int {
    let (number, factor) = try bitsHinted(text)
    guard let value = number.scaled(by: factor) else {
      throw QuantityError(expected: byteUnits.expected, found: text, hint: "it is too large")
    }
    return Int(value)
  }

  private static func bitsHinted(_ text: String) throws(QuantityError) -> (number: DecimalNumber, factor: Int128) {
    do throws(QuantityError) {
      return try byteUnits.parse(text)
    } catch {
      let unit = trimSpaces(text[...]).suffix(2)
      if ["kb", "Kb", "Mb", "Gb", "Tb"].contains(unit) {
        throw QuantityError(
          expected: error.expected, found: error.found, hint: "'\(unit)' is bits; did you mean '\(unit.first!)B'?")
      }
      throw error
    }
  }

  /// The shortest exact spelling of a number of bytes.
  public static func text(bytes: Int) -> String {
    shortest(
      Int64(bytes),
      [
        ("TB", 1_000_000_000_000), ("TiB", 1 << 40), ("GB", 1_000_000_000), ("GiB", 1 << 30),
        ("MB", 1_000_000), ("MiB", 1 << 20), ("kB", 1_000), ("KiB", 1 << 10), ("B", 1),
      ]) ?? "0 B"
  }

  /// The spelling with the fewest digits that is exact, among units no larger than the value; ties go to the
  /// earlier unit.
  static func shortest(_ value: Int64, _ units: [(name: String, factor: Int128)]) -> String? {
    var best: (number: String, unit: String)?
    for unit in units where Int128(value).magnitude >= unit.factor.magnitude {
      guard let number = exactDecimal(value, over: unit.factor, places: 3) else { continue }
      if best.map({ number.utf8.count < $0.number.utf8.count }) ?? true { best = (number, unit.name) }
    }
    return best.map { "\($0.number) \($0.unit)" }
  }
}
