import TextIO

/// Walks through one JSON object on one line, handing out its top-level members as text.
///
/// Values that aren't wanted are checked for form and skipped; nothing is built.
struct JSONObjectScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var first = true

  /// What is wrong and at which column.
  struct Problem: Error {
    var message: String
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next member's key and value, nil after the last; the value of a string is its text without quotes.
  mutating func next() throws(Problem) -> (key: FieldText, value: FieldText, isNumber: Bool)? {
    if first {
      skipSpace()
      try expect(0x7b, "an object '{'")
    }
    skipSpace()
    if peek == 0x7d {
      index += 1
      skipSpace()
      if index < bytes.count { throw wrong("nothing after the object") }
      return nil
    }
    if !first {
      try expect(0x2c, "',' or '}'")
      skipSpace()
    }
    first = false
    guard peek == 0x22 else { throw wrong("a key in double quotes") }
    let key = try string()
    skipSpace()
    try expect(0x3a, "':'")
    skipSpace()
    if peek == 0x22 { return (key, try string(), false) }
    let start = index
    let isNumber = peek.map { $0 == 0x2d || $0 &- 0x30 < 10 } ?? false
    try skipValue(depth: 0)
    return (key, FieldText(bytes, start..<index), isNumber)
  }

  private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0d { index += 1 }
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws(Problem) {
    guard peek == byte else { throw wrong(what) }
    index += 1
  }

  private func wrong(_ expected: String) -> Problem {
    let found = peek == nil ? "the end of the line" : FieldText(bytes, index..<min(bytes.count, index + 12)).quoted
    return Problem(message: "not valid JSON at column \(index + 1): expected \(expected), found \(found)")
  }

  private mutating func string() throws(Problem) -> FieldText {
    index += 1
    let start = index
    while let byte = peek {
      if byte == 0x22 {
        index += 1
        return FieldText(bytes, start..<index - 1)
      }
      index += byte == 0x5c ? 2 : 1
    }
    index = bytes.count
    throw wrong("a closing quote")
  }

  private mutating func skipValue(depth: Int) throws(Problem) {
    if depth > 64 { throw wrong("at most 64 levels") }
    switch peek {
    case 0x22: _ = try string()
    case 0x5b: try skipList(close: 0x5d, depth: depth, keyed: false)
    case 0x7b: try skipList(close: 0x7d, depth: depth, keyed: true)
    case 0x74: try skipWord("true")
    case 0x66: try skipWord("false")
    case 0x6e: try skipWord("null")
    default: try skipNumber()
    }
  }

  private mutating func skipList(close: UInt8, depth: Int, keyed: Bool) throws(Problem) {
    index += 1
    skipSpace()
    if peek == close {
      index += 1
      return
    }
    while true {
      skipSpace()
      if keyed {
        guard peek == 0x22 else { throw wrong("a key in double quotes") }
        _ = try string()
        skipSpace()
        try expect(0x3a, "':'")
        skipSpace()
      }
      try skipValue(depth: depth + 1)
      skipSpace()
      if peek == close {
        index += 1
        return
      }
      try expect(0x2c, "',' or '\(close == 0x5d ? "]" : "}")'")
    }
  }

  private mutating func skipWord(_ word: StaticString) throws(Problem) {
    let end = min(bytes.count, index + word.utf8CodeUnitCount)
    guard FieldText(bytes, index..<end).equals(word) else { throw wrong("a value") }
    index = end
  }

  private mutating func skipNumber() throws(Problem) {
    guard let byte = peek, byte == 0x2d || byte &- 0x30 < 10 else { throw wrong("a value") }
    guard let written = DecimalText(prefixOf: UnsafeBufferPointer(rebasing: bytes[index...])), written.isJSON else {
      throw wrong("a number")
    }
    index += written.length
  }
}
