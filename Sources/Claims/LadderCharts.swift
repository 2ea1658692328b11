import Charts
import Experiments
import Metrics
import Scenario
import Statistics

/// An ablation as a ladder: figures that are told of every policy, one step for each policy in the scenario's order.
enum LadderCharts {
  /// - Returns: nil where the claim names no figures for it.
  static func page(_ evidence: ClaimEvidence, _ study: Study, _ claim: PublishedClaim) -> ChartPage? {
    let expectations = study.scenarios[0].expectations
    let charts = claim.charts.ladder.compactMap { title -> Chart? in
      let steps = evidence.reported.filter { judgement in
        judgement.policy != nil && expectations.contains { $0.position == judgement.position && $0.title == title }
      }
      return steps.isEmpty ? nil : chart(title, steps)
    }
    let replications = evidence.reported.map(\.replications).max() ?? 0
    return charts.isEmpty
      ? nil
      : ChartPage(
        title: "\(claim.id): step by step",
        subtitle: "means of \(replications) replications, with their intervals", charts: charts)
  }

  private static func chart(_ title: String, _ steps: [Judgement]) -> Chart {
    let scale = StudyCharts.scale(of: steps[0])
    var series: [Series] = []
    for (index, step) in steps.enumerated() {
      guard let value = step.value else { continue }
      let place = Double(index + 1)
      // A level as wide as the step, and the interval across its middle.
      series.append(
        .line(
          "\(index + 1) \(step.policy ?? "")",
          [Series.Point(place - 0.4, value * scale.factor), Series.Point(place + 0.4, value * scale.factor)],
          colour: index, dash: .solid))
      if let interval = step.interval {
        series.append(
          .line(
            "",
            [Series.Point(place, interval.lower * scale.factor), Series.Point(place, interval.upper * scale.factor)],
            colour: index, dash: .solid))
      }
    }
    return Chart(
      title: title, x: Axis(label: "Step", range: 0.5...Double(steps.count) + 0.5),
      y: Axis(label: title, unit: scale.unit, includesZero: true), series: series, width: 560, height: 320)
  }
}
