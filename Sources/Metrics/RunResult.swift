import SimCore

/// A deployment as results name it.
public struct DeploymentLabel: Sendable, Hashable {
  public var name: String
  public var model: String
  /// How it is placed, in words, for example `2 replicas of 4 x H100`.
  public var placement: String
  /// The policy it has whatever policies are compared; nil when it has the compared one.
  public var fixedPolicy: String?
  /// What its policy keeps free for every request that runs, beyond what the request holds, as a clause that can follow
  /// a semicolon; nil for nothing. Stores do not keep it.
  public var promise: String?

  /// The time between clients and the engine's queue, and back, that latencies hold. Stores do not keep it.
  public var frontEnd: SimDuration
  /// What its step times rest on; nil where that is not known.
  public var trust: TrustBasis?

  public init(
    name: String, model: String, placement: String, fixedPolicy: String? = nil, promise: String? = nil,
    frontEnd: SimDuration = .zero, trust: TrustBasis? = nil
  ) {
    self.name = name
    self.model = model
    self.placement = placement
    self.fixedPolicy = fixedPolicy
    self.promise = promise
    self.frontEnd = frontEnd
    self.trust = trust
  }
}

/// Where a run came from: enough to repeat it.
public struct RunProvenance: Sendable, Hashable {
  public var scenarioName: String
  /// The scenario file as the user named it.
  public var scenarioPath: String
  /// SHA-256 of the scenario's canonical text, in hexadecimal.
  public var scenarioDigest: String
  /// What the command line changed in the scenario, each `KEY.PATH=VALUE` as typed.
  public var overrides: [String]
  /// SHA-256 of everything that the run depends on but its seed and replication, in hexadecimal: what a sweep knows it
  /// by. nil for runs outside of sweeps.
  public var pointDigest: String?
  public var profileName: String
  /// SHA-256 of the hardware profile, in hexadecimal.
  public var profileDigest: String
  public var spillwayVersion: String

  public init(
    scenarioName: String, scenarioPath: String, scenarioDigest: String, overrides: [String] = [],
    pointDigest: String? = nil, profileName: String, profileDigest: String, spillwayVersion: String
  ) {
    self.scenarioName = scenarioName
    self.scenarioPath = scenarioPath
    self.scenarioDigest = scenarioDigest
    self.overrides = overrides
    self.pointDigest = pointDigest
    self.profileName = profileName
    self.profileDigest = profileDigest
    self.spillwayVersion = spillwayVersion
  }
}

/// Everything one run gives: one policy, one seed, one replication of one scenario.
public struct RunResult: Sendable, Equatable {
  public var provenance: RunProvenance
  public var policy: String
  /// The variant of the scenario; nil where there is only one.
  public var variant: VariantLabel?
  public var seed: UInt64
  /// From 0.
  public var replication: Int
  public var deployments: [DeploymentLabel]
  /// One per (deployment, request class) that the scenario has, in scenario order.
  public var groups: [GroupCollector]
  /// One per replica, deployments in order.
  public var engines: [EngineTotals]
  public var links: [LinkTotals]
  public var paging: [PagingTotals]
  /// When the run ended.
  public var simulatedEnd: SimTime
  /// Requests that arrived before this are not counted; rates divide by the time from here to the end.
  public var warmUpEnd: SimTime
  /// Every request of the run, warm-up included.
  public var injected: Int64
  public var warmUpRequests: Int64
  /// Seconds of real time the run took; set by the caller, and the one field that differs between equal runs.
  public var wallSeconds: Double
  /// The hash of every request's outcome, sixteen hexadecimal digits.
  public var fingerprint: String
  /// What the reader should know, one sentence each, without repeats.
  public var warnings: [String]
  /// How loaded it was over time; nil unless asked for.
  public var timeSeries: TimeSeries?

  public init(
    provenance: RunProvenance, policy: String, seed: UInt64, replication: Int, deployments: [DeploymentLabel],
    collector: RunCollector, engines: [EngineTotals], links: [LinkTotals], paging: [PagingTotals],
    simulatedEnd: SimTime, wallSeconds: Double = 0, warnings: [String] = []
  ) {
    self.provenance = provenance
    self.policy = policy
    self.seed = seed
    self.replication = replication
    self.deployments = deployments
    self.groups = collector.groups
    self.engines = engines
    self.links = links
    self.paging = paging
    self.simulatedEnd = simulatedEnd
    self.warmUpEnd = collector.warmUpEnd
    self.injected = collector.recorded
    self.warmUpRequests = collector.warmUpRequests
    self.wallSeconds = wallSeconds
    self.fingerprint = collector.fingerprint.description
    self.warnings = warnings
  }

  /// A result from its parts, as a store reads them back.
  public init(
    provenance: RunProvenance, policy: String, seed: UInt64, replication: Int, deployments: [DeploymentLabel],
    groups: [GroupCollector], engines: [EngineTotals], links: [LinkTotals], paging: [PagingTotals],
    simulatedEnd: SimTime, warmUpEnd: SimTime, injected: Int64, warmUpRequests: Int64, wallSeconds: Double,
    fingerprint: String, warnings: [String]
  ) {
    self.provenance = provenance
    self.policy = policy
    self.seed = seed
    self.replication = replication
    self.deployments = deployments
    self.groups = groups
    self.engines = engines
    self.links = links
    self.paging = paging
    self.simulatedEnd = simulatedEnd
    self.warmUpEnd = warmUpEnd
    self.injected = injected
    self.warmUpRequests = warmUpRequests
    self.wallSeconds = wallSeconds
    self.fingerprint = fingerprint
    self.warnings = warnings
  }

  /// What it is of, among those that it is compared with.
  public var alternative: Alternative { Alternative(policy: policy, variant: variant) }

  /// The time over which requests were counted: what rates divide by. Never negative.
  public var countedDuration: SimDuration {
    simulatedEnd > warmUpEnd ? simulatedEnd - warmUpEnd : .zero
  }

  /// The totals of one deployment's replicas together.
  public func totals(ofDeployment deployment: Int32) -> DeploymentTotals {
    DeploymentTotals(engines.filter { $0.deployment == deployment })
  }
}
