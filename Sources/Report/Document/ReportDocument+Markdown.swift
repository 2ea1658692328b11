import TextIO

extension ReportDocument {
  /// GitHub's Markdown: tables with the best of a row in bold.
  public var markdown: String {
    blocks.map(Self.markdown).joined(separator: "\n")
  }

  private static func markdown(_ block: Block) -> String {
    switch block {
    case .title(let text): markdownText(text) + "\n"
    case .heading(let name, let rest, let remarks):
      "### " + markdownText(name + rest) + "\n" + remarks.map { "\n" + markdownText($0) + "\n" }.joined()
    case .table(let table): markdown(table)
    case .list(let heading, let items):
      "**\(markdownText(heading))**\n\n"
        + items.map { "- \(markdownText($0.name.trimmingSpaces)): \(markdownText($0.text))\n" }.joined()
    case .notes(let notes): notes.map { markdownText($0.text) + "\n" }.joined(separator: "\n")
    }
  }

  private static func markdown(_ table: TextTable) -> String {
    let hasGroups = table.rows.contains { !$0.group.isEmpty }
    let stub = hasGroups ? ["", ""] : [""]
    var rows: [[String]] = []
    var previous: String?
    for row in table.rows {
      let group = row.group == previous ? "" : row.group
      previous = row.group
      let cells = zip(row.cells, row.best).map { $1 ? "**\(markdownText($0))**" : markdownText($0) }
      let labels = hasGroups ? [group, row.label] : [row.label]
      rows.append(labels.map(markdownText) + cells)
    }
    let header = stub + table.columns.map(markdownText)
    return MarkupTable.markdown(header, rows, numeric: Set(stub.count..<header.count))
  }

  /// Text in which nothing is taken for markup.
  static func markdownText(_ text: String) -> String {
    var result = ""
    for character in Printable.line(text) {
      if "\\`*_[]<>|#".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}

extension String {
  /// Without spaces at its end.
  var trimmingSpaces: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
