/// The second place of a key that a mapping has twice; the YAML parser tells only the first.
struct RepeatedKey {
  var line: Int
  var column: Int
  /// The key's place in the text, in Unicode scalars, quotes excluded.
  private var start: Int
  private var count: Int

  /// A key of the same length that no one types: a private-use character, repeated.
  func standIn(number: Int) -> String {
    String(repeating: Character(Unicode.Scalar(UInt32(0xE000 + number))!), count: count)
  }

  /// `text` with the key replaced; line and column of everything else stay as they are.
  func replacing(in text: String, with standIn: String) -> String {
    var scalars = Array(text.unicodeScalars)
    scalars.replaceSubrange(start..<(start + count), with: Array(standIn.unicodeScalars))
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars)
    return String(result)
  }

  /// Looks for `key` behind the place of its first occurrence, in the same mapping.
  static func find(_ key: String, in text: String, after first: (line: Int, column: Int)) -> RepeatedKey? {
    let scalars = Array(text.unicodeScalars)
    let wanted = Array(key.unicodeScalars)
    guard !wanted.isEmpty else { return nil }
    var line = 1
    var lineStart = 0
    var index = 0
    while line < first.line, index < scalars.count {
      if scalars[index] == "\n" {
        line += 1
        lineStart = index + 1
      }
      index += 1
    }
    index = lineStart + first.column - 1
    guard index < scalars.count else { return nil }
    var before = index - 1
    while before >= 0, isSpace(scalars[before]) { before -= 1 }
    let isFlow = before >= 0 && (scalars[before] == "{" || scalars[before] == ",")
    return isFlow
      ? findInFlow(wanted, scalars, from: index, line: line, lineStart: lineStart)
      : findInBlock(wanted, scalars, below: line, from: index, column: first.column)
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { " \t\r\n".unicodeScalars.contains(scalar) }

  /// The key at `index`, bare or in quotes, when a colon follows it.
  private static func match(_ wanted: [Unicode.Scalar], _ scalars: [Unicode.Scalar], at index: Int) -> Int? {
    var start = index
    let isQuoted = index < scalars.count && (scalars[index] == "'" || scalars[index] == "\"")
    if isQuoted { start += 1 }
    guard start + wanted.count < scalars.count, Array(scalars[start..<(start + wanted.count)]) == wanted else {
      return nil
    }
    var end = start + wanted.count
    if isQuoted {
      guard scalars[end] == scalars[index] else { return nil }
      end += 1
    }
    while end < scalars.count, scalars[end] == " " || scalars[end] == "\t" { end += 1 }
    return end < scalars.count && scalars[end] == ":" ? start : nil
  }

  private static func findInBlock(
    _ wanted: [Unicode.Scalar], _ scalars: [Unicode.Scalar], below firstLine: Int, from place: Int, column: Int
  ) -> RepeatedKey? {
    var index = place
    var line = firstLine
    while true {
      while index < scalars.count, scalars[index] != "\n" { index += 1 }
      guard index < scalars.count else { return nil }
      index += 1
      line += 1
      let lineStart = index
      while index < scalars.count, scalars[index] == " " { index += 1 }
      guard index < scalars.count else { return nil }
      if isSpace(scalars[index]) || scalars[index] == "#" { continue }
      let found = index - lineStart + 1
      if found < column { return nil }
      if found == column, let start = match(wanted, scalars, at: index) {
        return RepeatedKey(line: line, column: found, start: start, count: wanted.count)
      }
    }
  }

  private static func findInFlow(
    _ wanted: [Unicode.Scalar], _ scalars: [Unicode.Scalar], from place: Int, line firstLine: Int, lineStart: Int
  ) -> RepeatedKey? {
    var (index, line, lineStart, depth) = (place, firstLine, lineStart, 0)
    var isKeyPlace = false
    while index < scalars.count {
      let scalar = scalars[index]
      if depth == 0, isKeyPlace, !isSpace(scalar) {
        if let start = match(wanted, scalars, at: index) {
          return RepeatedKey(line: line, column: index - lineStart + 1, start: start, count: wanted.count)
        }
        isKeyPlace = false
      }
      switch scalar {
      case "\n":
        line += 1
        lineStart = index + 1
      case "[", "{": depth += 1
      case "]", "}":
        depth -= 1
        if depth < 0 { return nil }
      case "," where depth == 0: isKeyPlace = true
      case "'", "\"":
        var end = index + 1
        while end < scalars.count, scalars[end] != scalar, scalars[end] != "\n" { end += 1 }
        if end < scalars.count, scalars[end] == scalar { index = end }
      default: break
      }
      index += 1
    }
    return nil
  }
}
