import ArgumentParser
import Experiments
import Report
import Scenario
import Statistics

/// `spillway check`: whether what scenarios expect of their results holds.
struct CheckCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Run scenarios and test the bounds in their 'expect' blocks.")

  @Argument(help: ArgumentHelp("Scenario files; - for standard input.", valueName: "scenario"))
  var scenarios: [String]

  @Option(help: ArgumentHelp("Write the verdicts to this file as JUnit XML.", valueName: "file"))
  var junit: String?

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let loaded = try ScenarioLoading.load(
      scenarios, overrides: scenarioOptions.overrides, context: context, quiet: running.quiet,
      needsExpectations: true)
    let silent = loaded.filter(\.expectations.isEmpty)
    if !silent.isEmpty {
      throw Failure(
        .badInput, silent.map { "\($0.path):1:1: error: the file has no 'expect' block, so there is nothing to check" })
    }
    if let junit { try OutputPlace.check(junit) }
    let results = try await Simulating(running: running, context: context).results(of: loaded)
    var all: [(scenario: ResolvedScenario, verdicts: [Verdict])] = []
    for (study, runs) in zip(loaded, results) {
      all.append((study.scenarios[0], Verdict.all(of: study.scenarios[0], in: try ResultSet(runs))))
    }
    let verdicts = all.flatMap(\.verdicts)
    for verdict in verdicts { try context.console.output(verdict.line + "\n") }
    let failed = verdicts.count { !$0.holds }
    let total = "\(verdicts.count) expectation\(verdicts.count == 1 ? "" : "s")"
    try context.console.output(failed == 0 ? "\(total), all hold\n" : "\(total), \(failed) failed\n")
    if let junit { try AtomicFile.write(JUnitReport.text(all), to: junit) }
    return failed == 0 ? .done : .expectationFailed
  }
}
