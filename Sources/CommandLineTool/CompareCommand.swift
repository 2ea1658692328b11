import ArgumentParser
import Experiments
import Metrics
import Report
import Scenario
import Statistics

/// `spillway compare`: policies, variants of a scenario or scenarios, from the same random numbers, as ratios to a
/// baseline.
struct CompareCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare policies, variants or scenarios on the same requests; print ratios with intervals.",
    discussion: """
      Examples:
        spillway compare Scenarios/quickstart-burst.yaml --replications 5
        spillway compare mine.yaml --policies vllm-v1,aqua --baseline vllm-v1
        spillway compare mine.yaml --vary workload.rate=4/s,8/s --plot charts
      """)

  @Argument(
    help: ArgumentHelp("Scenario files, compared with each other; - for standard input.", valueName: "scenario"),
    completion: .scenario)
  var scenarios: [String]

  @Option(
    name: .customLong("policies"),
    help: ArgumentHelp("The policies, separated by commas; the scenario's when left out.", valueName: "a,b,c"),
    completion: .policies)
  var list: String?

  @Option(
    help: ArgumentHelp(
      "What the others are divided by: a policy, a variant or 'POLICY, VARIANT'; the first when left out.",
      valueName: "name"), completion: .policy)
  var baseline: String?

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var output: ResultOptions
  @OptionGroup var series: SeriesOptions
  @OptionGroup var modelError: ModelErrorOption
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
      scenarios, overrides: overrides, context: context, quiet: running.quiet)
    let study = try Study.joined(loaded)
    let alternatives = study.alternatives
    guard alternatives.all.count >= 2 else {
      throw Failure(
        .usage,
        "comparing takes at least two policies, variants or files, found only '\(alternatives.labels[0])'; name some "
          + "with '--policies a,b' or '--vary KEY=a,b'")
    }
    let base = baseline ?? alternatives.labels[0]
    guard !alternatives.indices(named: base).isEmpty else {
      throw Listing.unknown(base, noun: "baseline", plural: "baselines", among: alternatives.names)
    }
    if study.scenarios[0].replications == 1, !running.quiet {
      context.console.error(
        "warning: one replication gives no intervals; '--replications 10' would say how far the ratios can be trusted")
    }
    let simulating = Simulating(running: running, context: context)
    let watched = try await simulating.watched(
      of: try await simulating.chosen([study]), storePath: output.storePath, requestPath: output.requests,
      series: series, modelError: modelError)
    if !running.quiet { RunCommand.warn(watched.results, context.console) }
    let runs = watched.results.flatMap { $0 }
    let set = try ResultSet(runs, withModelError: modelError.withModelError)
    try series.write(
      runs, set, watched.plotted?.points(of: set, study: 0), context.console, quiet: running.quiet)
    switch output.format {
    case .table, .markdown, .latex:
      try output.printing.print(try RatioTable.document(set, baseline: base), on: context.console)
    case .json: try context.console.output(ResultsJSON.text(set, baseline: base))
    case .csv: try context.console.output(ResultsCSV.ratios(set, baseline: base))
    }
    return .done
  }
}
