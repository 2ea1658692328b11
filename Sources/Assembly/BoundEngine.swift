import Cluster
import Models
import SimCore
import StepTime

/// An engine with its step times bound: what its iterations cost, and where that comes from.
///
/// Memory has no part in it, so engines that differ in memory alone can share one.
public struct BoundEngine: Sendable {
  /// The engine's own costs, as charged.
  public let costs: EngineCosts
  /// Step times, and an account of them.
  public let step: BoundStep
  /// What replicas that share experts share; nil when each runs by itself.
  public let lockStep: LockStepPlan?
  /// What kernel times come from, in words.
  public let kernels: String
  /// What was assumed, one sentence each.
  public let notes: [String]

  /// - Throws: `TensorParallelError` when the model cannot be split so; `ProfileError` for tables that lack what the
  ///   model needs.
  public init(_ engine: EngineDescription) throws {
    switch engine.kernels {
    case .profile(let profile): try self.init(engine, profile)
    case .layers(let measured): try self.init(engine, measured)
    }
  }

  private init(_ engine: EngineDescription, _ profile: StepTimeProfile?) throws {
    if engine.expertParallel != nil {
      throw ProfileError(
        file: profile?.name ?? engine.gpu.name,
        message: "the exchange of tokens between replicas that share experts was not measured")
    }
    costs = engine.costs(profile)
    var request = StepCostRequest(
      gpu: engine.gpu, model: engine.model, tensorParallel: engine.tensorParallel,
      maxBatchedTokens: engine.maxBatchedTokens, maxSequences: engine.maxSequences, engine: costs,
      cacheType: engine.cacheType)
    request.keepsDips = engine.keepsDips
    request.plansAhead = engine.plansAhead
    request.offload = engine.offload
    step = try StepCostBinder.bind(request, profile: profile)
    if engine.host != .usual, step.cost.host == nil {
      throw ProfileError(
        file: costs.name,
        message: "what a faster or slower host changes was not measured for this engine; leave it at its usual pace")
    }
    lockStep = nil
    kernels = profile.map { "profile \($0.name)" } ?? "roofline of \(engine.gpu.name)"
    let rough = step.unmeasured.map(\.name)
    notes = rough.isEmpty ? [] : ["step times outside what was measured: " + rough.joined(separator: "; ")]
  }

  private init(_ engine: EngineDescription, _ measured: LayerMeasurements) throws {
    let model = engine.model
    if engine.offload != nil {
      throw ProfileError(file: measured.folder, message: "layers measured one by one are taken to have all on the GPU")
    }
    if engine.host != .usual {
      throw ProfileError(
        file: measured.folder, message: "with layers measured one by one the host is taken to be hidden behind them")
    }
    if let problem = measured.tables.problem(hasExperts: model.experts != nil) {
      throw ProfileError(file: measured.folder, message: "the profile cannot be used: \(problem)")
    }
    var costs = engine.costs(nil)
    if engine.graphs.sizes == nil, case .stack(let version, _) = engine.costs, let most = version.graphsPerSequence {
      costs.captureSizes = costs.captureSizes.filter { $0 <= most * engine.maxSequences }
    }
    self.costs = costs
    kernels = measured.tables.source
    var notes = [
      "kernel times from \(measured.folder); the host's own time is taken to be hidden behind the kernels "
        + "(asynchronous scheduling); products and prefill attention slower inside an engine, by the factors fitted on H200"
    ]
    var request = LayerTableRequest(
      tables: measured.tables, layerCount: model.layerCount, maxBatchedTokens: engine.maxBatchedTokens,
      maxSequences: engine.maxSequences, engine: costs)
    if let share = measured.imbalanceShare {
      let spread = ContextSpread(engine.lengths)
      request.imbalance = DecodeImbalance(
        share: share, longestOverMean: (0...engine.maxSequences).map(spread.longestOverMean))
    } else {
      notes.append("the profile says nothing of batches with unequal contexts: taken as equal")
    }
    let collectives = try engine.pairCollectives(file: measured.folder)
    if engine.tensorParallel > 1, let collectives {
      request.collectives = { model.allReduceSeconds(collectives, tokens: $0) }
      request.sequenceCollectives = { model.logitsSeconds(collectives, sequences: $0) }
      notes.append("all-reduces as NCCL was measured between two of these GPUs over PCIe")
    }
    var lockStep: LockStepPlan?
    if let mixture = model.experts {
      let experts = LayerExperts(measured.tables.experts, count: mixture.count, perToken: mixture.perToken)
      if let parallel = engine.expertParallel, let collectives {
        lockStep = LockStepPlan(sharing: experts, over: parallel.ranks, of: engine, collectives)
        notes.append(
          "data-parallel engines in lock step, each with its share of the experts; tokens exchanged as NCCL was "
            + "measured between two of these GPUs over PCIe")
      } else {
        request.experts = { Double(mixture.layerCount) * experts.seconds($0) }
      }
    }
    step = LayerTableBinder.bind(request)
    self.lockStep = lockStep
    self.notes = notes
  }
}

