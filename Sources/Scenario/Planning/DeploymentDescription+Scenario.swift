import Assembly
import Hardware
import SimCore
import StepTime
import TextIO
import Workload

extension DeploymentDescription {
  /// A deployment as a scenario describes it.
  ///
  /// - Parameter policy: one that is compared, under which it runs unless it has its own.
  /// - Throws: `ProfileError` when the profile that it names cannot be used, and what reading a trace throws.
  init(
    _ deployment: ResolvedDeployment, in scenario: ResolvedScenario, under policy: ResolvedPolicy?
  ) throws {
    let server = scenario.servers[deployment.server]
    let settings = deployment.engine(under: deployment.policy ?? policy)
    guard let stack = settings.stackVersion else {
      throw ProfileError(file: settings.stack.name, message: "no version \(settings.stack.version) is known")
    }
    var memory = MemoryDescription(
      device: server.gpu.memoryBytes, share: settings.gpuMemoryUtilization, blockSize: settings.blockSize,
      reserve: settings.activationReserve.map(Int64.init), estimate: stack.memory.reserve,
      blocks: settings.keyValueBlocks)
    memory.shareOfFree = stack.memory.shareOfFree
    memory.reservedSequences = stack.memory.reservedSequences
    let index = scenario.deployments.firstIndex { $0.name == deployment.name } ?? -1
    var engine = EngineDescription(
      model: deployment.model, server: server, tensorParallel: deployment.tensorParallel,
      maxBatchedTokens: settings.maxBatchedTokens, maxSequences: settings.maxSequences,
      maxModelLength: settings.maxModelLength, kernels: try settings.kernelTables(of: server, stack, deployment),
      costs: .stack(stack, variant: settings.stack.variant), memory: memory,
      cacheType: settings.keyValueType,
      graphs: GraphSettings(
        isEager: settings.enforcesEager, sizes: settings.captureSizes,
        coversMixedIterations: settings.graphMode.map { $0 == .all }),
      overheads: EngineOverheads(settings.overheads))
    engine.cachesPrefixes = settings.cachesPrefixes
    switch settings.overheads.frontEnd {
    case .given(let time): engine.frontEnd = .given(time)
    case .stack: engine.frontEnd = .stack
    case nil: break
    }
    engine.host = settings.host
    engine.plansAhead = (deployment.policy ?? policy)?.plansAhead(on: settings) ?? false
    if let offload = settings.offload {
      let link = deployment.paging.destination == .peer ? server.peerLink ?? server.hostLink : server.hostLink
      engine.offload = try LayerOffload(
        offload, model: deployment.model, tensorParallel: deployment.tensorParallel, cacheType: settings.keyValueType,
        over: link)
    }
    if let adapters = settings.adapters {
      engine.adapters = try EngineDescription.Adapters(
        places: adapters.places, rank: adapters.rank, modules: adapters.modules, size: adapters.size,
        model: deployment.model, tensorParallel: deployment.tensorParallel)
    }
    if settings.sharesExperts { engine.expertParallel = ExpertParallel(ranks: deployment.placement.count) }
    if case .layers = engine.kernels { engine.lengths = try scenario.lengths(ofDeployment: index) }
    let policies = deployment.policy.map { [$0] } ?? scenario.policies
    self.init(
      name: deployment.name, modelName: deployment.modelName, engine: engine, placement: deployment.placement,
      router: deployment.router, swapSpace: Int64(settings.swapSpace),
      paging: deployment.paging,
      pagesToPeers: policies.contains { ($0.pagingDestination ?? deployment.paging.destination) == .peer },
      lending: deployment.lending,
      laterPlacement: scenario.laterPlacement(ofDeployment: index))
    if settings.offload?.includesWeights == true { offloadedWeightBytes = deployment.weightBytesPerGPU }
  }
}

extension EngineSettings {
  /// The serving stack's version.
  public var stackVersion: StackVersion? { StackLibrary.stack(named: stack.name)?.version(stack.version) }

  /// Where kernel times come from: what the engine's keys name, or the server's.
  fileprivate func kernelTables(
    of server: ServerSpec, _ stack: StackVersion, _ deployment: ResolvedDeployment
  ) throws -> KernelTables {
    guard let kernels else { return .profile(try StepTimeProfile.of(server, stack: stack)) }
    if ProfileLibrary.names.contains(kernels) { return .profile(try ProfileLibrary.profile(named: kernels)) }
    if try ReadableFile.kind(of: kernels) == .folder {
      return .layers(try LayerMeasurements(folder: kernels, tensorParallel: deployment.tensorParallel))
    }
    return .profile(try StepTimeProfile(text: try ReadableFile.text(kernels), file: kernels))
  }
}

extension EngineOverheads {
  fileprivate init(_ settings: EngineSettings.EngineOverheads) {
    self.init(
      perStep: settings.perStep?.seconds, perLayer: settings.perLayer?.seconds,
      perSequence: settings.perSequence?.seconds, launchPerLayer: settings.launchPerLayer?.seconds,
      overlapPerStep: settings.overlapPerStep?.seconds, overlapPerSequence: settings.overlapPerSequence?.seconds)
  }
}

extension ResolvedScenario {
  /// Requests of each stream whose lengths are looked at.
  private static let lengthSample = 100_000

  /// Lengths of requests such as come to a deployment: of the first replication's.
  fileprivate func lengths(ofDeployment index: Int) throws -> [(prompt: Int, output: Int)] {
    var lengths: [(prompt: Int, output: Int)] = []
    for (number, stream) in streams.enumerated() where stream.deployment == index {
      let source = try RequestSource(stream.workload, number: Int32(number), seed: seed, replication: 0)
      for _ in 0..<Self.lengthSample {
        let now = source.nextTime
        if now == .never { break }
        let request = try source.take()
        source.completed(user: request.user, at: now)
        lengths.append((Int(request.promptTokens), Int(request.outputTokens)))
      }
    }
    return lengths
  }
}
