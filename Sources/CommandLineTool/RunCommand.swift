import ArgumentParser
import Configuration
import Experiments
import Metrics
import Report
import Scenario
import Statistics

/// `spillway run`: every policy and replication of some scenarios, and a table of what came out.
struct RunCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run every policy and replication that scenarios name, and compare the results.",
    discussion: """
      Examples:
        spillway run Scenarios/quickstart-burst.yaml --short
        spillway run mine.yaml --set workload.rate=8/s --policy aqua --policy vllm-v1
        spillway run Scenarios/quickstart-burst.yaml --policy turns-peer --timeline burst.pftrace
        spillway explain mine.yaml --yaml | spillway run -
      """)

  @Argument(help: ArgumentHelp("Scenario files; - for standard input.", valueName: "scenario"), completion: .scenario)
  var scenarios: [String]

  @Flag(help: "Short tables: what people wait for and notice, and how much work is done.")
  var short = false

  @Flag(
    help: ArgumentHelp(
      "Intervals of mean latencies for policies that are run once, from batches of their requests; for long runs under "
        + "a steady load."))
  var batchMeans = false

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var output: ResultOptions
  @OptionGroup var series: SeriesOptions
  @OptionGroup var modelError: ModelErrorOption

  @Option(
    help: ArgumentHelp(
      "Write what happens in the run to this file, for ui.perfetto.dev: .pftrace in its own format, or .json, or "
        + "either with .gz behind it; one policy, one replication.",
      valueName: "file"), completion: .file())
  var timeline: String?

  @Option(
    help: ArgumentHelp(
      "The most that a timeline takes before gzip; 250 MB when left out. A larger one keeps one request, iteration, "
        + "transfer and counter in 2, 4, ..., and says so.", valueName: "size"))
  var timelineLimit: String?

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    let endings = [".pftrace", ".pftrace.gz", ".json", ".json.gz"]
    if let timeline, !endings.contains(where: timeline.hasSuffix) {
      throw ValidationError(
        "'--timeline' wants a file that ends in .pftrace or .json, or .gz behind it, found '\(timeline)'")
    }
    if let timelineLimit {
      if timeline == nil { throw ValidationError("'--timeline-limit' goes with '--timeline'") }
      do throws(QuantityError) {
        _ = try Quantity.bytes(timelineLimit)
      } catch {
        throw ValidationError("'--timeline-limit' \(error.message)")
      }
    }
    try series.check(scenarios: scenarios.count, output, timeline: timeline)
    guard scenarios.count > 1 else { return }
    if output.format == .csv { throw ValidationError("'--format csv' takes one scenario at a time") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let simulating = Simulating(running: running, context: context)
    let loaded = try await simulating.studies(of: scenarios, overrides: scenarioOptions.overrides)
    let watched = try await simulating.watched(
      of: loaded, storePath: output.storePath, requestPath: output.requests, series: series,
      modelError: modelError, timelinePath: timeline,
      timelineLimit: timelineLimit.flatMap { try? Quantity.bytes($0) }, inBatches: batchMeans)
    let results = watched.results
    var sets = try results.map { try ResultSet($0, withModelError: modelError.withModelError) }
    for index in sets.indices { sets[index].batches = watched.batches?.batches(of: sets[index], study: index) ?? [:] }
    for (index, set) in sets.enumerated() {
      try series.write(
        results[index], set, watched.plotted?.points(of: set, study: index), context.console, quiet: running.quiet)
    }
    if [.json, .csv].contains(output.format), !running.quiet { Self.warn(results, context.console) }
    switch output.format {
    case .table, .markdown, .latex:
      for (index, set) in sets.enumerated() {
        if index > 0 { try context.console.output("\n") }
        let scenario = loaded[index].scenarios[0]
        let document =
          short
          ? ShortTable.document(
            set, question: scenario.summary, compared: scenario.policies.map { ($0.label, $0.inWords) })
          : ComparisonTable.document(set)
        try output.printing.print(document, on: context.console)
      }
    case .json: try context.console.output(JSONList.text(sets.map { ResultsJSON.text($0) }))
    case .csv: for set in sets { try context.console.output(ResultsCSV.text(set)) }
    }
    return .done
  }

  /// Tables carry the runs' warnings themselves; other formats leave them to the error stream.
  static func warn(_ results: [[RunResult]], _ console: Console) {
    var told: [String] = []
    for run in results.joined() {
      for warning in run.warnings where !told.contains(warning) {
        told.append(warning)
        console.error("\(run.provenance.scenarioPath): warning: \(warning)")
      }
    }
  }
}

/// Several JSON documents as one.
enum JSONList {
  /// The only document as it is; several as an array.
  static func text(_ documents: [String]) -> String {
    guard documents.count > 1 else { return documents.first ?? "[]\n" }
    return "[\n" + documents.map { $0.last == "\n" ? String($0.dropLast()) : $0 }.joined(separator: ",\n") + "\n]\n"
  }
}
