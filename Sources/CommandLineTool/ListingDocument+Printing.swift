import Report

extension ListingDocument {
  /// As it is printed.
  ///
  /// - Parameters:
  ///   - width: the columns of the terminal.
  ///   - json: what is printed of it as JSON.
  func text(as format: ListingFormat, width: Int, json: @autoclosure () -> String) -> String {
    switch format {
    case .table: parts.map { Self.text($0, width: width) }.joined(separator: "\n")
    case .markdown: markdown
    case .latex: latex
    case .csv: csv
    case .json: json()
    }
  }

  private static func text(_ part: Part, width: Int) -> String {
    switch part {
    case .words(let text, let indent): Columns.paragraph(text, indent: indent, width: width)
    case .lines(let lines): lines.map { "  \($0)\n" }.joined()
    case .table(let table):
      (table.heading.map { $0 + "\n" } ?? "")
        + Columns.text(
          (table.showsHeader ? [table.header] : []) + table.rows, indent: table.indent, width: width,
          numeric: table.numeric)
    }
  }
}
