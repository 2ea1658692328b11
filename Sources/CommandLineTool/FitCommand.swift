import ArgumentParser
import Assembly
import Catalogue
import Charts
import Configuration
import Fitting
import Foundation
import HardwareCatalogue
import Models
import Report
import SimCore
import StepTime
import Validation
import Workload

/// `spillway fit`: an engine's costs from logs of its iterations.
struct FitCommand: SpillwayCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit a serving engine's own costs to logs of its iterations.",
    discussion: """
      A log is a .jsonl or .csv with a step per line (duration, prefill, decode_seqs, decode_ctx; sched and update where \
      known), or a kit of Scripts/record-vllm.py. Kits say what they ran on; for other logs give '--model' and '--gpu'. \
      Documentation/Fitting.md has the columns and the model that is fitted.
      """)

  @Argument(help: ArgumentHelp("Step logs and kits.", valueName: "log"))
  var logs: [String]

  @Option(
    name: .customLong("experiment"),
    help: ArgumentHelp(
      "Take these experiments of the kits alone; '*' stands for anything; repeatable.", valueName: "name"))
  var experiments: [String] = []

  @Option(
    help: ArgumentHelp("The model of logs that are no kits: a catalogue's name or a config.json.", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("The GPU, in place of what kits say.", valueName: "name"))
  var gpu: String?

  @Option(help: ArgumentHelp("A profile with kernel times, in place of the GPU's.", valueName: "file"))
  var profile: String?

  @Option(help: ArgumentHelp("GPUs that share each layer, for logs that are no kits.", valueName: "n"))
  var tensorParallel = 1

  @Flag(help: "The engine of logs that are no kits captures no graphs.")
  var eager = false

  @Option(help: ArgumentHelp("Time per layer where the logs cannot tell it from time per step.", valueName: "duration"))
  var perLayer = "20us"

  @Option(
    help: ArgumentHelp(
      "Compute-bound work of a step that runs before the clock falls; 0us where the profile's products were measured "
        + "under load.", valueName: "duration"))
  var fullClock = "10ms"

  @Option(help: ArgumentHelp("What the engine is called in the result.", valueName: "name"))
  var name = "vllm-v1"

  @Option(help: ArgumentHelp("Write the errors as charts.", valueName: "file.svg"))
  var plot: String?

  @Option(help: ArgumentHelp("Write the costs as a profile's section '@engine'.", valueName: "file.csv"))
  var output: String?

  @Option(help: "How the fit is printed.")
  var format: ListingFormat = .table

  func validate() throws {
    guard (1...1024).contains(tensorParallel) else {
      throw ValidationError("'--tensor-parallel' wants a number from 1 to 1024, found \(tensorParallel)")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let rates = try gpu.map(Self.rates)
    let logs = try stepLogs(rates)
    let gpus = Set(logs.map(\.gpu.name)).sorted()
    guard let first = gpus.first, gpus.count == 1 else {
      throw Failure(.badInput, "the logs are of different GPUs: \(gpus.joined(separator: ", ")); fit them apart")
    }
    let kernels = try Self.profile(at: profile) ?? ProfileLibrary.profile(forGPU: first)
    let fit = try EngineFit(
      logs,
      options: EngineFitOptions(
        name: name, profile: kernels, perLayer: try Self.seconds(perLayer, "--per-layer"),
        fullClock: try Self.seconds(fullClock, "--full-clock")))
    let report = FitReport(
      fit: fit, logs: logs, profile: kernels.map { "profile \($0.name)" } ?? "roofline of \(first)")
    if let plot { try AtomicFile.write(fit.charts.svg(), to: plot) }
    if let output { try AtomicFile.write(report.document.description, to: output) }
    switch format {
    case .table: try context.console.output(report.text(width: context.console.width))
    case .json: try context.console.output(report.json.document)
    }
    return .done
  }

  /// Every log and every chosen experiment of the kits.
  private func stepLogs(_ rates: GPURates?) throws -> [StepLog] {
    var result: [StepLog] = []
    var names: [String] = []
    for path in logs {
      if StepLogReader.recognises(path: path) {
        guard let model else { throw Failure(.usage, "\(path) is no kit and does not name its model: give '--model'") }
        guard let rates else { throw Failure(.usage, "\(path) is no kit and does not name its GPU: give '--gpu'") }
        result.append(
          StepLog(
            name: path, model: try Self.model(named: model), gpu: rates, tensorParallel: tensorParallel,
            captureSizes: eager ? [] : StackLibrary.standard.newest.costs.captureSizes, capturesMixedIterations: !eager,
            steps: try StepLogReader.steps(path: path)))
        continue
      }
      for experiment in try KitReader.read(path: path).experiments {
        names.append(experiment.name)
        let isWanted = experiments.isEmpty || experiments.contains { Self.matches(experiment.name, $0) }
        if isWanted { result.append(try experiment.stepLog(gpu: rates)) }
      }
    }
    for pattern in experiments where !names.contains(where: { Self.matches($0, pattern) }) {
      throw Listing.unknown(pattern, noun: "experiment", plural: "experiments", among: names)
    }
    return result
  }

  /// Whether a name fits a pattern in which '*' stands for any characters.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = parts.first, let last = parts.last, parts.count > 1 else { return name == pattern }
    guard name.hasPrefix(first) else { return false }
    var rest = name.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.range(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(last)
  }

  private static func rates(ofGPU name: String) throws -> GPURates {
    guard let spec = HardwareCatalogue.gpu(named: name) else {
      throw Listing.unknown(name, noun: "GPU", plural: "GPUs", among: HardwareCatalogue.gpuNames)
    }
    return GPURates(spec)
  }

  private static func model(named name: String) throws -> ModelArchitecture {
    if ModelCatalogue.names.contains(name) { return try ModelCatalogue.model(named: name) }
    guard name.hasSuffix(".json") else {
      throw Listing.unknown(name, noun: "model", plural: "models", among: ModelCatalogue.names)
    }
    let text = String(decoding: try FileContents.bytes(path: name), as: UTF8.self)
    return try ModelArchitecture(configJSON: text, name: name, file: name)
  }

  static func profile(at path: String?) throws -> StepTimeProfile? {
    guard let path else { return nil }
    if ProfileLibrary.names.contains(path) { return try ProfileLibrary.profile(named: path) }
    return try StepTimeProfile(text: String(decoding: try FileContents.bytes(path: path), as: UTF8.self), file: path)
  }

  private static func seconds(_ text: String, _ option: String) throws -> Double {
    do throws(QuantityError) {
      return try Quantity.duration(text).seconds
    } catch {
      throw Failure(.usage, "'\(option)' wants \(error.expected), found '\(error.found)'")
    }
  }
}
