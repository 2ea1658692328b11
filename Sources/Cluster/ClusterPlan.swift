import Hardware
import Metrics
import Network
import Replica
import Scheduling
import SimCore
import StepTime
import Workload

/// Everything a run needs, with every name looked up and every number in the engine's units.
public struct ClusterPlan: Sendable {
  public var servers: [ServerSpec]
  /// What joins the servers' network cards.
  public var network = ClusterNetworkSpec.oneSwitch
  public var deployments: [DeploymentPlan]
  public var streams: [StreamPlan]
  /// Replicas that lend memory as their load allows; those that always lend are in the replicas' plans.
  public var lenders: [LenderPlan] = []
  /// Who borrows from them.
  public var loans: [LoanPlan] = []
  public var lendingRules = LendingRules()
  /// How the fleet changes during the run. A deployment that lends, borrows or runs in lock step must stay as it is,
  /// and every deployment must have a replica that takes requests at all times.
  public var fleet: [FleetChange] = []
  public var seed: UInt64
  public var replication: Int
  /// Requests that arrive before this are simulated but not counted.
  public var warmUpEnd: SimTime
  /// When the run stops even if requests are left; `.never` to run until all are served.
  public var end: SimTime
  public var stepping: Stepping
  /// Recount every ledger after every event.
  public var checksInvariants: Bool
  /// How often levels are written down for a time series; nil for none. Longer where a run has very many intervals.
  public var seriesInterval: SimDuration?

  public init(
    servers: [ServerSpec], deployments: [DeploymentPlan], streams: [StreamPlan], seed: UInt64 = 1,
    replication: Int = 0, warmUpEnd: SimTime = .zero, end: SimTime = .never, stepping: Stepping = .segment,
    checksInvariants: Bool = false
  ) {
    self.servers = servers
    self.deployments = deployments
    self.streams = streams
    self.seed = seed
    self.replication = replication
    self.warmUpEnd = warmUpEnd
    self.end = end
    self.stepping = stepping
    self.checksInvariants = checksInvariants
  }
}

/// How many iterations one event may stand for. Results are the same.
public enum Stepping: String, CaseIterable, Sendable {
  /// As many as run unchanged.
  case segment
  /// One, through the plainest code: the oracle.
  case iteration
}

/// One model served by one or more identical replicas.
public struct DeploymentPlan: Sendable {
  public var name: String
  public var model: String
  public var replicas: [ReplicaPlan]
  public var router: Router
  public var policy: PolicyChoice
  /// Whether the policy is the deployment's own rather than the one compared; results say so.
  public var hasOwnPolicy = false
  public var limits: EngineLimits
  /// Blocks of memory that each replica lends for the whole run, beside the pool that `limits` have.
  public var blocksLentThroughout = 0
  public var cost: BoundStepCost
  /// KV bytes of one block on each GPU of a replica, all layers.
  public var blockBytesPerGPU: Int64
  /// The contiguous piece of KV that a fragmented copy moves: one block, one layer, K or V.
  public var fragmentBytes: Int64
  public var transferMode: TransferMode
  /// Whether prompts that begin like earlier ones start from what is left of those on the GPU (vLLM's
  /// `enable_prefix_caching`).
  public var cachesPrefixes = false
  /// How much longer its collectives take beside copies that fill the NVLink ports of its GPUs, as a share.
  public var portSharing = 0.0
  /// What is fetched for requests before they are scheduled. Replicas that fetch anything stay as they are, and in a
  /// lender's memory it is kept by lenders that always lend.
  public var entrance = EntrancePlan()
  /// How long a request travels from its client to a replica's queue, and a token back: both are charged on the way
  /// there, before a replica is chosen.
  public var frontEnd = SimDuration.zero
  /// What its step times rest on, for results; nil where nobody has looked.
  public var trust: TrustBasis?
  /// How fast the hosts of its replicas are in the course of the run; one that varies is drawn for each replica.
  public var host = HostPace.usual
  /// What the replicas share when they run in lock step; nil when each runs by itself. Nothing may be paged or lent
  /// then.
  public var lockStep: LockStepPlan?

  public init(
    name: String, model: String, replicas: [ReplicaPlan], router: Router = .roundRobin, policy: PolicyChoice,
    limits: EngineLimits, cost: BoundStepCost, blockBytesPerGPU: Int64, fragmentBytes: Int64,
    transferMode: TransferMode = .coalesced
  ) {
    self.name = name
    self.model = model
    self.replicas = replicas
    self.router = router
    self.policy = policy
    self.limits = limits
    self.cost = cost
    self.blockBytesPerGPU = blockBytesPerGPU
    self.fragmentBytes = fragmentBytes
    self.transferMode = transferMode
  }
}

/// Where one replica runs and where its KV may go.
public struct ReplicaPlan: Sendable {
  /// GPU numbers through all servers; one per tensor-parallel rank.
  public var gpus: [Int]
  /// The server its host memory is on.
  public var server: Int
  /// For each of `gpus`, the GPU that holds what it pages to a peer; empty without lenders.
  public var lenders: [Int]
  /// Blocks that the lenders have room for.
  public var peerBlocks: Int
  /// Blocks that its share of pinned host memory has room for.
  public var hostBlocks: Int

  public init(gpus: [Int], server: Int = 0, lenders: [Int] = [], peerBlocks: Int = 0, hostBlocks: Int = 0) {
    self.gpus = gpus
    self.server = server
    self.lenders = lenders
    self.peerBlocks = peerBlocks
    self.hostBlocks = hostBlocks
  }
}

/// A policy with its parameters, ready to be made.
public struct PolicyChoice: Sendable {
  public var type: any SchedulingPolicy.Type
  public var parameters: PolicyParameters

  public init(_ type: any SchedulingPolicy.Type, _ overrides: [String: ParameterValue] = [:]) {
    self.type = type
    parameters = PolicyParameters(type.descriptor, overrides: overrides)
  }

  public init(_ type: any SchedulingPolicy.Type, parameters: PolicyParameters) {
    self.type = type
    self.parameters = parameters
  }
}

/// One stream of requests and where they go.
public struct StreamPlan: Sendable {
  public var stream: WorkloadStream
  public var deployment: Int
  public var objective: ServiceObjective
  /// The blocks of its requests' prompts, in the order of arrival; nil when they are not known. Those of all streams
  /// that one deployment serves are to be numbered together (`PrefixBlocks.together`).
  public var prefixBlocks: PrefixBlocks?
  /// Which stream's numbers its requests' prefix groups and sessions have; nil where they are its own.
  public var prefixOrigin: Int?

  public init(stream: WorkloadStream, deployment: Int, objective: ServiceObjective = ServiceObjective()) {
    self.stream = stream
    self.deployment = deployment
    self.objective = objective
  }
}
