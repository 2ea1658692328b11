import ArgumentParser
import Scenario
import Scheduling

/// `spillway schema`: the JSON Schema of scenario files.
struct SchemaCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of scenario files, for editors.",
    discussion: """
      Examples:
        spillway schema > spillway.schema.json
      """)

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let schema = ScenarioSchema.text(
      policies: context.policies, metrics: ScenarioLoading.metricNames)
    try context.console.output(schema.hasSuffix("\n") ? schema : schema + "\n")
    return .done
  }
}
