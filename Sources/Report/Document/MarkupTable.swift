/// Tables as Markdown and LaTeX have them; what stands in their cells is markup already.
public enum MarkupTable {
  /// A table of GitHub's Markdown.
  ///
  /// - Parameters:
  ///   - rows: as many cells as the header.
  ///   - numeric: columns whose cells stand to the right.
  public static func markdown(_ header: [String], _ rows: [[String]], numeric: Set<Int> = []) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    return line(header) + line(header.indices.map { numeric.contains($0) ? "---:" : "---" }) + rows.map(line).joined()
  }

  /// The same as a LaTeX `tabular` with the rules of `booktabs`.
  static func latex(_ header: [String], _ rows: [[String]], numeric: Set<Int> = []) -> String {
    func line(_ cells: [String]) -> String { "  " + cells.joined(separator: " & ") + " \\\\\n" }
    let columns = header.indices.map { numeric.contains($0) ? "r" : "l" }.joined()
    return "\\begin{tabular}{\(columns)}\n  \\toprule\n" + line(header) + "  \\midrule\n" + rows.map(line).joined()
      + "  \\bottomrule\n\\end{tabular}\n"
  }
}
