import Assembly
import Catalogue
import Cluster
import Hardware
import Metrics
import Replica
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

/// Turns resolved scenarios into runs. Nothing random happens here.
public enum Planner {
  /// Every run of a scenario: policies in order, each with its replications.
  ///
  /// - Parameter replications: their numbers; those that the scenario asks for when left out.
  /// - Throws: `PlanningError` for what the scenario's reader could not see, for example weights that leave no room.
  public static func runs(
    of scenario: ResolvedScenario, replications: Range<Int>? = nil, stepping: Stepping = .segment,
    checksInvariants: Bool = false, spillwayVersion: String
  ) throws -> [PlannedRun] {
    let numbers = replications ?? 0..<scenario.replications
    if numbers.isEmpty { return [] }
    let policies: [ResolvedPolicy?] = scenario.policies.isEmpty ? [nil] : scenario.policies
    let comparison = scenario.stackComparison.map { [$0] } ?? []
    // Policies that run on the same serving stacks have the same engines.
    var planned: [(stacks: [String], deployments: [PlannedDeployment], prefixes: [[PrefixBlocks?]])] = []
    var runs: [PlannedRun] = []
    for policy in policies {
      let stacks = scenario.deployments.map { $0.engine(under: $0.policy ?? policy).stack.name }
      if !planned.contains(where: { $0.stacks == stacks }) {
        let deployments = try deployments(of: scenario, under: policy)
        let prefixes = try numbers.map { try scenario.prefixBlocks(deployments, replication: $0) }
        planned.append((stacks, deployments, prefixes))
      }
      guard let (_, deployments, prefixes) = planned.first(where: { $0.stacks == stacks }) else { continue }
      let provenance = provenance(of: scenario, deployments, spillwayVersion)
      let warnings = warnings(about: deployments) + comparison
      let plans = try zip(scenario.deployments, deployments).enumerated().map { index, pair in
        var plan = pair.1.plan(
          try assignment(pair.0, compared: policy), targets: scenario.targets(ofDeployment: index))
        // Where nobody says which prompts begin alike there is nothing to find.
        if !zip(scenario.streams, prefixes[0]).contains(where: { $0.deployment == index && $1 != nil }) {
          plan.cachesPrefixes = false
        }
        return plan
      }
      for (replication, blocks) in zip(numbers, prefixes) {
        var plan = ClusterPlan(
          servers: scenario.servers, deployments: plans,
          streams: zip(scenario.streams, blocks).map { stream, blocks in
            var plan = StreamPlan(
              stream: stream.workload, deployment: stream.deployment, objective: stream.objective)
            plan.prefixBlocks = blocks
            return plan
          }, seed: scenario.seed, replication: replication, warmUpEnd: SimTime.zero + scenario.warmUp,
          end: end(of: scenario), stepping: stepping, checksInvariants: checksInvariants)
        plan.network = scenario.network
        plan.fleet = scenario.fleetChanges(deployments)
        plan.addLenders(of: deployments)
        runs.append(
          PlannedRun(
            label: policy?.label ?? ResolvedScenario.withoutPolicies,
            policyName: policy?.name ?? scenario.deployments.compactMap { $0.policy?.name }.joined(separator: "+"),
            variant: scenario.variant, replication: replication, plan: plan, provenance: provenance, warnings: warnings)
        )
      }
    }
    return runs
  }

  /// What every deployment of a scenario has to work with, in order.
  ///
  /// - Parameter policy: one of those compared, which says on what serving stack engines run that name none.
  /// - Throws: `PlanningError` with everything that does not fit.
  public static func deployments(
    of scenario: ResolvedScenario, under policy: ResolvedPolicy?
  ) throws(PlanningError) -> [PlannedDeployment] {
    var descriptions: [DeploymentDescription] = []
    var problems: [String] = []
    for deployment in scenario.deployments {
      do {
        descriptions.append(try DeploymentDescription(deployment, in: scenario, under: policy))
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
      PolicyChoice(policy.type, parameters: policy.parameters(on: deployment.engine(under: policy))),
      isOwn: deployment.policy != nil,
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
    of scenario: ResolvedScenario, _ deployments: [PlannedDeployment], _ version: String
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
      overrides: scenario.overrides,
      profileName: names.joined(separator: "+"), profileDigest: SHA256.hexadecimal(of: text.utf8),
      spillwayVersion: version)
  }

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

extension ResolvedPolicy {
  /// Its parameters on an engine: those written, or else those with which the stack's version has this scheduler.
  fileprivate func parameters(on engine: EngineSettings) -> PolicyParameters {
    guard let stack = engine.stackVersion, stack.policy == name, !stack.parameters.isEmpty else { return parameters }
    return PolicyParameters(type.descriptor, overrides: stack.parameters.merging(writtenParameters) { $1 })
  }
}

extension ResolvedScenario {
  /// A sentence about policies that are compared on different serving stacks; nil when all are on one.
  public var stackComparison: String? {
    let sentences = deployments.compactMap { deployment -> String? in
      guard deployment.policy == nil, !deployment.otherEngines.isEmpty else { return nil }
      let engines = policies.map { "\($0.label) on \(deployment.engine(under: $0).stackVersion?.fullName ?? "")" }
      return
        "\(deployment.name): serving stacks are compared along with policies (\(engines.joined(separator: ", "))): "
        + "what engines cost, their limits and their share of memory differ too; 'engine: {stack: ...}' gives all "
        + "the same"
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }
}

extension ResolvedStream {
  fileprivate var canBeOnline: Bool { workload.components.contains { $0.requestClass != .offline } }
}
