/// What a listing has to say: sentences and tables, which a terminal, Markdown, LaTeX and CSV show each in their own
/// way.
public struct ListingDocument: Sendable {
  public struct Table: Sendable {
    /// What the rows are; nil where what stands before says it.
    public var heading: String?
    /// A name for each column.
    public var header: [String]
    /// Whether a terminal shows `header`; names and their meaning need none there.
    public var showsHeader: Bool
    /// Cells, a row for each thing that is listed.
    public var rows: [[String]]
    /// Columns whose cells stand to the right.
    public var numeric: Set<Int>
    /// Spaces before a row in a terminal.
    public var indent: Int

    public init(
      heading: String? = nil, _ header: [String], showsHeader: Bool = true, rows: [[String]], numeric: Set<Int> = [],
      indent: Int = 0
    ) {
      self.heading = heading
      self.header = header
      self.showsHeader = showsHeader
      self.rows = rows
      self.numeric = numeric
      self.indent = indent
    }
  }

  public enum Part: Sendable {
    /// A paragraph, each of its lines that many spaces in.
    case words(String, indent: Int = 0)
    /// Lines that are shown as they are, such as a piece of YAML.
    case lines([String])
    case table(Table)
  }

  public var parts: [Part]

  public init(_ parts: [Part]) { self.parts = parts }

  /// GitHub's Markdown.
  public var markdown: String {
    parts.map { part in
      switch part {
      case .words(let text, _): ReportDocument.markdownText(text) + "\n"
      case .lines(let lines): "```\n" + lines.map { $0 + "\n" }.joined() + "```\n"
      case .table(let table):
        (table.heading.map { "### " + ReportDocument.markdownText($0) + "\n\n" } ?? "")
          + MarkupTable.markdown(
            table.header.map(ReportDocument.markdownText), table.rows.map { $0.map(ReportDocument.markdownText) },
            numeric: table.numeric)
      }
    }.joined(separator: "\n")
  }

  /// LaTeX to be read by a document of one's own.
  public var latex: String {
    "% Wants \\usepackage{booktabs} and a UTF-8 document.\n\n"
      + parts.map { part in
        switch part {
        case .words(let text, _): ReportDocument.latexText(text) + "\n"
        case .lines(let lines):
          "\\begin{verbatim}\n" + lines.map { $0 + "\n" }.joined() + "\\end{verbatim}\n"
        case .table(let table):
          (table.heading.map { "\\paragraph{\(ReportDocument.latexText($0))}\n" } ?? "")
            + MarkupTable.latex(
              table.header.map(ReportDocument.latexText), table.rows.map { $0.map(ReportDocument.latexText) },
              numeric: table.numeric)
        }
      }.joined(separator: "\n")
  }

  /// The tables by RFC 4180, with an empty line between two; sentences are left out.
  public var csv: String {
    parts.compactMap { part -> String? in
      guard case .table(let table) = part else { return nil }
      return ([table.header] + table.rows).map { row in
        row.map(ResultsCSV.field).joined(separator: ",") + "\n"
      }.joined()
    }.joined(separator: "\n")
  }
}
