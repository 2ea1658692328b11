/// A table of a group column, a label column and one column per policy, cut into panels where it is too wide.
struct TextTable {
  /// A row; the first of a group names it.
  struct Row {
    var group: String
    var label: String
    var cells: [String]
    /// Which cells are the best of the row.
    var best: [Bool]
  }

  var columns: [String]
  var rows: [Row] = []

  init(columns: [String]) { self.columns = columns }

  /// The table's lines, each at most `width` characters unless a single column needs more.
  func lines(width: Int) -> [StyledText] {
    let groupWidth = rows.map(\.group.count).max() ?? 0
    let labelWidth = rows.map(\.label.count).max() ?? 0
    let stub = 2 + groupWidth + 2 + labelWidth
    let widths = columns.indices.map { column in
      // One place more than the cells for the mark of the best.
      max(columns[column].count, rows.map { $0.cells[column].count + 1 }.max() ?? 0)
    }
    var lines: [StyledText] = []
    var next = 0
    while next < columns.count {
      var end = next
      var used = stub
      while end < columns.count, end == next || used + 2 + widths[end] <= width {
        used += 2 + widths[end]
        end += 1
      }
      if next > 0 { lines.append("") }
      lines += panel(next..<end, widths: widths, groupWidth: groupWidth, labelWidth: labelWidth)
      next = end
    }
    return lines
  }

  private func panel(_ range: Range<Int>, widths: [Int], groupWidth: Int, labelWidth: Int) -> [StyledText] {
    var lines: [StyledText] = []
    var heading = StyledText(Self.padded("", 2 + groupWidth + 2 + labelWidth))
    for column in range {
      let name = columns[column]
      // Ends over the last digit: the cells keep one place for the mark.
      heading += Self.padded("", max(0, 2 + widths[column] - 1 - name.count))
      heading += .heading(name)
      if widths[column] > name.count { heading += " " }
    }
    heading.trimEnd()
    lines.append(heading)
    for (index, row) in rows.enumerated() {
      let group = startsGroup(index) ? row.group : ""
      var line: StyledText = "  "
      line += .heading(Self.padded(group, groupWidth))
      line += "  " + Self.padded(row.label, labelWidth)
      for column in range {
        let cell = row.cells[column]
        line += Self.padded("", 2 + widths[column] - cell.count - 1)
        line += row.best[column] ? .best(cell + "*") : StyledText(cell + " ")
      }
      line.trimEnd()
      lines.append(line)
    }
    return lines
  }

  /// The table in cells of markup, for a format that has its own tables: a group and a label, then a column each.
  ///
  /// - Parameters:
  ///   - text: makes markup of a text.
  ///   - best: marks the best of a row; its text is markup already.
  /// - Returns: the header, rows as long, and which columns hold figures.
  func markup(
    text: (String) -> String, best: (String) -> String
  ) -> (header: [String], rows: [[String]], numeric: Set<Int>) {
    let stub = hasGroups ? ["", ""] : [""]
    let header = stub + columns.map(text)
    let lines = rows.indices.map { index in
      let row = rows[index]
      let labels = hasGroups ? [startsGroup(index) ? row.group : "", row.label] : [row.label]
      return labels.map(text) + zip(row.cells, row.best).map { $1 ? best(text($0)) : text($0) }
    }
    return (header, lines, Set(stub.count..<header.count))
  }

  /// Whether any row belongs to a group.
  var hasGroups: Bool { rows.contains { !$0.group.isEmpty } }

  /// Whether a row is the first of its group, which it names.
  func startsGroup(_ row: Int) -> Bool { row == 0 || rows[row - 1].group != rows[row].group }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// A sentence broken into lines of at most `width` characters, later ones indented.
  static func wrapped(_ text: String, width: Int, indent: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(repeating: " ", count: indent) + word
      } else {
        line += line.isEmpty ? String(word) : " " + word
      }
    }
    return lines + [line]
  }
}
