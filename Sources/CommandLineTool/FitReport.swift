import Catalogue
import Fitting
import Foundation
import Models
import Statistics
import StepTime

/// What `spillway fit` prints.
struct FitReport {
  var record: EngineFitRecord

  private var fit: EngineFit { record.fit }

  func text(width: Int) -> String {
    var text = "\(fit.costs.name): fitted to \(record.sources)\nkernel times of \(record.kernels)\n\n"
    var rows = [["coefficient", "estimate", "95 % interval"]]
    for term in fit.terms { rows.append([term.name, term.value, term.interval]) }
    text += Columns.text(rows, width: width)
    for sentence in record.host { text += Columns.paragraph(sentence, width: width) }
    text += "\(EngineFitRecord.percent(fit.outliers)) of the steps count as outliers\n\n"
    func row(_ name: String, _ errors: FitErrors) -> [String] {
      [name, Amount.count(errors.count), EngineFitRecord.percent(errors.median), EngineFitRecord.percent(errors.p95)]
        + [errors.bias, errors.total].map { String(format: "%+.2f %%", $0 * 100) }
    }
    var table = [["errors", "steps", "median", "p95", "signed median", "all together"]]
    table.append(row("cross-validated", fit.crossValidated))
    if let given = fit.givenHostSpeed { table.append(row("  host's speed known", given)) }
    table.append(row("in sample", fit.inSample))
    if fit.byRun.count > 1 {
      for run in fit.byRun { table.append(row("  " + run.name, run.errors)) }
    }
    for part in fit.leftOut { table.append(row("left out: " + part.name, part.errors)) }
    text += Columns.text(table, width: width, numeric: [1, 2, 3, 4, 5])
    let quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
    text += "\n"
    text += Columns.text(
      [
        ["cross-validated residuals"] + quantiles.map { "p\(Int($0 * 100))" },
        [""] + quantiles.map { String(format: "%+.2f %%", fit.crossValidated.quantile($0) * 100) },
      ], width: width, numeric: Set(1...quantiles.count))
    text += "\nAssumed:\n"
    for assumption in fit.assumptions {
      let lines = Columns.wrapped(assumption, width: max(24, width - 2))
      text += "- " + lines.joined(separator: "\n  ") + "\n"
    }
    return text + "\n" + record.documents.flatMap(\.document.sections).map { Self.section($0) }.joined()
  }

  /// The section as `--output` writes it, without comments.
  private static func section(_ section: ProfileDocument.Section) -> String {
    let bare = ProfileDocument.Section(
      section.name, header: section.header, rows: section.rows.map { ProfileDocument.Row($0.fields) })
    return ProfileDocument(file: "", sections: [bare]).description
  }

  var json: JSONText {
    func errors(_ errors: FitErrors) -> JSONText {
      .object([
        ("steps", .integer(errors.count)), ("median", .number(errors.median)), ("p95", .number(errors.p95)),
        ("signed_median", .number(errors.bias)), ("total", .number(errors.total)),
      ])
    }
    let costs = fit.costs
    return .object([
      ("engine", .string(costs.name)), ("steps", .integer(fit.steps.count)), ("kernel_times", .string(record.kernels)),
      (
        "coefficients",
        .array(
          fit.terms.map { term in
            .object([
              ("name", .string(term.name)), ("unit", .string(term.term.isTime ? "s" : "1")),
              ("estimate", .number(term.coefficient.estimate)),
              ("low", .number(term.coefficient.interval.lowerBound)),
              ("high", .number(term.coefficient.interval.upperBound)),
              ("held_at_zero", .boolean(term.coefficient.heldAtZero)),
            ])
          })
      ),
      ("cross_validated", errors(fit.crossValidated)),
      ("host_speed_known", fit.givenHostSpeed.map(errors) ?? .null), ("in_sample", errors(fit.inSample)),
      (
        "runs",
        .array(
          fit.byRun.map { run in .object([("name", .string(run.name)), ("cross_validated", errors(run.errors))]) })
      ),
      (
        "left_out",
        .array(fit.leftOut.map { part in .object([("name", .string(part.name)), ("errors", errors(part.errors))]) })
      ),
      (
        "residual_quantiles",
        .object(
          [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map {
            ("p\(Int($0 * 100))", .number(fit.crossValidated.quantile($0)))
          })
      ),
      ("outliers", .number(fit.outliers)), ("assumptions", .array(fit.assumptions.map { .string($0) })),
    ])
  }
}
