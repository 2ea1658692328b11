import Foundation

extension SuiteReport {
  /// A way of grouping points: what it is called, and the group of a row.
  public typealias Grouping = (name: String, of: @Sendable (Row) -> [String])

  /// How the spread of errors is shown, from coarse to fine.
  public static let groupings: [Grouping] = [
    ("source", { [$0.outcome.point.source] }),
    ("model", { [$0.outcome.point.source, $0.outcome.point.model] }),
    ("GPU", { [$0.outcome.point.source, $0.outcome.point.gpu] }),
    ("tensor parallel", { [$0.outcome.point.source, "TP \($0.outcome.point.tensorParallel)"] }),
    (
      "configuration",
      { row in
        let point = row.outcome.point
        return [point.source, point.model, point.gpu, "TP \(point.tensorParallel)", point.stack ?? point.engine]
      }
    ),
  ]

  /// Every figure of every point: a row of values separated by commas, under a header. A point without any figure has
  /// one row too.
  public var csv: String {
    var text =
      "source,place,model,gpu,tensor_parallel,engine,stack,workload,metric,unit,measured,predicted,error,reason\n"
    func add(_ outcome: SuiteOutcome, _ figures: [String]) {
      let point = outcome.point
      let cells =
        [
          point.source, point.place, point.model, point.gpu, "\(point.tensorParallel)", point.engine, point.stack ?? "",
          point.workload,
        ] + figures + [outcome.obstacle ?? ""]
      text += cells.map(Self.quoted).joined(separator: ",") + "\n"
    }
    for outcome in outcomes {
      for row in rows(of: outcome) {
        add(
          outcome,
          [
            row.measurement.metric.rawValue, row.measurement.metric.unit, Self.digits(row.measurement.value),
            row.predicted.map(Self.digits) ?? "", row.error.map { String(format: "%.4f", $0) } ?? "",
          ])
      }
      if outcome.point.measured.isEmpty { add(outcome, ["", "", "", "", ""]) }
    }
    return text
  }

  /// A figure with six significant digits.
  public static func digits(_ value: Double) -> String { String(format: "%.6g", value) }

  private static func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\n".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}
