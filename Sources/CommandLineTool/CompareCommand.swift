import ArgumentParser
import Report
import Scenario
import Statistics

/// `spillway compare`: the same requests under several policies, as ratios to a baseline.
struct CompareCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Serve the same requests under several policies; print ratios with intervals.")

  @Argument(help: "The scenario file; - for standard input.")
  var scenario: String

  @Option(
    name: .customLong("policies"),
    help: ArgumentHelp("The policies, separated by commas; the scenario's when left out.", valueName: "a,b,c"))
  var list: String?

  @Option(help: ArgumentHelp("The policy that others are divided by; the first when left out.", valueName: "name"))
  var baseline: String?

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var output: ResultOptions
  @OptionGroup var series: SeriesOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    try series.check(scenarios: 1, output)
    guard let list else { return }
    let names = list.split(separator: ",", omittingEmptySubsequences: false)
    if names.contains(where: { $0.allSatisfy { $0 == " " } }) {
      throw ValidationError("'--policies' wants names separated by commas, found '\(list)'")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    var overrides = scenarioOptions.overrides
    let named = (list ?? "").split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }
    overrides.policies = named + overrides.policies
    let loaded = try ScenarioLoading.load(
      [scenario], overrides: overrides, context: context, quiet: running.quiet)
    let labels = loaded.flatMap { $0.policies.map(\.label) }
    guard labels.count >= 2 else {
      let found = labels.isEmpty ? "none" : "only '\(labels[0])'"
      throw Failure(.usage, "comparing takes at least two policies, found \(found); name some with '--policies a,b'")
    }
    let base = baseline ?? labels[0]
    guard labels.contains(base) else {
      throw Listing.unknown(base, noun: "baseline", plural: "policies", among: labels)
    }
    if loaded.contains(where: { $0.replications == 1 }), !running.quiet {
      context.console.error(
        "warning: one replication gives no intervals; '--replications 10' would say how far the ratios can be trusted")
    }
    let simulating = Simulating(running: running, context: context)
    let results = try await simulating.results(
      of: loaded, storePath: output.storePath, requestPath: output.requests, series: series)
    if !running.quiet { RunCommand.warn(results, context.console) }
    for runs in results {
      let set = try ResultSet(runs)
      try series.write(runs, set, context.console, quiet: running.quiet)
      switch output.format {
      case .table:
        let style = output.style(for: context.console)
        try context.console.output(
          try PolicyComparisonTable.styled(set, baseline: base, width: context.console.width), style)
      case .json: try context.console.output(ResultsJSON.text(set, baseline: base))
      case .csv: try context.console.output(ResultsCSV.text(set))
      }
    }
    return .done
  }
}
