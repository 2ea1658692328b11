import SimCore

/// A row's bytes while it is made: the next row goes where the last one was.
///
/// Digits are written where they are to lie, two at a time. An array would ask for each number whether anybody shares
/// its memory, and a string for every number costs ten times as much; a million requests have twenty million numbers.
struct RowBytes: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var room: Int
  private(set) var count = 0

  init() {
    room = 1 << 10
    start = .allocate(capacity: room)
  }

  deinit { start.deallocate() }

  /// The row, to be read before anything else is done with it.
  var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  /// Begins another row.
  mutating func removeAll() { count = 0 }

  mutating func append(_ byte: UInt8) {
    makeRoom(for: 1)
    start[count] = byte
    count += 1
  }

  mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { append($0) } }

  mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let from = bytes.baseAddress else { return }
    makeRoom(for: bytes.count)
    (start + count).update(from: from, count: bytes.count)
    count += bytes.count
  }

  mutating func append(_ number: some SignedInteger & FixedWidthInteger) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(digitsOf: UInt64(number.magnitude))
  }

  /// A time in seconds with twelve decimals.
  ///
  /// - Precondition: it is not negative.
  mutating func append(seconds time: SimDuration) {
    precondition(time >= .zero, "a time in a run is not negative")
    let (whole, part) = UInt64(time.picoseconds).quotientAndRemainder(dividingBy: 1_000_000_000_000)
    append(digitsOf: whole)
    append(UInt8(ascii: "."))
    append(digitsOf: part, width: 12)
  }

  /// The same of a point in time; what stands for `.never` in its place.
  mutating func append(seconds time: SimTime, orNever never: StaticString) {
    if time == .never { append(never) } else { append(seconds: time - .zero) }
  }

  private mutating func append(digitsOf number: UInt64) {
    var width = 1
    var bound: UInt64 = 10
    // The greatest number of 64 bits has 20 digits, of which the bound would be too great.
    while width < 20, number >= bound {
      width += 1
      bound &*= 10
    }
    append(digitsOf: number, width: width)
  }

  /// A number's last `width` decimal digits, with zeros before them where it has fewer.
  private mutating func append(digitsOf number: UInt64, width: Int) {
    makeRoom(for: width)
    var rest = number
    var place = start + count + width
    count += width
    for _ in 0..<width / 2 {
      let (hundredth, pair) = rest.quotientAndRemainder(dividingBy: 100)
      // A tenth of a number below 100, rounded down.
      let ten = (pair &* 103) &>> 10
      place -= 2
      place[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: ten)
      place[1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: pair &- 10 &* ten)
      rest = hundredth
    }
    if width % 2 == 1 { place[-1] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10) }
  }

  private mutating func makeRoom(for more: Int) {
    if room - count < more { grow(by: more) }
  }

  private mutating func grow(by more: Int) {
    room = max(2 * room, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
    larger.update(from: start, count: count)
    start.deallocate()
    start = larger
  }
}