extension EngineDescription {
  /// The engine's own costs on top of a profile's kernel times, with the graphs that this one captures.
  public func costs(_ profile: StepTimeProfile?) -> EngineCosts {
    var costs =
      switch costs {
      case .stack(let version, let variant): stackCosts(version, variant, profile)
      case .given(let costs): costs
      }
    if !graphs.isEager {
      if let sizes = graphs.sizes { costs.captureSizes = sizes }
      if let mixed = graphs.coversMixedIterations { costs.capturesMixedIterations = mixed }
    }
    costs.contextsDiffer = contextsDiffer
    if let value = overheads.perStep { costs.perStep = value }
    if let value = overheads.perLayer { costs.perLayer = value }
    if let value = overheads.perSequence { costs.perSequence = value }
    if let value = overheads.overlapPerStep { costs.overlap.perStep = value }
    if let value = overheads.overlapPerSequence { costs.overlap.perSequence = value }
    if let value = overheads.launchPerLayer {
      costs.host = costs.host ?? HostTimes(perStep: 0, perDecode: 0, perChunk: 0, perPromptToken: 0, slowdown: 0)
      costs.host?.launchPerLayer = value
    }
    if overheads != EngineOverheads() { costs.provenance.append("overheads given in the scenario") }
    return costs
  }

  private func stackCosts(_ version: StackVersion, _ variant: String?, _ profile: StepTimeProfile?) -> EngineCosts {
    let usual = version.costs(variant: variant, sharesHeads: model.sharesKeyValueHeads)
    // Costs that go by no stack's name are a person's own: the profile was made to be used with them.
    let fitted = (profile?.engines ?? []).filter { $0.name == usual.name || !EngineLibrary.names.contains($0.name) }
    if let exact = fitted.first(where: { $0.captureSizes.isEmpty == graphs.isEager }) { return exact }
    let graphed = fitted.first ?? usual
    guard graphs.isEager, let eager = version.eager else { return graphed }
    return graphed.withoutGraphs(launchPerLayer: eager.perLayer, source: eager.source)
  }

  /// The collectives between the GPUs of all ranks that work together; nil for one GPU.
  fileprivate func pairCollectives(file: String) throws(ProfileError) -> PairCollectives? {
    let group = tensorParallel * (expertParallel?.ranks ?? 1)
    guard group > 1 else { return nil }
    if tensorParallel > 1 && model.experts != nil {
      throw ProfileError(file: file, message: "experts split by tensor parallelism were not measured")
    }
    guard group == 2, let collectives = PairCollectives(gpu: gpu.name) else {
      throw ProfileError(file: file, message: "collectives over \(group) GPUs of \(gpu.name) were not measured")
    }
    return collectives
  }
}

extension LockStepPlan {
  /// Experts of which each rank has an equal part, and the exchange of tokens between ranks.
  fileprivate init(
    sharing experts: LayerExperts, over ranks: Int, of engine: EngineDescription, _ collectives: PairCollectives
  ) {
    let layers = Double(engine.model.experts?.layerCount ?? 0)
    let most = max(engine.maxBatchedTokens, engine.maxSequences)
    self.init(
      total: (0...ranks * most).map { SimDuration(seconds: layers * experts.seconds($0, ranks: ranks)) },
      largest: (0...most).map {
        SimDuration(seconds: engine.model.expertExchangeSeconds(collectives, tokens: $0))
      })
  }
}
