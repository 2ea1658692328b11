import ArgumentParser
import Experiments
import Metrics
import Report
import Scenario
import Statistics
import TextIO

/// `spillway check`: whether what scenarios expect of their results holds, and how they stand against a baseline.
struct CheckCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Run scenarios until their 'expect' blocks hold, are broken or stay undecided.",
    discussion: """
      A claim holds when the whole interval of what was measured is within its bounds, and is broken when the whole \
      interval is outside. While the interval spans a bound, replications are added up to the limit; what is still \
      undecided then ends with status 3.

      Examples:
        spillway check Scenarios/aqua-burst.yaml
        spillway check mine.yaml --baseline baseline.yaml --junit verdicts.xml
      """)

  @Argument(help: ArgumentHelp("Scenario files; - for standard input.", valueName: "scenario"), completion: .scenario)
  var scenarios: [String]

  @Option(
    help: ArgumentHelp(
      "The most replications of each policy; \(Gate.usualLimit) when left out, or the scenario's own where those are "
        + "more. With 1, a single run is judged without an interval.", valueName: "n"))
  var maxReplications: Int?

  @Option(help: ArgumentHelp("How sure all verdicts together must be; 0.95 when left out.", valueName: "share"))
  var confidence = 0.95

  @Option(
    help: ArgumentHelp("Hold the results against the figures in this file too.", valueName: "file"), completion: .file()
  )
  var baseline: String?

  @Flag(help: "Write the results to the file of --baseline, in place of judging them.")
  var updateBaseline = false

  @Option(
    help: ArgumentHelp(
      "With --update-baseline: by how much a figure may be worse, as a share; what the file says, or 0.03.",
      valueName: "share"))
  var tolerance: Double?

  @Option(help: ArgumentHelp("Write the verdicts to this file as JUnit XML.", valueName: "file"), completion: .file())
  var junit: String?

  @Option(help: ArgumentHelp("Write the verdicts to this file as JSON.", valueName: "file"), completion: .file())
  var json: String?

  @Option(
    help: ArgumentHelp("Write the verdicts to this file as Markdown, for a pull request.", valueName: "file"),
    completion: .file())
  var markdown: String?

  @Flag(help: "Print annotations for GitHub Actions too.")
  var github = false

  @OptionGroup var modelError: ModelErrorOption
  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if let maxReplications, !(1...100_000).contains(maxReplications) {
      throw ValidationError("'--max-replications' wants a number from 1 to 100000, found \(maxReplications)")
    }
    if !(confidence >= 0.5 && confidence < 1) {
      throw ValidationError("'--confidence' wants a share from 0.5 to below 1, found \(confidence)")
    }
    if updateBaseline, baseline == nil {
      throw ValidationError("'--update-baseline' wants '--baseline FILE' beside it")
    }
    if let tolerance, !(tolerance >= 0 && tolerance < 1) {
      throw ValidationError("'--tolerance' wants a share from 0 to below 1, found \(tolerance)")
    }
    if modelError.withModelError, baseline != nil {
      throw ValidationError("'--with-model-error' is for bounds; figures of a baseline are wrong by the same")
    }
    if tolerance != nil, !updateBaseline { throw ValidationError("'--tolerance' goes with '--update-baseline'") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    var loaded = try ScenarioLoading.expected(
      scenarios, overrides: scenarioOptions.overrides, context: context, quiet: running.quiet,
      needsExpectations: baseline == nil)
    let silent = loaded.filter { $0.expectations.isEmpty && !$0.expectsOfSweep }
    if !silent.isEmpty, baseline == nil {
      throw Failure(
        .badInput, silent.map { "\($0.path):1:1: error: the file has no 'expect' block, so there is nothing to check" })
    }
    for path in [junit, json, markdown].compactMap({ $0 }) { try OutputPlace.check(path) }
    // A baseline is of scenarios as they are, without their sweeps.
    if baseline == nil { loaded.removeAll(where: \.expectations.isEmpty) }
    loaded = try await Simulating(running: running, context: context).chosen(loaded)
    if let baseline, updateBaseline { return try await update(baseline, loaded.filter { !$0.isSweep }, context) }
    let gate = Gate(
      loaded, baseline: try baseline.map { try Baseline(path: $0) }, limit: maxReplications, confidence: confidence,
      withModelError: modelError.withModelError)
    let report = try await gate.report { try await results(of: loaded, $0, context) }
    if !running.quiet { for note in report.notes { context.console.error("note: " + note) } }
    try context.console.output(report.text)
    if github { try context.console.output(report.githubAnnotations) }
    if let junit { try AtomicFile.write(report.junit, to: junit) }
    if let json { try AtomicFile.write(report.json, to: json) }
    if let markdown { try AtomicFile.write(report.markdown, to: markdown) }
    return switch report.verdict {
    case .holds: .done
    case .broken: .expectationFailed
    case .undecided: .undecided
    }
  }

  /// Makes replications of the scenarios of which some are wanted.
  private func results(
    of loaded: [Study], _ ranges: [Range<Int>], _ context: CommandContext
  ) async throws -> [[RunResult]] {
    let wanted = loaded.indices.filter { !ranges[$0].isEmpty }
    let results = try await Simulating(running: running, context: context).results(
      of: wanted.map { loaded[$0] }, replications: wanted.map { ranges[$0] }, modelError: modelError)
    var all = loaded.map { _ in [RunResult]() }
    for (index, runs) in zip(wanted, results) { all[index] = runs }
    return all
  }

  private func update(
    _ path: String, _ loaded: [Study], _ context: CommandContext
  ) async throws -> CommandStatus {
    try OutputPlace.check(path)
    let earlier = try ReadableFile.kind(of: path) != nil ? try Baseline(path: path) : nil
    // A baseline is measured once and used often, so it gets every replication that later runs may be compared with.
    let gate = Gate(loaded, limit: maxReplications, confidence: confidence)
    let runs = try await results(of: loaded, gate.designs.map { 0..<($0.looks.last ?? 1) }, context)
    let made = Baseline(
      of: try zip(loaded, runs).map { ($0, try ResultSet($1)) }, earlier: earlier, tolerance: tolerance, path: path,
      spillwayVersion: SpillwayCommand.version)
    try AtomicFile.write(made.text, to: path)
    let counts = made.scenarios.map { "\($0.figures.count) figures of \($0.name)" }
    try context.console.output("\(path): \(counts.joined(separator: ", "))\n")
    return .done
  }
}
