import Assembly
import Cluster
import Metrics
import Models
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import Workload

/// The engines that experiments share, bound once each.
final class SuiteBindings: Sendable {
  private struct Key: Hashable {
    let model: ModelArchitecture
    let gpu: GPURates
    let profile: String?
    let degree: Int
    let tokens: Int
    let sequences: Int
    let engine: EngineCosts
    let cache: NumberType?
  }

  private let bound = Mutex<[Key: BoundEngine]>([:])
  private let profiles = Mutex<[String: StepTimeProfile]>([:])

  /// - Throws: `TensorParallelError`, `ProfileError`.
  func engine(of experiment: SuiteExperiment) throws -> AssembledEngine {
    let serving = experiment.serving
    let key = Key(
      model: experiment.model, gpu: GPURates(experiment.machine.server), profile: serving.kernels,
      degree: experiment.tensorParallel, tokens: serving.maxBatchedTokens, sequences: serving.maxSequences,
      engine: serving.engine, cache: serving.cacheType)
    let description = experiment.description(try key.profile.map(profile))
    if let known = bound.withLock({ $0[key] }) { return try AssembledEngine(description, bound: known) }
    let engine = try AssembledEngine(description)
    bound.withLock { $0[key] = engine.bound }
    return engine
  }

  private func profile(_ name: String) throws -> StepTimeProfile {
    if let known = profiles.withLock({ $0[name] }) { return known }
    let profile = try ProfileLibrary.profile(named: name)
    profiles.withLock { $0[name] = profile }
    return profile
  }
}

extension SuiteExperiment {
  /// One of the experiment's replicas.
  fileprivate func description(_ profile: StepTimeProfile?) -> EngineDescription {
    var description = EngineDescription(
      model: model, server: machine.server, tensorParallel: tensorParallel, maxBatchedTokens: serving.maxBatchedTokens,
      maxSequences: serving.maxSequences, maxModelLength: serving.maxModelLength, kernels: .profile(profile),
      costs: .given(serving.engine),
      memory: MemoryDescription(
        device: machine.memory, share: serving.memory.share, shareOfFree: serving.memory.shareOfFree,
        // Points do not tell how many sequences' logits were kept.
        reservedSequences: 256),
      cacheType: serving.cacheType)
    // Engines are compared at single batch sizes, where the tiles of 8-bit products show.
    description.keepsDips = true
    return description
  }

  /// The simulation of one of the experiment's replicas.
  ///
  /// - Throws: `SuiteObstacle` when the model does not fit; what binding throws.
  func plan(_ bindings: SuiteBindings) throws -> ClusterPlan {
    guard load.requests <= 1_000_000, serving.maxBatchedTokens <= 1 << 20, serving.maxSequences <= 1 << 16 else {
      throw SuiteObstacle(
        "\(load.requests) requests, \(serving.maxSequences) sequences and \(serving.maxBatchedTokens) tokens in an "
          + "iteration: more than is simulated")
    }
    let engine = try bindings.engine(of: self)
    guard engine.keyValueBlocks > 0 else {
      let gigabytes = { (bytes: Int64) in String(Int((Double(bytes) / 1e9).rounded())) + " GB" }
      throw SuiteObstacle(
        "weights of \(gigabytes(engine.budget.weights)) per GPU leave no room for KV in "
          + gigabytes(engine.budget.usable))
    }
    guard let policy = PolicyRegistry.policy(named: serving.policy) else {
      throw SuiteObstacle("no policy '\(serving.policy)'")
    }
    let deployment = engine.plan(
      name: "engine", replicas: [ReplicaPlan(gpus: Array(0..<tensorParallel))],
      policy: PolicyChoice(policy, serving.parameters))
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
