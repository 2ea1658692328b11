import Cluster
import Metrics
import Models
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import Workload

/// The step costs that experiments share, bound once each.
final class SuiteBindings: Sendable {
  private struct Key: Hashable {
    let model: ModelArchitecture
    let gpu: GPURates
    let profile: String
    let degree: Int
    let tokens: Int
    let sequences: Int
    let engine: EngineCosts
    let cache: NumberType?
    let host: OverlappedHost
  }

  private let bound = Mutex<[Key: BoundStep]>([:])
  private let profiles = Mutex<[String: StepTimeProfile]>([:])

  /// - Throws: `TensorParallelError`, `ProfileError`.
  func step(of experiment: SuiteExperiment) throws -> BoundStep {
    let serving = experiment.serving
    let key = Key(
      model: experiment.model, gpu: experiment.machine.rates, profile: experiment.machine.profile,
      degree: experiment.tensorParallel, tokens: serving.maxBatchedTokens, sequences: serving.maxSequences,
      engine: serving.engine.costs, cache: serving.cacheType, host: serving.engine.host)
    if let known = bound.withLock({ $0[key] }) { return known }
    let profile = try profile(named: key.profile)
    var request = StepCostRequest(
      gpu: key.gpu, model: key.model, tensorParallel: key.degree, maxBatchedTokens: key.tokens,
      maxSequences: key.sequences, engine: key.engine, cacheType: key.cache,
      overlappedHost: key.host == OverlappedHost(perStep: 0, perSequence: 0) ? nil : key.host)
    // Engines are compared at single batch sizes, where the tiles of 8-bit products show.
    request.keepsDips = true
    let step = try StepCostBinder.bind(request, profile: profile)
    bound.withLock { $0[key] = step }
    return step
  }

  private func profile(named name: String) throws -> StepTimeProfile {
    if let known = profiles.withLock({ $0[name] }) { return known }
    let profile = try ProfileLibrary.profile(named: name)
    profiles.withLock { $0[name] = profile }
    return profile
  }
}

extension SuiteExperiment {
  /// The simulation of one of the experiment's replicas.
  ///
  /// - Throws: `SuiteObstacle` when the model does not fit; what binding throws.
  func plan(_ bindings: SuiteBindings) throws -> ClusterPlan {
    guard load.requests <= 1_000_000, serving.maxBatchedTokens <= 1 << 20, serving.maxSequences <= 1 << 16 else {
      throw SuiteObstacle(
        "\(load.requests) requests, \(serving.maxSequences) sequences and \(serving.maxBatchedTokens) tokens in an "
          + "iteration: more than is simulated")
    }
    let step = try bindings.step(of: self)
    let length = serving.maxModelLength ?? model.maximumContext
    let budget = try MemoryBudget(
      memory: machine.memory, utilisation: serving.sharesFreeMemory ? 1 : serving.memoryShare, model: model,
      tensorParallel: tensorParallel,
      maxBatchedTokens: serving.maxBatchedTokens, maxSequences: min(serving.maxSequences, 256),
      engine: serving.engine.costs, cacheType: serving.cacheType)
    guard budget.blocks > 0 else {
      let gigabytes = { (bytes: Int64) in String(Int((Double(bytes) / 1e9).rounded())) + " GB" }
      throw SuiteObstacle(
        "weights of \(gigabytes(budget.weights)) per GPU leave no room for KV in \(gigabytes(budget.usable))")
    }
    let blocks = serving.sharesFreeMemory ? Int(Double(budget.blocks) * serving.memoryShare) : budget.blocks
    let limits = EngineLimits(
      maxBatchedTokens: serving.maxBatchedTokens, maxSequences: serving.maxSequences, blockSize: budget.blockSize,
      kvBlocks: max(1, blocks), maxModelLength: length, layers: model.layerCount, tensorParallel: tensorParallel)
    guard let policy = PolicyCatalogue.builtIn.policy(named: serving.policy) else {
      throw SuiteObstacle("no policy '\(serving.policy)'")
    }
    let deployment = DeploymentPlan(
      name: "engine", model: model.name, replicas: [ReplicaPlan(gpus: Array(0..<tensorParallel))],
      policy: PolicyChoice(policy, serving.parameters), limits: limits, cost: step.cost,
      blockBytesPerGPU: budget.blockBytes, fragmentBytes: budget.blockBytes)
    let stream = WorkloadStream(
      name: "requests", arrivals: load.process(frontEnd: serving.engine.frontEnd),
      components: [WorkloadComponent(lengths: load.lengths)], requestLimit: load.requests)
    return ClusterPlan(
      servers: [machine.server], deployments: [deployment], streams: [StreamPlan(stream: stream, deployment: 0)])
  }
}

extension SuiteLoad {
  /// As the engine sees it: a user's next request reaches it one pass through the front end after the answer.
  fileprivate func process(frontEnd: Double) -> ArrivalProcess {
    switch arrivals {
    case .closedLoop(let users):
      .closedLoop(
        ClosedLoop(users: users, thinkTime: .fixed(seconds: frontEnd), firstRequests: .together))
    case .poisson(let rate): .poisson(rate: rate)
    case .together: .batch(count: requests)
    }
  }
}
