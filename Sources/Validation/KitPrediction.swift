import Cluster
import Hardware
import HardwareCatalogue
import Metrics
import Models
import Replica
import Scheduling
import SimCore
import StepTime
import Workload

/// What a person may put in place of what the kit says.
public struct PredictionOptions: Sendable {
  /// The server, in place of the catalogue's for the kit's GPU.
  public var server: ServerSpec?
  /// Kernel times, in place of the embedded profile of the GPU.
  public var profile: StepTimeProfile?
  /// How fast the host is taken to be.
  public var host: HostSpeed

  /// How fast the host is taken to be.
  public enum HostSpeed: String, Sendable, Hashable, CaseIterable {
    /// As fast as when the engine's costs were fitted: a prediction that knows nothing of the run.
    case usual
    /// As fast as the run's own log says, where it has what the host spent by itself.
    case recorded
  }

  public init(server: ServerSpec? = nil, profile: StepTimeProfile? = nil, host: HostSpeed = .recorded) {
    self.server = server
    self.profile = profile
    self.host = host
  }
}

/// An experiment with its step times bound and its memory divided: ready to be simulated.
public struct BoundExperiment: Sendable {
  public var step: BoundStep
  /// KV blocks of each engine.
  public var kvBlocks: Int
  public var server: ServerSpec
  /// What the step times come from, in words.
  public var profile: String
  /// What was assumed, one sentence each.
  public var notes: [String]
  /// What data-parallel engines share when they run in lock step.
  public var lockStep: LockStepPlan?
  /// The host's speed in the course of the experiment; nil for the usual one.
  var host: RecordedHost?

  public init(step: BoundStep, kvBlocks: Int, server: ServerSpec, profile: String, notes: [String] = []) {
    self.step = step
    self.kvBlocks = kvBlocks
    self.server = server
    self.profile = profile
    self.notes = notes
  }
}

/// What the simulator makes of an experiment.
public struct PredictedRun: Sendable {
  /// One per measured request, in the same order.
  public var requests: [RequestOutcome]
  /// Every iteration, in order of start.
  public var iterations: [IterationRecord]
  public var preemptions: Int
  /// What a reader of the comparison should know, one sentence each.
  public var notes: [String]
}

extension MeasuredExperiment {
  /// Finds the experiment's step times and KV memory.
  ///
  /// - Throws: `KitError` for hardware that nothing is known of; what the binder and the profiles throw.
  public func bound(_ options: PredictionOptions = PredictionOptions()) throws -> BoundExperiment {
    if let profileFolder, options.profile == nil {
      return try KitProfile.bind(self, folder: profileFolder, server: options.server)
    }
    guard let server = options.server ?? KitHardware.server(for: hardware) else {
      throw KitError(
        file: file,
        "'\(hardware.gpu)' is no GPU of the catalogue (\(HardwareCatalogue.gpuNames.joined(separator: ", "))); "
          + "name a server with '--server', and give measured times with '--profile'")
    }
    var rates = GPURates(server.gpu)
    rates.peerBandwidth = server.peerLink?.writeBandwidth.value
    let profile = try options.profile ?? ProfileLibrary.profile(forGPU: server.gpu.name)
    let costs = engineCosts(profile)
    let step = try StepCostBinder.bind(
      StepCostRequest(
        gpu: rates, model: model, tensorParallel: hardware.tensorParallel,
        maxBatchedTokens: engine.maxBatchedTokens, maxSequences: engine.maxSequences, engine: costs,
        cacheType: engine.cacheType), profile: profile)
    var notes: [String] = []
    let rough = step.parts.filter {
      ($0.basis == .roofline || $0.basis == .extrapolated) && !$0.name.hasPrefix("norms")
    }
    if !rough.isEmpty {
      notes.append("step times outside what was measured: " + rough.map(\.name).joined(separator: "; "))
    }
    let blocks = try kvBlocks(memory: server.gpu.memoryBytes, costs: costs, notes: &notes)
    var bound = BoundExperiment(
      step: step, kvBlocks: blocks, server: server,
      profile: profile.map { "profile \($0.name)" } ?? "roofline of \(server.gpu.name)", notes: notes)
    if options.host == .recorded, hardware.dataParallel == 1 {
      bound.host = RecordedHost(steps, costs: costs, layers: model.layerCount)
    }
    if let host = bound.host {
      bound.notes.append(
        "the host took \((host.mean * 100).rounded() / 100) of its usual time, by the log's scheduling and bookkeeping "
          + "times, and is simulated at that speed; '--host usual' takes the usual one")
    }
    return bound
  }

  /// The engine's own costs, with the graphs that this one captured.
  func engineCosts(_ profile: StepTimeProfile?) -> EngineCosts {
    var costs = EngineCosts.vllm(isEager: engine.isEager, profile: profile)
    if !engine.isEager {
      if let sizes = engine.captureSizes { costs.captureSizes = sizes }
      costs.capturesMixedIterations = engine.capturesMixedIterations
    }
    costs.contextsDiffer = kind != .stepGrid
    return costs
  }

