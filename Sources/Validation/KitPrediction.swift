import Assembly
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
  /// Where they were read from: a profile of the catalogue, or a file.
  public var profilePath: String?
  /// How fast the host is taken to be.
  public var host: HostSpeed
  /// What lies between clients and the engine's queue.
  public var frontEnd = FrontEnd.none
  /// How the machine's host differs from the usual one throughout.
  public var hostFactors = HostFactors.usual

  /// How fast the host is taken to be.
  public enum HostSpeed: String, Sendable, Hashable, CaseIterable {
    /// As fast as when the engine's costs were fitted: a prediction that knows nothing of the run.
    case usual
    /// As fast as the run's own log says, where it has what the host spent by itself.
    case recorded
  }

  public init(server: ServerSpec? = nil, profile: StepTimeProfile? = nil, host: HostSpeed = .usual) {
    self.server = server
    self.profile = profile
    self.host = host
  }
}

/// An experiment with its engine assembled: ready to be simulated.
public struct BoundExperiment: Sendable {
  public var engine: AssembledEngine
  public var server: ServerSpec
  /// What was assumed, one sentence each.
  public var notes: [String]

  public var step: BoundStep { engine.bound.step }
  /// KV blocks of each engine.
  public var kvBlocks: Int { engine.keyValueBlocks }
  /// What the step times come from, in words.
  public var profile: String { engine.bound.kernels }
}

/// What the simulator makes of an experiment.
public struct PredictedRun: Sendable {
  /// One per measured request, in the same order.
  public var requests: [RequestOutcome]
  /// Every iteration, in order of start.
  public var iterations: [IterationRecord]
  public var preemptions: Int
  /// Between successive output tokens of all requests; nil when there were none.
  public var tokenGaps: LatencyHistogram?
  /// The hash of every request's outcome, as `spillway run` prints it.
  public var fingerprint: String
  /// What a reader of the comparison should know, one sentence each.
  public var notes: [String]
}

extension MeasuredExperiment {
  /// Finds the experiment's step times and KV memory.
  ///
  /// - Throws: `KitError` for hardware that nothing is known of; what the binder and the profiles throw.
  public func bound(_ options: PredictionOptions = PredictionOptions()) throws -> BoundExperiment {
    let server = try server(options)
    let engine = try AssembledEngine(try description(of: server, options))
    var notes = engine.bound.notes
    guard engine.keyValueBlocks > 0 else {
      throw KitError(
        file: file,
        self.engine.kvBlocks == nil
          ? "\(name): the kit gives no number of KV blocks, and none would fit beside the weights"
          : "\(name): the engine has no KV block that requests can use")
    }
    if self.engine.kvBlocks == nil {
      notes.append("the kit gives no number of KV blocks: \(engine.keyValueBlocks) estimated from memory")
    }
    if let (_, mean) = recordedHost(engine.description, options) {
      notes.append(
        "the host took \((mean * 100).rounded() / 100) of its usual time, by the log's scheduling and bookkeeping "
          + "times, and is simulated at that speed")
    }
    return BoundExperiment(engine: engine, server: server, notes: notes)
  }

  /// The host's pace by the log, where that is wanted and known.
  private func recordedHost(
    _ description: EngineDescription, _ options: PredictionOptions
  ) -> (pace: HostPace, mean: Double)? {
    guard options.host == .recorded, hardware.dataParallel == 1, case .profile(let profile) = description.kernels,
      let usual = description.costs(profile).host
    else { return nil }
    return HostPace.recorded(steps, usual: usual, plansAhead: engine.plansAhead)
  }

  /// The server that the experiment ran on, large enough for its engines.
  private func server(_ options: PredictionOptions) throws -> ServerSpec {
    guard var server = options.server ?? KitHardware.server(for: hardware) else {
      throw KitError(
        file: usesOwnProfile(options) ? profileFolder ?? file : file,
        "'\(hardware.gpu)' is no GPU of the catalogue (\(HardwareCatalogue.gpuNames.joined(separator: ", "))); "
          + "name a server with '--server'"
          + (usesOwnProfile(options) ? "" : ", and give measured times with '--profile'"))
    }
    server.gpuCount = max(server.gpuCount, hardware.tensorParallel * hardware.dataParallel)
    return server
  }

  private func usesOwnProfile(_ options: PredictionOptions) -> Bool { profileFolder != nil && options.profile == nil }

