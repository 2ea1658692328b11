import Foundation
import Models
import SimCore
import Validation

/// What `validate` prints.
extension KitValidation {
  /// Why experiments were left out, in words.
  var omissions: [(name: String, reason: String)] {
    omitted.map { ($0.name, Failure($0.error).lines.joined(separator: "\n")) }
  }

  /// A table per experiment, and a summary.
  func text(width: Int, steps: Bool) -> String {
    var text = ""
    for comparison in comparisons { text += section(comparison, width: width, steps: steps) + "\n" }
    guard !figures.isEmpty else {
      let hasSteps = comparisons.contains { $0.steps != nil }
      return text + (hasSteps ? "Steps alone were measured, no request.\n" : "Nothing was measured to compare with.\n")
    }
    return text + "\(figures.count - outside.count) of \(figures.count) figures are within their bounds.\n"
  }

  private func section(_ comparison: ExperimentComparison, width: Int, steps: Bool) -> String {
    let experiment = comparison.experiment
    var text = "\(experiment.name)\n"
    var facts = "\(experiment.model.name) on \(experiment.hardware.gpu)"
    if experiment.hardware.tensorParallel > 1 { facts += ", tensor parallel \(experiment.hardware.tensorParallel)" }
    if experiment.hardware.dataParallel > 1 { facts += ", \(experiment.hardware.dataParallel) engines" }
    facts += ", \(comparison.bound.profile); \(Amount.count(experiment.requests.count)) requests, "
    facts += "\(Amount.count(comparison.bound.kvBlocks)) KV blocks"
    text += Columns.paragraph(facts, indent: 2, width: width)
    for note in comparison.notes { text += Columns.paragraph("note: \(note)", indent: 2, width: width) }
    if !comparison.figures.isEmpty { text += table(comparison.figures, title: "") }
    if !comparison.predictions.isEmpty { text += Self.table(predictions: comparison.predictions) }
    for (requestClass, figures) in comparison.byClass.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      text += table(figures, title: requestClass.rawValue)
    }
    if let load = comparison.load { text += Self.table(load) }
    if let found = comparison.steps { text += Self.table(found, byKind: steps) }
    if let schedule = comparison.schedule { text += Self.text(schedule, width: width) }
    return text
  }

  private func table(_ figures: [ComparedFigure], title: String) -> String {
    var rows = [[title, "", "measured", "predicted", "error", "bound"]]
    var last: ComparedMetric?
    for figure in figures {
      let name = figure.metric == last ? "" : "\(Self.name(figure.metric)) (\(figure.metric.unit))"
      last = figure.metric
      rows.append([
        name, figure.statistic == .value ? "" : figure.statistic.rawValue, Self.digits(figure.measured),
        Self.digits(figure.predicted), figure.error.map(Self.percent) ?? "",
        bounds.holds(figure) ? "within" : "OUTSIDE",
      ])
    }
    return Columns.text(rows, indent: 2, width: .max, numeric: [2, 3, 4])
  }

  private static func table(predictions: [ComparedFigure]) -> String {
    var rows = [["nothing was measured", "", "predicted"]]
    var last: ComparedMetric?
    for figure in predictions {
      rows.append([
        figure.metric == last ? "" : "\(name(figure.metric)) (\(figure.metric.unit))",
        figure.statistic == .value ? "" : figure.statistic.rawValue, digits(figure.predicted),
      ])
      last = figure.metric
    }
    return Columns.text(rows, indent: 2, width: .max, numeric: [2])
  }

  private static func table(_ load: LoadComparison) -> String {
    var rows = [["load over time", "measured", "predicted", "distance", "peaks"]]
    for (name, figures) in [("running", load.running), ("waiting", load.waiting)] {
      rows.append([
        name, digits(figures.measuredMean), digits(figures.predictedMean), digits(figures.meanDistance),
        "\(figures.measuredPeak) and \(figures.predictedPeak)",
      ])
    }
    return Columns.text(rows, indent: 2, width: .max, numeric: [1, 2, 3])
  }

  private static func table(_ steps: StepComparison, byKind: Bool) -> String {
    var rows = [["steps", "count", "median error", "p95 error", "sum"]]
    func add(_ name: String, _ figures: StepComparison.Figures) {
      rows.append([
        name, Amount.count(figures.count), Amount.percent(figures.median), Amount.percent(figures.p95),
        percent(figures.sum),
      ])
    }
    add("all", steps.all)
    if byKind { for (kind, figures) in steps.byKind { add(kind, figures) } }
    if steps.left > 0 { rows.append(["beyond the limits", Amount.count(steps.left), "", "", ""]) }
    return Columns.text(rows, indent: 2, width: .max, numeric: [1, 2, 3, 4])
  }

  private static func text(_ schedule: ScheduleComparison, width: Int) -> String {
    let firstTokens = schedule.meanTTFT.map {
      "mean TTFT \(digits($0.measured)) ms measured, \(digits($0.replayed)) ms replayed"
    }
    var text = Columns.paragraph(
      "schedule under measured durations: \(Amount.count(schedule.equal)) of \(Amount.count(schedule.measuredSteps)) "
        + "steps alike, the first \(Amount.count(schedule.equalFromStart)) without exception; "
        + "\(firstTokens ?? "no first tokens were measured")"
        + (schedule.latencyErrors.map {
          "; latencies \(Amount.percent($0.mean)) off on average, \(Amount.percent($0.worst)) at worst"
        } ?? "") + "; preemptions "
        + "\(schedule.measuredPreemptions) and \(schedule.replayedPreemptions)", indent: 2, width: width)
    if let difference = schedule.firstDifference {
      text += Columns.paragraph("first difference: \(difference)", indent: 2, width: width)
    }
    return text
  }

  private static func name(_ metric: ComparedMetric) -> String {
    switch metric {
    case .ttft, .tpot, .itl: metric.rawValue.uppercased()
    case .e2el: "end to end"
    case .makespan, .throughput, .preemptions: metric.rawValue
    }
  }

  /// Four significant digits, none lost before the point.
  static func digits(_ value: Double) -> String {
    guard value.isFinite else { return "none" }
    let size = abs(value)
    // Beyond, not every whole number has a value of its own, and an `Int` ends soon after.
    if size >= 1e15 { return String(format: "%.3g", value) }
    if value == value.rounded() && size < 1e9 || size >= 1000 { return Amount.count(Int(value.rounded())) }
    return String(format: size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f", value)
  }

  /// A signed share: `+3.1 %`.
  static func percent(_ share: Double) -> String { String(format: "%+.1f %%", share * 100) }
}
