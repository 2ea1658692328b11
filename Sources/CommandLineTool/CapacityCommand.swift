import ArgumentParser
import Experiments
import Report
import Scenario

/// `spillway capacity`: the highest load that keeps the SLO, or the fewest replicas that carry the load.
struct CapacityCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "capacity",
    abstract: "Find the highest load within the SLO, or the fewest replicas, under each policy and variant.",
    discussion: """
      The share of online requests that meet their stream's 'slo' is simulated at ever closer loads, all from the same \
      random numbers, until the load is found at which it falls below the target. With '--fewest-replicas' the load \
      stays and replicas are counted; '--vary deployments.NAME.tensor_parallel=2,4,8' finds the fewest GPUs.

      Examples:
        spillway capacity mine.yaml --attain '95 %'
        spillway capacity mine.yaml --fewest-replicas chat --gpu-hour 2.50
      """)

  @Argument(help: "The scenario file; - for standard input.", completion: .scenario)
  var scenario: String

  @Option(
    help: ArgumentHelp(
      "Search for the fewest replicas of this deployment at the scenario's load; servers say how many there can be.",
      valueName: "deployment"), completion: .deployment)
  var fewestReplicas: String?

  @OptionGroup var attainment: AttainmentOption

  @OptionGroup var price: PriceOption

  @OptionGroup var printing: PrintingOptions
  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    var overrides = scenarioOptions.overrides
    overrides.ignoresExpectations = true
    let source = try ScenarioSource(
      path: scenario, overrides: overrides, policies: context.policies, metrics: ScenarioLoading.metricNames)
    let study = try source.study()
    if let policy = study.scenarios.flatMap(\.policies).first(where: { $0.choice != nil }) {
      throw Failure(
        .badInput,
        [
          "\(scenario): error: '\(policy.label)' takes the best of several settings ('best_over'), which 'run' "
            + "finds; give it those settings here, for another load may want others"
        ])
    }
    if !running.quiet { ScenarioLoading.warn(study.scenarios, context.console) }
    let candidates: [CapacityStudy.Candidate]
    do {
      candidates =
        try fewestReplicas.map { try CapacityStudy.replicas(of: $0, in: source) } ?? CapacityStudy.loads(of: study)
    } catch let error as CapacityStudy.UnknownDeployment {
      throw Listing.unknown(error.name, noun: "deployment", plural: "deployments", among: error.known)
    }
    let replications = max(CapacityStudy.fewestReplications, study.scenarios[0].replications)
    let search = CapacityStudy(
      candidates, target: attainment.target, replications: replications, stepping: running.stepping,
      checksInvariants: running.checkInvariants, spillwayVersion: SpillwayCommand.version)
    let rows = try await rows(of: search, context)
    let report = CapacityReport(
      scenario: study.scenarios[0].name,
      question: fewestReplicas.map { .fewestReplicas(of: $0) } ?? .highestLoad, rows: rows, target: attainment.target,
      replications: replications, gpuHour: price.gpuHour)
    switch printing.format {
    case .table, .markdown, .latex: try printing.print(report.document, on: context.console)
    case .json: try context.console.output(report.json(spillwayVersion: SpillwayCommand.version))
    case .csv: try context.console.output(report.csv)
    }
    return .done
  }

  /// Searches, with a line on a terminal that says how far it is.
  private func rows(of search: CapacityStudy, _ context: CommandContext) async throws -> [CapacityRow] {
    let console = context.console
    let showsProgress = console.errorIsTerminal && !running.quiet
    let total = search.candidates.count
    defer { if showsProgress { console.writeError("\r\u{1b}[K") } }
    return try await search.rows(width: running.width, stop: context.stop()) { done, runs in
      guard showsProgress else { return }
      let line = "\(done) of \(total) found, \(runs) runs made"
      console.writeError("\r\u{1b}[K" + line.prefix(max(1, console.errorWidth - 1)))
    }
  }
}
