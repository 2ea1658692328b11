import Experiments
import Scenario

/// A study as Markdown: what each bound comes to at every point.
enum StudyTables {
  static func markdown(_ result: StudyResult) -> String {
    var text = "### \(result.study.title)\n"
    if !result.study.text.isEmpty { text += "\n" + result.study.text + "\n" }
    let layout = StudyLayout(result.points)
    guard let first = result.points.first else { return text }
    let expectations = result.study.points.scenarios[0].expectations
    let titles = first.judgements.map { judgement in
      let target = ClaimText.target(judgement)
      return ClaimText.title(judgement, among: first.judgements, expectations)
        + (target.isEmpty ? "" : ", target \(target)")
    }
    text += layout.isGrid ? grids(result, layout, titles) : "\n" + list(result, layout, titles)
    let count = first.judgements.map(\.replications).max() ?? 1
    if count > 1 { text += "\nMeans of \(count) replications at each point.\n" }
    return text + choices(result, layout)
  }

  /// What was chosen for policies whose settings are the best of several, point by point.
  private static func choices(_ result: StudyResult, _ layout: StudyLayout) -> String {
    (result.points.first?.choices ?? []).indices.map { index in
      let settings = result.points.map { point in
        let place = layout.keys.map { "\($0.title) \(layout.value($0, at: point))" }.joined(separator: ", ")
        return "\(point.choices[index].settings) at \(place)"
      }
      return "\nThe best for \(result.points[0].choices[index].policy): \(settings.joined(separator: "; ")).\n"
    }.joined()
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
