import Hardware
import Models
import Scenario
import SimCore
import StepTime

extension Planner {
  /// What every deployment of a scenario has to work with, in order.
  ///
  /// - Throws: `PlanningError` with everything that does not fit.
  public static func deployments(of scenario: ResolvedScenario) throws -> [PlannedDeployment] {
    var planned: [PlannedDeployment] = []
    var problems: [String] = []
    for deployment in scenario.deployments {
      do {
        planned.append(try plan(deployment, in: scenario))
      } catch let error as PlanningError {
        problems += error.problems
      }
    }
    problems += hostMemoryProblems(scenario, planned)
    if !problems.isEmpty { throw PlanningError(problems) }
    shareLentMemory(among: &planned, in: scenario)
    return planned
  }

  /// Kernel times of a server: those of the profile that its description names, unless it has none, or else those of
  /// the catalogue for its kind of GPU.
  static func profile(of server: ServerSpec) throws(ProfileError) -> StepTimeProfile? {
    if let file = server.profile, let measured = try StepTimeProfile.measured(text: file.text, file: file.path) {
      return measured
    }
    return try ProfileLibrary.profile(forGPU: server.gpu.name)
  }

  private static func plan(
    _ deployment: ResolvedDeployment, in scenario: ResolvedScenario
  ) throws -> PlannedDeployment {
    let server = scenario.servers[deployment.server]
    let engine = deployment.engine
    let costs: EngineCosts
    let budget: MemoryBudget
    let step: BoundStep
    do {
      let profile = try profile(of: server)
      costs = engineCosts(of: engine, profile: profile)
      budget = try MemoryBudget(
        memory: server.gpu.memoryBytes, utilisation: engine.gpuMemoryUtilization, model: deployment.model,
        tensorParallel: deployment.tensorParallel, blockSize: engine.blockSize,
        maxBatchedTokens: engine.maxBatchedTokens, maxSequences: engine.maxSequences, engine: costs,
        cacheType: engine.keyValueType, reserve: engine.activationReserve.map(Int64.init))
      step = try StepCostBinder.bind(
        StepCostRequest(
          gpu: rates(of: server), model: deployment.model, tensorParallel: deployment.tensorParallel,
          maxBatchedTokens: engine.maxBatchedTokens, maxSequences: engine.maxSequences, engine: costs,
          cacheType: engine.keyValueType), profile: profile)
    } catch {
      throw PlanningError(["deployment '\(deployment.name)': \(error)"])
    }
    let lent = Int64(deployment.lending?.memory ?? 0)
    let kept = budget.keyValuePool - lent
    // An informer starts with its whole pool and gives blocks away as it can.
    let own = deployment.lending?.rule == .informer ? budget.keyValuePool : kept
    let blocks = engine.keyValueBlocks ?? Int(max(0, own) / budget.blockBytes)
    if let lending = deployment.lending, kept < Int64(lending.retain) || kept < budget.blockBytes {
      throw PlanningError([
        "deployment '\(deployment.name)': lends \(gigabytes(lent)) of a KV pool of \(gigabytes(budget.keyValuePool)) per GPU, "
          + "which leaves \(gigabytes(kept)); 'retain' asks for \(gigabytes(Int64(lending.retain)))"
      ])
    }
    if blocks < 1 {
      throw PlanningError([
        "deployment '\(deployment.name)': no KV block fits: of \(gigabytes(budget.usable)) usable per GPU, weights take "
          + "\(gigabytes(budget.weights)) and activations and graphs \(gigabytes(budget.reserve)); one block is "
          + "\(budget.blockBytes) bytes"
      ])
    }
    return PlannedDeployment(
      name: deployment.name, resolved: deployment, server: server,
      replicas: scenario.gpuNumbers(of: deployment.placement), budget: budget, lentBytesPerGPU: lent,
      keyValueBlocks: blocks, step: step, engineCosts: costs,
      lenders: deployment.placement.map { _ in [] }, peerBlocks: deployment.placement.map { _ in 0 },
      hostBlocks: Int(Int64(engine.swapSpace) / budget.blockBytes))
  }

  /// The engine's own costs: the fitted ones, unless the scenario gives others.
  private static func engineCosts(of engine: EngineSettings, profile: StepTimeProfile?) -> EngineCosts {
    var costs = EngineCosts.vllm(isEager: engine.enforcesEager, profile: profile)
    let given = engine.overheads
    if let value = given.perStep { costs.perStep = value.seconds }
    if let value = given.perLayer { costs.perLayer = value.seconds }
    if let value = given.perSequence { costs.perSequence = value.seconds }
    if given != EngineSettings.EngineOverheads() { costs.provenance.append("overheads given in the scenario") }
    return costs
  }

  private static func rates(of server: ServerSpec) -> GPURates {
    GPURates(
      name: server.gpu.name, bf16: server.gpu.peakBF16.value, fp8: server.gpu.peakFP8?.value,
      memoryBandwidth: server.gpu.memoryBandwidth.value, peerBandwidth: server.peerLink?.writeBandwidth.value)
  }

  private static func hostMemoryProblems(
    _ scenario: ResolvedScenario, _ deployments: [PlannedDeployment]
  ) -> [String] {
    var problems: [String] = []
    for (index, server) in scenario.servers.enumerated() {
      var pinned: Int64 = 0
      for (number, deployment) in deployments.enumerated() {
        let gpus = scenario.gpuCount(of: number, onServer: index)
        pinned += Int64(deployment.resolved.engine.swapSpace) * Int64(gpus)
      }
      if Double(pinned) > server.host.memory.value {
        problems.append(
          "server '\(server.name)': 'swap_space' of all deployments adds up to \(gigabytes(pinned)), more than its "
            + "\(gigabytes(Int64(server.host.memory.value))) of host memory")
      }
    }
    return problems
  }

  /// Whether a deployment's KV may go to a peer: under its own policy, or under any of those that are compared.
  static func pagesToPeers(_ deployment: ResolvedDeployment, in scenario: ResolvedScenario) -> Bool {
    let policies = deployment.policy.map { [$0] } ?? scenario.policies
    return policies.contains { ($0.pagingDestination ?? deployment.paging.destination) == .peer }
  }

  private static func gigabytes(_ bytes: Int64) -> String {
    let tenths = (Double(bytes) / 1e8).rounded() / 10
    return "\(tenths) GB"
  }
}
