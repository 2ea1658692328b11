import Foundation
import Report
import Validation

/// What `validate --suite` prints of published measurements.
struct SuiteResults {
  var folder: String
  var report: SuiteReport

  private typealias Key = (name: String, of: @Sendable (SuiteReport.Row) -> [String])

  /// The distributions that are shown, from coarse to fine.
  private static let groupings: [Key] = [
    ("source", { [$0.outcome.point.source] }),
    ("model", { [$0.outcome.point.source, $0.outcome.point.model] }),
    ("GPU", { [$0.outcome.point.source, $0.outcome.point.gpu] }),
    ("tensor parallel", { [$0.outcome.point.source, "TP \($0.outcome.point.tensorParallel)"] }),
  ]

  /// How errors are spread by source, model, GPU and degree, and what was not predicted.
  func text(width: Int) -> String {
    var text = ""
    for grouping in Self.groupings {
      var rows = [["by \(grouping.name)", "metric", "points", "bias", "mean", "median", "p90", "worst"]]
      var last: [String] = []
      for spread in report.spreads(by: grouping.of) {
        rows.append(
          [spread.group == last ? "" : spread.group.joined(separator: ", "), spread.metric, "\(spread.count)"]
            + [ValidationResults.percent(spread.bias)]
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

  /// Every figure of every point: a row of values apart by commas, under a header.
  var points: String {
    var text = "source,place,model,gpu,tensor_parallel,engine,workload,metric,unit,measured,predicted,error,obstacle\n"
    for row in report.rows {
      let point = row.outcome.point
      let cells = [
        point.source, point.place, point.model, point.gpu, "\(point.tensorParallel)", point.engine, point.workload,
        row.measurement.metric.rawValue, row.measurement.metric.unit, Self.digits(row.measurement.value),
        row.predicted.map(Self.digits) ?? "", row.error.map { String(format: "%.4f", $0) } ?? "",
        row.outcome.obstacle ?? "",
      ]
      text += cells.map(Self.quoted).joined(separator: ",") + "\n"
    }
    return text
  }

  var json: JSONText {
    .object([
      ("comparisons", .array(report.rows.compactMap(Self.json))),
      (
        "errors",
        .array(
          Self.groupings.flatMap { grouping in
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
          report.obstacles.map {
            .object([("source", .string($0.source)), ("reason", .string($0.reason)), ("points", .integer($0.count))])
          })
      ),
      ("suite", .string(folder)), ("spillway_version", .string(Spillway.version)),
    ])
  }

  private static func json(_ row: SuiteReport.Row) -> JSONText? {
    guard let predicted = row.predicted else { return nil }
    let point = row.outcome.point
    return .object([
      ("experiment", .string("\(point.source) \(point.place)")), ("metric", .string(row.measurement.metric.rawValue)),
      ("measured", .number(row.measurement.value)), ("predicted", .number(predicted)),
      ("unit", .string(row.measurement.metric.unit)), ("model", .string(point.model)), ("gpu", .string(point.gpu)),
      ("tensor_parallel", .integer(point.tensorParallel)), ("engine", .string(point.engine)),
      ("workload", .string(point.workload)),
    ])
  }

  private static func digits(_ value: Double) -> String { String(format: "%.6g", value) }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}

extension ValidateCommand {
  /// Published measurements instead of kits.
  func runSuite(_ folder: String, _ context: CommandContext) async throws -> CommandStatus {
    if let points { try OutputPlace.check(points) }
    let interruption = context.interruption()
    let jobs = max(1, ProcessInfo.processInfo.activeProcessorCount)
    let report = try await ValidationSuite.run(folder: folder, jobs: jobs, isCancelled: { interruption.isRequested })
    let results = SuiteResults(folder: folder, report: report)
    if let points { try AtomicFile.write(results.points, to: points) }
    switch format {
    case .table: try context.console.output(results.text(width: context.console.width))
    case .json: try context.console.output(results.json.document)
    }
    return .done
  }
}
