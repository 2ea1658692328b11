/// A look at the brackets, indentation and keys of a YAML text, before it is given to the parser.
///
/// The parser recurses over nesting and compares keys by their whole content, so a text nested without end, or one
/// whose keys are aliases of aliases, would cost it its stack or its time. Both are refused here, with their place.
/// Everything else is left to the parser.
struct StructureCheck {
  /// The deepest nesting that is read.
  static let depthLimit = 64

  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var column = 1
  private var indents: [Int] = []
  private var brackets = 0
  private(set) var problem: (line: Int, column: Int, message: String)?

  init(_ text: String) {
    bytes = Array(text.utf8)
    while index < bytes.count, problem == nil { checkLine() }
  }

  private var current: UInt8? { index < bytes.count ? bytes[index] : nil }
  private func isBlank(at index: Int) -> Bool {
    guard index < bytes.count else { return true }
    return [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(bytes[index])
  }

  private mutating func advance() {
    if bytes[index] == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if bytes[index] & 0xC0 != 0x80 {
      column += 1
    }
    index += 1
  }

  private mutating func fail(_ message: String) {
    if problem == nil { problem = (line, column, message) }
  }

  private mutating func skip(_ characters: String) {
    while let byte = current, characters.utf8.contains(byte) { advance() }
  }

  private mutating func skipLine() {
    while let byte = current, byte != UInt8(ascii: "\n") { advance() }
    if current != nil { advance() }
  }

  private mutating func nest(at indent: Int) {
    while let last = indents.last, last > indent { indents.removeLast() }
    if indents.last != indent { indents.append(indent) }
    if indents.count + brackets > Self.depthLimit {
      fail("nested more than \(Self.depthLimit) deep")
    }
  }

  /// One line of block style, with the lines that a quoted text, bracket or scalar of it runs over.
  private mutating func checkLine() {
    skip(" ")
    if current == UInt8(ascii: "\t") {
      let (startLine, startColumn) = (line, column)
      skip(" \t\r")
      if let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "#") {
        problem = (startLine, startColumn, "a tab in the indentation; YAML wants spaces")
        return
      }
    }
    while current == UInt8(ascii: "-"), isBlank(at: index + 1) {
      nest(at: column)
      advance()
      skip(" \t")
    }
    guard let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r"), byte != UInt8(ascii: "#") else {
      skipLine()
      return
    }
    nest(at: column)
    checkInline(parent: indents.count > 1 ? indents[indents.count - 2] : 0)
  }

  /// The tokens of a line, from a place where a token may begin.
  private mutating func checkInline(parent: Int) {
    var parent = parent
    while let byte = current, problem == nil {
      switch byte {
      case UInt8(ascii: "\n"):
        advance()
        return
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        advance()
      case UInt8(ascii: "#"):
        skipLine()
        return
      case UInt8(ascii: "&"), UInt8(ascii: "!"):
        skipWord()
      case UInt8(ascii: "*"):
        checkAlias()
      case UInt8(ascii: "?") where isBlank(at: index + 1):
        fail("a key written with '?' is not accepted; keys are plain words")
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        let start = column
        skipQuoted()
        if isKeyEnd() { parent = start }
      case UInt8(ascii: ":") where isBlank(at: index + 1):
        advance()
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        checkFlow()
      case UInt8(ascii: "|"), UInt8(ascii: ">"):
        skipLine()
        skipDeeperLines(than: parent)
        return
      default:
        let start = column
        if skipPlainKey() {
          parent = start
        } else {
          skipLine()
          skipDeeperLines(than: parent)
          return
        }
      }
    }
  }

  /// Moves past `word:` when the plain text here is a key; otherwise past nothing.
  private mutating func skipPlainKey() -> Bool {
    var end = index
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
      if bytes[end] == UInt8(ascii: ":"), isBlank(at: end + 1) {
        while index <= end { advance() }
        return true
      }
      if bytes[end] == UInt8(ascii: "#"), end > 0, isBlank(at: end - 1) { return false }
      end += 1
    }
    return false
  }

  private mutating func skipWord() {
    while let byte = current, !isBlank(at: index), !",[]{}".utf8.contains(byte) { advance() }
  }

  private mutating func skipQuoted() {
    let quote = current
    advance()
    while let byte = current {
      advance()
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), current != nil { advance() }
      if byte == quote {
        guard quote == UInt8(ascii: "'"), current == quote else { return }
        advance()
      }
    }
  }

  /// The lines that belong to a scalar begun under `parent`: blank ones and those indented further.
  private mutating func skipDeeperLines(than parent: Int) {
    while index < bytes.count {
      var ahead = index
      while ahead < bytes.count, bytes[ahead] == UInt8(ascii: " ") { ahead += 1 }
      let isBlankLine = ahead >= bytes.count || bytes[ahead] == UInt8(ascii: "\n") || bytes[ahead] == UInt8(ascii: "\r")
      guard isBlankLine || ahead - index + 1 > parent else { return }
      // A scalar that is the whole document runs to the end, but document marks still count.
      if parent == 0, ahead == index, bytes[index...].starts(with: "---".utf8) { return }
      skipLine()
    }
  }

  private func isKeyEnd() -> Bool {
    var ahead = index
    while ahead < bytes.count, bytes[ahead] == UInt8(ascii: " ") || bytes[ahead] == UInt8(ascii: "\t") { ahead += 1 }
    return ahead < bytes.count && bytes[ahead] == UInt8(ascii: ":") && (ahead == index || isBlank(at: ahead + 1))
  }

  private mutating func checkAlias() {
    let (startLine, startColumn) = (line, column)
    skipWord()
    if isKeyEnd() {
      problem = (startLine, startColumn, "an alias is not accepted as a key; keys are plain words")
    }
  }

  /// Everything up to the bracket that closes the one here.
  private mutating func checkFlow() {
    var opened: [(line: Int, column: Int)] = []
    var atTokenStart = true
    while let byte = current, problem == nil {
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        opened.append((line, column))
        brackets = opened.count
        if indents.count + brackets > Self.depthLimit { fail("nested more than \(Self.depthLimit) deep") }
        advance()
        atTokenStart = true
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        advance()
        let start = opened.removeLast()
        brackets = opened.count
        if isKeyEnd() {
          problem = (start.line, start.column, "a list or mapping is not accepted as a key; keys are plain words")
          return
        }
        if opened.isEmpty { return }
        atTokenStart = false
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        advance()
        atTokenStart = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"):
        advance()
      case UInt8(ascii: "#") where isBlank(at: index - 1):
        skipLine()
      case UInt8(ascii: "'"), UInt8(ascii: "\""):
        if atTokenStart { skipQuoted() } else { advance() }
        atTokenStart = false
      case UInt8(ascii: "*") where atTokenStart:
        checkAlias()
        atTokenStart = false
      case UInt8(ascii: "?") where atTokenStart && isBlank(at: index + 1):
        fail("a key written with '?' is not accepted; keys are plain words")
      case UInt8(ascii: "&"), UInt8(ascii: "!"):
        if atTokenStart { skipWord() } else { advance() }
      default:
        advance()
        atTokenStart = false
      }
    }
  }
}
