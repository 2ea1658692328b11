import ArgumentParser
import Claims
import Configuration
import Experiments
import Foundation
import Report
import Scenario
import TextIO

/// `spillway claims`: published claims tested, on a page.
struct ClaimsCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "claims", abstract: "Test published claims by simulation, and write a page with a verdict for each.",
    discussion: """
      Each scenario's 'claim' says what was published, its 'expect' what must hold, its studies what decides it. \
      Verdicts are in the page; the exit status says only whether the page could be made.

      Examples:
        spillway claims Scenarios/aqua/*.yaml --output aqua.md
        spillway claims Scenarios/aqua/*.yaml --short --output aqua.md --against Results/aqua.md
      """)

  @Argument(help: ArgumentHelp("Scenario files with a 'claim'.", valueName: "scenario"), completion: .scenario)
  var scenarios: [String]

  @Option(
    help: ArgumentHelp("The page, a .md file; charts go into a folder of its name beside it.", valueName: "file"),
    completion: .file())
  var output: String

  @Option(help: ArgumentHelp("Markdown that stands above the claims.", valueName: "file"), completion: .file())
  var preface: String?

  @Option(
    help: ArgumentHelp("The folder of data sets that are not in the repository.", valueName: "folder"),
    completion: .directory)
  var data: String?

  @Option(
    help: ArgumentHelp(
      "The most replications by which a bound is judged; \(ClaimRunner.usualLimit) when left out.", valueName: "n"))
  var maxReplications = ClaimRunner.usualLimit

  @Flag(help: "Two replications and the ends of studies only: whether everything runs.")
  var short = false

  @Option(
    help: ArgumentHelp(
      "A page made earlier: say which claims' runs have changed since.", valueName: "file"), completion: .file())
  var against: String?

  @Option(help: ArgumentHelp("Runs made at once; one per core when left out.", valueName: "n"))
  var jobs: Int?

  @Flag(help: "No progress.")
  var quiet = false

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    guard output.hasSuffix(".md"), PathText.lastPart(output).count > 3 else {
      throw ValidationError("'--output' wants a file that ends in .md, found '\(output)'")
    }
    if !(1...100_000).contains(maxReplications) {
      throw ValidationError("'--max-replications' wants a number from 1 to 100000, found \(maxReplications)")
    }
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("'--jobs' wants a number from 1 to 1024, found \(jobs)")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let loaded = try load(context)
    let preface = try preface.map { path throws(UnreadableFile) in try ReadableFile.text(path) } ?? ""
    let earlier = try against.map { path throws(UnreadableFile) in try ReadableFile.text(path) }
    try OutputPlace.makeFolder(of: output)
    try OutputPlace.check(output)
    let folder = String(output.dropLast(3))
    try OutputPlace.makeFolder(of: folder + "/chart.svg")
    let runner = ClaimRunner(
      width: jobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount), limit: maxReplications, isShort: short,
      spillwayVersion: SpillwayCommand.version, stop: context.stop())
    var results: [ClaimResult] = []
    for scenario in loaded {
      let start = ContinuousClock.now
      let result = try await runner.result(of: scenario)
      results.append(result)
      if !quiet {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        context.console.error("\(scenario.claim.id): \(result.verdict.text) (\(Amount.time(seconds: seconds)))")
      }
    }
    let page = ClaimPage(
      preface: preface, results: results,
      chartFolder: PathText.lastPart(folder))
    for chart in page.charts { try AtomicFile.write(chart.svg, to: folder + "/" + chart.name) }
    try AtomicFile.write(page.markdown, to: output)
    return try conclude(page, earlier, context)
  }

  /// Says how the page stands, and fails where a run depends on how it is stepped.
  private func conclude(
    _ page: ClaimPage, _ earlier: String?, _ context: CommandContext
  ) throws -> CommandStatus {
    if let earlier {
      let changed = page.results.filter { $0.hasChanged(since: earlier) }.map(\.scenario.claim.id)
      if !changed.isEmpty {
        try context.console.output(
          "\(against ?? ""): out of date, other runs now for \(changed.joined(separator: ", ")): 'make claims'\n")
      }
    }
    try context.console.output(page.summary + "\n")
    let differing = page.results.filter { $0.evidence?.differing.isEmpty == false }
    if differing.isEmpty { return .done }
    throw Failure(
      .brokenInvariant,
      differing.map {
        "\($0.scenario.path): error: not the same stepped by iteration: "
          + ($0.evidence?.differing.joined(separator: ", ") ?? "")
      })
  }

  private func load(_ context: CommandContext) throws -> [ClaimScenario] {
    // Scenarios look for files beside themselves; a folder on the command line is seen from here.
    let data = data.map { URL(fileURLWithPath: $0).standardizedFileURL.path }
    let diagnostics = Diagnostics()
    var loaded: [ClaimScenario] = []
    for path in scenarios {
      let scenario = try ScenarioReader.claim(
        path: path, data: data, policies: context.policies, metrics: ScenarioLoading.metricNames, into: diagnostics)
      if let scenario { loaded.append(scenario) }
    }
    if diagnostics.hasErrors { throw Failure(diagnostics) }
    var names: Set<String> = []
    for scenario in loaded where !names.insert(scenario.name).inserted {
      throw Failure(.badInput, "\(scenario.path): error: another claim's scenario is called '\(scenario.name)' too")
    }
    return loaded
  }
}
