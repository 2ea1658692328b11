import TextIO

extension ReportDocument {
  /// The same as parts of an HTML page; the best of a row is marked.
  var html: String {
    blocks.map { block in
      switch block {
      case .title(let text): HTML.paragraph(text)
      case .heading(let name, let rest, let remarks):
        HTML.element("h3", name + rest) + remarks.map { HTML.paragraph($0, "muted") }.joined()
      case .table(let table): Self.html(table)
      case .list(let heading, let items):
        HTML.element("h3", heading) + "<dl>\n"
          + items.map { HTML.element("dt", $0.name.trimmingSpaces) + HTML.element("dd", $0.text) }.joined() + "</dl>\n"
      // The page's mark is a star of its own.
      case .notes(let notes):
        notes.map { HTML.paragraph($0.text.hasPrefix("* ") ? "★" + $0.text.dropFirst() : $0.text, "muted") }.joined()
      }
    }.joined()
  }

  private static func html(_ table: TextTable) -> String {
    let stub = table.hasGroups ? "<td></td><td></td>" : "<td></td>"
    var text = "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>" + stub
    text += table.columns.map { "<th scope=\"col\">\(HTML.text($0))</th>" }.joined() + "</tr></thead>\n<tbody>\n"
    for (index, row) in table.rows.enumerated() {
      text += "<tr>"
      if table.hasGroups {
        text += "<th class=\"group\">\(table.startsGroup(index) ? HTML.text(row.group) : "")</th>"
      }
      text += "<th scope=\"row\">\(HTML.text(row.label))</th>"
      for (cell, isBest) in zip(row.cells, row.best) {
        text += "<td\(isBest ? " class=\"best\"" : "")>\(HTML.text(cell))</td>"
      }
      text += "</tr>\n"
    }
    return text + "</tbody></table></div>\n"
  }
}

/// Elements of an HTML page. Everything that reaches it is escaped here.
enum HTML {
  static func text(_ text: String) -> String { XMLText.escaped(Printable.text(text)) }

  static func element(_ name: String, _ content: String, class style: String? = nil) -> String {
    "<\(name)\(style.map { " class=\"\($0)\"" } ?? "")>\(text(content))</\(name)>\n"
  }

  static func paragraph(_ content: String, _ style: String? = nil) -> String {
    element("p", content, class: style)
  }

  /// Text that keeps its lines.
  static func lines(_ content: String) -> String {
    "<pre tabindex=\"0\">"
      + content.split(separator: "\n", omittingEmptySubsequences: false).map { text(String($0)) }
      .joined(separator: "\n") + "</pre>\n"
  }
}
