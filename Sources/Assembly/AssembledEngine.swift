import Cluster
import Models
import Replica
import Scheduling
import SimCore
import StepTime

/// An engine with its step times bound and its memory divided: ready to be placed and run.
///
/// The one place where a memory budget and a deployment's plan are made, whoever describes the engine.
public struct AssembledEngine: Sendable {
  public let description: EngineDescription
  public let bound: BoundEngine
  /// Memory of each GPU, before anything is lent.
  public let budget: MemoryBudget

  /// - Parameter bound: the description's step times, where they are bound already.
  /// - Throws: `TensorParallelError` when the model cannot be split so; `ProfileError` for tables that lack what the
  ///   model needs.
  public init(_ description: EngineDescription, bound: BoundEngine? = nil) throws {
    self.description = description
    let bound = try bound ?? BoundEngine(description)
    self.bound = bound
    let memory = description.memory
    budget = try MemoryBudget(
      memory: memory.device, utilisation: memory.share, shareOfFree: memory.shareOfFree, model: description.model,
      tensorParallel: description.tensorParallel, blockSize: memory.blockSize,
      maxBatchedTokens: description.maxBatchedTokens,
      maxSequences: min(description.maxSequences, memory.reservedSequences ?? .max), engine: bound.costs,
      cacheType: description.cacheType, adapters: description.adapters?.bytes ?? 0, reserve: memory.reserve,
      estimate: memory.estimate)
  }

  /// KV blocks of each replica when nothing is lent: those given, or what memory holds; 0 when nothing fits.
  public var keyValueBlocks: Int { description.memory.blocks ?? budget.blocks }

  /// The contiguous piece of KV in paged memory: one block of one layer, K or V, on one GPU.
  public var fragmentBytes: Int64 {
    var pieces = Int64(description.model.layerCount)
    if case .latent = description.model.attention {} else { pieces *= 2 }
    return max(1, budget.blockBytes / pieces)
  }

  /// The deployment of this engine.
  ///
  /// - Parameters:
  ///   - name: what results call it.
  ///   - model: what results call its model; the model's own name when nil.
  ///   - keyValueBlocks: of each replica, where part of the memory is lent.
  ///   - targets: the tightest of its online streams, for policies that look at them.
  public func plan(
    name: String, model: String? = nil, replicas: [ReplicaPlan], router: Router = .roundRobin, policy: PolicyChoice,
    keyValueBlocks: Int? = nil, targets: LatencyTargets = LatencyTargets()
  ) -> DeploymentPlan {
    let limits = EngineLimits(
      maxBatchedTokens: description.maxBatchedTokens, maxSequences: description.maxSequences,
      blockSize: budget.blockSize, kvBlocks: keyValueBlocks ?? self.keyValueBlocks,
      maxModelLength: description.maxModelLength, layers: description.model.layerCount,
      tensorParallel: description.tensorParallel, timeToFirstTokenTarget: targets.timeToFirstToken,
      timePerOutputTokenTarget: targets.timePerOutputToken)
    var plan = DeploymentPlan(
      name: name, model: model ?? description.model.name, replicas: replicas, router: router, policy: policy,
      limits: limits, cost: bound.step.cost, blockBytesPerGPU: budget.blockBytes, fragmentBytes: fragmentBytes)
    plan.cachesPrefixes = description.cachesPrefixes
    plan.host = description.host
    plan.trust = description.trustBasis(bound.step)
    switch description.frontEnd {
    case .none: break
    case .given(let time): plan.frontEnd = time
    case .stack: plan.frontEnd = SimDuration(seconds: bound.costs.frontEnd)
    }
    plan.entrance.adapters = description.adapters?.plan
    plan.lockStep = bound.lockStep
    return plan
  }
}

/// What online requests should meet, as policies see it; nil for no target.
public struct LatencyTargets: Sendable, Hashable {
  public var timeToFirstToken: SimDuration?
  public var timePerOutputToken: SimDuration?

  public init(timeToFirstToken: SimDuration? = nil, timePerOutputToken: SimDuration? = nil) {
    self.timeToFirstToken = timeToFirstToken
    self.timePerOutputToken = timePerOutputToken
  }
}
