import Assembly
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

  /// Which of the things that are compared it is a run of.
  public var alternative: Alternative { Alternative(policy: label, variant: variant) }
}

/// Turns resolved scenarios into runs. Nothing random happens here.
public enum Planner {
  /// Every run of a scenario: policies in order, each with its replications.
  ///
  /// - Parameters:
  ///   - replications: their numbers; those that the scenario asks for when left out.
  ///   - inputs: digests of files that other scenarios read too.
  ///   - plans: those of scenarios that share deployments with this one.
  /// - Throws: `PlanningError` for what the scenario's reader could not see, for example weights that leave no room.
  public static func runs(
    of scenario: ResolvedScenario, replications: Range<Int>? = nil, stepping: Stepping = .segment,
    checksInvariants: Bool = false, spillwayVersion: String, inputs: InputDigests = InputDigests(),
    plans: SharedPlans = SharedPlans()
  ) throws -> [PlannedRun] {
    let numbers = replications ?? 0..<scenario.replications
    if numbers.isEmpty { return [] }
    let policies: [Int?] = scenario.policies.isEmpty ? [nil] : Array(scenario.policies.indices)
    var planned: [(engines: [EngineUse], shared: SharedPlan, prefixes: [[PrefixBlocks?]])] = []
    return try policies.flatMap { policy -> [PlannedRun] in
      let engines = scenario.engines(under: policy)
      if !planned.contains(where: { $0.engines == engines }) {
        let shared = try plans.plan(of: scenario, policy: policy)
        let prefixes = try numbers.map { try scenario.prefixBlocks(shared.deployments, replication: $0) }
        planned.append((engines, shared, prefixes))
      }
      guard let (_, shared, prefixes) = planned.first(where: { $0.engines == engines }) else { return [] }
      let point = try scenario.pointDigest(policy: policy, version: spillwayVersion, inputs: inputs)
      return try zip(numbers, prefixes).map { replication, blocks in
        try run(
          of: scenario, on: shared, policy: policy, replication: replication, prefixes: blocks, point: point,
          stepping: stepping, checksInvariants: checksInvariants, spillwayVersion: spillwayVersion)
      }
    }
  }

  /// One run of a scenario.
  ///
  /// - Parameters:
  ///   - shared: what runs under this policy have in common, whatever their load.
  ///   - policy: index into the scenario's policies; nil where every deployment has its own.
  ///   - point: as `ResolvedScenario.pointDigest` has it.
  /// - Throws: `PlanningError`; what else reading the prompts' prefixes throws, for example `WorkloadError`.
  public static func run(
    of scenario: ResolvedScenario, on shared: SharedPlan, policy: Int?, replication: Int, point: String,
    stepping: Stepping = .segment, checksInvariants: Bool = false, spillwayVersion: String
  ) throws -> PlannedRun {
    try run(
      of: scenario, on: shared, policy: policy, replication: replication,
      prefixes: try scenario.prefixBlocks(shared.deployments, replication: replication), point: point,
      stepping: stepping, checksInvariants: checksInvariants, spillwayVersion: spillwayVersion)
  }

  private static func run(
    of scenario: ResolvedScenario, on shared: SharedPlan, policy index: Int?, replication: Int,
    prefixes: [PrefixBlocks?], point: String, stepping: Stepping, checksInvariants: Bool, spillwayVersion: String
  ) throws(PlanningError) -> PlannedRun {
    let policy = index.map { scenario.policies[$0] }
    var plans: [DeploymentPlan] = []
    for (index, pair) in zip(scenario.deployments, shared.deployments).enumerated() {
      plans.append(
        pair.1.plan(try assignment(pair.0, compared: policy), targets: scenario.targets(ofDeployment: index)))
    }
    try scenario.keepOffGPU(&plans, under: policy, replication: replication)
    var plan = ClusterPlan(
      servers: scenario.servers, deployments: plans + shared.services.map { $0.plan() },
      streams: zip(scenario.streams, prefixes).map { stream, blocks in
        var plan = StreamPlan(stream: stream.workload, deployment: stream.deployment, objective: stream.objective)
        plan.prefixBlocks = blocks
        plan.prefixOrigin = scenario.prefixOrigin(of: stream)
        if policy?.streamsLeftOut.contains(where: { $0.name == stream.name }) == true {
          plan.stream.leaveOut()
        }
        return plan
      }, seed: scenario.seed, replication: replication, warmUpEnd: SimTime.zero + scenario.warmUp,
      end: end(of: scenario), stepping: stepping, checksInvariants: checksInvariants)
    plan.network = scenario.network
    plan.lendingRules = scenario.lendingRules
    plan.fleet = scenario.fleetChanges(shared.deployments)
    plan.addLenders(of: shared.deployments, services: shared.services)
    return PlannedRun(
      label: policy?.label ?? ResolvedScenario.withoutPolicies,
      policyName: policy?.name ?? scenario.deployments.compactMap { $0.policy?.name }.joined(separator: "+"),
      variant: scenario.variant, replication: replication, plan: plan,
      provenance: RunProvenance(
        scenarioName: scenario.name, scenarioPath: scenario.path, scenarioDigest: scenario.digest,
        overrides: scenario.overrides, pointDigest: point, profileName: shared.profileName,
        profileDigest: shared.profileDigest, spillwayVersion: spillwayVersion),
      warnings: shared.warnings + scenario.comparisonWarnings
        + (policy?.note.map { [$0] } ?? []))
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
    return try PlannedDeployment.all(descriptions, services: scenario.plannedServices, on: scenario.servers)
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
    case .atMost(let drain): scenario.arrivalEnd.map { SimTime.zero + $0 + drain } ?? .never
    }
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

extension ResolvedScenario {
  /// What sets compared policies apart beside their rules, where the scenario does not say so itself; a sentence each.
  public var comparisonWarnings: [String] { [stackComparison, schedulingComparison].compactMap(\.self) }

  /// A sentence about policies that plan ahead by default beside others that do not; nil when all do, or none.
  private var schedulingComparison: String? {
    let sentences = deployments.compactMap { deployment -> String? in
      guard deployment.policy == nil else { return nil }
      let ahead = policies.filter { $0.plansAhead(on: deployment.engine(under: $0)) }
      guard !ahead.isEmpty, ahead.count < policies.count,
        ahead.contains(where: { !$0.saysWhetherAhead })
      else { return nil }
      let names = ahead.map(\.label).joined(separator: ", ")
      return
        "\(deployment.name): \(names) \(ahead.count == 1 ? "plans" : "plan") each iteration while the one before it "
        + "runs, the other policies when it has ended: what the host costs is compared along with the policies; "
        + "'async_scheduling: false' gives all the same"
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
  }

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

extension WorkloadStream {
  /// Nothing comes any more; and nothing is said of what those that came had in common, which only drawn arrivals have.
  fileprivate mutating func leaveOut() {
    arrivals = .listed([])
    sharedPrefix = nil
    conversations = nil
  }
}

extension ResolvedStream {
  /// Whether any of its requests is online; a trace that does not say sends such.
  public var canBeOnline: Bool { workload.components.contains { $0.requestClass != .offline } }
}
