import TextIO

/// The units of one quantity: what each multiplies by, in the quantity's base unit.
struct UnitTable {
  /// What to call the quantity in a message, with an example.
  let expected: String
  /// The spellings, in the order in which they are listed to people.
  let units: [(name: String, factor: Int128)]
  /// The unit to suggest when a bare number was given.
  let usual: String

  /// The number and factor in `text`.
  ///
  /// - Throws: `QuantityError` naming what was found and, where it can be guessed, what was meant.
  func parse(_ text: String) throws(QuantityError) -> (number: DecimalNumber, factor: Int128) {
    let (number, unit) = try splitNumber(text, expected: expected)
    if unit.isEmpty {
      let trimmed = trimSpaces(text[...])
      throw QuantityError(
        expected: expected, found: text, hint: "a unit is missing: did you mean '\(trimmed) \(usual)'?")
    }
    if let match = units.first(where: { $0.name == unit }) { return (number, match.factor) }
    throw QuantityError(expected: expected, found: text, hint: hint(for: unit))
  }

  private func hint(for unit: Substring) -> String {
    let lowered = unit.lowercased()
    if let match = units.first(where: { $0.name.lowercased() == lowered }) { return "did you mean '\(match.name)'?" }
    let extended = units.filter { $0.name.count <= unit.count + 2 && $0.name.lowercased().hasPrefix(lowered) }
    if let match = extended.first(where: { $0.name.hasPrefix(unit) }) ?? extended.first {
      return "did you mean '\(match.name)'?"
    }
    return "units: " + units.map(\.name).joined(separator: ", ")
  }
}

/// Splits text into a number and the unit behind it, which may be empty.
///
/// - Throws: `QuantityError` for a text that begins with no number, and for one that YAML 1.1 reads in another way.
func splitNumber(
  _ text: String, expected: String
) throws(QuantityError) -> (number: DecimalNumber, unit: Substring) {
  func error(_ hint: String?) -> QuantityError { QuantityError(expected: expected, found: text, hint: hint) }
  var trimmed = trimSpaces(text[...])
  guard let written = trimmed.withUTF8({ DecimalText(prefixOf: $0) }) else {
    throw error(specialNumberHint(trimmed))
  }
  if written.fractionDigits == 0 { throw error("digits are missing behind the point") }
  if written.hasLeadingZero { throw error("YAML 1.1 reads a leading zero as octal; drop the zero") }
  if written.isCutShort || abs(written.power ?? 0) > 999 { throw error("it has too many digits") }
  let rest = Substring(trimmed.utf8.dropFirst(written.length))
  switch rest.utf8.first {
  case UInt8(ascii: "_"), UInt8(ascii: ","):
    guard rest.utf8.dropFirst().first.map({ $0 >= 48 && $0 <= 57 }) == true else { break }
    throw error("write the number without separators: \(trimmed.filter { $0 != "_" && $0 != "," })")
  case UInt8(ascii: ":"): throw error("YAML 1.1 reads this as a number in base 60; write it out with a unit")
  case UInt8(ascii: "x"), UInt8(ascii: "X"): throw error("hexadecimal is not accepted; write it in decimal")
  default: break
  }
  return (written.number, trimSpaces(rest))
}

private func specialNumberHint(_ text: Substring) -> String? {
  var bare = text.lowercased()[...]
  if bare.first == "-" || bare.first == "+" { bare = bare.dropFirst() }
  switch bare {
  case ".inf", "inf", "infinity": return "infinity is not accepted"
  case ".nan", "nan": return "'not a number' is not accepted"
  default: return nil
  }
}

func trimSpaces(_ text: Substring) -> Substring {
  var result = text
  while let first = result.first, first == " " || first == "\t" { result = result.dropFirst() }
  while let last = result.last, last == " " || last == "\t" { result = result.dropLast() }
  return result
}

/// `value / factor` as a decimal with at most `places` digits behind the point, or `nil` when that is not exact.
func exactDecimal(_ value: Int64, over factor: Int128, places: Int) -> String? {
  var scale: Int128 = 1
  for _ in 0..<places { scale *= 10 }
  let scaled = Int128(value) * scale
  guard scaled % factor == 0 else { return nil }
  let digits = scaled / factor
  let (whole, part) = digits.magnitude.quotientAndRemainder(dividingBy: scale.magnitude)
  let sign = digits < 0 ? "-" : ""
  if part == 0 { return sign + String(whole) }
  var fraction = String(part)
  fraction = String(repeating: "0", count: places - fraction.count) + fraction
  while fraction.last == "0" { fraction.removeLast() }
  return sign + String(whole) + "." + fraction
}
