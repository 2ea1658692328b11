import ArgumentParser
import Configuration
import Experiments
import Foundation
import Scenario
import SimCore
import Validation

/// `spillway drift`: a running server's own metrics beside the model's at the same load.
struct DriftCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift", abstract: "Compare a running vLLM server, by two scrapes of its metrics, with the model.",
    discussion: """
      A scrape is what the server's /metrics answers, saved to a file. The load between the two (requests, lengths, \
      rate) is simulated on the engine that the command of --engine-args starts. Each figure fits, has drifted, or \
      cannot be told from such scrapes.

      Examples:
        spillway drift monday.txt tuesday.txt --engine-args 'vllm serve meta-llama/Llama-3.1-8B'
      """)

  @Argument(help: ArgumentHelp("The earlier scrape.", valueName: "before"), completion: .file())
  var before: String

  @Argument(help: ArgumentHelp("The later scrape.", valueName: "after"), completion: .file())
  var after: String

  @Option(help: ArgumentHelp("The command that started the server.", valueName: "command"))
  var engineArgs: String

  @OptionGroup var deployment: ImportOptions

  @Option(help: ArgumentHelp("Time between the scrapes, where their samples have none.", valueName: "duration"))
  var interval: String?

  @Option(help: ArgumentHelp("The model_name of the metrics, where there are several.", valueName: "name"))
  var modelName: String?

  @Option(help: ArgumentHelp("What figures may differ by beside chance, in percent.", valueName: "percent"))
  var tolerance = 10.0

  @Option(help: ArgumentHelp("Simulations of the load, each with other requests.", valueName: "n"))
  var replications = 5

  @Option(help: "How findings are printed.")
  var format: ExplanationFormat = .table

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if !(2...1000).contains(replications) {
      throw ValidationError("'--replications' wants a number from 2 to 1000, found \(replications)")
    }
    if !(0...1000).contains(tolerance) { throw ValidationError("'--tolerance' wants percent from 0 to 1000") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let seconds = try interval.map { text -> Double in
      guard let time = try? Quantity.duration(text), time > .zero else {
        throw Failure(.usage, "'--interval' wants a time such as '5 min', found '\(text)'")
      }
      return time.seconds
    }
    let load = try ServerLoad(before: before, after: after, seconds: seconds, model: modelName)
    let plain = try deployment.imported(engineArgs, folder: "", trace: nil, name: "server", context)
    let longest = plain.resolved.deployments[0].engine.maxModelLength
    let imported = try deployment.imported(
      engineArgs, folder: "", trace: nil, name: "server", workload: DriftWorkload.lines(load, longest: longest), context
    )
    let batch = try RunBatch(
      [Study([imported.resolved])], replications: [0..<replications], spillwayVersion: SpillwayCommand.version)
    let results = try await batch.results(width: ProcessInfo.processInfo.activeProcessorCount, stop: context.stop())[0]
    let findings = DriftWorkload.findings(load, results, tolerance: tolerance / 100)
    let report = DriftReport(load: load, findings: findings, notes: DriftWorkload.notes(load, results))
    switch format {
    case .table: try context.console.output(report.text(width: context.console.width))
    case .json: try context.console.output(report.json.document)
    }
    return .done
  }
}
