import ArgumentParser
import Configuration
import Report
import Scenario
import Workload

/// `spillway trace generate`: the requests of a scenario as a trace.
struct TraceGenerateCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write the requests that a scenario's streams offer as CSV.",
    discussion: """
      Examples:
        spillway trace generate Scenarios/quickstart-burst.yaml --output requests.csv
        spillway trace generate mine.yaml --stream chat --seed 7 --output chat.csv.gz
      """)

  @Argument(help: "The scenario file.", completion: .scenario)
  var scenario: String

  @OptionGroup var reading: ReadingOptions

  @Option(
    help: ArgumentHelp("The file to write; compressed when it ends in .gz.", valueName: "file"), completion: .file())
  var output: String

  @Option(
    name: .customLong("stream"),
    help: ArgumentHelp("Only this stream; repeatable. All of them when left out.", valueName: "name"))
  var streams: [String] = []

  @Option(help: ArgumentHelp("Which replication's requests, from 0.", valueName: "n"))
  var replication: Int = 0

  @Option(help: ArgumentHelp("Where every random choice starts from.", valueName: "n"))
  var seed: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Override a key of the scenario; repeatable.", valueName: "key.path=value"), completion: .setting
  )
  var set: [String] = []

  func validate() throws {
    if replication < 0 { throw ValidationError("'--replication' counts from 0, found \(replication)") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let overrides = ScenarioOverrides(set: set, seed: seed)
    let loaded = try ScenarioLoading.load([scenario], overrides: overrides, context: context, quiet: false)
    guard let resolved = loaded.first?.scenarios.first else { return .badInput }
    let names = resolved.streams.map(\.name)
    if let wrong = streams.first(where: { !names.contains($0) }) {
      throw Listing.unknown(wrong, noun: "stream", plural: "streams", among: names)
    }
    let chosen = resolved.streams.filter { streams.isEmpty || streams.contains($0.name) }
    try OutputPlace.check(output)
    let rows = try TraceTools.generate(
      chosen.map(\.workload), seed: resolved.seed, replication: replication, to: output,
      gzip: output.hasSuffix(".gz"))
    try context.console.output("\(output): \(Amount.count(rows)) rows\n")
    return .done
  }
}
