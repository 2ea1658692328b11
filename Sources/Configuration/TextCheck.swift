import TextIO

/// What a text must satisfy before it is given to the YAML parser: its encoding, its characters, its size.
enum TextCheck {
  /// The largest file that is read.
  static let byteLimit = ReadableFile.textLimit

  /// The text of `bytes`, or `nil` after reporting why they are not text.
  static func text(of bytes: [UInt8], name: String, diagnostics: Diagnostics) -> String? {
    func position(_ line: Int, _ column: Int) -> Position { .file(name, line: line, column: column) }
    guard bytes.count <= byteLimit else {
      diagnostics.error(
        at: position(1, 1), "the file has \(bytes.count) bytes; at most \(byteLimit) (4 MiB) are read")
      return nil
    }
    var content = bytes[...]
    if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
    if content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0xFE, 0xFF]) {
      diagnostics.error(at: position(1, 1), "the file is UTF-16; save it as UTF-8")
      return nil
    }
    var line = 1
    var column = 1
    var iterator = content.makeIterator()
    var decoder = UTF8()
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput:
        return String(decoding: content, as: UTF8.self)
      case .error:
        diagnostics.error(at: position(line, column), "invalid UTF-8; save the file as UTF-8")
        return nil
      case .scalarValue(let scalar):
        if let problem = problem(of: scalar) {
          diagnostics.error(at: position(line, column), problem)
          return nil
        }
        if scalar == "\n" {
          line += 1
          column = 1
        } else {
          column += 1
        }
      }
    }
  }

  private static func problem(of scalar: Unicode.Scalar) -> String? {
    var padded: String {
      let hexadecimal = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - hexadecimal.count)) + hexadecimal
    }
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: return nil
    case 0: return "a NUL byte; this is not a text file"
    case 0..<0x20, 0x7F..<0xA0: return "control character \(padded) is not accepted"
    case 0x2028, 0x2029: return "line separator \(padded) is not accepted; end lines with a line feed"
    case 0xFEFF, 0xFFFE, 0xFFFF: return "character \(padded) is not accepted"
    default: return nil
    }
  }
}
