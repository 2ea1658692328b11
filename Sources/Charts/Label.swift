import Foundation

/// Numbers as printed along axes and in descriptions.
enum Label {
  /// `digits` · 10^`exponent`, exactly: a tick's label never shows the rounding of a `Double`.
  ///
  /// - Parameter written: The powers of ten of a first figure for which the number is written out; others are printed
  ///   as a multiple of a power.
  static func decimal(digits: Int, exponent: Int, written: ClosedRange<Int> = -4...6) -> String {
    guard digits != 0 else { return "0" }
    var digits = digits
    var exponent = exponent
    while digits % 10 == 0 {
      digits /= 10
      exponent += 1
    }
    let figures = String(digits.magnitude)
    let sign = digits < 0 ? "\u{2212}" : ""
    let leading = figures.count - 1 + exponent
    if !written.contains(leading) {
      let mantissa = figures.count == 1 ? figures : "\(figures.first!).\(figures.dropFirst())"
      let power = "10" + superscript(leading)
      return sign + (mantissa == "1" ? power : "\(mantissa)·\(power)")
    }
    if exponent >= 0 { return sign + grouped(figures + String(repeating: "0", count: exponent)) }
    let padded = String(repeating: "0", count: max(0, 1 - exponent - figures.count)) + figures
    return sign + grouped(String(padded.dropLast(-exponent))) + "." + padded.suffix(-exponent)
  }

  /// Whether a label was printed as a multiple of a power of ten.
  static func isPower(_ label: String) -> Bool {
    label.unicodeScalars.contains { "⁰¹²³⁴⁵⁶⁷⁸⁹".unicodeScalars.contains($0) }
  }

  /// A value to three significant figures.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞" }
    guard value != 0 else { return "0" }
    let exponent = max(-300, Int(log10(abs(value)).rounded(.down)) - 2)
    return decimal(digits: Int((value / pow(10, Double(exponent))).rounded()), exponent: exponent)
  }

  /// A count with its noun.
  static func count(_ count: Int, _ one: String, _ many: String) -> String {
    "\(grouped(String(count))) \(count == 1 ? one : many)"
  }

  private static func grouped(_ figures: String) -> String {
    var result = ""
    for (index, figure) in figures.enumerated() {
      if index > 0, (figures.count - index) % 3 == 0 { result += "," }
      result.append(figure)
    }
    return result
  }

  private static func superscript(_ number: Int) -> String {
    let raised: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    return (number < 0 ? "⁻" : "")
      + String(String(number.magnitude).compactMap { $0.wholeNumberValue.map { raised[$0] } })
  }
}
