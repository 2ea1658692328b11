import ArgumentParser
import Assembly
import Catalogue
import Charts
import Configuration
import Fitting
import Foundation
import HardwareCatalogue
import Report
import SimCore
import StepTime
import Validation

/// `spillway fit`: an engine's costs from logs of its iterations.
struct FitCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fit a serving engine's own costs to logs of its iterations.",
    discussion: """
      A log is a .jsonl or .csv with a step per line (duration, prefill, decode_seqs, decode_ctx; sched and update \
      where known), or a kit of Scripts/record-vllm.py. Kits say what they ran on; for other logs give '--model' and \
      '--gpu'. \
      Documentation/Fitting.md has the columns and the model that is fitted.

      Examples:
        spillway fit Kits/vllm-h200/llama3-8b-A.json.gz --output engine.csv
        spillway fit steps.csv --model llama-3.1-8b --gpu h100-sxm-80gb --plot errors.svg
      """)

  @Argument(help: ArgumentHelp("Step logs and kits.", valueName: "log"), completion: .file())
  var logs: [String]

  @Option(
    name: .customLong("experiment"),
    help: ArgumentHelp(
      "Take these experiments of the kits alone; '*' stands for anything; repeatable.", valueName: "name"))
  var experiments: [String] = []

  @Option(
    help: ArgumentHelp("The model of logs that are no kits: a catalogue's name or a config.json.", valueName: "name"),
    completion: .model)
  var model: String?

  @Option(help: ArgumentHelp("The GPU, in place of what kits say.", valueName: "name"), completion: .gpu)
  var gpu: String?

  @Option(
    help: ArgumentHelp(
      "A profile with kernel times, in place of the GPU's; with several GPUs, for those of its rates.",
      valueName: "file"), completion: .file())
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

  @Option(help: ArgumentHelp("Write the errors as charts.", valueName: "file.svg"), completion: .file())
  var plot: String?

  @Option(
    help: ArgumentHelp(
      "Write the costs as a profile's section '@engine'; with several GPUs, a file for each, named by its profile.",
      valueName: "file.csv"), completion: .file())
  var output: String?

  @Option(help: "How the fit is printed.")
  var format: ExplanationFormat = .table

  @OptionGroup var reading: ReadingOptions

  func validate() throws {
    if let plot { try ChartPlace.check(plot, takesFolder: false) }
    guard (1...1024).contains(tensorParallel) else {
      throw ValidationError("'--tensor-parallel' wants a number from 1 to 1024, found \(tensorParallel)")
    }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    if let plot { try ChartPlace.prepare(plot) }
    if let output { try OutputPlace.check(output) }
    var selection = StepLogSelection(paths: logs)
    selection.experiments = experiments
    selection.model = try model.map(NamedModel.find)
    selection.gpu = try gpu.map(Self.rates)
    selection.tensorParallel = tensorParallel
    selection.capturesGraphs = !eager
    let logs = try selection.logs()
    var options = EngineFitOptions(
      name: name, profile: nil, perLayer: try Self.seconds(perLayer, "--per-layer"),
      fullClock: try Self.seconds(fullClock, "--full-clock"))
    let kernels = try self.kernels(of: logs, &options)
    let fit = try EngineFit(logs, options: options)
    let report = FitReport(record: EngineFitRecord(fit, logs: logs, kernels: kernels))
    if let plot { try ChartPlace.write(fit.charts, to: plot) }
    if let output {
      let documents = report.record.documents
      for (profile, document) in documents {
        let place = documents.count == 1 ? output : Self.place(output, of: profile)
        try AtomicFile.write(document.description, to: place)
      }
    }
    switch format {
    case .table: try context.console.output(report.text(width: context.console.width))
    case .json: try context.console.output(report.json.document)
    }
    return .done
  }

  /// Gives every GPU's logs their kernel times: those of `--profile` to the GPUs of its rates, or to the only one, and
  /// the catalogue's to others.
  ///
  /// - Returns: where they come from, in words.
  private func kernels(of logs: [StepLog], _ options: inout EngineFitOptions) throws -> String {
    let given = try profile.map(StepTimeProfile.named)
    var gpus: [GPURates] = []
    for log in logs where !gpus.contains(where: { $0.name == log.gpu.name }) { gpus.append(log.gpu) }
    var words: [String] = []
    for gpu in gpus {
      let isOfGiven = gpus.count == 1 || given.map { $0.rates.hasRates(of: gpu) } ?? false
      let kernels = isOfGiven ? given : nil
      let found = try kernels ?? ProfileLibrary.profile(forGPU: gpu.name)
      options.profiles[gpu.name] = found
      words.append(found.map { "profile \($0.name)" } ?? "roofline of \(gpu.name)")
    }
    return words.joined(separator: " and ")
  }

  /// The file for one profile's costs where there are several: `engine.h100-sxm-80gb.csv` for `engine.csv`.
  private static func place(_ output: String, of profile: String) -> String {
    guard output.hasSuffix(".csv") else { return output + "." + profile }
    return output.dropLast(4) + "." + profile + ".csv"
  }

  private static func rates(ofGPU name: String) throws -> GPURates {
    guard let spec = HardwareCatalogue.gpu(named: name) else {
      throw Failure(.usage, "unknown GPU '\(name)'" + HardwareCatalogue.clause(forUnknownGPU: name))
    }
    return GPURates(spec)
  }

  private static func seconds(_ text: String, _ option: String) throws -> Double {
    do throws(QuantityError) {
      return try Quantity.duration(text).seconds
    } catch {
      throw Failure(.usage, "'\(option)' wants \(error.expected), found '\(error.found)'")
    }
  }
}
