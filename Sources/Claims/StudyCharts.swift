import Charts
import Experiments
import Metrics
import Scenario

/// A study as curves: each bound against the first key, a line for every combination of the others.
enum StudyCharts {
  /// - Returns: nil where the first key has no numbers.
  static func page(of result: StudyResult) -> ChartPage? {
    let layout = StudyLayout(result.points)
    guard let key = layout.keys.first, let first = result.points.first, result.points.count > 2,
      result.points.allSatisfy({ $0.settings[key.setting].number != nil })
    else { return nil }
    let others = Array(layout.keys.dropFirst())
    var names: [String] = []
    for point in result.points {
      let name = self.name(of: point, others, layout)
      if !names.contains(name) { names.append(name) }
    }
    let charts = first.judgements.indices.map { index in
      let judgement = first.judgements[index]
      let scale = self.scale(of: judgement)
      let series = names.map { name in
        let points = result.points.filter { self.name(of: $0, others, layout) == name }.compactMap { point in
          point.judgements[index].value.map {
            Series.Point(point.settings[key.setting].number ?? 0, $0 * scale.factor)
          }
        }
        return Series.line(name, points.sorted { $0.x < $1.x })
      }
      let bounds = [(judgement.bounds.above, "target, from"), (judgement.bounds.below, "target, to")]
      return Chart(
        title: ClaimText.title(judgement, among: first.judgements, result.study.points.scenarios[0].expectations),
        subtitle: "",
        x: Axis(label: key.title, unit: ""),
        y: Axis(label: judgement.isRatio ? "Ratio" : judgement.metric, unit: scale.unit, includesZero: true),
        series: series,
        guides: bounds.compactMap { bound, name in bound.map { .horizontal($0 * scale.factor, name: name) } },
        width: 560, height: 320)
    }
    return ChartPage(title: result.study.title, charts: charts)
  }

  private static func name(
    of point: StudyResult.Point, _ keys: [StudyLayout.VariedKey], _ layout: StudyLayout
  ) -> String {
    keys.map { "\($0.title) \(layout.value($0, at: point))" }.joined(separator: ", ")
  }

  /// Milliseconds are drawn as they are named; shares as per cent.
  static func scale(of judgement: Judgement) -> (factor: Double, unit: String) {
    switch ClaimText.unit(of: judgement) {
    case .milliseconds: (1, "ms")
    case .seconds: (1, "s")
    case .bytes: (1e-9, "GB")
    case .bytesPerSecond: (1e-9, "GB/s")
    case .perSecond: (1, "1/s")
    case .fraction: (100, "%")
    case .plain: (1, "")
    }
  }
}
