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
    var offset = 0
    for earlier in scenario.servers[..<deployment.server] { offset += earlier.gpuCount }
    return PlannedDeployment(
      name: deployment.name, resolved: deployment, server: server,
      replicas: deployment.replicas.map { $0.map { $0 + offset } }, budget: budget, lentBytesPerGPU: lent,
      keyValueBlocks: blocks, step: step, engineCosts: costs,
      lenders: deployment.replicas.map { _ in [] }, peerBlocks: deployment.replicas.map { _ in 0 },
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
      for deployment in deployments where deployment.resolved.server == index {
        let gpus = deployment.replicas.reduce(0) { $0 + $1.count }
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

  /// Divides what lenders offer among the GPUs that may page there.
  ///
  /// Each borrowing GPU is given one lending GPU, in turn, as AQUA pairs them; borrowers of one lender share what it
  /// offers evenly. A deployment that pages to peers under none of its policies borrows nothing.
  private static func shareLentMemory(among deployments: inout [PlannedDeployment], in scenario: ResolvedScenario) {
    var borrowers: [Int: Int] = [:]
    var assignments: [(deployment: Int, replica: Int, gpus: [Int])] = []
    var turn: [[Int]: Int] = [:]
    var offered: [Int: Int64] = [:]
    for index in deployments.indices where pagesToPeers(deployments[index].resolved, in: scenario) {
      let lenderIndices = deployments[index].resolved.paging.lenders
      var gpus: [Int] = []
      for lender in lenderIndices {
        for gpu in deployments[lender].replicas.flatMap({ $0 }) {
          gpus.append(gpu)
          offered[gpu] = deployments[lender].lentBytesPerGPU
        }
      }
      guard !gpus.isEmpty else { continue }
      for replica in deployments[index].replicas.indices {
        var chosen: [Int] = []
        for _ in deployments[index].replicas[replica] {
          let next = turn[lenderIndices, default: 0]
          turn[lenderIndices] = next + 1
          let gpu = gpus[next % gpus.count]
          chosen.append(gpu)
          borrowers[gpu, default: 0] += 1
        }
        assignments.append((index, replica, chosen))
      }
    }
    for assignment in assignments {
      let blockBytes = deployments[assignment.deployment].budget.blockBytes
      let blocks = assignment.gpus.map { gpu in
        Int((offered[gpu] ?? 0) / Int64(borrowers[gpu] ?? 1) / blockBytes)
      }
      deployments[assignment.deployment].lenders[assignment.replica] = assignment.gpus
      deployments[assignment.deployment].peerBlocks[assignment.replica] = blocks.min() ?? 0
    }
  }

  /// Whether a deployment's KV may go to a peer: under its own policy, or under any of those that are compared.
  private static func pagesToPeers(_ deployment: ResolvedDeployment, in scenario: ResolvedScenario) -> Bool {
    let policies = deployment.policy.map { [$0] } ?? scenario.policies
    return policies.contains { ($0.pagingDestination ?? deployment.paging.destination) == .peer }
  }

  private static func gigabytes(_ bytes: Int64) -> String {
    let tenths = (Double(bytes) / 1e8).rounded() / 10
    return "\(tenths) GB"
  }
}
