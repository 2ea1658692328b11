import Assembly
import Catalogue
import Cluster
import Hardware
import Metrics
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
  /// The variant of the scenario; nil where there is only one.
  public var variant: VariantLabel?
  public var replication: Int
  public var plan: ClusterPlan
  public var provenance: RunProvenance
  /// What a reader of the result should know.
  public var warnings: [String]
}

/// The deployments of scenarios of one study, as their reader made them: those that differ only in their load have them
/// in common.
public final class DeploymentCache: Sendable {
  private let planned = Memo<String, [PlannedDeployment]>(limit: 64)

  public init() {}

  /// As `Planner.deployments(of:)`.
  public func deployments(of scenario: ResolvedScenario) throws(PlanningError) -> [PlannedDeployment] {
    try planned.value(for: scenario.deploymentText) { () throws(PlanningError) in
      try Planner.deployments(of: scenario)
    }
  }
}

/// Turns resolved scenarios into runs. Nothing random happens here.
public enum Planner {
  /// Every run of a scenario: policies in order, each with its replications.
  ///
  /// - Parameters:
  ///   - inputs: digests of files that other scenarios read too.
  /// - Throws: `PlanningError` for what the scenario's reader could not see, for example weights that leave no room.
  public static func runs(
    of scenario: ResolvedScenario, stepping: Stepping = .segment, checksInvariants: Bool = false,
    spillwayVersion: String, inputs: InputDigests = InputDigests()
  ) throws -> [PlannedRun] {
    let deployments = try deployments(of: scenario)
    let policies: [Int?] = scenario.policies.isEmpty ? [nil] : Array(scenario.policies.indices)
    return try policies.flatMap { policy in
      let point = try scenario.pointDigest(policy: policy, version: spillwayVersion, inputs: inputs)
      return try (0..<scenario.replications).map { replication in
        try run(
          of: scenario, on: deployments, policy: policy, replication: replication, point: point, stepping: stepping,
          checksInvariants: checksInvariants, spillwayVersion: spillwayVersion)
      }
    }
  }

  /// One run of a scenario.
  ///
  /// - Parameters:
  ///   - deployments: as `deployments(of:)` has them.
  ///   - policy: index into the scenario's policies; nil where every deployment has its own.
  ///   - point: as `ResolvedScenario.pointDigest` has it.
  /// - Throws: `PlanningError`.
  public static func run(
    of scenario: ResolvedScenario, on deployments: [PlannedDeployment], policy index: Int?, replication: Int,
    point: String, stepping: Stepping = .segment, checksInvariants: Bool = false, spillwayVersion: String
  ) throws(PlanningError) -> PlannedRun {
    let policy = index.map { scenario.policies[$0] }
    var plans: [DeploymentPlan] = []
    for (index, pair) in zip(scenario.deployments, deployments).enumerated() {
      plans.append(
        pair.1.plan(try assignment(pair.0, compared: policy), targets: scenario.targets(ofDeployment: index)))
    }
    var plan = ClusterPlan(
      servers: scenario.servers, deployments: plans,
      streams: scenario.streams.map {
        StreamPlan(stream: $0.workload, deployment: $0.deployment, objective: $0.objective)
      }, seed: scenario.seed, replication: replication, warmUpEnd: SimTime.zero + scenario.warmUp,
      end: end(of: scenario), stepping: stepping, checksInvariants: checksInvariants)
    plan.network = scenario.network
    plan.fleet = scenario.fleetChanges(deployments)
    plan.addLenders(of: deployments)
    return PlannedRun(
      label: policy?.label ?? ResolvedScenario.withoutPolicies,
      policyName: policy?.name ?? scenario.deployments.compactMap { $0.policy?.name }.joined(separator: "+"),
      variant: scenario.variant, replication: replication, plan: plan,
      provenance: provenance(of: scenario, deployments, point: point, spillwayVersion),
      warnings: warnings(about: deployments))
  }

  /// What every deployment of a scenario has to work with, in order.
  ///
  /// - Throws: `PlanningError` with everything that does not fit.
  public static func deployments(of scenario: ResolvedScenario) throws(PlanningError) -> [PlannedDeployment] {
    var descriptions: [DeploymentDescription] = []
    var problems: [String] = []
    for deployment in scenario.deployments {
      do throws(ProfileError) {
        descriptions.append(try DeploymentDescription(deployment, in: scenario))
      } catch {
        problems.append("deployment '\(deployment.name)': \(error)")
      }
    }
    if !problems.isEmpty { throw PlanningError(problems) }
    return try PlannedDeployment.all(descriptions, on: scenario.servers)
  }

  private static func assignment(
    _ deployment: ResolvedDeployment, compared: ResolvedPolicy?
  ) throws(PlanningError) -> PolicyAssignment {
    guard let policy = deployment.policy ?? compared else {
      throw PlanningError(["deployment '\(deployment.name)' has no policy"])
    }
    return PolicyAssignment(
      PolicyChoice(policy.type, parameters: policy.parameters), isOwn: deployment.policy != nil,
      destination: policy.pagingDestination ?? deployment.paging.destination,
      transfer: policy.pagingTransfer ?? deployment.paging.transfer)
  }

  /// When a run stops though requests are left.
  private static func end(of scenario: ResolvedScenario) -> SimTime {
    switch scenario.drain {
    case .untilEmpty: .never
    case .atMost(let drain): SimTime.zero + (scenario.duration ?? .zero) + drain
    }
  }

  private static func provenance(
    of scenario: ResolvedScenario, _ deployments: [PlannedDeployment], point: String, _ version: String
  ) -> RunProvenance {
    var names: [String] = []
    var text = ""
    for deployment in deployments {
      let gpu = deployment.server.gpu.name
      let profile = deployment.server.profile?.path ?? deployment.description.engine.kernels.name ?? "roofline"
      if names.contains(profile) { continue }
      names.append(profile)
      text += deployment.server.profile?.text ?? Catalogue.text("profiles/\(profile).csv") ?? gpu
    }
    return RunProvenance(
      scenarioName: scenario.name, scenarioPath: scenario.path, scenarioDigest: scenario.digest,
      overrides: scenario.overrides, pointDigest: point,
      profileName: names.joined(separator: "+"),
      profileDigest: profileDigests.value(for: text) { SHA256.hexadecimal(of: text.utf8) },
      spillwayVersion: version)
  }

  private static let profileDigests = Memo<String, String>(limit: 16)

  /// Marks estimates that rest on no measurement of the shape at hand.
  public static func warnings(about deployments: [PlannedDeployment]) -> [String] {
    var warnings: [String] = []
    for deployment in deployments {
      for basis in [Basis.extrapolated, .roofline] {
        let names = deployment.step.unmeasured.filter { $0.basis == basis }.map(\.name)
        guard !names.isEmpty else { continue }
        warnings.append(
          "\(deployment.name): step times partly \(basis.rawValue), outside what was measured: "
            + names.joined(separator: "; "))
      }
    }
    return warnings
  }
}

extension ResolvedScenario {
  /// The tightest targets of the online streams that a deployment serves.
  fileprivate func targets(ofDeployment index: Int) -> LatencyTargets {
    let objectives = streams.filter { $0.deployment == index && $0.canBeOnline }.map(\.objective)
    return LatencyTargets(
      timeToFirstToken: objectives.compactMap(\.timeToFirstToken).min(),
      timePerOutputToken: objectives.compactMap(\.timePerOutputToken).min())
  }
}

extension ResolvedStream {
  fileprivate var canBeOnline: Bool { workload.components.contains { $0.requestClass != .offline } }
}
