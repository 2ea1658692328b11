import ArgumentParser
import Assembly
import Scenario

/// `spillway explain`: what a scenario comes to before anything is simulated.
struct ExplainCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show a scenario resolved: memory, step times and their sources, paging, predicted capacity.")

  @Argument(help: "The scenario file.")
  var scenario: String

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var reading: ReadingOptions

  @Option(help: "How the explanation is printed.")
  var format: ListingFormat = .table

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let loaded = try ScenarioLoading.load(
      [scenario], overrides: scenarioOptions.overrides, console: context.console, quiet: false)
    guard let resolved = loaded.first else { return .badInput }
    let planned: [PlannedDeployment]
    do {
      planned = try Planner.deployments(of: resolved)
    } catch let error as PlanningError {
      throw Failure(.badInput, error.problems.map { "\(scenario): error: \($0)" })
    }
    let explained = try planned.enumerated().map { index, deployment in
      ExplainedDeployment(
        deployment, servers: resolved.servers, typical: try TypicalRequest(ofDeployment: index, in: resolved))
    }
    try context.console.output(
      format == .json
        ? ExplanationJSON.text(resolved, explained)
        : ExplanationText.text(resolved, explained, width: context.console.width))
    return .done
  }
}
