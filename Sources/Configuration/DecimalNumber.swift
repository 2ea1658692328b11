/// A decimal number kept exactly as typed: `significand` x 10^`exponent`.
///
/// Units multiply it before anything is rounded, so `0.1 ms` is exactly 100,000,000 ps.
public struct DecimalNumber: Equatable, Sendable {
  /// The digits as a whole number, with the sign.
  public var significand: Int128
  /// The power of ten that multiplies the digits.
  public var exponent: Int

  public init(significand: Int128, exponent: Int) {
    self.significand = significand
    self.exponent = exponent
  }

  /// What stopped a text from being a number.
  public enum Problem: Error, Equatable, Sendable {
    /// The text does not begin like a number.
    case notANumber
    /// Written with a leading zero, which YAML 1.1 reads as octal.
    case leadingZero
    /// More digits, or a larger exponent, than can be kept.
    case tooLong
  }

  /// Reads the longest number at the start of `text` and returns it with what follows.
  ///
  /// - Throws: `Problem` when there is none.
  public static func parsePrefix(
    of text: Substring
  ) throws(Problem) -> (number: DecimalNumber, rest: Substring) {
    var rest = text.utf8[...]
    var negative = false
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      negative = sign == UInt8(ascii: "-")
      rest = rest.dropFirst()
    }
    var significand: Int128 = 0
    var exponent = 0
    let whole = rest.prefix(while: isDigit)
    rest = rest.dropFirst(whole.count)
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: "."), let after = rest.dropFirst().first, isDigit(after) {
      fraction = rest.dropFirst().prefix(while: isDigit)
      rest = rest.dropFirst(1 + fraction.count)
    }
    if whole.isEmpty && fraction.isEmpty { throw .notANumber }
    if whole.count > 1 && whole.first == UInt8(ascii: "0") { throw .leadingZero }
    if whole.count + fraction.count > 30 { throw .tooLong }
    for digit in whole { significand = significand * 10 + Int128(digit - UInt8(ascii: "0")) }
    for digit in fraction { significand = significand * 10 + Int128(digit - UInt8(ascii: "0")) }
    exponent = -fraction.count
    if let letter = rest.first, letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") {
      var power = rest.dropFirst()
      var negativePower = false
      if let sign = power.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        negativePower = sign == UInt8(ascii: "-")
        power = power.dropFirst()
      }
      let digits = power.prefix(while: isDigit)
      if !digits.isEmpty {
        guard digits.count <= 3 else { throw .tooLong }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        exponent += negativePower ? -value : value
        rest = power.dropFirst(digits.count)
      }
    }
    return (DecimalNumber(significand: negative ? -significand : significand, exponent: exponent), Substring(rest))
  }

  /// The product with a whole number, rounded to the nearest whole number (halves away from zero).
  ///
  /// - Returns: `nil` when it does not fit 64 bits.
  public func scaled(by factor: Int128) -> Int64? {
    if significand == 0 { return 0 }
    let (product, overflow) = significand.multipliedReportingOverflow(by: factor)
    guard !overflow else { return nil }
    var value = product
    if exponent >= 0 {
      for _ in 0..<exponent {
        let (next, overflow) = value.multipliedReportingOverflow(by: 10)
        guard !overflow else { return nil }
        value = next
      }
    } else {
      var divisor: Int128 = 1
      for _ in 0..<(-exponent) {
        let (next, overflow) = divisor.multipliedReportingOverflow(by: 10)
        guard !overflow else { return 0 }
        divisor = next
      }
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
      let roundsUp = remainder.magnitude >= divisor.magnitude - remainder.magnitude
      value = quotient + (roundsUp ? value.signum() : 0)
    }
    return Int64(exactly: value)
  }

  /// Whether the number has no fractional part.
  public var isWhole: Bool {
    if significand == 0 || exponent >= 0 { return true }
    var value = significand
    for _ in 0..<(-exponent) {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      if remainder != 0 { return false }
      value = quotient
    }
    return true
  }

  /// The nearest `Double`; infinite when out of range.
  public var double: Double {
    let digits = "\(significand)e\(exponent)"
    return Double(digits) ?? .infinity
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
