import Configuration

/// The words of a shell command with their places: quotes and backslashes as POSIX has them, comments left out.
/// Variables and substitutions are not expanded.
struct CommandWords {
  struct Word: Hashable {
    var text: String
    var position: Position
  }

  private(set) var words: [Word] = []

  /// - Parameter name: what the text is called in messages.
  init(_ text: String, name: String, into diagnostics: Diagnostics) {
    var line = 1
    var column = 0
    var word: Word?
    var quote: (mark: Character, position: Position)?
    var isEscaped = false
    var isComment = false
    // Some editors begin a file with U+FEFF.
    for character in text.unicodeScalars.first == "\u{FEFF}" ? text.dropFirst() : text[...] {
      if character == "\n" {
        line += 1
        column = 0
        isComment = false
      } else {
        column += character.unicodeScalars.count
      }
      if isComment { continue }
      let here = Position.file(name, line: line, column: max(1, column))
      func begin() { word = word ?? Word(text: "", position: here) }
      if isEscaped {
        isEscaped = false
        // A backslash before the end of a line joins it with the next.
        if character == "\n" { continue }
        begin()
        if let quote, quote.mark == "\"", !"\"\\$`".contains(character) { word?.text.append("\\") }
        word?.text.append(character)
      } else if let open = quote {
        if character == open.mark {
          quote = nil
        } else if character == "\\", open.mark == "\"" {
          isEscaped = true
        } else {
          word?.text.append(character)
        }
      } else if character == "\\" {
        isEscaped = true
      } else if character == "'" || character == "\"" {
        begin()
        quote = (character, here)
      } else if character.isWhitespace {
        if let whole = word { words.append(whole) }
        word = nil
      } else if character == "#", word == nil {
        isComment = true
      } else {
        begin()
        word?.text.append(character)
      }
    }
    if let quote { diagnostics.error(at: quote.position, "the quote \(quote.mark) is not closed") }
    if let whole = word { words.append(whole) }
  }
}
