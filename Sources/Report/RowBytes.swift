import SimCore

/// Rows as bytes. Digits go straight into the row: a string for every number costs ten times as much, and a million
/// requests have twenty million numbers.
extension [UInt8] {
  mutating func append(_ text: String) { append(contentsOf: text.utf8) }

  mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ number: some SignedInteger & FixedWidthInteger) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(digitsOf: UInt64(number.magnitude), atLeast: 1)
  }

  /// A time in seconds with twelve decimals.
  ///
  /// - Precondition: it is not negative.
  mutating func append(seconds time: SimDuration) {
    precondition(time >= .zero, "a time in a run is not negative")
    let (whole, part) = UInt64(time.picoseconds).quotientAndRemainder(dividingBy: 1_000_000_000_000)
    append(digitsOf: whole, atLeast: 1)
    append(UInt8(ascii: "."))
    append(digitsOf: part, atLeast: 12)
  }

  /// The same of a point in time; what stands for `.never` in its place.
  mutating func append(seconds time: SimTime, orNever never: StaticString) {
    if time == .never { append(never) } else { append(seconds: time - .zero) }
  }

  /// A number's decimal digits, with zeros before them up to `width`, which is at most 20.
  private mutating func append(digitsOf number: UInt64, atLeast width: Int) {
    // The greatest number of 64 bits has 20 digits.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var first = digits.count
      var rest = number
      while rest > 0 || digits.count - first < width {
        let (tenth, digit) = rest.quotientAndRemainder(dividingBy: 10)
        first -= 1
        digits[first] = UInt8(ascii: "0") + UInt8(digit)
        rest = tenth
      }
      append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
    }
  }
}
