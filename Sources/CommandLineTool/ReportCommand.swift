import ArgumentParser
import Experiments
import Metrics
import Report
import ResultsStore
import Scenario
import Statistics
import TextIO

/// `spillway report`: one HTML file about a scenario's runs, its sweep, or what a store holds.
struct ReportCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one HTML file that works offline: question, answer, tables, charts, scenarios and sources.",
    discussion: """
      Examples:
        spillway report Scenarios/quickstart-burst.yaml --replications 5 --output burst.html
        spillway report Scenarios/sweeps/batch-limits.yaml --sweep --output sweep.html
        spillway report Results/spillway.sqlite --scenario burst --output burst.html
      """)

  @Argument(
    help: "A scenario file, which is run; - for standard input; or a results store, which is read.",
    completion: .file(extensions: ["yaml", "yml", "sqlite"]))
  var place: String

  @Option(help: ArgumentHelp("Where the page goes; ends in .html.", valueName: "file"), completion: .file())
  var output: String

  @Flag(help: "Tell of the file's sweep: points that the store lacks are run.")
  var sweep = false

  @Option(help: ArgumentHelp("With '--sweep': the results store.", valueName: "file"), completion: .file())
  var store = ResultOptions.defaultStore

  @Option(
    help: ArgumentHelp("With '--sweep': the figures shown, by their names in JSON.", valueName: "a,b,c"),
    completion: .figures)
  var figures: String?

  @Option(
    help: ArgumentHelp("With '--sweep': the figures whose Pareto front is drawn.", valueName: "a,b"),
    completion: .figures)
  var pareto: String?

  @Option(
    name: .customLong("scenario"),
    help: ArgumentHelp("Of a store: the scenarios of this name only; repeatable.", valueName: "name"))
  var names: [String] = []

  @OptionGroup var modelError: ModelErrorOption
  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if !output.hasSuffix(".html"), !output.hasSuffix(".htm") {
      throw ValidationError("'--output' wants a file that ends in .html, found '\(output)'")
    }
    if store.isEmpty { throw ValidationError("'--store' wants the name of a file") }
    if !sweep, figures != nil || pareto != nil {
      throw ValidationError("'--figures' and '--pareto' go with '--sweep'")
    }
    if sweep, !names.isEmpty { throw ValidationError("'--scenario' goes with a results store, not with '--sweep'") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    try OutputPlace.check(output)
    let parts: [ReportPage.Part]
    var problems: [String] = []
    if try place != "-" && ResultsStore.isDatabase(place) {
      parts = try storedParts(context)
    } else if sweep {
      (parts, problems) = try await sweptParts(context)
    } else {
      if !names.isEmpty { throw Failure(.usage, "'--scenario' goes with a results store; '\(place)' is a scenario") }
      parts = try await runParts(context)
    }
    let page = ReportPage(
      title: parts.count == 1 ? parts[0].title : PathText.lastPart(place), parts: parts,
      spillwayVersion: SpillwayCommand.version)
    try AtomicFile.write(page.html(), to: output)
    if !running.quiet { context.console.error("wrote \(output)") }
    if problems.isEmpty { return .done }
    throw Failure(.badInput, problems)
  }

  // MARK: A scenario

  private func runParts(_ context: CommandContext) async throws -> [ReportPage.Part] {
    let simulating = Simulating(running: running, context: context)
    let loaded = try await simulating.studies(of: [place], overrides: scenarioOptions.overrides)
    let watched = try await simulating.watched(
      of: loaded, modelError: modelError, seriesInterval: SeriesOptions.usualInterval, plotsRequests: true)
    return try zip(loaded, watched.results).enumerated().map { index, pair in
      let (study, runs) = pair
      let set = try ResultSet(runs, withModelError: modelError.withModelError)
      return ReportPage.Part(
        set, question: study.scenarios[0].summary, points: watched.plotted?.points(of: set, study: index),
        texts: try Self.texts(study.scenarios))
    }
  }

  /// The resolved scenarios, and where their figures come from.
  private static func texts(_ scenarios: [ResolvedScenario]) throws -> [(title: String, text: String)] {
    let texts = scenarios.map { scenario in
      let variant = scenario.variant.map { ", \($0.name)" } ?? ""
      return ("The scenario with every default written out\(variant)", scenario.canonicalText)
    }
    let first = scenarios[0]
    let sources = ExplanationSources.text(first, try ExplainCommand.explained(first), width: 100)
    return texts + [("Every figure of the first engine, and where it comes from", sources)]
  }

  // MARK: A sweep

  private func sweptParts(_ context: CommandContext) async throws -> (parts: [ReportPage.Part], problems: [String]) {
    let shown = try SweepCommand.names(figures)
    let objectives = try SweepCommand.objectives(pareto)
    let simulating = Simulating(running: running, context: context)
    let (study, sweep) = try await simulating.sweep(of: place, overrides: scenarioOptions.overrides)
    let results = try await simulating.results(of: sweep, storePath: store, modelError: modelError)
    let report = SweepReport(
      name: study.scenarios[0].name, rows: results.rows,
      figures: shown.isEmpty ? SweepReport.usualFigures(results.rows) : shown, objectives: objectives)
    var texts = try Self.texts([study.scenarios[0]])
    if study.scenarios.count > 1 {
      texts[0].title = "The first point's scenario with every default written out; others differ in the keys above"
    }
    let part = ReportPage.Part(
      report, question: study.scenarios[0].summary, missing: results.missing, texts: texts)
    return ([part], results.problems)
  }

  // MARK: A store

  /// Parts of one page; more are no page that anybody reads.
  private static let mostParts = 20
  /// Alternatives that a table still holds side by side; more are shown as a sweep's points.
  private static let mostColumns = 8

  private func storedParts(_ context: CommandContext) throws -> [ReportPage.Part] {
    let store = try ResultsStore(path: place, patience: context.storePatience)
    struct Group {
      var runs: [RunResult] = []
      var text = ""
    }
    var order: [String] = []
    var groups: [String: Group] = [:]
    var known: [String] = []
    for digest in try store.scenarios() {
      for stored in try store.runs(ofScenario: digest) {
        let run = stored.result
        let name = run.provenance.scenarioName
        if !known.contains(name) { known.append(name) }
        if !names.isEmpty, !names.contains(name) { continue }
        // Variants of one scenario have a digest each; runs of other versions or seeds are other results.
        let own = run.variant == nil ? digest : run.deployments.map(\.name).joined(separator: ",")
        let made = [run.provenance.spillwayVersion, "\(run.seed)"] + run.provenance.overrides
        let key = ([name, own] + made).joined(separator: "\n")
        if groups[key] == nil {
          order.append(key)
          groups[key] = Group(text: try store.scenarioText(digest: digest) ?? "")
        }
        groups[key]?.runs.append(run)
      }
    }
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw Listing.unknown(unknown, noun: "scenario", plural: "scenarios", among: known)
    }
    if order.isEmpty { throw Failure(.badInput, "\(place): the store holds no runs") }
    if order.count > Self.mostParts {
      throw Failure(
        .usage,
        "\(place) holds \(order.count) sets of runs, and a page tells of \(Self.mostParts) at most; choose with "
          + "'--scenario' among: \(known.joined(separator: ", "))")
    }
    return try order.compactMap { groups[$0] }.map { group in
      let set = try ResultSet(group.runs, withModelError: modelError.withModelError)
      let texts = [("The scenario with every default written out", group.text)]
      if set.columns.count > Self.mostColumns {
        let report = SweepReport(set)
        return ReportPage.Part(report, question: nil, missing: 0, texts: texts)
      }
      return ReportPage.Part(
        set, question: nil, points: nil,
        remark: "A store keeps distributions of latencies; waits by arrival and levels over time need the run itself.",
        texts: texts)
    }
  }
}
