import Assembly
import Hardware
import HardwareCatalogue
import Models
import Scheduling
import SimCore
import StepTime
import TextIO
import Workload

/// A measured experiment as a scenario with its trace: `spillway run` on it gives the same requests, to the picosecond,
/// as the experiment's own prediction.
public struct ScenarioExport: Sendable {
  /// A file beside the scenario.
  public struct File: Sendable {
    public var name: String
    public var content: Content

    public enum Content: Sendable {
      case text(String)
      /// The same bytes as another file.
      case copy(of: String)
    }
  }

  /// What its files begin with.
  public var name: String
  /// The scenario's text.
  public var scenario: String
  /// What it names: a model, a host's pace, kernel times.
  public var files: [File] = []
  /// Tokens of the blocks that the requests' prompts are made of; nil where the kit does not say.
  public var blockTokens: Int?
  public var requests: [MeasuredRequest]

  /// The file name of the scenario.
  public var scenarioName: String { name + ".yaml" }
  /// The file name of the trace.
  public var traceName: String { name + ".requests.csv" }

  /// - Parameters:
  ///   - name: what its files are to begin with; letters, digits, `.`, `-` and `_`.
  ///   - options: those with which the experiment was bound.
  /// - Throws: `KitError` for what no scenario can say.
  public init(
    _ experiment: MeasuredExperiment, _ bound: BoundExperiment, options: PredictionOptions, name: String
  ) throws {
    guard experiment.kind == .serving else {
      throw KitError(file: experiment.file, "\(experiment.name): a grid of steps has no workload to be run")
    }
    self.name = name
    requests = experiment.requests
    if requests.contains(where: { !$0.prefixBlocks.isEmpty }) { blockTokens = experiment.engine.blockSize }
    scenario = ""
    var yaml = ScenarioText()
    yaml.line("# Written by 'spillway validate --export-scenario' from a measured run.")
    yaml.line("name: \(name.filter { $0 != "." })")
    let description = "The workload of \(experiment.name), as \(experiment.hardware.gpu) served it."
    yaml.line("description: \(JSONWriter.quoted(description))")
    yaml.line("server: \(try Self.server(bound.server, experiment))")
    yaml.line("deployments:")
    yaml.line("  - name: engine")
    yaml.line("    model: \(try model(of: experiment))")
    if experiment.hardware.tensorParallel > 1 {
      yaml.line("    tensor_parallel: \(experiment.hardware.tensorParallel)")
    }
    yaml.line("    replicas: \(experiment.hardware.dataParallel)")
    yaml.line("    router: \(Router.leastOutstanding.rawValue)")
    yaml.line("    policy:")
    yaml.line("      name: \(VLLMv1Policy.descriptor.name)")
    for (key, value) in experiment.engine.parameters.sorted(by: { $0.key < $1.key }) {
      yaml.line("      \(key): \(value.text)")
    }
    yaml.line("    engine:")
    for (key, value) in try settings(experiment, bound, options) { yaml.line("      \(key): \(value)") }
    yaml.line("workload:")
    yaml.line("  trace: {file: \(traceName), format: csv}")
    scenario = yaml.text
  }

  /// A server of the catalogue, made large enough.
  private static func server(_ server: ServerSpec, _ experiment: MeasuredExperiment) throws -> String {
    guard let known = HardwareCatalogue.server(named: server.name) else {
      throw KitError(
        file: experiment.file, "'\(server.name)' is no server of the catalogue, which a scenario could name")
    }
    if known.gpuCount == server.gpuCount { return server.name }
    return "{like: \(server.name), gpus: \(server.gpuCount), pcie_switches: []}"
  }

  private mutating func model(of experiment: MeasuredExperiment) throws -> String {
    guard let text = experiment.modelText else {
      if ModelCatalogue.names.contains(experiment.model.name) { return experiment.model.name }
      throw KitError(file: experiment.file, "'\(experiment.model.name)' is no model of the catalogue")
    }
    let file = name + ".model.json"
    files.append(File(name: file, content: .text(text)))
    return file
  }

