/// What a command has to say of results, in parts that a terminal, Markdown and LaTeX show each in their own way.
public struct ReportDocument: Sendable {
  enum Block: Sendable {
    /// What the whole is about.
    case title(String)
    /// What follows is about: the name, what else is said in the same line, and remarks below it.
    case heading(String, rest: String = "", remarks: [String] = [])
    case table(TextTable)
    /// A sentence for each of several things.
    case list(heading: String, items: [(name: String, text: String)])
    /// Remarks at the end; those that are warnings say so.
    case notes([(text: String, indent: Int)])
  }

  var blocks: [Block] = []

  /// The text for a terminal, its style still open.
  ///
  /// - Parameter width: the columns of the terminal; a table that does not fit continues below itself.
  public func styled(width: Int = 100) -> StyledText {
    var lines: [StyledText] = []
    for block in blocks {
      if !lines.isEmpty { lines.append("") }
      switch block {
      case .title(let text):
        lines += TextTable.wrapped(text, width: width, indent: 2)
      case .heading(let name, let rest, let remarks):
        if rest.isEmpty {
          let wrapped = TextTable.wrapped(name, width: width, indent: 2)
          lines.append(.heading(wrapped[0]))
          lines += Array(wrapped.dropFirst())
        } else {
          lines.append(.heading(name) + StyledText(rest))
        }
        for remark in remarks { lines += TextTable.wrapped("  " + remark, width: width, indent: 4) }
      case .table(let table):
        lines += table.lines(width: width)
      case .list(let heading, let items):
        lines.append(.heading(heading))
        for (name, text) in items {
          let stub = "  " + name
          let wrapped = TextTable.wrapped(text, width: max(30, width - stub.count), indent: 0)
          lines.append(StyledText(stub + wrapped[0]))
          lines += wrapped.dropFirst().map { String(repeating: " ", count: stub.count) + $0 }
        }
      case .notes(let notes):
        for note in notes { lines += TextTable.wrapped(note.text, width: width, indent: note.indent) }
      }
    }
    return .lines(lines)
  }
}
