import Assembly
import Catalogue
import Fitting
import Report
import StepTime
import TextIO
import Validation
import Workload

extension ValidateCommand {
  /// Writes the profile of a calibrated host: the kernel times that it was found with, and the costs.
  static func write(_ calibration: HostCalibration, _ options: PredictionOptions, to place: String) throws {
    let name = options.profilePath ?? calibration.profile
    let text =
      try Catalogue.text("profiles/\(name).csv") ?? String(decoding: FileContents.bytes(path: name), as: UTF8.self)
    try AtomicFile.write(try calibration.profile(text, file: name).description, to: place)
  }
}

extension HostCalibration {
  func text(width: Int, place: String) -> String {
    var text = "\nhost calibrated on \(Amount.count(steps)) steps of \(experiments.joined(separator: ", "))\n"
    text += "  the host takes \(factors.pace) of its usual time"
    if let logged { text += " (by its own log \(logged))" }
    text += showsLaunches ? ", launches \(factors.launch) of theirs\n" : "; of launches the steps tell nothing\n"
    func row(_ label: String, _ errors: FitErrors) -> [String] {
      [
        label, EngineFitRecord.percent(errors.median), EngineFitRecord.percent(errors.p95),
        KitValidation.percent(errors.total),
      ]
    }
    text += Columns.text(
      [
        ["errors of steps left out, \(parts)", "median", "p95", "all together"], row("usual host", before),
        row("calibrated", after),
      ], indent: 2, width: .max, numeric: [1, 2, 3])
    if !latencies.isEmpty {
      text += Columns.text(
        [["mean error of latencies, factors of the other experiments", "usual host", "calibrated"]]
          + latencies.map {
            [$0.experiment, EngineFitRecord.percent($0.before), EngineFitRecord.percent($0.after)]
          }, indent: 2, width: .max, numeric: [1, 2])
    }
    return text
      + Columns.paragraph(
        "written to \(place): 'engine: {kernels: \(place)}' of a scenario and '--profile \(place)' of validate use it",
        indent: 2, width: width)
  }

  var json: JSONText {
    func errors(_ errors: FitErrors) -> JSONText {
      .object([("median", .number(errors.median)), ("p95", .number(errors.p95)), ("total", .number(errors.total))])
    }
    return .object([
      ("host_pace", .number(factors.pace)), ("launch_factor", showsLaunches ? .number(factors.launch) : .null),
      ("logged_host_pace", .optional(logged)), ("steps", .integer(steps)),
      ("experiments", .array(experiments.map { .string($0) })), ("left_out", .string(parts)),
      ("step_errors_before", errors(before)), ("step_errors_after", errors(after)),
      (
        "latency_errors",
        .array(
          latencies.map {
            .object([
              ("experiment", .string($0.experiment)), ("before", .number($0.before)), ("after", .number($0.after)),
            ])
          })
      ),
    ])
  }
}
