import Hardware
import HardwareCatalogue
import Models
import StepTime

/// Step times from the kernel times that a kit brings along.
enum KitProfile {
  /// Binds an experiment with the profile in its own folder, in the layout of LLMServingSim.
  ///
  /// - Throws: `KitError` when there is none, or it lacks what the model needs; for a GPU of which nothing is known.
  static func bind(
    _ experiment: MeasuredExperiment, folder: String, server: ServerSpec?
  ) throws -> BoundExperiment {
    let hardware = experiment.hardware
    let model = experiment.model
    let profile = try LLMServingSimProfile(folder: folder, tensorParallel: hardware.tensorParallel)
    if let problem = profile.tables.problem(hasExperts: model.experts != nil) {
      throw KitError(file: folder, "the profile cannot be used: \(problem)")
    }
    guard let server = server ?? KitHardware.server(for: hardware) else {
      throw KitError(
        file: folder,
        "'\(hardware.gpu)' is no GPU of the catalogue (\(HardwareCatalogue.gpuNames.joined(separator: ", "))); "
          + "name a server with '--server'")
    }
    var costs = experiment.engineCosts(nil)
    if experiment.engine.captureSizes == nil {
      // vLLM captures graphs for at most twice as many tokens as sequences.
      costs.captureSizes = costs.captureSizes.filter { $0 <= 2 * experiment.engine.maxSequences }
    }
    var notes = [
      "kernel times from \(folder); the host's own time is taken to be hidden behind the kernels (asynchronous "
        + "scheduling); products and prefill attention slower inside an engine, by the factors fitted on H200"
    ]
    var request = LayerTableRequest(
      tables: profile.tables, layerCount: model.layerCount, maxBatchedTokens: experiment.engine.maxBatchedTokens,
      maxSequences: experiment.engine.maxSequences, engine: costs)
    if let share = profile.imbalanceShare {
      let spread = ContextSpread(experiment.requests.map { ($0.promptTokens, $0.outputTokens) })
      request.imbalance = DecodeImbalance(
        share: share, longestOverMean: (0...experiment.engine.maxSequences).map(spread.longestOverMean))
    } else {
      notes.append("the profile says nothing of batches with unequal contexts: taken as equal")
    }
    if hardware.tensorParallel > 1 {
      guard hardware.tensorParallel == 2, let collectives = PairCollectives(gpu: server.gpu.name) else {
        throw KitError(
          file: folder, "collectives over \(hardware.tensorParallel) GPUs of \(server.gpu.name) were not measured")
      }
      request.collectives = { model.allReduceSeconds(collectives, tokens: $0) }
      request.sequenceCollectives = { model.logitsSeconds(collectives, sequences: $0) }
      notes.append("all-reduces as NCCL was measured between two of these GPUs over PCIe")
    }
    let step = LayerTableBinder.bind(request)
    let blocks = try experiment.kvBlocks(memory: server.gpu.memoryBytes, costs: costs, notes: &notes)
    return BoundExperiment(
      step: step, kvBlocks: blocks, server: server, profile: profile.tables.source, notes: notes)
  }
}
