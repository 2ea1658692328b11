import ArgumentParser
import Experiments
import Report
import Scenario
import SimCore

extension StoryLatency: ExpressibleByArgument {}
extension RequestClass: ExpressibleByArgument {}

/// `spillway why`: what happened to one request, and where its time went.
struct WhyCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Tell what happened to one request under each policy, and where its time went.",
    discussion: """
      Examples:
        spillway why Scenarios/quickstart-burst.yaml --request 17
        spillway why Scenarios/quickstart-burst.yaml --worst ttft --policy turns-peer
      """)

  @Argument(help: "The scenario file; - for standard input.", completion: .scenario)
  var scenario: String

  @Option(help: ArgumentHelp("The request, by its number in order of arrival, from 0.", valueName: "n"))
  var request: Int64?

  @Option(
    help: ArgumentHelp(
      "The request with the longest of these, of each run: 'ttft', 'e2e' or 'tpot'.", valueName: "latency"))
  var worst: StoryLatency?

  @Option(
    name: .customLong("class"), help: ArgumentHelp("With '--worst': 'online' or 'offline' ones.", valueName: "class"))
  var requestClass: RequestClass?

  @Option(help: ArgumentHelp("The replication, from 0.", valueName: "n"))
  var replication = 0

  @Option(help: "How the story is printed.")
  var format: ListingFormat = .table

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if (request == nil) == (worst == nil) {
      throw ValidationError("'why' wants one request: '--request N', or '--worst ttft', 'e2e' or 'tpot'")
    }
    if let request, request < 0 { throw ValidationError("'--request' wants a number from 0, found \(request)") }
    if requestClass != nil, worst == nil { throw ValidationError("'--class' goes with '--worst'") }
    if !(0..<1_000_000).contains(replication) {
      throw ValidationError("'--replication' wants a number from 0 to 999999, found \(replication)")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let simulating = Simulating(running: running, context: context)
    let studies = try await simulating.studies(of: [scenario], overrides: scenarioOptions.overrides)
    let batch = try RunBatch(
      studies, replications: studies.map { _ in replication..<(replication + 1) }, stepping: running.stepping,
      checksInvariants: running.checkInvariants, spillwayVersion: SpillwayCommand.version)
    let choice = request.map { StoryChoice.request($0) } ?? .worst(worst ?? .e2e, requestClass)
    let told = try await RequestStories.tell(choice, in: batch, width: running.width, stop: context.stop())
    if format == .json {
      try context.console.output(RequestStory.json(told, spillwayVersion: SpillwayCommand.version))
      return .done
    }
    let texts = told.map { heading, story in
      story.document(heading).text(as: format, width: context.console.width, json: "")
    }
    try context.console.output(texts.joined(separator: "\n"))
    return .done
  }
}
