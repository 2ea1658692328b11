import ArgumentParser
import Configuration
import Experiments
import Hardware
import Metrics
import Report
import Scenario
import Scheduling
import Statistics
import Workload

/// `spillway advise`: the settings with which the fewest GPUs carry a load within its targets.
struct AdviseCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise",
    abstract: "Find the deployment and scheduler settings with which the fewest GPUs keep the SLO.",
    discussion: """
      Tensor parallelism, replicas, max_num_batched_tokens and max_num_seqs are tried, or the keys that '--vary' \
      names. Settings are raced with the same random numbers: one that can no longer be first or second is dropped. \
      Of those that need equally few GPUs, the best carries the most load.

      Examples:
        spillway advise mine.yaml
        spillway advise mine.yaml --vary deployments.chat.tensor_parallel=1,2,4 --output best.yaml
      """)

  @Argument(
    help: "The scenario file: the trace or workload with its SLO, the servers, the model; - for standard input.",
    completion: .scenario)
  var scenario: String

  @Option(
    help: ArgumentHelp("Whose settings; the only deployment when left out.", valueName: "name"), completion: .deployment
  )
  var deployment: String?

  @OptionGroup var attainment: AttainmentOption

  @OptionGroup var price: PriceOption

  @Option(
    help: ArgumentHelp(
      "How many documents an hour, of so many tokens and so many of output, fit beneath the load as offline work.",
      valueName: "prompt:output"))
  var documents: String?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the best as a scenario to this file.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var printing: PrintingOptions
  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if documents != nil, offlineDocuments == nil {
      throw ValidationError(
        "'--documents' wants tokens of the prompt and of the output, such as 4000:200, found '\(documents ?? "")'")
    }
    if [.csv].contains(printing.format) {
      throw ValidationError("'--format' of advise is table, markdown, latex or json")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    if let output { try OutputPlace.check(output) }
    var overrides = scenarioOptions.overrides
    let vary = overrides.vary
    overrides.vary = []
    overrides.ignoresExpectations = true
    let source = try ScenarioSource(
      path: scenario, overrides: overrides, policies: context.policies, metrics: ScenarioLoading.metricNames)
    let first = try source.study().scenarios[0]
    if !running.quiet { ScenarioLoading.warn([first], context.console) }
    let name = try chosen(among: first)
    let offline = OfflineHarvest.ownOfflineStreams(of: first)
    if documents != nil, !offline.isEmpty {
      throw Failure(
        .usage,
        "'--documents' adds offline work, and the scenario has some of its own (\(offline.joined(separator: ", "))), "
          + "which could not be told from it")
    }
    let axes =
      vary.isEmpty
      ? AdviceSpace.standard(deployment: name, gpus: first.servers.map(\.gpuCount).max() ?? 1)
      : try vary.map { try Self.axis($0) }
    let space = try AdviceSpace(deployment: name, axes: axes, in: source)
    guard !space.candidates.isEmpty else {
      throw Failure(.badInput, space.impossible.map { "\(first.path): error: \($0.name): \($0.reason)" })
    }
    let race = AdviceRace(
      space, source: source, target: attainment.target,
      replications: max(CapacityStudy.fewestReplications, first.replications), stepping: running.stepping,
      spillwayVersion: SpillwayCommand.version)
    let clock = ContinuousClock()
    let start = clock.now
    let outcome = try await self.outcome(of: race, context)
    var harvest: (rows: [AdviceReport.Harvest], runs: Int) = ([], 0)
    if let offlineDocuments, let best = outcome.finishers.first {
      harvest = try await race.harvest(offlineDocuments, beneath: best, width: running.width, stop: context.stop())
    }
    var report = try self.report(
      race, outcome, first, keys: Set(axes.compactMap { $0.key.split(separator: ".").last.map(String.init) }),
      seconds: (clock.now - start) / .seconds(1))
    report.runs += harvest.runs
    report.harvest = harvest.rows
    report.documents = offlineDocuments.map { ($0.promptTokens, $0.outputTokens) }
    switch printing.format {
    case .table, .markdown, .latex, .csv: try printing.print(report.document, on: context.console)
    case .json: try context.console.output(report.json(spillwayVersion: SpillwayCommand.version))
    }
    if let output, let best = outcome.finishers.first {
      let scenario = try race.scenario(best.candidate, replicas: best.replicas)
      try AtomicFile.write(scenario.canonicalText, to: output)
    }
    return .done
  }

  private var offlineDocuments: OfflineHarvest.Documents? {
    let parts = (documents ?? "").split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let prompt = parts[0], let output = parts[1], prompt > 0, output > 0,
      max(prompt, output) <= LengthDistribution.largest
    else { return nil }
    return OfflineHarvest.Documents(promptTokens: prompt, outputTokens: output)
  }

  /// The deployment whose settings are sought.
  private func chosen(among scenario: ResolvedScenario) throws -> String {
    let names = scenario.deployments.map(\.name)
    guard let deployment else {
      if names.count == 1 { return names[0] }
      throw Failure(
        .usage, "the scenario has the deployments \(names.joined(separator: ", ")): '--deployment' says whose settings")
    }
    if names.contains(deployment) { return deployment }
    throw Listing.unknown(deployment, noun: "deployment", plural: "deployments", among: names)
  }

  /// `KEY=a,b,c` as an axis; commas in brackets belong to a value.
  private static func axis(_ argument: String) throws -> AdviceSpace.Axis {
    guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else {
      throw Failure(.usage, "'--vary' wants KEY.PATH=a,b,c, found '\(argument)'")
    }
    let values = argument[argument.index(after: sign)...].split(separator: ",").map(String.init)
    if values.isEmpty { throw Failure(.usage, "'--vary' wants KEY.PATH=a,b,c, found '\(argument)'") }
    return AdviceSpace.Axis(key: String(argument[..<sign]), values: values)
  }

  /// Races, with a line on a terminal that says how far it is.
  private func outcome(of race: AdviceRace, _ context: CommandContext) async throws -> AdviceRace.Outcome {
    let console = context.console
    let showsProgress = console.errorIsTerminal && !running.quiet
    let settings = race.space.candidates.count
    defer { if showsProgress { Progress.clear(console.writeError) } }
    return try await race.outcome(width: running.width, stop: context.stop()) { runs in
      guard showsProgress else { return }
      Progress.show("\(settings) settings, \(runs) runs made", width: console.errorWidth, console.writeError)
    }
  }

  private func report(
    _ race: AdviceRace, _ outcome: AdviceRace.Outcome, _ scenario: ResolvedScenario, keys: Set<String>,
    seconds: Double
  ) throws -> AdviceReport {
    let index = scenario.deployments.firstIndex { $0.name == race.space.deployment } ?? 0
    let places = try outcome.finishers.map { finisher -> AdviceReport.Place in
      let own = try race.scenario(finisher.candidate, replicas: finisher.replicas)
      return AdviceReport.Place(
        settings: finisher.candidate.label.settings, replicas: finisher.replicas, load: finisher.load,
        command: own.deployments[index].serveCommand(writing: keys, under: own.policies.first))
    }
    var lead: Comparison?
    if outcome.finishers.count > 1, outcome.finishers[0].load.gpus == outcome.finishers[1].load.gpus {
      lead = Comparison(
        outcome.finishers[0].loads, baseline: outcome.finishers[1].loads, confidence: 0.95)
    }
    return AdviceReport(
      scenario: scenario.name, deployment: race.space.deployment,
      router: scenario.deployments[index].router.rawValue, places: places,
      equals: outcome.equals.map(\.label.name), isEnough: outcome.isEnough, lead: lead, target: attainment.target,
      tried: race.space.candidates.count, impossible: race.space.impossible,
      replications: race.replications, runs: outcome.runs, seconds: seconds, gpuHour: price.gpuHour)
  }
}
