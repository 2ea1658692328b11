import CUDA
import Catalogue

/// A whole calibration: everything that is measured, and the profile it makes.
public struct CalibrationRun {
  public var bench: Bench
  public var rates: MachineDescription.Rates
  /// What is measured.
  public var groups: Set<MeasurementGroup>
  /// Comment lines for the head of the file.
  public var comments: [String]
  /// Keys and values for `@calibration`.
  public var facts: [(String, String)]

  public init(
    bench: Bench, rates: MachineDescription.Rates, groups: Set<MeasurementGroup>, comments: [String],
    facts: [(String, String)]
  ) {
    self.bench = bench
    self.rates = rates
    self.groups = groups
    self.comments = comments
    self.facts = facts
  }

  private static let secondsBetweenCopies = 5.0

  /// Measures and fits.
  ///
  /// - Parameters:
  ///   - measurements: what there is to measure, of which `groups` are taken.
  ///   - file: what the profile is called in messages.
  ///   - keep: given what there is so far, without fits, every few seconds: a driver that hangs is not to take all with
  ///     it.
  /// - Throws: `CancellationError`; ``ProfileTextError`` would be a bug.
  public func run(
    _ measurements: [Measurement], file: String, isStopped: () -> Bool = { false },
    keep: (ProfileDocument) -> Void = { _ in }, progress: (MeasurementPlan.Progress) -> Void = { _ in }
  ) throws -> ProfileDocument {
    let findings = Findings()
    MachineDescription.describe(bench, rates: rates, facts: facts, into: findings)
    MachineDescription.describeClocks(bench, at: "before", into: findings)
    findings.add([MachineDescription.section(rates)])
    let plan = MeasurementPlan(measurements.filter { groups.contains($0.group) })
    var kept = bench.clock()
    try plan.run(on: bench, into: findings, isStopped: isStopped) { state in
      progress(state)
      guard bench.clock() - kept >= Self.secondsBetweenCopies else { return }
      kept = bench.clock()
      keep(ProfileDocument(file: file, comments: comments + findings.notes, sections: findings.sections))
    }
    MachineDescription.describeClocks(bench, at: "after", into: findings)
    var document = ProfileDocument(file: file, comments: comments, sections: findings.sections)
    for figure in try LinkFits.figures(of: document, memoryBandwidth: rates.memoryBandwidth) {
      findings.add("fit", header: FittedFigure.columns, row: figure.row)
    }
    document.sections = findings.sections
    document.comments += findings.notes
    return document
  }
}

extension CalibrationRun {
  /// Comment lines for the head of a profile: what it is of, where it comes from and what may be done with it.
  ///
  /// - Parameters:
  ///   - version: the program's.
  ///   - date: the day of the measurement, as it is to be printed.
  public static func comments(_ bench: Bench, version: String, date: String) -> [String] {
    let gpus = "\(bench.devices.count) x \(bench.devices[0].name)"
    return [
      "Profile of \(gpus), measured by 'spillway calibrate'.",
      "source: spillway calibrate \(version) on \(gpus), \(date)",
      "licence: figures that were measured are facts; use them as you like",
      "Step times are in microseconds, everything else in seconds and bytes; see Documentation/Calibrating.md.",
    ]
  }
}
