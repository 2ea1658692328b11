/// Reads JSON (RFC 8259) of a person's or a program's file, with the place of every value.
///
/// Stricter than some readers where a file could mean two things: a member's name may come once, numbers fit a
/// `Double`, texts are UTF-8. Traces are read row by row without building values; this is for everything else.
public struct JSONReader {
  /// The deepest nesting that is read.
  public static let depthLimit = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var line: Int
  private var lineStart = 0
  /// Bytes of the current line that continue a scalar begun before them.
  private var continuations = 0

  /// The value of a whole text.
  ///
  /// - Parameter line: the number of its first line, where each line of a file is a text of its own.
  /// - Throws: ``JSONError`` at the first mistake.
  public static func value(of bytes: [UInt8], line: Int = 1) throws(JSONError) -> JSONNode {
    // `withUnsafeBufferPointer` rethrows no typed errors.
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONNode, JSONError> in
      var reader = JSONReader(buffer, line: line)
      do throws(JSONError) { return .success(try reader.document()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, line: Int) {
    self.bytes = bytes
    self.line = line
  }

  private var current: UInt8? { index < bytes.count ? bytes[index] : nil }
  private var column: Int { index - lineStart - continuations + 1 }

  private func fail(_ message: String) -> JSONError { JSONError(line: line, column: column, message: message) }

  private func expected(_ what: String) -> JSONError {
    guard index < bytes.count else { return fail("expected \(what), found the end of the text") }
    let rest = bytes[index...].prefix { $0 != 0x0A && $0 != 0x0D }
    return fail("expected \(what), found '\(Printable.excerpt(rest, length: 12))'")
  }

  private mutating func document() throws(JSONError) -> JSONNode {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw fail("it is UTF-16; save it as UTF-8")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      index = 3
      lineStart = 3
    }
    skipSpace()
    let node = try value(depth: 1)
    skipSpace()
    if index < bytes.count { throw expected("nothing more") }
    return node
  }

  private mutating func skipSpace() {
    while let byte = current {
      switch byte {
      case 0x20, 0x09, 0x0D: index += 1
      case 0x0A:
        index += 1
        line += 1
        lineStart = index
        continuations = 0
      default: return
      }
    }
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONNode {
    if depth > Self.depthLimit { throw fail("nested more than \(Self.depthLimit) deep") }
    let (line, column) = (line, column)
    let content: JSONNode.Content
    switch current {
    case UInt8(ascii: "{"): content = .object(try members(depth: depth))
    case UInt8(ascii: "["): content = .array(try items(depth: depth))
    case UInt8(ascii: "\""): content = .string(try string())
    case UInt8(ascii: "t"): content = try word("true", .boolean(true))
    case UInt8(ascii: "f"): content = try word("false", .boolean(false))
    case UInt8(ascii: "n"): content = try word("null", .null)
    default: content = try number()
    }
    return JSONNode(content: content, line: line, column: column)
  }

  private mutating func members(depth: Int) throws(JSONError) -> [JSONNode.Member] {
    index += 1
    skipSpace()
    var members: [JSONNode.Member] = []
    var names: Set<String> = []
    if current == UInt8(ascii: "}") {
      index += 1
      return members
    }
    while true {
      guard current == UInt8(ascii: "\"") else { throw expected("a name in double quotes") }
      let place = (line: line, column: column)
      let name = try string()
      if !names.insert(name).inserted {
        throw JSONError(
          line: place.line, column: place.column, message: "the name \"\(Printable.excerpt(name))\" is repeated")
      }
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw expected("':'") }
      index += 1
      skipSpace()
      members.append(JSONNode.Member(name: name, value: try value(depth: depth + 1)))
      skipSpace()
      if current == UInt8(ascii: "}") {
        index += 1
        return members
      }
      guard current == UInt8(ascii: ",") else { throw expected("',' or '}'") }
      index += 1
      skipSpace()
    }
  }

  private mutating func items(depth: Int) throws(JSONError) -> [JSONNode] {
    index += 1
    skipSpace()
    var items: [JSONNode] = []
    if current == UInt8(ascii: "]") {
      index += 1
      return items
    }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      if current == UInt8(ascii: "]") {
        index += 1
        return items
      }
      guard current == UInt8(ascii: ",") else { throw expected("',' or ']'") }
      index += 1
      skipSpace()
    }
  }