  /// The engine as the kit describes it.
  func description(of server: ServerSpec, _ options: PredictionOptions) throws -> EngineDescription {
    let kernels: KernelTables
    if let profileFolder, options.profile == nil {
      kernels = .layers(try LayerMeasurements(folder: profileFolder, tensorParallel: hardware.tensorParallel))
    } else {
      kernels = .profile(try options.profile ?? ProfileLibrary.profile(forGPU: server.gpu.name))
    }
    var description = EngineDescription(
      model: model, server: server, tensorParallel: hardware.tensorParallel,
      maxBatchedTokens: engine.maxBatchedTokens, maxSequences: engine.maxSequences,
      maxModelLength: engine.maxModelLength, kernels: kernels,
      costs: .stack(StackLibrary.standard.newest, variant: nil),
      memory: MemoryDescription(
        device: hardware.memory ?? server.gpu.memoryBytes, share: engine.memoryUtilization,
        blockSize: engine.blockSize, blocks: engine.kvBlocks),
      cacheType: engine.cacheType,
      graphs: GraphSettings(
        isEager: engine.isEager, sizes: engine.captureSizes, coversMixedIterations: engine.capturesMixedIterations))
    description.contextsDiffer = kind != .stepGrid
    description.plansAhead = engine.plansAhead
    description.cachesPrefixes = engine.cachesPrefixes
    description.frontEnd = options.frontEnd
    description.lengths = requests.map { ($0.promptTokens, $0.outputTokens) }
    if usesOwnProfile(options), model.experts != nil, hardware.isExpertParallel, hardware.dataParallel > 1 {
      description.expertParallel = ExpertParallel(ranks: hardware.dataParallel)
    }
    if options.hostFactors != .usual, case .profile(let profile) = description.kernels {
      description.costs = .given(
        description.costs(profile).on(options.hostFactors, isShared: hardware.tensorParallel > 1))
    }
    if let (pace, _) = recordedHost(description, options) { description.host = pace }
    return description
  }

  /// Simulates the experiment with its own arrivals, lengths and settings.
  ///
  /// - Parameter replaysDurations: iterations take as long as those measured under the same number, whatever the
  ///   model says: differences that are left are the scheduler's. Needs logged steps of a single engine.
  public func predict(
    _ bound: BoundExperiment, replaysDurations: Bool = false, isCancelled: (@Sendable () -> Bool)? = nil
  ) throws -> PredictedRun {
    let collector = KitCollector(replay: replaysDurations ? steps.replayEnds : [])
    let plan = plan(bound)
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
      preemptions: result.engines.reduce(0) { $0 + Int($1.preemptionsByRecompute + $1.preemptionsBySwap) },
      tokenGaps: result.groups.map(\.itl).max { $0.count < $1.count },
      fingerprint: result.fingerprint,
      notes: notes)
  }

  /// Blocks that the host has room for.
  private func hostBlocks(_ bound: BoundExperiment) -> Int {
    guard let bytes = engine.offloadingBytes else { return 0 }
    return Int(bytes / Int64(hardware.tensorParallel) / bound.engine.budget.blockBytes)
  }

  private func plan(_ bound: BoundExperiment) -> ClusterPlan {
    let degree = hardware.tensorParallel
    let policy = PolicyChoice(VLLMv1Policy.self, engine.parameters)
    let deployment = bound.engine.plan(
      name: name,
      replicas: (0..<hardware.dataParallel).map {
        ReplicaPlan(gpus: Array($0 * degree..<($0 + 1) * degree), hostBlocks: hostBlocks(bound))
      },
      router: .leastOutstanding, policy: policy)
    let listed = requests.enumerated().map { index, request in
      var listed = Request(
        id: Int64(index), stream: 0, arrival: SimTime(seconds: request.arrival),
        promptTokens: Int32(request.promptTokens), outputTokens: Int32(request.outputTokens),
        requestClass: request.requestClass, priority: Int32(request.priority))
      listed.prefixTokens = Int32(request.prefixTokens)
      listed.session = Int32(request.session ?? -1)
      listed.turn = Int32(request.turn)
      return listed
    }
    let stream = WorkloadStream(
      name: name, arrivals: .listed(listed), components: [WorkloadComponent(lengths: .recorded)])
    var streamPlan = StreamPlan(stream: stream, deployment: 0)
    if requests.contains(where: { !$0.prefixBlocks.isEmpty }) {
      streamPlan.prefixBlocks = PrefixBlocks(requests.map(\.prefixBlocks))
    }
    return ClusterPlan(
      servers: [bound.server], deployments: [deployment], streams: [streamPlan], stepping: .iteration)
  }
}

extension MeasuredEngine {
  /// The scheduler's parameters.
  var parameters: [String: ParameterValue] {
    [
      "order": .choice(order.rawValue), "reserve_full_prompt": .boolean(reservesFullPrompt),
      "chunked_prefill": .boolean(chunksPrompts), "long_prefill_token_threshold": .integer(longPrefillThreshold),
      "async_scheduling": .boolean(plansAhead), "kv_offloading": .boolean(offloadingBytes != nil),
    ]
  }
}
