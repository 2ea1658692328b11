import ArgumentParser
import Experiments
import Foundation
import Report
import Validation

/// How `validate` prints.
enum ValidationFormat: String, CaseIterable, ExpressibleByArgument {
  case table, json, csv
}

/// What `validate --suite` prints of published measurements.
struct SuiteResults {
  var folder: String
  var report: SuiteReport

  /// Every point, how errors are spread, and what was not predicted.
  func text(width: Int) -> String {
    let header = [
      "source", "model", "GPU", "TP", "engine", "workload", "metric", "unit", "measured", "predicted", "error",
    ]
    let points = report.rows.map { row in
      let point = row.outcome.point
      return [
        point.source, point.model, point.gpu, "\(point.tensorParallel)", point.engine, point.workload,
        row.measurement.metric.rawValue, row.measurement.metric.unit, SuiteReport.digits(row.measurement.value),
        row.predicted.map(SuiteReport.digits) ?? "-", row.error.map(KitValidation.percent) ?? "-",
      ]
    }
    return Columns.text([header] + points, width: .max, numeric: [3, 8, 9, 10]) + "\n" + summary(width: width)
  }

  /// How errors are spread, and what was not predicted.
  func summary(width: Int) -> String {
    var text = ""
    for grouping in SuiteReport.groupings {
      var rows = [["by \(grouping.name)", "metric", "points", "bias", "mean", "median", "p90", "worst"]]
      var last: [String] = []
      for spread in report.spreads(by: grouping.of) {
        rows.append(
          [spread.group == last ? "" : spread.group.joined(separator: ", "), spread.metric, "\(spread.count)"]
            + [KitValidation.percent(spread.bias)]
            + [spread.meanAbsolute, spread.medianAbsolute, spread.p90Absolute, spread.worst].map { Amount.percent($0) })
        last = spread.group
      }
      text += Columns.text(rows, width: .max, numeric: [2, 3, 4, 5, 6, 7]) + "\n"
    }
    let obstacles = report.obstacles
    if !obstacles.isEmpty {
      text += "not predicted\n"
      text += Columns.text(
        obstacles.map { [$0.source, "\($0.count)", $0.reason] }, indent: 2, width: width, numeric: [1])
    }
    let predicted = report.outcomes.count { $0.obstacle == nil }
    return text + "\(predicted) of \(report.outcomes.count) points predicted.\n"
  }

  var json: JSONText {
    .object([
      ("comparisons", .array(report.rows.compactMap(Self.json))),
      (
        "errors",
        .array(
          SuiteReport.groupings.flatMap { grouping in
            report.spreads(by: grouping.of).map { spread in
              .object([
                ("by", .string(grouping.name)), ("group", .array(spread.group.map { .string($0) })),
                ("metric", .string(spread.metric)), ("points", .integer(spread.count)),
                ("bias", .number(spread.bias)), ("mean", .number(spread.meanAbsolute)),
                ("median", .number(spread.medianAbsolute)), ("p90", .number(spread.p90Absolute)),
                ("worst", .number(spread.worst)),
              ])
            }
          })
      ),
      (
        "not_predicted",
        .array(
          report.outcomes.compactMap { outcome in
            outcome.obstacle.map { .object(Self.about(outcome) + [("reason", .string($0))]) }
          })
      ),
      ("suite", .string(folder)), ("spillway_version", .string(SpillwayCommand.version)),
    ])
  }

  private static func json(_ row: SuiteReport.Row) -> JSONText? {
    guard let predicted = row.predicted, let error = row.error else { return nil }
    let metric = row.measurement.metric
    return .object(
      [
        ("experiment", .string("\(row.outcome.point.source) \(row.outcome.point.place)")),
        ("metric", .string(metric.name)),
        ("statistic", .string(metric.statistic)), ("measured", .number(row.measurement.value)),
        ("predicted", .number(predicted)), ("unit", .string(metric.unit)), ("error", .number(error)),
      ] + about(row.outcome))
  }

  private static func about(_ outcome: SuiteOutcome) -> [(String, JSONText)] {
    let point = outcome.point
    return [
      ("source", .string(point.source)), ("place", .string(point.place)), ("model", .string(point.model)),
      ("gpu", .string(point.gpu)), ("tensor_parallel", .integer(point.tensorParallel)),
      ("engine", .string(point.engine)), ("stack", point.stack.map { .string($0) } ?? .null),
      ("workload", .string(point.workload)),
    ]
  }
}

extension ValidateCommand {
  /// Published measurements instead of kits.
  func runSuite(_ folder: String, _ context: CommandContext) async throws -> CommandStatus {
    if fit {
      for result in try SuiteFit.run(folder: folder) { try context.console.output(Self.text(result)) }
      return .done
    }
    if let points { try OutputPlace.check(points) }
    let stop = context.stop()
    let jobs = jobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount)
    let report = try await ValidationSuite.run(folder: folder, jobs: jobs, isCancelled: { stop.isRequested })
    let results = SuiteResults(folder: folder, report: report)
    if let points { try AtomicFile.write(report.csv, to: points) }
    switch format {
    case .table:
      let width = context.console.width
      try context.console.output(points == nil ? results.text(width: width) : results.summary(width: width))
    case .json: try context.console.output(results.json.document)
    case .csv: try context.console.output(report.csv)
    }
    return .done
  }

  /// A fit: what on, the constants, and the errors that are left on the points that were fitted.
  private static func text(_ fit: SuiteFit) -> String {
    let errors = SuiteReport(outcomes: fit.inSample).spreads { _ in [] }
    return "\(fit.engine), fitted on \(fit.subset)\n"
      + Columns.text(
        fit.constants.map { [$0.name, String(format: "%.3f", $0.value), $0.unit] }, indent: 2, width: .max, numeric: [1]
      )
      + Columns.text(
        [["left on them", "points", "bias", "mean", "worst"]]
          + errors.map {
            [$0.metric, "\($0.count)", KitValidation.percent($0.bias)]
              + [$0.meanAbsolute, $0.worst].map { Amount.percent($0) }
          }, indent: 2, width: .max, numeric: [1, 2, 3, 4]) + "\n"
  }
}
