import TextIO

extension ReportDocument {
  /// LaTeX to be read by a document of one's own: a `tabular` for each table, the best of a row in bold.
  public var latex: String {
    "% Wants \\usepackage{booktabs} and a UTF-8 document.\n\n" + blocks.map(Self.latex).joined(separator: "\n")
  }

  private static func latex(_ block: Block) -> String {
    switch block {
    case .title(let text): latexText(text) + "\n"
    case .heading(let name, let rest, let remarks):
      "\\paragraph{\(latexText(name + rest))}\n" + remarks.map { latexText($0) + "\n" }.joined()
    case .table(let table): latex(table)
    case .list(let heading, let items):
      "\\paragraph{\(latexText(heading))}\n\\begin{itemize}\n"
        + items.map { "  \\item \(latexText($0.name.trimmingSpaces)): \(latexText($0.text))\n" }.joined()
        + "\\end{itemize}\n"
    case .notes(let notes): notes.map { latexText($0.text) + "\n" }.joined(separator: "\n")
    }
  }

  private static func latex(_ table: TextTable) -> String {
    let markup = table.markup(text: latexText) { "\\textbf{\($0)}" }
    return MarkupTable.latex(markup.header, markup.rows, numeric: markup.numeric)
  }

  /// Text in which nothing is taken for a command.
  static func latexText(_ text: String) -> String {
    Printable.line(text).map { character in
      switch character {
      case "\\": "\\textbackslash{}"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "&", "%", "$", "#", "_", "{", "}": "\\\(character)"
      case "±": "$\\pm$"
      case "≤": "$\\le$"
      case "≥": "$\\ge$"
      case "µ": "$\\mu$"
      case "→": "$\\rightarrow$"
      default: String(character)
      }
    }.joined()
  }
}
