/// A decimal number as it is written at the beginning of a text: an optional sign, digits with an optional point among
/// or around them, an optional exponent (`-12.5e-3`).
///
/// This is the one place where numbers are read. What of it a format accepts, such as signs or leading zeros, is for
/// that format's reader to say, which finds here how the number was written.
public struct DecimalText: Sendable {
  /// How many significant digits are kept.
  public static let digitLimit = 30
  private static let headLimit = 18

  public private(set) var number = DecimalNumber(significand: 0, exponent: 0)
  /// How many bytes it takes. An `e` without digits behind it is no part of the number.
  public private(set) var length = 0
  /// Digits before the point.
  public private(set) var wholeDigits = 0
  /// Digits behind the point; nil when there is no point.
  public private(set) var fractionDigits: Int?
  /// The exponent as written; nil without one, and no larger than ±99,999.
  public private(set) var power: Int?
  public private(set) var hasPlus = false
  /// Whether more digits were written before the point than the number needs, as in `007`.
  public private(set) var hasLeadingZero = false
  /// Whether digits other than zero were written behind those that are kept. Numbers below 10^29 are rounded right by
  /// ``DecimalNumber/rounded()`` all the same.
  public private(set) var isCutShort = false

  /// Whether it is written as a whole number: without a point and without an exponent.
  public var isInteger: Bool { fractionDigits == nil && power == nil }

  /// Whether JSON (RFC 8259) has numbers of this form.
  public var isJSON: Bool { !hasPlus && wholeDigits > 0 && !hasLeadingZero && fractionDigits != 0 }

  /// Reads the longest number at the start of `bytes`; nil when there is none.
  public init?(prefixOf bytes: UnsafeBufferPointer<UInt8>) {
    var index = 0
    let count = bytes.count
    guard count > 0 else { return nil }
    let isNegative = bytes[0] == UInt8(ascii: "-")
    hasPlus = bytes[0] == UInt8(ascii: "+")
    if isNegative || hasPlus { index = 1 }
    // The first 18 significant digits, and the next 12: two numbers of 64 bits are faster than one of 128.
    var head: UInt64 = 0
    var tail: UInt64 = 0
    var headDigits = 0
    var tailDigits = 0
    var exponent = 0
    let start = index
    var point: Int?
    while index < count {
      let digit = bytes[index] &- 0x30
      if digit < 10 {
        if headDigits < Self.headLimit {
          head = head &* 10 &+ UInt64(digit)
          if head != 0 { headDigits += 1 }
          if point != nil { exponent -= 1 }
        } else if tailDigits < Self.digitLimit - Self.headLimit {
          tail = tail &* 10 &+ UInt64(digit)
          tailDigits += 1
          if point != nil { exponent -= 1 }
        } else {
          if digit != 0 { isCutShort = true }
          if point == nil { exponent += 1 }
        }
      } else if bytes[index] == UInt8(ascii: "."), point == nil {
        point = index
      } else {
        break
      }
      index += 1
    }
    wholeDigits = (point ?? index) - start
    if let point { fractionDigits = index - point - 1 }
    guard wholeDigits + (fractionDigits ?? 0) > 0 else { return nil }
    hasLeadingZero = wholeDigits > 1 && bytes[start] == UInt8(ascii: "0")
    if let (written, end) = Self.power(bytes, at: index) {
      power = written
      exponent += written
      index = end
    }
    length = index
    var significand = Int128(head)
    if tailDigits > 0 {
      for _ in 0..<tailDigits { significand *= 10 }
      significand += Int128(tail)
    }
    number = DecimalNumber(significand: isNegative ? -significand : significand, exponent: exponent)
  }

  /// An exponent at a place, and where it ends.
  private static func power(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> (power: Int, end: Int)? {
    guard start < bytes.count, bytes[start] | 0x20 == UInt8(ascii: "e") else { return nil }
    var index = start + 1
    var isNegative = false
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
      isNegative = bytes[index] == UInt8(ascii: "-")
      index += 1
    }
    let first = index
    var power = 0
    while index < bytes.count, bytes[index] &- 0x30 < 10 {
      power = min(power * 10 + Int(bytes[index] &- 0x30), 99_999)
      index += 1
    }
    return index == first ? nil : (isNegative ? -power : power, index)
  }
}

extension DecimalText {
  /// The nearest number to a text that is a decimal number and nothing else; nil for any other text (hexadecimal,
  /// `inf` and `nan` too), and for a number out of range.
  public static func double(_ text: some StringProtocol) -> Double? { double(String(text)) }

  /// The same of a text that need not be copied.
  public static func double(_ text: String) -> Double? {
    var text = text
    let written = text.withUTF8 { bytes in
      DecimalText(prefixOf: bytes).flatMap { $0.length == bytes.count ? $0 : nil }
    }
    guard let written else { return nil }
    // The standard library reads what one operation does not give; the form is known to be one that it takes.
    let value = written.isCutShort ? Double(text) : written.number.exactDouble ?? Double(text)
    return value.flatMap { $0.isFinite ? $0 : nil }
  }
}
