import Catalogue
import Cluster
import Hardware
import Metrics
import Models
import Network
import Replica
import Scenario
import Scheduling
import SimCore
import StepTime
import Workload

/// One run to be made: a policy and a replication of a scenario.
public struct PlannedRun: Sendable {
  /// What results call the policy.
  public var label: String
  /// The policy's registered name; the fixed policies' names when the scenario compares none.
  public var policyName: String
  public var replication: Int
  public var plan: ClusterPlan
  public var provenance: RunProvenance
  /// What a reader of the result should know.
  public var warnings: [String]
  /// What identifies the scenario's parameters in a results store.
  public var point: String
}

/// Turns resolved scenarios into runs. Nothing random happens here.
public enum Planner {
  /// Every run of a scenario: policies in order, each with its replications.
  ///
  /// - Throws: `PlanningError` for what the scenario's reader could not see, for example weights that leave no room.
  public static func runs(
    of scenario: ResolvedScenario, stepping: Stepping = .segment, checksInvariants: Bool = false,
    spillwayVersion: String
  ) throws -> [PlannedRun] {
    let deployments = try deployments(of: scenario)
    let provenance = provenance(of: scenario, deployments, spillwayVersion)
    let warnings = warnings(about: deployments)
    let policies: [ResolvedPolicy?] = scenario.policies.isEmpty ? [nil] : scenario.policies
    var runs: [PlannedRun] = []
    for policy in policies {
      let plans = try deployments.map { try deploymentPlan($0, compared: policy, in: scenario) }
      for replication in 0..<scenario.replications {
        var plan = ClusterPlan(
          servers: scenario.servers, deployments: plans,
          streams: scenario.streams.map {
            StreamPlan(stream: $0.workload, deployment: $0.deployment, objective: $0.objective)
          }, seed: scenario.seed, replication: replication, warmUpEnd: SimTime.zero + scenario.warmUp,
          end: end(of: scenario), stepping: stepping, checksInvariants: checksInvariants)
        plan.network = scenario.network
        plan.fleet = scenario.fleetChanges(deployments)
        lend(in: &plan, deployments)
        runs.append(
          PlannedRun(
            label: policy?.label ?? "as configured",
            policyName: policy?.name ?? deployments.compactMap { $0.resolved.policy?.name }.joined(separator: "+"),
            replication: replication, plan: plan, provenance: provenance, warnings: warnings, point: scenario.digest))
      }
    }
    return runs
  }

  private static func deploymentPlan(
    _ deployment: PlannedDeployment, compared: ResolvedPolicy?, in scenario: ResolvedScenario
  ) throws -> DeploymentPlan {
    guard let policy = deployment.resolved.policy ?? compared,
      let type = PolicyRegistry.policy(named: policy.name)
    else { throw PlanningError(["deployment '\(deployment.name)' has no policy"]) }
    let engine = deployment.resolved.engine
    let destination = policy.pagingDestination ?? deployment.resolved.paging.destination
    let transfer = policy.pagingTransfer ?? deployment.resolved.paging.transfer
    let toPeer = destination == .peer
    let index = scenario.deployments.firstIndex { $0.name == deployment.name } ?? 0
    let objectives = scenario.streams.filter { $0.deployment == index && $0.canBeOnline }.map(\.objective)
    let limits = EngineLimits(
      maxBatchedTokens: engine.maxBatchedTokens, maxSequences: engine.maxSequences, blockSize: engine.blockSize,
      kvBlocks: deployment.keyValueBlocks, maxModelLength: engine.maxModelLength,
      layers: deployment.resolved.model.layerCount, tensorParallel: deployment.resolved.tensorParallel,
      timeToFirstTokenTarget: objectives.compactMap(\.timeToFirstToken).min(),
      timePerOutputTokenTarget: objectives.compactMap(\.timePerOutputToken).min())
    let replicas = deployment.replicas.indices.map { replica in
      ReplicaPlan(
        gpus: deployment.replicas[replica], server: deployment.resolved.placement[replica].server,
        lenders: toPeer ? deployment.lenders[replica] : [], peerBlocks: toPeer ? deployment.peerBlocks[replica] : 0,
        hostBlocks: deployment.hostBlocks)
    }
    var plan = DeploymentPlan(
      name: deployment.name, model: deployment.resolved.modelName, replicas: replicas,
      router: Cluster.Router(deployment.resolved.router), policy: PolicyChoice(type, parameters: policy.parameters),
      limits: limits, cost: deployment.step.cost, blockBytesPerGPU: deployment.budget.blockBytes,
      fragmentBytes: deployment.fragmentBytes, transferMode: TransferMode(transfer))
    plan.hasOwnPolicy = deployment.resolved.policy != nil
    return plan
  }

  /// When a run stops though requests are left.
  private static func end(of scenario: ResolvedScenario) -> SimTime {
    switch scenario.drain {
    case .untilEmpty: .never
    case .atMost(let drain): SimTime.zero + (scenario.duration ?? .zero) + drain
    }
  }

  private static func provenance(
    of scenario: ResolvedScenario, _ deployments: [PlannedDeployment], _ version: String
  ) -> RunProvenance {
    var names: [String] = []
    var text = ""
    for deployment in deployments {
      let gpu = deployment.server.gpu.name
      let profile = deployment.server.profile?.path ?? ProfileLibrary.profileName(forGPU: gpu) ?? "roofline"
      if names.contains(profile) { continue }
      names.append(profile)
      text += deployment.server.profile?.text ?? Catalogue.text("profiles/\(profile).csv") ?? gpu
    }
    return RunProvenance(
      scenarioName: scenario.name, scenarioPath: scenario.path, scenarioDigest: scenario.digest,
      profileName: names.joined(separator: "+"), profileDigest: SHA256.hexadecimal(of: text.utf8),
      spillwayVersion: version)
  }

  /// Marks estimates that rest on no measurement of the shape at hand.
  private static func warnings(about deployments: [PlannedDeployment]) -> [String] {
    var warnings: [String] = []
    for deployment in deployments {
      for basis in [Basis.extrapolated, .roofline] {
        // Elementwise kernels always are a share of memory bandwidth; that is said in the profile's notes.
        let parts = deployment.step.parts.filter { $0.basis == basis && !$0.name.hasPrefix("norms") }
        guard !parts.isEmpty else { continue }
        let names = parts.map(\.name).joined(separator: "; ")
        warnings.append("\(deployment.name): step times partly \(basis.rawValue), outside what was measured: \(names)")
      }
    }
    return warnings
  }
}

extension ResolvedStream {
  var canBeOnline: Bool { workload.components.contains { $0.requestClass != .offline } }
}

extension Cluster.Router {
  init(_ router: Scenario.Router) {
    switch router {
    case .roundRobin: self = .roundRobin
    case .leastOutstanding: self = .leastOutstanding
    case .leastKV: self = .leastKV
    case .powerOfTwo: self = .powerOfTwo
    }
  }
}

extension TransferMode {
  init(_ transfer: PagingSettings.Transfer) {
    switch transfer {
    case .fragmented: self = .fragmented
    case .coalesced: self = .coalesced
    case .kernel: self = .kernel
    }
  }
}
