/// A 256-bit unsigned integer, wide enough for exact sums of squared picoseconds.
///
/// A second squared is 1e24 square picoseconds, so 128 bits overflow at a hundred trillion of those: a day-long
/// latency seen fifty thousand times would do it. Arithmetic wraps; differences known to be positive come out right.
struct WideUnsigned: Hashable, Sendable, BitwiseCopyable {
  var high: UInt128
  var low: UInt128

  init(high: UInt128 = 0, low: UInt128 = 0) {
    self.high = high
    self.low = low
  }

  /// The whole product of two 128-bit numbers.
  init(_ a: UInt128, times b: UInt128) {
    (high, low) = a.multipliedFullWidth(by: b)
  }

  static func += (a: inout Self, b: Self) {
    let (low, carry) = a.low.addingReportingOverflow(b.low)
    a.low = low
    a.high = a.high &+ b.high &+ (carry ? 1 : 0)
  }

  /// The fast way to add a 128-bit number.
  static func += (a: inout Self, b: UInt128) {
    let (low, carry) = a.low.addingReportingOverflow(b)
    a.low = low
    if carry { a.high &+= 1 }
  }

  static func -= (a: inout Self, b: Self) {
    let (low, borrow) = a.low.subtractingReportingOverflow(b.low)
    a.low = low
    a.high = a.high &- b.high &- (borrow ? 1 : 0)
  }

  /// `self` times a number; wraps beyond 256 bits.
  func times(_ factor: UInt128) -> Self {
    var product = Self(low, times: factor)
    product.high = product.high &+ high &* factor
    return product
  }

  /// The nearest `Double`, to within two roundings.
  var double: Double { Double(high) * 0x1p128 + Double(low) }
}
