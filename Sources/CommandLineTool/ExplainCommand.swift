import ArgumentParser
import Assembly
import Experiments
import Metrics
import Scenario

/// `spillway explain`: what a scenario comes to before anything is simulated.
struct ExplainCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show a scenario's memory, step times, limits and the load it can carry, without running it.",
    discussion: """
      Examples:
        spillway explain Scenarios/quickstart-burst.yaml
        spillway explain Scenarios/quickstart-burst.yaml --sources
        spillway explain mine.yaml --yaml
      """)

  @Argument(help: "The scenario file; - for standard input.", completion: .scenario)
  var scenario: String

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var reading: ReadingOptions

  @Flag(help: "Every figure with where it comes from.")
  var sources = false

  @Flag(help: "Print the scenario with every default written out, and nothing else.")
  var yaml = false

  @Option(help: "How the explanation is printed.")
  var format: ExplanationFormat = .table

  func validate() throws {
    if yaml, sources || format == .json {
      throw ValidationError("'--yaml' and '\(sources ? "--sources" : "--format json")' exclude each other")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let loaded = try ScenarioLoading.load(
      [scenario], overrides: scenarioOptions.overrides, context: context, quiet: false)
    let scenarios = loaded.flatMap(\.scenarios)
    if yaml {
      let names = scenarios.compactMap { $0.variant?.name }
      if scenarios.count > 1 {
        throw Failure(
          .usage, "'--yaml' prints one scenario; choose with '--variant' among: \(names.joined(separator: ", "))")
      }
      for scenario in scenarios { try context.console.output(scenario.canonicalText) }
      return .done
    }
    let texts = try scenarios.map { try text(of: $0, width: context.console.width) }
    if format == .json {
      try context.console.output(JSONList.text(texts))
    } else {
      for (index, (scenario, text)) in zip(scenarios, texts).enumerated() {
        if index > 0 { try context.console.output("\n") }
        if let variant = scenario.variant { try context.console.output("Variant \(variant.name)\n\n") }
        try context.console.output(text)
      }
    }
    return .done
  }

  private func text(of resolved: ResolvedScenario, width: Int) throws -> String {
    let explained = try Self.explained(resolved)
    return switch (format, sources) {
    case (.json, _): ExplanationJSON.text(resolved, explained)
    case (.table, true): ExplanationSources.text(resolved, explained, width: width)
    case (.table, false): ExplanationText.text(resolved, explained, width: width)
    }
  }

  /// What is told of each deployment of a scenario, under its first policy.
  static func explained(_ resolved: ResolvedScenario) throws -> [ExplainedDeployment] {
    let planned: [PlannedDeployment]
    do throws(PlanningError) {
      planned = try Planner.deployments(of: resolved, under: resolved.policies.first)
    } catch {
      let place = resolved.variant.map { " (in variant '\($0.name)')" } ?? ""
      throw Failure(.badInput, error.problems.map { "\(resolved.path): error: \($0)\(place)" })
    }
    return try planned.enumerated().map { index, deployment in
      try ExplainedDeployment(deployment, at: index, in: resolved)
    }
  }
}
