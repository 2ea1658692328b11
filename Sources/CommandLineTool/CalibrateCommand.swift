import ArgumentParser
import CUDA
import Calibration
import Catalogue
import Experiments
import Foundation
import HardwareCatalogue
import Report
import StepTime

/// `spillway calibrate`: measures this machine's GPUs and links, and writes a profile.
struct CalibrateCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measure this machine's GPUs and links, and write a profile that scenarios can use.",
    discussion: """
      Needs NVIDIA GPUs and their driver. NVRTC, cuBLASLt, NCCL and NVML are used where they are found, also in Python \
      packages; folders named in \(LibraryName.variable) are searched first. Leave the GPUs otherwise idle meanwhile.

      Examples:
        spillway calibrate --output my-server.csv
        spillway calibrate --quick --gpus 0,1 --output my-server.csv
      """)

  @Option(
    help: ArgumentHelp("Write the profile here instead of to standard output.", valueName: "file"), completion: .file())
  var output: String?
  @Option(help: ArgumentHelp("Measure these GPUs, numbered as the driver does; all without it.", valueName: "n,n,..."))
  var gpus: String?
  @Option(
    help: ArgumentHelp("Measure only these of \(Self.groupNames).", valueName: "group,..."), completion: .measurements)
  var only: String?
  @Option(
    help: ArgumentHelp(
      "Measure nothing; compare copies that shared links, in this profile, with the transfer model.",
      valueName: "file"), completion: .file())
  var check: String?
  @Flag(help: "Fewer sizes and repeats: under two minutes on one GPU.")
  var quick = false

  private static let groupNames = MeasurementGroup.allCases.map(\.rawValue).joined(separator: ", ")

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    if let check { return try compare(check, context.console) }
    let groups = try chosenGroups()
    if let output { try OutputPlace.check(output) }
    let bench = try Bench.open(
      isQuick: quick, system: context.libraries, choosing: chosenGPUs,
      warn: { context.console.errors("warning: \($0)") })
    let stop = context.stop()
    let gpus = HardwareCatalogue.gpuNames.compactMap { HardwareCatalogue.gpu(named: $0) }
    let rates = try MachineDescription.Rates.catalogued(bench.devices[0], among: gpus) ?? .computed(bench.devices[0])
    let run = CalibrationRun(
      bench: bench, rates: rates, groups: groups,
      comments: CalibrationRun.comments(bench, version: SpillwayCommand.version, date: Self.date()),
      facts: [("date", Self.date()), ("spillway", SpillwayCommand.version)])
    let reference = try ProfileLibrary.profile(forGPU: rates.name)
    let measurements = try LinkMeasurements.all(on: bench) + KernelMeasurements.all(bench, reference: reference)
    let line = CalibrationProgress(context.console)
    let document = try run.run(
      measurements, file: output ?? "profile", isStopped: { stop.isRequested }, keep: keep, progress: line.show)
    line.clear()
    try write(document, context.console)
    if let partial { try? FileManager.default.removeItem(atPath: partial) }
    return report(document, of: measurements.count { groups.contains($0.group) }, context.console)
  }

  private func chosenGroups() throws -> Set<MeasurementGroup> {
    guard let only else { return Set(MeasurementGroup.allCases) }
    return Set(
      try only.split(separator: ",").map { name in
        guard let group = MeasurementGroup(rawValue: String(name)) else {
          throw Listing.unknown(
            String(name), noun: "group of measurements", plural: "groups",
            among: MeasurementGroup.allCases.map(\.rawValue))
        }
        return group
      })
  }

  private func chosenGPUs(_ driver: Driver) throws -> [Int] {
    guard let gpus else { return Array(0..<driver.deviceCount) }
    var ordinals: [Int] = []
    for text in gpus.split(separator: ",", omittingEmptySubsequences: false) {
      guard let ordinal = Int(text), (0..<driver.deviceCount).contains(ordinal), !ordinals.contains(ordinal) else {
        throw Failure(
          .usage, "--gpus wants different numbers from 0 to \(driver.deviceCount - 1), found '\(text)' in '\(gpus)'")
      }
      ordinals.append(ordinal)
    }
    return ordinals
  }

  private static func date() -> String { Date().formatted(.iso8601.year().month().day()) }

  /// Where what there is so far is kept while measurements go on.
  private var partial: String? { output.map { $0 + ".partial" } }

  private func write(_ document: ProfileDocument, _ console: Console) throws {
    guard let output else { return try console.output(document.description) }
    try Self.write(document, to: output)
  }

  private static func write(_ document: ProfileDocument, to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(document.description)
    try file.finish()
  }

  /// Measurements go on if it cannot be written; the end of the command says so then.
  private func keep(_ document: ProfileDocument) {
    if let partial { try? Self.write(document, to: partial) }
  }

  /// Says what came out; the profile itself has every detail.
  private func report(_ document: ProfileDocument, of count: Int, _ console: Console) -> CommandStatus {
    let failures = document.sections(named: "failed").flatMap(\.rows)
    for row in failures {
      let fields = row.fields
      let what = fields[2].isEmpty ? fields[3] : "\(fields[2]) (\(fields[5])): \(fields[3])"
      console.errors("warning: '\(fields[1])' was not measured: \(what)")
    }
    if let output { console.error("wrote \(output): \(count - failures.count) of \(count) measurements") }
    return failures.count < count ? .done : .unavailable
  }
}

/// The line on a terminal that says how far a calibration is.
final class CalibrationProgress {
  private let console: Console
  /// When a line was last written where no terminal is.
  private var written = 0.0

  init(_ console: Console) { self.console = console }

  func show(_ progress: MeasurementPlan.Progress) {
    if !console.errorIsTerminal {
      // A log of a machine that hangs should say where.
      guard progress.elapsed - written >= 10 else { return }
      written = progress.elapsed
      return console.error(
        "\(progress.finished) of \(progress.total) after \(Int(progress.elapsed)) s: \(progress.name)")
    }
    var text = "\(progress.finished) of \(progress.total), \(Int(progress.fraction * 100)) %"
    if let left = progress.secondsLeft { text += ", about \(Progress.words(left)) left" }
    Progress.show(text + ": " + progress.name, width: console.errorWidth, console.writeError)
  }

  func clear() { if console.errorIsTerminal { Progress.clear(console.writeError) } }
}
