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
    abstract: "Run the points of a sweep that a results store does not have yet, and show all of them.")

  @Argument(help: "The scenario file with a 'sweep'; - for standard input.")
  var scenario: String

  @Option(help: ArgumentHelp("The results store.", valueName: "file"))
  var store = ResultOptions.defaultStore

  @Option(help: ArgumentHelp("Run only every n-th point, from the i-th, counted from 0.", valueName: "i/n"))
  var shard: String?

  @Option(
    help: ArgumentHelp(
      "The figures shown, by their names in JSON, separated by commas; latencies, throughput and goodput when left "
        + "out.", valueName: "a,b,c"))
  var figures: String?

  @Option(
    help: ArgumentHelp(
      "Show only points that no other beats in all of these figures: the Pareto front.", valueName: "a,b"))
  var pareto: String?

  @Option(
    help: ArgumentHelp(
      "Show ratios to this policy at the same point, or to this point under the same policy.", valueName: "name"))
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "Draw the figures along every key that is varied in numbers, and with '--pareto' its front: a file for each in "
        + "this folder.", valueName: "folder"))
  var plot: String?

  @OptionGroup var modelError: ModelErrorOption
  @OptionGroup var printing: PrintingOptions
  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if let plot {
      if ChartPlace.isSVG(plot) { throw ValidationError("'--plot' of a sweep wants a folder, found '\(plot)'") }
      try ChartPlace.check(plot, takesFolder: true)
    }
    if store.isEmpty { throw ValidationError("'--store' wants the name of a file") }
    if let shard, SweepShard(shard) == nil {
      throw ValidationError("'--shard' wants i/n with i from 0 to n - 1, for example 0/4, found '\(shard)'")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let shown = try names(figures)
    let objectives = try names(pareto)
    if let plain = objectives.first(where: { MetricKey.named($0)?.preference == MetricKey.Preference.none }) {
      throw Failure(.usage, "'--pareto' wants figures of which more or less is better; '\(plain)' is none")
    }
    let points = try ScenarioLoading.sweep(
      scenario, overrides: scenarioOptions.overrides, context: context, quiet: running.quiet)
    let study = try await Simulating(running: running, context: context).chosen([points])[0]
    let sweep = try Sweep(
      study, stepping: running.stepping, checksInvariants: running.checkInvariants,
      spillwayVersion: SpillwayCommand.version)
    if let plot { try ChartPlace.prepare(plot) }
    let store = try Simulating.openStore(self.store, context)
    let jobs = try sweep.missing(from: store, shard: shard.flatMap { SweepShard($0) } ?? .whole)
    if modelError.withModelError { try modelError.check(try sweep.trust(of: jobs)) }
    let outcome = try await run(sweep, jobs, store, context)
    let results = try sweep.results(
      in: store, baseline: baseline, withModelError: modelError.withModelError)
    try modelError.check(results.rows.map { (name: $0.deployment, trust: $0.trust) })
    try show(study, results, figures: shown, objectives: objectives, context)
    if outcome.problems.isEmpty { return .done }
    throw Failure(.badInput, outcome.problems)
  }

  private func run(
    _ sweep: Sweep, _ jobs: [Sweep.Job], _ store: ResultsStore, _ context: CommandContext
  ) async throws -> SweepOutcome {
    let points = "\(Amount.count(sweep.scenarios.count)) point\(sweep.scenarios.count == 1 ? "" : "s")"
    if !running.quiet {
      context.console.error(
        "\(points), \(Amount.count(sweep.jobs.count)) runs, \(Amount.count(jobs.count)) to be made")
    }
    if jobs.isEmpty { return SweepOutcome() }
    let stop = context.stop()
    let line = context.console.errorIsTerminal && !running.quiet ? SweepLine(jobs.count, context.console) : nil
    let start = ContinuousClock.now
    defer { line?.clear() }
    let outcome = try await sweep.run(jobs, width: running.width, store: store, progress: line, stop: stop)
    line?.clear()
    if outcome.wasStopped {
      throw Failure(
        .interrupted,
        [
          "interrupted: \(outcome.finished) of \(outcome.total) runs were made and are in the store; the same command "
            + "makes the rest"
        ])
    }
    if !running.quiet {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let share = outcome.workerSeconds > 0 ? outcome.simulatingSeconds / outcome.workerSeconds : 0
      context.console.error(
        "made \(Amount.count(outcome.finished)) runs in \(Amount.time(seconds: seconds)), "
          + "\(Int((share * 100).rounded())) % of it within simulations")
    }
    return outcome
  }

  private func show(
    _ study: Study, _ results: (rows: [SweepRow], missing: Int), figures: [String], objectives: [String],
    _ context: CommandContext
  ) throws {
    var figures = figures
    if figures.isEmpty {
      figures = ["p99_ttft_ms", "mean_tpot_ms", "output_throughput"]
      if results.rows.contains(where: { $0.summary("good_fraction") != nil }) { figures.append("good_fraction") }
    }
    let report = SweepReport(
      name: study.scenarios[0].name, rows: results.rows, figures: figures, objectives: objectives)
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
  private func names(_ list: String?) throws -> [String] {
    let names = (list ?? "").split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }
    for name in names where MetricKey.named(name) == nil {
      throw Listing.unknown(name, noun: "figure", plural: "figures", among: MetricKey.all.map(\.name))
    }
    return names
  }
}
