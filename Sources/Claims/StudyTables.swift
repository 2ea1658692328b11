import Experiments
import Scenario

/// A study as Markdown: what each bound comes to at every point.
enum StudyTables {
  static func markdown(_ result: StudyResult) -> String {
    var text = "### \(result.study.title)\n"
    if !result.study.text.isEmpty { text += "\n" + result.study.text + "\n" }
    let layout = StudyLayout(result.points)
    guard let first = result.points.first else { return text }
    let expectations = result.study.points.expectations
    let titles = first.judgements.map { judgement in
      ClaimText.title(judgement, among: first.judgements, expectations) + ", target " + ClaimText.target(judgement)
    }
    text += layout.isGrid ? grids(result, layout, titles) : "\n" + list(result, layout, titles)
    let count = first.judgements.map(\.replications).max() ?? 1
    if count > 1 { text += "\nMeans of \(count) replications at each point.\n" }
    return text
  }

  /// A row for each point, a column for each bound.
  private static func list(_ result: StudyResult, _ layout: StudyLayout, _ titles: [String]) -> String {
    let keys = layout.keys
    return ClaimText.table(
      keys.map(\.title) + titles,
      result.points.map { point in
        keys.map { layout.value($0, at: point) } + point.judgements.map { mark(ClaimText.simulated($0), $0) }
      }, figuresFrom: keys.count)
  }

  /// A table for each bound: the last key across, the others down.
  private static func grids(_ result: StudyResult, _ layout: StudyLayout, _ titles: [String]) -> String {
    let down = layout.keys.dropLast()
    guard let across = layout.keys.last else { return "" }
    return titles.enumerated().map { index, title in
      var rows: [(key: [String], cells: [String: String])] = []
      for point in result.points {
        let key = down.map { layout.value($0, at: point) }
        let cell = mark(ClaimText.value(point.judgements[index]), point.judgements[index])
        let row =
          rows.firstIndex { $0.key == key }
          ?? {
            rows.append((key, [:]))
            return rows.count - 1
          }()
        rows[row].cells[layout.value(across, at: point)] = cell
      }
      return "\n\(title):\n\n"
        + ClaimText.table(
          down.map(\.title) + across.values.map { "\(across.title) \($0)" },
          rows.map { row in row.key + across.values.map { row.cells[$0] ?? "" } }, figuresFrom: down.count)
    }.joined()
  }

  private static func mark(_ text: String, _ judgement: Judgement) -> String {
    ClaimText.isWithin(judgement) ? "**\(text)**" : text
  }
}
