import Hardware
import Models
import SimCore
import Validation

extension KitValidation {
  /// Everything found: `comparisons` first, then where they come from.
  ///
  /// - Parameter calibration: what was found of the host, where that was asked for.
  func json(_ calibration: HostCalibration?) -> JSONText {
    var members: [(String, JSONText)] = [
      ("comparisons", .array(figures.map(Self.json))),
      ("outside_bounds", .array(outside.map(Self.json))),
      (
        "predictions_alone",
        .array(
          comparisons.flatMap(\.predictions).map { .object(Self.members($0).filter { $0.0 != "measured" }) })
      ),
      ("by_class", .array(comparisons.flatMap(Self.classes))),
      ("load", .array(comparisons.flatMap(Self.load))),
      ("steps", .array(comparisons.flatMap(Self.steps))),
      ("schedules", .array(comparisons.compactMap(Self.schedule))),
      ("experiments", .array(comparisons.map(Self.experiment))),
      (
        "omitted",
        .array(omissions.map { .object([("experiment", .string($0.name)), ("reason", .string($0.reason))]) })
      ),
    ]
    if let calibration { members.append(("calibration", calibration.json)) }
    members += [
      ("kits", .array(kits.map { .string($0) })), ("spillway_version", .string(SpillwayCommand.version)),
    ]
    return .object(members)
  }

  private static func members(_ figure: ComparedFigure) -> [(String, JSONText)] {
    [
      ("experiment", .string(figure.experiment)), ("metric", .string(figure.metric.rawValue)),
      ("statistic", .string(figure.statistic.rawValue)), ("measured", .number(figure.measured)),
      ("predicted", .number(figure.predicted)), ("unit", .string(figure.metric.unit)),
    ]
  }

  private static func json(_ figure: ComparedFigure) -> JSONText { .object(members(figure)) }

  private static func classes(_ comparison: ExperimentComparison) -> [JSONText] {
    comparison.byClass.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap { requestClass, figures in
      figures.map { .object([("class", .string(requestClass.rawValue))] + members($0)) }
    }
  }

  private static func load(_ comparison: ExperimentComparison) -> [JSONText] {
    guard let load = comparison.load else { return [] }
    return [("running", load.running), ("waiting", load.waiting)].map { name, figures in
      .object([
        ("experiment", .string(comparison.experiment.name)), ("requests", .string(name)),
        ("measured_mean", .number(figures.measuredMean)), ("predicted_mean", .number(figures.predictedMean)),
        ("mean_distance", .number(figures.meanDistance)), ("measured_peak", .integer(figures.measuredPeak)),
        ("predicted_peak", .integer(figures.predictedPeak)),
      ])
    }
  }

  private static func steps(_ comparison: ExperimentComparison) -> [JSONText] {
    guard let steps = comparison.steps else { return [] }
    return ([("all", steps.all)] + steps.byKind.map { ($0.kind, $0.figures) }).map { kind, figures in
      .object([
        ("experiment", .string(comparison.experiment.name)), ("kind", .string(kind)),
        ("count", .integer(figures.count)), ("median_error", .number(figures.median)),
        ("p95_error", .number(figures.p95)), ("sum_error", .number(figures.sum)),
      ])
    }
  }

  private static func schedule(_ comparison: ExperimentComparison) -> JSONText? {
    guard let schedule = comparison.schedule else { return nil }
    return .object([
      ("experiment", .string(comparison.experiment.name)), ("measured_steps", .integer(schedule.measuredSteps)),
      ("simulated_steps", .integer(schedule.predictedSteps)), ("alike", .integer(schedule.equal)),
      ("alike_from_start", .integer(schedule.equalFromStart)), ("first_difference", .text(schedule.firstDifference)),
      ("measured_mean_ttft_ms", .optional(schedule.meanTTFT?.measured)),
      ("replayed_mean_ttft_ms", .optional(schedule.meanTTFT?.replayed)),
      ("latency_error_mean", .optional(schedule.latencyErrors?.mean)),
      ("latency_error_worst", .optional(schedule.latencyErrors?.worst)),
      ("measured_preemptions", .integer(schedule.measuredPreemptions)),
      ("replayed_preemptions", .integer(schedule.replayedPreemptions)),
    ])
  }

  private static func experiment(_ comparison: ExperimentComparison) -> JSONText {
    let experiment = comparison.experiment
    return .object([
      ("experiment", .string(experiment.name)), ("file", .string(experiment.file)),
      ("model", .string(experiment.model.name)), ("gpu", .string(experiment.hardware.gpu)),
      ("tensor_parallel", .integer(experiment.hardware.tensorParallel)),
      ("data_parallel", .integer(experiment.hardware.dataParallel)),
      ("server", .string(comparison.bound.server.name)), ("profile", .string(comparison.bound.profile)),
      ("kv_blocks", .integer(comparison.bound.kvBlocks)), ("requests", .integer(experiment.requests.count)),
      ("steps", .integer(experiment.steps.count)), ("notes", .array(comparison.notes.map { .string($0) })),
    ])
  }
}
