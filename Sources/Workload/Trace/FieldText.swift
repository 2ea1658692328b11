import TextIO

/// The text of one field of a trace, and the exact numbers it may hold.
struct FieldText {
  let bytes: UnsafeBufferPointer<UInt8>

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.bytes = UnsafeBufferPointer(rebasing: bytes[range])
  }

  /// The text's beginning for a message.
  var quoted: String { "'" + Printable.excerpt(bytes) + "'" }

  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// The field without spaces around it.
  var trimmed: FieldText {
    var low = 0
    var high = bytes.count
    while low < high, bytes[low] == 0x20 || bytes[low] == 0x09 { low += 1 }
    while high > low, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
    return FieldText(bytes, low..<high)
  }

  func equals(_ text: StaticString) -> Bool {
    guard bytes.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<bytes.count where bytes[index] != text.utf8Start[index] { return false }
    return true
  }

  /// A whole number; nil when it isn't one or leaves 64 bits.
  var integer: Int64? {
    var index = 0
    let negative = !bytes.isEmpty && bytes[0] == 0x2d
    if negative { index = 1 }
    guard index < bytes.count else { return nil }
    var value: Int64 = 0
    while index < bytes.count {
      let digit = bytes[index] &- 0x30
      guard digit < 10 else { return nil }
      let (product, first) = value.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(Int64(digit))
      if first || second { return nil }
      value = sum
      index += 1
    }
    return negative ? -value : value
  }

  /// A decimal number times 10^`scale`, rounded to the nearest whole number, halves away from zero; nil when it isn't
  /// a number or has more than 36 digits then. Exponents are understood ("1e-05"), a plus sign is not.
  func decimal(scale: Int) -> Int128? {
    guard let written = DecimalText(prefixOf: bytes), written.length == bytes.count, !written.hasPlus else {
      return nil
    }
    return written.number.shifted(by: scale).rounded()
  }

  /// A date and time as picoseconds since 1970: `2023-11-16 18:17:03.9799600`, with `T` or a space, up to 12
  /// fraction digits and an optional zone (`Z`, `+01:00`).
  var timestamp: Int128? {
    func number(_ from: Int, _ count: Int) -> Int? {
      guard from + count <= bytes.count else { return nil }
      var value = 0
      for index in from..<from + count {
        let digit = bytes[index] &- 0x30
        guard digit < 10 else { return nil }
        value = value * 10 + Int(digit)
      }
      return value
    }
    guard bytes.count >= 19, bytes[4] == 0x2d, bytes[7] == 0x2d, bytes[10] == 0x20 || bytes[10] == 0x54,
      bytes[13] == 0x3a, bytes[16] == 0x3a,
      let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
      let minute = number(14, 2), let second = number(17, 2),
      (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year), hour < 24, minute < 60, second <= 60
    else { return nil }
    var index = 19
    var fraction: Int128 = 0
    if index < bytes.count, bytes[index] == 0x2e {
      index += 1
      let first = index
      while index < bytes.count, bytes[index] &- 0x30 < 10 {
        fraction = fraction * 10 + Int128(bytes[index] &- 0x30)
        index += 1
        if index - first > 12 { return nil }
      }
      if index == first { return nil }
      for _ in index - first..<12 { fraction *= 10 }
    }
    var offset = 0
    if index < bytes.count {
      if bytes[index] == 0x5a, index + 1 == bytes.count {
        offset = 0
      } else {
        guard bytes[index] == 0x2b || bytes[index] == 0x2d, index + 6 == bytes.count, bytes[index + 3] == 0x3a,
          let hours = number(index + 1, 2), let minutes = number(index + 4, 2), hours < 24, minutes < 60
        else { return nil }
        offset = (hours * 60 + minutes) * (bytes[index] == 0x2b ? 60 : -60)
      }
    }
    let days = Self.daysSince1970(year, month, day)
    let seconds = Int128(days) * 86_400 + Int128(hour * 3600 + minute * 60 + second - offset)
    return seconds * 1_000_000_000_000 + fraction
  }

  private static func days(in month: Int, of year: Int) -> Int {
    if month == 2 { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28 }
    return [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Days between 1970-01-01 and a date of the Gregorian calendar, counting years from March so that the leap day
  /// comes last.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let m = (month + 9) % 12
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468
  }
}
