import Assembly
import Hardware
import SimCore
import StepTime

extension DeploymentDescription {
  /// A deployment as a scenario describes it.
  ///
  /// - Throws: `ProfileError` when the profile that its server names cannot be used.
  init(_ deployment: ResolvedDeployment, in scenario: ResolvedScenario) throws(ProfileError) {
    let server = scenario.servers[deployment.server]
    let settings = deployment.engine
    let stack = settings.stack.flatMap { StackLibrary.stack(named: $0.name)?.version($0.version) }
    var memory = MemoryDescription(
      device: server.gpu.memoryBytes, share: settings.gpuMemoryUtilization, blockSize: settings.blockSize,
      reserve: settings.activationReserve.map(Int64.init), blocks: settings.keyValueBlocks)
    if let stack {
      memory.shareOfFree = stack.memory.shareOfFree
      memory.reservedSequences = stack.memory.reservedSequences
    }
    let engine = EngineDescription(
      model: deployment.model, server: server, tensorParallel: deployment.tensorParallel,
      maxBatchedTokens: settings.maxBatchedTokens, maxSequences: settings.maxSequences,
      maxModelLength: settings.maxModelLength, kernels: .profile(try StepTimeProfile.of(server, stack: stack)),
      costs: .stack(stack ?? StackLibrary.standard.newest, variant: settings.stack?.variant), memory: memory,
      cacheType: settings.keyValueType, graphs: GraphSettings(isEager: settings.enforcesEager),
      overheads: EngineOverheads(
        perStep: settings.overheads.perStep?.seconds, perLayer: settings.overheads.perLayer?.seconds,
        perSequence: settings.overheads.perSequence?.seconds))
    let policies = deployment.policy.map { [$0] } ?? scenario.policies
    self.init(
      name: deployment.name, modelName: deployment.modelName, engine: engine, placement: deployment.placement,
      router: deployment.router, swapSpace: Int64(settings.swapSpace),
      paging: deployment.paging,
      pagesToPeers: policies.contains { ($0.pagingDestination ?? deployment.paging.destination) == .peer },
      lending: deployment.lending,
      laterPlacement: scenario.laterPlacement(
        ofDeployment: scenario.deployments.firstIndex { $0.name == deployment.name } ?? -1))
  }
}
