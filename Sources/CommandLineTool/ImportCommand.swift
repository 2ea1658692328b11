import ArgumentParser
import Configuration
import Foundation
import HardwareCatalogue
import Models
import Report
import Scenario
import TextIO

/// `spillway import`: a server's command as a scenario.
struct ImportCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Write a scenario from the command that starts a serving engine.",
    discussion: """
      Commands of vLLM ('vllm serve MODEL ...'), SGLang ('python -m sglang.launch_server ...', 'sglang serve ...') and \
      TensorRT-LLM ('trtllm-serve MODEL ...') are read. Arguments that ask for what isn't modelled are refused by \
      name; those without effect on times are listed in the scenario's head.

      Examples:
        spillway import 'vllm serve meta-llama/Llama-3.1-8B -tp 2' --server hgx-h100-8 --output mine.yaml
        spillway import start-server.sh --trace requests.csv.gz
      """)

  @Argument(
    help: ArgumentHelp("The command in quotes, a file that holds it, or - for standard input.", valueName: "command"),
    completion: .file())
  var command: String

  @OptionGroup var deployment: ImportOptions

  @Option(
    help: ArgumentHelp("A trace of requests; a placeholder when left out.", valueName: "file"), completion: .file())
  var trace: String?

  @Option(help: ArgumentHelp("What results call the deployment.", valueName: "name"))
  var name = "engine"

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write the scenario to this file.", valueName: "file"), completion: .file())
  var output: String?

  @OptionGroup var reading: ReadingOptions

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    if let output { try OutputPlace.check(output) }
    let folder = output.map { ($0 as NSString).deletingLastPathComponent } ?? ""
    if let trace { try ReadableFile.check(trace) }
    let imported = try deployment.imported(
      command, folder: folder, trace: trace.map { ImportOptions.place($0, beside: folder) }, name: name, context)
    for variable in imported.command.environment {
      context.console.error("warning: nothing is known of the variable '\(variable)'; it is left out")
    }
    if let output {
      try AtomicFile.write(imported.scenario.text, to: output)
    } else {
      try context.console.output(imported.scenario.text)
    }
    return .done
  }
}

/// What a command does not say of its surroundings.
struct ImportOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The server it runs on, of the catalogue.", valueName: "name"), completion: .server)
  var server: String?

  @Option(
    name: .customLong("stack-version"),
    help: ArgumentHelp("The stack's version; the newest that was fitted when left out.", valueName: "version"))
  var stackVersion: String?

  struct Imported {
    var command: ReadServeCommand
    var scenario: ImportedScenario
    var resolved: ResolvedScenario
  }

  /// Reads a command and resolves the scenario that it stands for.
  ///
  /// - Parameters:
  ///   - argument: the command, a file with it, or `-`.
  ///   - folder: where the scenario is to be; empty for the working directory.
  ///   - trace: as the scenario names it.
  ///   - workload: the keys of the stream, a line each, where they are known.
  /// - Throws: `Failure` with everything that is wrong or not modelled.
  func imported(
    _ argument: String, folder: String, trace: String?, name: String, workload: [String]? = nil,
    _ context: CommandContext
  ) throws -> Imported {
    guard let server else {
      throw Failure(
        .usage, "'--server' says what the command runs on: \(HardwareCatalogue.serverNames.joined(separator: ", "))")
    }
    guard HardwareCatalogue.server(named: server) != nil else {
      throw Failure(.usage, "unknown server '\(server)'" + HardwareCatalogue.clause(forUnknownServer: server))
    }
    let (text, source) = try Self.text(argument)
    let diagnostics = Diagnostics()
    guard let command = ServeCommandReader.read(text, name: source, into: diagnostics),
      let model = command["model"]?.value
    else { throw Failure(diagnostics) }
    var surroundings = ImportedScenario.Surroundings(
      server: server, trace: trace, version: stackVersion, deployment: name)
    surroundings.workload = workload
    guard
      let scenario = ImportedScenario(
        command, model: Self.modelPlace(model, beside: folder), surroundings, policies: context.policies,
        into: diagnostics),
      let document = scenario.document(name: folder.isEmpty ? "scenario" : folder + "/scenario", into: diagnostics),
      let resolved = ScenarioReader.resolve(
        document, policies: context.policies, metrics: ScenarioLoading.metricNames, into: diagnostics)
    else { throw Failure(diagnostics) }
    ScenarioLoading.warn([resolved], context.console)
    return Imported(command: command, scenario: scenario, resolved: resolved)
  }

  /// The command's text, and what messages call it.
  private static func text(_ argument: String) throws -> (String, String) {
    if argument == Document.standardInput {
      return (String(decoding: try ReadableFile.standardInput(upTo: sizeLimit), as: UTF8.self), "stdin")
    }
    if !argument.contains(where: \.isWhitespace), (try? ReadableFile.kind(of: argument)) == .some(.file) {
      return (String(decoding: try ReadableFile.bytes(argument, upTo: sizeLimit), as: UTF8.self), argument)
    }
    return (argument, "command")
  }

  /// The longest command that is read, bytes.
  private static let sizeLimit = 1 << 20

  /// A folder of a checkpoint is named by its configuration.
  private static func modelPlace(_ model: String, beside folder: String) -> String {
    let file = (model as NSString).appendingPathComponent("config.json")
    if (try? ReadableFile.kind(of: model)) == .some(.folder), (try? ReadableFile.kind(of: file)) == .some(.file) {
      return place(file, beside: folder)
    }
    return (try? ReadableFile.kind(of: model)) == .some(.file) ? place(model, beside: folder) : model
  }

  /// A path of the working directory as a scenario in a folder names it.
  static func place(_ path: String, beside folder: String) -> String {
    folder.isEmpty || path.hasPrefix("/") ? path : URL(fileURLWithPath: path).standardizedFileURL.path
  }
}
