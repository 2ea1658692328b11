/// A decimal number kept exactly: `significand` x 10^`exponent`.
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

  /// The number times 10^`power`.
  public func shifted(by power: Int) -> DecimalNumber {
    DecimalNumber(significand: significand, exponent: exponent + power)
  }

  /// The nearest whole number, halves away from zero; nil when it has more than 36 digits.
  public func rounded() -> Int128? {
    if significand == 0 { return 0 }
    if exponent >= 0 {
      guard exponent < 36 else { return nil }
      let (product, overflow) = significand.multipliedReportingOverflow(by: Self.power(exponent))
      return overflow || product.magnitude >= Self.power(36).magnitude ? nil : product
    }
    // 128 bits hold less than 10^39, so this is below a half.
    guard exponent >= -38 else { return 0 }
    let divisor = Self.power(-exponent)
    let (quotient, remainder) = significand.quotientAndRemainder(dividingBy: divisor)
    let roundsUp = remainder.magnitude >= divisor.magnitude - remainder.magnitude
    return quotient + (roundsUp ? significand.signum() : 0)
  }

  /// The product with a whole number, rounded to the nearest whole number (halves away from zero).
  ///
  /// - Returns: `nil` when it does not fit 64 bits.
  public func scaled(by factor: Int128) -> Int64? {
    let (product, overflow) = significand.multipliedReportingOverflow(by: factor)
    guard !overflow else { return nil }
    return DecimalNumber(significand: product, exponent: exponent).rounded().flatMap { Int64(exactly: $0) }
  }

  /// Whether the number has no fractional part.
  public var isWhole: Bool {
    if significand == 0 || exponent >= 0 { return true }
    return exponent >= -38 && significand % Self.power(-exponent) == 0
  }

  /// The nearest `Double`; infinite when out of range.
  public var double: Double {
    exactDouble ?? Double("\(significand)e\(exponent)") ?? .infinity
  }

  /// The nearest `Double` where one product or quotient of exact numbers gives it.
  var exactDouble: Double? {
    guard significand.magnitude <= 1 << 53, -22...22 ~= exponent else { return nil }
    let digits = Double(Int64(significand))
    let power = Self.doublePowers[Int(exponent.magnitude)]
    return exponent < 0 ? digits / power : digits * power
  }

  /// 10^`exponent`, for exponents up to 38.
  private static func power(_ exponent: Int) -> Int128 {
    let half = exponent / 2
    return exponent < powers.count ? Int128(powers[exponent]) : Int128(powers[half]) * Int128(powers[exponent - half])
  }

  /// Powers of ten that 64 bits hold.
  private static let powers: [UInt64] = (1...19).reduce(into: [1]) { powers, _ in
    powers.append(powers[powers.count - 1] * 10)
  }

  /// Powers of ten that a `Double` holds exactly.
  private static let doublePowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]
}
