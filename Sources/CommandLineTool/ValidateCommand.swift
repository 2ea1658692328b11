import ArgumentParser
import Assembly
import Charts
import Configuration
import Experiments
import Foundation
import Hardware
import HardwareCatalogue
import Report
import SimCore
import StepTime
import TextIO
import Validation

extension PredictionOptions.HostSpeed: ExpressibleByArgument {}

/// `spillway validate`: measured workloads simulated, and how far the predictions are off.
struct ValidateCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Simulate measured workloads and compare: measured, predicted, error.",
    discussion: """
      A kit is a file or folder with a workload, the engine's settings and what was measured: a .json or .json.gz of \
      Scripts/record-vllm.py, a folder with a kit.yaml, a folder of LLMServingSim's bench, or a folder of kits.

      Examples:
        spillway validate Kits/vllm-h200 --plot charts
        spillway validate bench.json --engine-args 'vllm serve meta-llama/Llama-3.1-8B' --server hgx-h100-8
      """)

  @Argument(help: ArgumentHelp("Kits: files or folders.", valueName: "kit"), completion: .file())
  var kits: [String] = []

  @Option(
    help: ArgumentHelp(
      "Published measurements in place of kits: every data set that is recognised in this folder.",
      valueName: "folder"), completion: .directory)
  var suite: String?

  @Option(
    help: ArgumentHelp("With --suite: write every point to this .csv file.", valueName: "file"), completion: .file())
  var points: String?

  @Option(
    name: .customLong("experiment"),
    help: ArgumentHelp("Take this experiment of the kits alone; repeatable.", valueName: "name"))
  var experiments: [String] = []

  @Option(
    help: ArgumentHelp(
      "The kits are a benchmark client's files (vllm bench serve, GuideLLM, AIPerf) of a server that this command "
        + "started.",
      valueName: "command"))
  var engineArgs: String?

  @Option(
    name: .customLong("stack-version"),
    help: ArgumentHelp("With --engine-args: the stack's version; the newest fitted one.", valueName: "version"))
  var stackVersion: String?

  @Option(
    help: ArgumentHelp(
      "What lies between clients and the engine's queue: a time such as 15ms, or 'stack' for what the stack's costs "
        + "have.",
      valueName: "time"))
  var frontEnd: String?

  @Option(
    help: ArgumentHelp("The server, in place of the catalogue's for the kit's GPU.", valueName: "name"),
    completion: .server)
  var server: String?

  @Option(
    help: ArgumentHelp("A profile file with kernel times, in place of the GPU's.", valueName: "file"),
    completion: .file())
  var profile: String?

  @Option(help: "How fast the host is taken to be: as usual, or as the run's own log says, where it does.")
  var host: PredictionOptions.HostSpeed = .usual

  @Flag(help: "Compare logged steps by kind, and replay measured durations to compare every step's schedule.")
  var steps = false

  @Flag(help: "Exit with status 1 when a figure is outside its bound, or an experiment had to be left out.")
  var check = false

  @Option(
    name: .customLong("tolerance"),
    help: ArgumentHelp("Another bound for a metric, for example ttft=10%; repeatable.", valueName: "metric=percent"))
  var tolerances: [String] = []

  @Option(
    help: ArgumentHelp(
      "Write distributions and load over time, overlaid: a page per experiment into a folder, or one .svg file.",
      valueName: "folder or file"), completion: .file())
  var plot: String?

  @Option(
    help: ArgumentHelp(
      "Write each experiment as a scenario with its trace into a folder; 'run' on it gives the same requests.",
      valueName: "folder"), completion: .directory)
  var exportScenario: String?

  @Option(
    help: ArgumentHelp(
      "Find the host's speed and its launches from the kits' steps, say how much better that makes it, and write a "
        + "profile with them.",
      valueName: "file.csv"), completion: .file())
  var writeProfile: String?

  @Flag(help: "With --suite: fit the serving stacks' constants on their part of the points, and print them.")
  var fit = false

  @Option(help: ArgumentHelp("With --suite: points simulated at once; one per core when left out.", valueName: "n"))
  var jobs: Int?

  @Option(help: "How the comparison is printed; 'csv' goes with --suite.")
  var format: ValidationFormat = .table

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if kits.isEmpty, suite == nil { throw ValidationError("wants a kit, or '--suite' with a folder") }
    if let plot { try ChartPlace.check(plot, takesFolder: true) }
    guard suite != nil else {
      let given: [(name: String, isGiven: Bool)] = [
        ("--points", points != nil), ("--fit", fit), ("--jobs", jobs != nil), ("--format csv", format == .csv),
      ]
      if let other = given.first(where: \.isGiven) { throw ValidationError("'\(other.name)' goes with '--suite'") }
      return
    }
    if engineArgs != nil { throw ValidationError("'--suite' and '--engine-args' exclude each other") }
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("'--jobs' wants a number from 1 to 1024, found \(jobs)")
    }
    let others: [(name: String, isGiven: Bool)] = [
      ("a kit", !kits.isEmpty), ("'--experiment'", !experiments.isEmpty), ("'--server'", server != nil),
      ("'--profile'", profile != nil), ("'--export-scenario'", exportScenario != nil),
      ("'--write-profile'", writeProfile != nil), ("'--steps'", steps),
      ("'--check'", check), ("'--plot'", plot != nil),
      ("'--tolerance'", !tolerances.isEmpty),
    ]
    if let other = others.first(where: \.isGiven) {
      throw ValidationError("'--suite' and \(other.name) exclude each other")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    if let suite { return try await runSuite(suite, context) }
    let bounds = try Self.bounds(tolerances)
    if let plot { try ChartPlace.prepare(plot) }
    if let exportScenario { try ChartPlace.prepare(exportScenario) }
    if let writeProfile { try OutputPlace.check(writeProfile) }
    var options = PredictionOptions(
      server: try Self.server(named: server), profile: try profile.map(StepTimeProfile.named), host: host)
    options.profilePath = profile
    if let frontEnd { options.frontEnd = try Self.frontEnd(frontEnd) }
    let stop = context.stop()
    let all =
      try engineArgs.map { try benchmarks(startedBy: $0, context) }
      ?? kits.flatMap { try KitReader.read(path: $0).experiments }
    let results = try KitValidation(
      kits: kits, of: all, experiments: experiments, bounds: bounds, options: options, replaysSchedule: steps,
      isCancelled: { stop.isRequested })
    for left in results.omitted {
      let failure = Failure(left.error)
      if failure.status == .brokenInvariant { throw failure }
    }
    if results.comparisons.isEmpty { throw Failure(.badInput, results.omissions.map(\.reason)) }
    for left in results.omissions { context.console.errors("\(left.reason); \(Printable.line(left.name)) is left out") }
    if let plot { try Self.write(results, to: plot) }
    if let exportScenario {
      for line in try Self.export(results.comparisons, options, to: exportScenario) { context.console.error(line) }
    }
    let calibration = try writeProfile.map { place in
      let calibration = try HostCalibration(
        results.comparisons.map(\.experiment), options, isCancelled: { stop.isRequested })
      try Self.write(calibration, options, to: place)
      return calibration
    }
    switch format {
    case .table:
      try context.console.output(
        results.text(width: context.console.width, steps: steps)
          + (calibration?.text(width: context.console.width, place: writeProfile ?? "") ?? ""))
    case .json, .csv: try context.console.output(results.json(calibration).document)
    }
    return check && !(results.outside.isEmpty && results.omitted.isEmpty) ? .expectationFailed : .done
  }

  private static func frontEnd(_ text: String) throws -> FrontEnd {
    if text == "stack" { return .stack }
    do {
      let time = try Quantity.duration(text)
      if time >= .zero, time <= .seconds(60) { return .given(time) }
    } catch {}
    throw Failure(.usage, "'--front-end' wants a time up to a minute such as '15 ms', or 'stack', found '\(text)'")
  }

  private static func server(named name: String?) throws -> ServerSpec? {
    guard let name else { return nil }
    guard let server = HardwareCatalogue.server(named: name) else {
      throw Failure(.usage, "unknown server '\(name)'" + HardwareCatalogue.clause(forUnknownServer: name))
    }
    return server
  }

  /// The target bounds with what `--tolerance` changes.
  static func bounds(_ arguments: [String]) throws -> ErrorBounds {
    var bounds = ErrorBounds.target
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let names = ComparedMetric.allCases.map(\.rawValue)
      guard let metric = parts.first.flatMap(ComparedMetric.init) else {
        throw Listing.unknown(parts.first ?? "", noun: "metric", plural: "metrics", among: names)
      }
      let digits = parts.count > 1 ? parts[1].filter { $0 != "%" && $0 != " " } : ""
      guard let percent = DecimalText.double(digits), percent >= 0 else {
        throw Failure(.usage, "'--tolerance' wants METRIC=PERCENT, for example ttft=10%, found '\(argument)'")
      }
      bounds.share[metric] = percent / 100
    }
    return bounds
  }

  /// Refuses a place where nothing could be written, before anything is simulated.
  private static func write(_ results: KitValidation, to path: String) throws {
    if ChartPlace.isPicture(path) { return try ChartPlace.write(results.page, to: path) }
    try ChartPlace.fill(path, with: results.drawn.map { ($0.experiment.name, $0.page) })
  }
}
