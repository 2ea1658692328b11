import Catalogue
import Fitting
import Foundation
import Models
import Statistics
import StepTime

/// What `spillway fit` found, to print and to keep.
struct FitReport {
  var fit: EngineFit
  var logs: [StepLog]
  /// Where the kernel times come from.
  var profile: String

  private var sources: String {
    let models = Set(logs.map(\.model.name)).sorted().joined(separator: ", ")
    let gpus = Set(logs.map(\.gpu.name)).sorted().joined(separator: ", ")
    return "\(Amount.count(fit.steps.count)) steps of \(logs.map(\.name).joined(separator: ", ")): \(models) on \(gpus)"
  }

  /// The costs as a profile's section, with what they were fitted to.
  var document: ProfileDocument {
    var engine = fit.costs
    engine.provenance =
      ["fitted to \(sources); kernel times of \(profile)"]
      + fit.terms.map { "\($0.term.rawValue): \(Self.value($0)), 95 % interval \(Self.interval($0))" }
      + [
        "cross-validated errors: \(Self.errors(fit.crossValidated))"
          + (fit.givenHostSpeed.map { "; with the host's speed known: \(Self.errors($0))" } ?? "")
      ] + host + fit.assumptions
    return ProfileDocument(
      file: "", comments: ["Engine costs as spillway fit found them.", "source: \(sources)"],
      sections: [EngineCosts.section([engine])])
  }

  /// What the host spends by itself, where the logs say.
  private var host: [String] {
    guard let host = fit.costs.host else { return [] }
    func time(_ seconds: Double) -> String { Self.number(seconds * 1e6) + " us" }
    var sentences = [
      "the host by itself, usually: \(time(host.perStep)) per step, \(time(host.perDecode)) per decoding sequence, "
        + "\(time(host.perChunk)) per prompt or chunk, \(time(host.perPromptToken)) per prompt token"
    ]
    if host.launchPerLayer > 0 {
      sentences.append(
        "launching a layer without a graph: \(time(host.launchPerLayer)), chosen so that iterations of one to two "
          + "times the largest graph's tokens take as long, all together, as logged")
    }
    return sentences
  }

  private static func value(_ term: EngineFit.Term) -> String {
    let estimate = term.coefficient.estimate
    return term.term.isTime ? number(estimate * 1e6) + " us" : number(estimate)
  }

  private static func interval(_ term: EngineFit.Term) -> String {
    if term.coefficient.heldAtZero { return "none: held at zero" }
    let scale = term.term.isTime ? 1e6 : 1
    let interval = term.coefficient.interval
    return "\(number(interval.lowerBound * scale)) to \(number(interval.upperBound * scale))"
      + (term.term.isTime ? " us" : "")
  }

  /// Four significant digits.
  private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

  private static func percent(_ value: Double) -> String { String(format: "%.2f %%", value * 100) }

  private static func errors(_ errors: FitErrors) -> String {
    "median \(percent(errors.median)), 95th percentile \(percent(errors.p95)), "
      + "all steps together \(String(format: "%+.2f %%", errors.total * 100))"
  }

  func text(width: Int) -> String {
    var text = "\(fit.costs.name): fitted to \(sources)\nkernel times of \(profile)\n\n"
    var rows = [["coefficient", "estimate", "95 % interval"]]
    for term in fit.terms { rows.append([term.term.rawValue, Self.value(term), Self.interval(term)]) }
    text += Columns.text(rows, width: width)
    for sentence in host { text += Columns.paragraph(sentence, width: width) }
    text += "\(Self.percent(fit.outliers)) of the steps count as outliers\n\n"
    func row(_ name: String, _ errors: FitErrors) -> [String] {
      [name, Amount.count(errors.count), Self.percent(errors.median), Self.percent(errors.p95)]
        + [errors.bias, errors.total].map { String(format: "%+.2f %%", $0 * 100) }
    }
    var table = [["errors", "steps", "median", "p95", "signed median", "all together"]]
    table.append(row("cross-validated", fit.crossValidated))
    if let given = fit.givenHostSpeed { table.append(row("  host's speed known", given)) }
    table.append(row("in sample", fit.inSample))
    if fit.byRun.count > 1 {
      for run in fit.byRun { table.append(row("  " + run.name, run.errors)) }
    }
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
    return text + "\n" + document.sections.map { Self.section($0) }.joined()
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
      ("engine", .string(costs.name)), ("steps", .integer(fit.steps.count)), ("kernel_times", .string(profile)),
      (
        "coefficients",
        .array(
          fit.terms.map { term in
            .object([
              ("name", .string(term.term.rawValue)), ("unit", .string(term.term.isTime ? "s" : "1")),
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
