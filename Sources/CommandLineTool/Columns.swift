/// Plain text in columns, for listings and explanations.
enum Columns {
  /// Lines of cells, each column as wide as its widest cell; the last column is wrapped at the width.
  ///
  /// - Parameter numeric: columns whose cells stand to the right.
  static func text(_ rows: [[String]], indent: Int = 0, width: Int, numeric: Set<Int> = []) -> String {
    let count = rows.map(\.count).max() ?? 0
    guard count > 0 else { return "" }
    let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
    let margin = String(repeating: " ", count: indent)
    var text = ""
    for row in rows {
      var line = margin
      for (column, cell) in row.dropLast().enumerated() {
        let fill = String(repeating: " ", count: widths[column] - cell.count)
        line += (numeric.contains(column) ? fill + cell : cell + fill) + "  "
      }
      guard let last = row.last else { continue }
      if numeric.contains(row.count - 1) {
        line += String(repeating: " ", count: widths[row.count - 1] - last.count) + last
      } else {
        let hanging = line.count
        let pieces = wrapped(last, width: max(24, width - hanging))
        line += pieces[0]
        for piece in pieces.dropFirst() { line += "\n" + String(repeating: " ", count: hanging) + piece }
      }
      text += trimmed(line) + "\n"
    }
    return text
  }

  /// Words in lines of at most `width` characters.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(word)
      } else {
        line += line.isEmpty ? String(word) : " " + word
      }
    }
    return lines + [line]
  }

  /// A paragraph, its later lines indented.
  static func paragraph(_ text: String, indent: Int = 0, width: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    return wrapped(text, width: max(24, width - indent)).map { margin + $0 + "\n" }.joined()
  }

  private static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}
