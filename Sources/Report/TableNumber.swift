import Foundation

/// Numbers as the terminal tables print them: about three significant digits, a unit, grouped thousands.
enum TableNumber {
  /// A unit to print a row of values in.
  struct Scale: Sendable {
    /// What a value is divided by.
    let divisor: Double
    /// What is written after it, with its leading space; empty for plain numbers.
    let suffix: String
    /// More decimals than this say nothing.
    var mostDecimals = 6
  }

  /// The unit for values in milliseconds, chosen by the greatest so that a row has one unit.
  static func time(greatestMilliseconds value: Double) -> Scale {
    switch abs(value) {
    case 1_000...: Scale(divisor: 1_000, suffix: " s")
    case 1...: Scale(divisor: 1, suffix: " ms")
    case 0: Scale(divisor: 1, suffix: " ms")
    default: Scale(divisor: 1e-3, suffix: " us")
    }
  }

  /// The decimal unit for values in bytes.
  static func bytes(greatest value: Double) -> Scale {
    switch abs(value) {
    case 1e12...: Scale(divisor: 1e12, suffix: " TB")
    case 1e9...: Scale(divisor: 1e9, suffix: " GB")
    case 1e6...: Scale(divisor: 1e6, suffix: " MB")
    case 1e3...: Scale(divisor: 1e3, suffix: " kB")
    default: Scale(divisor: 1, suffix: " B")
    }
  }

  static let plain = Scale(divisor: 1, suffix: "")
  static let perSecond = Scale(divisor: 1, suffix: "/s")
  static let percent = Scale(divisor: 0.01, suffix: " %", mostDecimals: 1)

  /// Decimals that give a value three significant digits, none above a hundred.
  static func decimals(for value: Double) -> Int {
    let size = abs(value)
    if size >= 99.95 || size == 0 { return 0 }
    if size >= 9.995 { return 1 }
    if size >= 0.9995 { return 2 }
    return min(6, 2 - Int(log10(size).rounded(.down)))
  }

  /// A number with its decimals and thousands separated by commas.
  static func text(_ value: Double, decimals: Int) -> String {
    let printed = String(format: "%.\(decimals)f", abs(value))
    let parts = printed.split(separator: ".")
    var whole = ""
    for (index, digit) in parts[0].enumerated() {
      if index > 0, (parts[0].count - index) % 3 == 0 { whole += "," }
      whole.append(digit)
    }
    let isZero = printed.allSatisfy { $0 == "0" || $0 == "." }
    return (value < 0 && !isZero ? "-" : "") + whole + (parts.count > 1 ? "." + parts[1] : "")
  }

  /// A value in a unit, with ± half the width of its interval when it has one.
  static func text(_ value: Double, halfWidth: Double?, scale: Scale, wholeNumbers: Bool = false) -> String {
    let scaled = value / scale.divisor
    let usual = min(scale.mostDecimals, decimals(for: scaled))
    if value == 0, (halfWidth ?? 0) == 0, scale.divisor > 1 { return "0" }
    guard let halfWidth else { return text(scaled, decimals: wholeNumbers ? 0 : usual) + scale.suffix }
    let half = halfWidth / scale.divisor
    let places = wholeNumbers && half == 0 ? 0 : usual
    return text(scaled, decimals: places) + " ±" + text(half, decimals: places) + scale.suffix
  }
}
