import Catalogue
import Charts
import TextIO

/// One HTML file about a run, a store or a sweep. It needs nothing else: charts are SVG in it, style and script are in
/// it, and its content security policy forbids to load anything.
public struct ReportPage: Sendable {
  /// What is told of one question: a scenario, or a sweep.
  public struct Part: Sendable {
    public var title: String
    /// The question, and how it was asked.
    public var asked: [String]
    /// The answer in sentences.
    public var answer: [String]
    /// The overview's tables, and what the figures rest on.
    public var overview: ReportDocument
    public var charts: [Chart]
    /// Why there are no charts, or not all; nil where all are there.
    public var remark: String?
    /// Texts to be unfolded: resolved scenarios, sources of figures.
    public var texts: [(title: String, text: String)]

    public init(
      title: String, asked: [String], answer: [String], overview: ReportDocument, charts: [Chart],
      remark: String? = nil, texts: [(title: String, text: String)] = []
    ) {
      self.title = title
      self.asked = asked
      self.answer = answer
      self.overview = overview
      self.charts = charts
      self.remark = remark
      self.texts = texts
    }
  }

  public var title: String
  public var parts: [Part]
  public var spillwayVersion: String

  public init(title: String, parts: [Part], spillwayVersion: String) {
    self.title = title
    self.parts = parts
    self.spillwayVersion = spillwayVersion
  }

  public func html() -> String {
    var text = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
      script-src 'unsafe-inline'">
      <meta name="generator" content="\(HTML.text("Spillway \(spillwayVersion)"))">
      <title>\(HTML.text(title))</title>
      <style>
      \(Theme.pageRules)
      \(Catalogue.text("page/report.css") ?? "")</style>
      </head>
      <body>
      <a class="skip" href="#answer-0">To the answer</a>
      <header>
      <h1>\(HTML.text(title))</h1>

      """
    if parts.count > 1 {
      text += "<nav aria-label=\"Parts\">"
      text += parts.enumerated().map { "<a href=\"#part-\($0)\">\(HTML.text($1.title))</a>" }.joined() + "</nav>\n"
    }
    text += "</header>\n<main>\n"
    for (index, part) in parts.enumerated() { text += html(part, index) }
    return text + """
      </main>
      <footer>Made by Spillway \(HTML.text(spillwayVersion)). Figures are simulated; what they rest on is told above. \
      Values under the pointer are read off the picture, to a tenth of a pixel; tables have the figures.</footer>
      <script>
      \(Catalogue.text("page/report.js") ?? "")</script>
      </body>
      </html>

      """
  }

  private func html(_ part: Part, _ index: Int) -> String {
    var text = "<section id=\"part-\(index)\">\n"
    if parts.count > 1 { text += HTML.element("h2", part.title) }
    text += "<h2 id=\"asked-\(index)\">What was asked</h2>\n" + part.asked.map { HTML.paragraph($0) }.joined()
    text += "<h2 id=\"answer-\(index)\">The answer</h2>\n<ul class=\"answer\">\n"
    text += part.answer.map { HTML.element("li", $0) }.joined() + "</ul>\n"
    text += "<h2 id=\"overview-\(index)\">Overview</h2>\n" + part.overview.html
    if !part.charts.isEmpty || part.remark != nil { text += "<h2 id=\"charts-\(index)\">Charts</h2>\n" }
    if let remark = part.remark { text += HTML.paragraph(remark, "muted") }
    if !part.charts.isEmpty {
      text += "<div class=\"charts\">\n" + part.charts.map { PageParts.figure($0) }.joined() + "</div>\n"
    }
    if !part.texts.isEmpty {
      text += "<h2 id=\"sources-\(index)\">Resolved scenarios and sources</h2>\n"
      for (title, content) in part.texts {
        text += "<details><summary>\(HTML.text(title))</summary>\n" + HTML.lines(content) + "</details>\n"
      }
    }
    return text + "</section>\n"
  }
}