  private mutating func word(_ word: StaticString, _ content: JSONNode.Content) throws(JSONError) -> JSONNode.Content {
    let count = word.utf8CodeUnitCount
    guard index + count <= bytes.count,
      (0..<count).allSatisfy({ bytes[index + $0] == word.utf8Start[$0] })
    else { throw expected("a value") }
    index += count
    return content
  }

  private mutating func number() throws(JSONError) -> JSONNode.Content {
    let rest = UnsafeBufferPointer(rebasing: bytes[index...])
    guard let written = DecimalText(prefixOf: rest), written.wholeDigits > 0, !written.hasPlus else {
      throw expected("a value")
    }
    if written.hasLeadingZero { throw expected("a number without leading zeros") }
    if written.fractionDigits == 0 { throw expected("a number with digits behind the point") }
    if written.power == nil, written.length < rest.count, rest[written.length] | 0x20 == UInt8(ascii: "e") {
      throw expected("a number with digits in its exponent")
    }
    let text = String(decoding: rest.prefix(written.length), as: UTF8.self)
    if written.isInteger, let value = Int(text) {
      index += written.length
      return .integer(value)
    }
    guard let value = DecimalText.double(text) else { throw expected("a number up to 1.8e308") }
    index += written.length
    return .number(value)
  }

  private mutating func string() throws(JSONError) -> String {
    index += 1
    var start = index
    var text = ""
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        try append(start..<index, to: &text)
        index += 1
        return text
      case UInt8(ascii: "\\"):
        try append(start..<index, to: &text)
        text.unicodeScalars.append(try escape())
        start = index
      case 0..<0x20:
        throw fail("a control character in a text; write it as \(byte == 0x0A ? "\\n" : "an escape such as \\u0007")")
      default: index += 1
      }
    }
    throw fail("expected '\"' at the end of a text, found the end of the text")
  }

  /// Adds what stands between escapes; counts what is not the beginning of a scalar.
  private mutating func append(_ range: Range<Int>, to text: inout String) throws(JSONError) {
    guard !range.isEmpty else { return }
    guard let piece = String(validating: bytes[range], as: UTF8.self) else { throw fail("invalid UTF-8") }
    text += piece
    continuations += range.count - piece.unicodeScalars.count
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    index += 1
    guard let letter = current else { throw expected("an escape") }
    let simple: [UInt8: Unicode.Scalar] = [
      0x22: "\"", 0x5C: "\\", 0x2F: "/", 0x62: "\u{8}", 0x66: "\u{C}", 0x6E: "\n", 0x72: "\r", 0x74: "\t",
    ]
    if let scalar = simple[letter] {
      index += 1
      return scalar
    }
    guard letter == UInt8(ascii: "u") else { throw expected("an escape such as \\n") }
    index += 1
    let high = try unit()
    if let scalar = Unicode.Scalar(high) { return scalar }
    // A scalar beyond 16 bits is written as two halves.
    guard high < 0xDC00, current == UInt8(ascii: "\\"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "u")
    else { throw fail("half a character: '\\u' with a surrogate that has no partner") }
    index += 2
    let low = try unit()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + UInt32(low) - 0xDC00)
    else { throw fail("half a character: '\\u' with a surrogate that has no partner") }
    return scalar
  }

  private mutating func unit() throws(JSONError) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw expected("four hexadecimal digits")
      }
      value = value << 4 | UInt16(digit)
      index += 1
    }
    return value
  }
}