  /// The engine's keys with their values.
  private mutating func settings(
    _ experiment: MeasuredExperiment, _ bound: BoundExperiment, _ options: PredictionOptions
  ) throws -> [(String, String)] {
    let engine = bound.engine.description
    if engine.maxModelLength > engine.model.maximumContext {
      throw KitError(
        file: experiment.file,
        "\(experiment.name): 'max_model_len' is \(engine.maxModelLength), and \(engine.model.name) was made for "
          + "\(engine.model.maximumContext) tokens")
    }
    var keys = [
      ("max_num_batched_tokens", "\(engine.maxBatchedTokens)"), ("max_num_seqs", "\(engine.maxSequences)"),
      ("max_model_len", "\(engine.maxModelLength)"), ("block_size", "\(engine.memory.blockSize)"),
      ("kv_blocks", "\(bound.kvBlocks)"), ("gpu_memory_utilization", "\(engine.memory.share)"),
      ("kv_dtype", engine.cacheType?.rawValue ?? "auto"),
    ]
    if engine.graphs.isEager {
      keys.append(("enforce_eager", "true"))
    } else {
      if let sizes = engine.graphs.sizes {
        keys.append(("cudagraph_capture_sizes", "[\(sizes.map(String.init).joined(separator: ", "))]"))
      }
      if let mixed = engine.graphs.coversMixedIterations {
        keys.append(("cudagraph_mode", mixed ? "FULL_AND_PIECEWISE" : "FULL_DECODE_ONLY"))
      }
    }
    keys.append(("enable_prefix_caching", "\(engine.cachesPrefixes)"))
    if let bytes = experiment.engine.offloadingBytes {
      keys.append(("swap_space", "\(bytes / Int64(engine.tensorParallel)) B"))
    }
    if engine.expertParallel != nil { keys.append(("enable_expert_parallel", "true")) }
    if engine.host.varies {
      let file = name + ".host.csv"
      files.append(File(name: file, content: .text(engine.host.table)))
      keys.append(("host", file))
    } else if engine.host != .usual {
      keys.append(("host", "\(engine.host.changes[0].pace)"))
    }
    switch engine.frontEnd {
    case .none: break
    case .given(let time): keys.append(("overheads", "{front_end: \(time.seconds) s}"))
    case .stack: keys.append(("overheads", "{front_end: stack}"))
    }
    if let kernels = try kernels(engine, options) { keys.append(("kernels", kernels)) }
    return keys
  }

  /// What the scenario names as its kernel times; nil for those of its GPU.
  private mutating func kernels(_ engine: EngineDescription, _ options: PredictionOptions) throws -> String? {
    if let path = options.profilePath {
      if ProfileLibrary.names.contains(path) { return path }
      let file = name + ".profile.csv"
      files.append(File(name: file, content: .copy(of: path)))
      return file
    }
    guard case .layers(let measured) = engine.kernels else { return nil }
    let folder = name + ".kernels"
    for path in try LayerMeasurements.files(in: measured.folder, tensorParallel: engine.tensorParallel) {
      let file = PathText.lastPart(path)
      files.append(File(name: folder + "/" + file, content: .copy(of: path)))
    }
    return folder
  }

  /// Writes the trace.
  ///
  /// - Throws: when the place cannot be written; then there is no file.
  public func writeTrace(to path: String) throws(WorkloadError) {
    let writer = try TraceWriter(
      path, prefixes: requests.contains { $0.prefixTokens > 0 || $0.session != nil }, blockTokens: blockTokens)
    for request in requests {
      try writer.write(
        arrival: SimTime(seconds: request.arrival), promptTokens: Int32(request.promptTokens),
        outputTokens: Int32(request.outputTokens), requestClass: request.requestClass, tenant: 0,
        priority: Int32(request.priority),
        prefix: TraceWriter.PrefixColumns(
          tokens: Int32(request.prefixTokens), session: Int32(request.session ?? -1), turn: Int32(request.turn)),
        blocks: request.prefixBlocks)
    }
    try writer.finish()
  }
}

/// YAML, line by line.
private struct ScenarioText {
  var text = ""

  mutating func line(_ line: String) { text += line + "\n" }
}
