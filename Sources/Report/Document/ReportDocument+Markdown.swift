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
    let markup = table.markup(text: markdownText) { "**\($0)**" }
    return MarkupTable.markdown(markup.header, markup.rows, numeric: markup.numeric)
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
