import Cluster
import Hardware
import HardwareCatalogue
import Models
import SimCore
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
    request.imbalance = profile.imbalance(experiment, notes: &notes)
    let collectives = try collectives(of: experiment, server: server, file: folder)
    if hardware.tensorParallel > 1, let collectives {
      request.collectives = { model.allReduceSeconds(collectives, tokens: $0) }
      request.sequenceCollectives = { model.logitsSeconds(collectives, sequences: $0) }
      notes.append("all-reduces as NCCL was measured between two of these GPUs over PCIe")
    }
    var lockStep: LockStepPlan?
    if let mixture = model.experts {
      let experts = LayerExperts(profile.tables.experts, count: mixture.count, perToken: mixture.perToken)
      if hardware.dataParallel > 1 && hardware.isExpertParallel, let collectives {
        lockStep = sharedExperts(experts, of: experiment, collectives)
        notes.append(
          "data-parallel engines in lock step, each with its share of the experts; tokens exchanged as NCCL was measured "
            + "between two of these GPUs over PCIe")
      } else {
        request.experts = { Double(mixture.layerCount) * experts.seconds($0) }
      }
    }
    let step = LayerTableBinder.bind(request)
    let blocks = try experiment.kvBlocks(memory: server.gpu.memoryBytes, costs: costs, notes: &notes)
    var bound = BoundExperiment(
      step: step, kvBlocks: blocks, server: server, profile: profile.tables.source, notes: notes)
    bound.lockStep = lockStep
    return bound
  }

  /// The collectives between the GPUs of a group; nil for one GPU.
  private static func collectives(
    of experiment: MeasuredExperiment, server: ServerSpec, file: String
  ) throws -> PairCollectives? {
    let hardware = experiment.hardware
    let hasSharedExperts = experiment.model.experts != nil && hardware.isExpertParallel
    let group = hardware.tensorParallel * (hasSharedExperts ? hardware.dataParallel : 1)
    guard group > 1 else { return nil }
    if hardware.tensorParallel > 1 && experiment.model.experts != nil {
      throw KitError(file: file, "experts split by tensor parallelism were not measured")
    }
    guard group == 2, let collectives = PairCollectives(gpu: server.gpu.name) else {
      throw KitError(file: file, "collectives over \(group) GPUs of \(server.gpu.name) were not measured")
    }
    return collectives
  }

  /// What data-parallel engines share: the experts, each with an equal part, and the exchange of tokens.
  private static func sharedExperts(
    _ experts: LayerExperts, of experiment: MeasuredExperiment, _ collectives: PairCollectives
  ) -> LockStepPlan {
    let ranks = experiment.hardware.dataParallel
    let layers = Double(experiment.model.experts?.layerCount ?? 0)
    let most = max(experiment.engine.maxBatchedTokens, experiment.engine.maxSequences)
    return LockStepPlan(
      total: (0...ranks * most).map { SimDuration(seconds: layers * experts.seconds($0, ranks: ranks)) },
      largest: (0...most).map {
        SimDuration(seconds: experiment.model.expertExchangeSeconds(collectives, tokens: $0))
      })
  }
}

extension LLMServingSimProfile {
  /// How unequal contexts lengthen decode attention under an experiment's workload; nil where the profile does not say.
  fileprivate func imbalance(_ experiment: MeasuredExperiment, notes: inout [String]) -> DecodeImbalance? {
    guard let imbalanceShare else {
      notes.append("the profile says nothing of batches with unequal contexts: taken as equal")
      return nil
    }
    let spread = ContextSpread(experiment.requests.map { ($0.promptTokens, $0.outputTokens) })
    return DecodeImbalance(
      share: imbalanceShare, longestOverMean: (0...experiment.engine.maxSequences).map(spread.longestOverMean))
  }
}
