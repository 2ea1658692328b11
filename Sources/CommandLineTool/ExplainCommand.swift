import ArgumentParser
import Assembly
import Experiments
import Scenario

/// `spillway explain`: what a scenario comes to before anything is simulated.
struct ExplainCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show what a scenario comes to before it runs: memory, step times, limits, the load it can carry.")

  @Argument(help: "The scenario file; - for standard input.")
  var scenario: String

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var reading: ReadingOptions

  @Flag(help: "Every figure with where it comes from.")
  var sources = false

  @Flag(help: "Print the scenario with every default written out, and nothing else.")
  var yaml = false

  @Option(help: "How the explanation is printed.")
  var format: ListingFormat = .table

  func validate() throws {
    if yaml, sources || format == .json {
      throw ValidationError("'--yaml' and '\(sources ? "--sources" : "--format json")' exclude each other")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let loaded = try ScenarioLoading.load(
      [scenario], overrides: scenarioOptions.overrides, context: context, quiet: false)
    guard let resolved = loaded.first else { return .badInput }
    if yaml {
      try context.console.output(resolved.canonicalText)
      return .done
    }
    let planned: [PlannedDeployment]
    do throws(PlanningError) {
      planned = try Planner.deployments(of: resolved, under: resolved.policies.first)
    } catch {
      throw Failure(.badInput, error.problems.map { "\(scenario): error: \($0)" })
    }
    let explained = try planned.enumerated().map { index, deployment in
      try ExplainedDeployment(deployment, at: index, in: resolved)
    }
    let width = context.console.width
    let text =
      switch (format, sources) {
      case (.json, _): ExplanationJSON.text(resolved, explained)
      case (.table, true): ExplanationSources.text(resolved, explained, width: width)
      case (.table, false): ExplanationText.text(resolved, explained, width: width)
      }
    try context.console.output(text)
    return .done
  }
}