  /// The recorded number of KV blocks, or what memory would hold.
  func kvBlocks(memory: Int64, costs: EngineCosts, notes: inout [String]) throws -> Int {
    if let blocks = engine.kvBlocks {
      guard blocks > 0 else { throw KitError(file: file, "\(name): the engine has no KV block that requests can use") }
      return blocks
    }
    let budget = try MemoryBudget(
      memory: hardware.memory ?? memory, utilisation: engine.memoryUtilization, model: model,
      tensorParallel: hardware.tensorParallel, blockSize: engine.blockSize, maxBatchedTokens: engine.maxBatchedTokens,
      maxSequences: engine.maxSequences, engine: costs, cacheType: engine.cacheType)
    guard budget.blocks > 0 else {
      throw KitError(file: file, "\(name): the kit gives no number of KV blocks, and none would fit beside the weights")
    }
    notes.append("the kit gives no number of KV blocks: \(budget.blocks) estimated from memory")
    return budget.blocks
  }

  /// Simulates the experiment with its own arrivals, lengths and settings.
  ///
  /// - Parameter replaysDurations: iterations take as long as those measured under the same number, whatever the
  ///   model says: differences that are left are the scheduler's. Needs logged steps of a single engine.
  public func predict(
    _ bound: BoundExperiment, replaysDurations: Bool = false, isCancelled: (@Sendable () -> Bool)? = nil
  ) throws -> PredictedRun {
    let collector = KitCollector(replay: replaysDurations ? steps.replayEnds : [], host: bound.host)
    let plan = try plan(bound)
    let result = try Simulation.run(
      plan,
      provenance: RunProvenance(
        scenarioName: name, scenarioPath: file, scenarioDigest: "", profileName: bound.profile, profileDigest: "",
        spillwayVersion: ""),
      policy: VLLMv1Policy.descriptor.name, sink: { collector.add($0) }, iterations: { collector.add($0) },
      isCancelled: isCancelled)
    let (outcomes, iterations) = collector.contents
    var notes: [String] = []
    let refused = outcomes.count { $0.status == .rejected }
    if refused > 0 { notes.append("\(refused) requests do not fit the engine and are refused in the simulation") }
    let requests = outcomes.sorted { $0.id < $1.id }
    return PredictedRun(
      requests: arrivalsAreQueued ? requests.queued(by: iterations) : requests, iterations: iterations,
      preemptions: result.engines.reduce(0) { $0 + Int($1.preemptionsByRecompute) }, notes: notes)
  }

  private func plan(_ bound: BoundExperiment) throws -> ClusterPlan {
    var server = bound.server
    let degree = hardware.tensorParallel
    server.gpuCount = max(server.gpuCount, degree * hardware.dataParallel)
    let limits = EngineLimits(
      maxBatchedTokens: engine.maxBatchedTokens, maxSequences: engine.maxSequences, blockSize: engine.blockSize,
      kvBlocks: bound.kvBlocks, maxModelLength: engine.maxModelLength ?? model.maximumContext,
      layers: model.layerCount, tensorParallel: degree)
    let policy = PolicyChoice(
      VLLMv1Policy.self,
      [
        "order": .choice(engine.order.rawValue), "reserve_full_prompt": .boolean(engine.reservesFullPrompt),
        "chunked_prefill": .boolean(engine.chunksPrompts),
        "long_prefill_token_threshold": .integer(engine.longPrefillThreshold),
        "async_scheduling": .boolean(engine.plansAhead),
      ])
    let blockBytes =
      try model.keyValueBytesPerTokenPerGPU(tensorParallel: degree, cacheType: engine.cacheType)
      * Int64(engine.blockSize)
    var deployment = DeploymentPlan(
      name: name, model: model.name,
      replicas: (0..<hardware.dataParallel).map { ReplicaPlan(gpus: Array($0 * degree..<($0 + 1) * degree)) },
      router: .leastOutstanding, policy: policy, limits: limits, cost: bound.step.cost, blockBytesPerGPU: blockBytes,
      fragmentBytes: max(1, blockBytes))
    let prefixBlocks = PrefixBlocks(requests.map(\.prefixBlocks))
    deployment.lockStep = bound.lockStep
    deployment.cachesPrefixes = engine.cachesPrefixes && !prefixBlocks.isEmpty
    let listed = requests.enumerated().map { index, request in
      Request(
        id: Int64(index), stream: 0, arrival: SimTime(seconds: request.arrival),
        promptTokens: Int32(request.promptTokens), outputTokens: Int32(request.outputTokens),
        requestClass: request.requestClass, priority: Int32(request.priority))
    }
    let stream = WorkloadStream(
      name: name, arrivals: .listed(listed), components: [WorkloadComponent(lengths: .recorded)])
    var streamPlan = StreamPlan(stream: stream, deployment: 0)
    if deployment.cachesPrefixes { streamPlan.prefixBlocks = prefixBlocks }
    return ClusterPlan(
      servers: [server], deployments: [deployment], streams: [streamPlan],
      stepping: .iteration)
  }
}

extension GPURates {
  /// The rates of a GPU of the catalogue.
  public init(_ gpu: GPUSpec) {
    self.init(
      name: gpu.name, bf16: gpu.peakBF16.value, fp8: gpu.peakFP8?.value, memoryBandwidth: gpu.memoryBandwidth.value)
  }
}
