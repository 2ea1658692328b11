import ArgumentParser
import Assembly
import Hardware
import HardwareCatalogue
import Models
import Scenario
import Scheduling
import TextIO
import Validation

extension ValidateCommand {
  /// A benchmark client's files, with the engine that a command starts.
  ///
  /// - Throws: `Failure` for a command that is not modelled; what reading the files throws.
  func benchmarks(startedBy command: String, _ context: CommandContext) throws -> [MeasuredExperiment] {
    var options = ImportOptions()
    options.server = server
    options.stackVersion = stackVersion
    let imported = try options.imported(command, folder: "", trace: nil, name: "engine", context)
    let deployment = imported.resolved.deployments[0]
    let policy = imported.resolved.policies.first
    let engine = deployment.engine(under: policy)
    let newest = StackLibrary.standard.newest
    guard let policy, policy.name == VLLMv1Policy.descriptor.name, engine.stack.name == newest.stack,
      engine.stack.variant == nil,
      StackLibrary.standard.version(engine.stack.version)?.number == newest.number
    else {
      throw Failure(
        .badInput,
        "'validate --engine-args' compares with \(newest.fullName) and later, found "
          + "\(engine.stack.name) \(engine.stack.version); 'spillway import --trace' makes a scenario of the command "
          + "that 'run' takes")
    }
    var hardware = MeasuredHardware(
      gpu: imported.resolved.servers[deployment.server].gpu.name, tensorParallel: deployment.tensorParallel,
      dataParallel: deployment.placement.count)
    hardware.memory = imported.resolved.servers[deployment.server].gpu.memoryBytes
    let measured = MeasuredEngine(engine, policy, tensorParallel: deployment.tensorParallel)
    return try kits.flatMap { path in
      try BenchReader.read(path: path).map { bench in
        let file = PathText.lastPart(path)
        var experiment = MeasuredExperiment(
          name: bench.name.isEmpty ? String(file.prefix { $0 != "." }) : bench.name, file: path,
          model: deployment.model, hardware: hardware, engine: measured, requests: bench.requests,
          notes: ["measured by \(bench.client), at the client"] + bench.notes)
        experiment.tokenGaps = bench.tokenGaps
        experiment.isSeenByClients = true
        return experiment
      }
    }
  }
}

extension MeasuredEngine {
  /// The engine of a scenario, in a kit's terms.
  fileprivate init(_ engine: EngineSettings, _ policy: ResolvedPolicy, tensorParallel: Int) {
    self.init(maxSequences: engine.maxSequences, maxBatchedTokens: engine.maxBatchedTokens)
    maxModelLength = engine.maxModelLength
    blockSize = engine.blockSize
    kvBlocks = engine.keyValueBlocks
    let parameters = policy.parameters(on: engine)
    order = parameters["order"] == .choice(Order.priority.rawValue) ? .priority : .fcfs
    reservesFullPrompt = parameters["reserve_full_prompt"] != .boolean(false)
    chunksPrompts = parameters["chunked_prefill"] != .boolean(false)
    longPrefillThreshold = parameters.integer("long_prefill_token_threshold")
    plansAhead = policy.plansAhead(on: engine)
    if parameters["kv_offloading"] == .boolean(true) {
      offloadingBytes = Int64(engine.swapSpace) * Int64(tensorParallel)
    }
    captureSizes = engine.captureSizes
    capturesMixedIterations = engine.graphMode != .decodeOnly
    isEager = engine.enforcesEager
    cachesPrefixes = engine.cachesPrefixes
    cacheType = engine.keyValueType
    memoryUtilization = engine.gpuMemoryUtilization
  }
}
