import ArgumentParser
import Experiments
import Metrics
import Report
import ResultsStore
import Scenario
import Statistics

/// `spillway sweep`: every point of a design over a scenario's keys; only those that the store does not have are run.
struct SweepCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Run the points of a sweep that a results store does not have yet, and show all of them.",
    discussion: """
      Examples:
        spillway sweep Scenarios/sweeps/batch-limits.yaml
        spillway sweep Scenarios/sweeps/batch-limits.yaml --pareto p99_ttft_ms,output_throughput
        spillway sweep Scenarios/sweeps/batch-limits.yaml --shard 0/4 --store part-0.sqlite
      """)

  @Argument(help: "The scenario file with a 'sweep'; - for standard input.", completion: .scenario)
  var scenario: String

  @Option(help: ArgumentHelp("The results store.", valueName: "file"), completion: .file())
  var store = ResultOptions.defaultStore

  @Option(help: ArgumentHelp("Run only every n-th point, from the i-th, counted from 0.", valueName: "i/n"))
  var shard: String?

  @Option(
    help: ArgumentHelp(
      "The figures shown, by their names in JSON, separated by commas; latencies, throughput and goodput when left "
        + "out.", valueName: "a,b,c"), completion: .figures)
  var figures: String?

  @Option(
    help: ArgumentHelp(
      "Show only points that no other beats in all of these figures: the Pareto front.", valueName: "a,b"),
    completion: .figures)
  var pareto: String?

  @Option(
    help: ArgumentHelp(
      "Show ratios to this policy at the same point, or to this point under the same policy.", valueName: "name"),
    completion: .policy)
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "Draw the figures along every key that is varied in numbers, and with '--pareto' its front: a file for each in "
        + "this folder.", valueName: "folder"), completion: .directory)
  var plot: String?

  @OptionGroup var modelError: ModelErrorOption
  @OptionGroup var printing: PrintingOptions
  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if let plot {
      if ChartPlace.isPicture(plot) { throw ValidationError("'--plot' of a sweep wants a folder, found '\(plot)'") }
      try ChartPlace.check(plot, takesFolder: true)
    }
    if store.isEmpty { throw ValidationError("'--store' wants the name of a file") }
    if let shard, SweepShard(shard) == nil {
      throw ValidationError("'--shard' wants i/n with i from 0 to n - 1, for example 0/4, found '\(shard)'")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let shown = try Self.names(figures)
    let objectives = try Self.objectives(pareto)
    let simulating = Simulating(running: running, context: context)
    let (study, sweep) = try await simulating.sweep(of: scenario, overrides: scenarioOptions.overrides)
    if let plot { try ChartPlace.prepare(plot) }
    let made = try await simulating.results(
      of: sweep, storePath: store, shard: shard.flatMap { SweepShard($0) } ?? .whole, baseline: baseline,
      modelError: modelError)
    try show(study, made, figures: shown, objectives: objectives, context)
    if made.problems.isEmpty { return .done }
    throw Failure(.badInput, made.problems)
  }

  private func show(
    _ study: Study, _ results: Simulating.SweepResults, figures: [String], objectives: [String],
    _ context: CommandContext
  ) throws {
    let report = SweepReport(
      name: study.scenarios[0].name, rows: results.rows,
      figures: figures.isEmpty ? SweepReport.usualFigures(results.rows) : figures, objectives: objectives)
    if let plot { try ChartPlace.fill(plot, with: report.charts()) }
    switch printing.format {
    case .json:
      try context.console.output(
        report.json(spillwayVersion: SpillwayCommand.version, missing: results.missing))
    case .csv: try context.console.output(report.csv)
    case .table: try printing.print(report.document(), on: context.console)
    case .markdown, .latex: try printing.print(report.document(isWhole: true), on: context.console)
    }
    if results.missing > 0, !running.quiet {
      context.console.error(
        "\(Amount.count(results.missing)) points, each under each policy, are not in the store yet")
    }
  }

  /// Figures that were named, or a failure that names the nearest.
  static func names(_ list: String?) throws -> [String] {
    let names = (list ?? "").split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }
    for name in names where MetricKey.named(name) == nil {
      throw Listing.unknown(name, noun: "figure", plural: "figures", among: MetricKey.all.map(\.name))
    }
    return names
  }

  /// Figures whose front is sought, or a failure that says why they have none.
  static func objectives(_ list: String?) throws -> [String] {
    let objectives = try names(list)
    if let plain = objectives.first(where: { MetricKey.named($0)?.preference == MetricKey.Preference.none }) {
      throw Failure(.usage, "'--pareto' wants figures of which more or less is better; '\(plain)' is none")
    }
    return objectives
  }
}
