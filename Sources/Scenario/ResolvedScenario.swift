import Configuration
import Hardware
import Models
import SimCore

/// A scenario with nothing left to look up: every default explicit, every unit converted, every name found.
///
/// Immutable plain values; runs are built from it and from nothing else. `canonicalText` is a scenario file that
/// resolves to the same.
public struct ResolvedScenario: Sendable {
  public var name: String
  /// The question the scenario asks, in one sentence; may be empty.
  public var summary: String
  /// The file, as the person named it.
  public var path: String
  /// The file's text, without what `--set` changed.
  public var sourceText: String
  /// The scenario as YAML with every default written out and `--set` applied; paths stay relative to the file.
  public var canonicalText: String
  /// SHA-256 of `canonicalText`, in hexadecimal: two files that mean the same have the same digest.
  public var digest: String

  public var seed: UInt64
  /// How many times each policy is run, each time with its own requests.
  public var replications: Int
  /// When arrivals stop; `nil` when every stream ends by itself.
  public var duration: SimDuration?
  public var drain: Drain
  /// Requests that arrive before this are not counted.
  public var warmUp: SimDuration

  public var servers: [ServerSpec]
  /// What joins the servers' network cards.
  public var network: ClusterNetworkSpec
  /// The policies compared, in order; each governs the deployments without a policy of their own. Empty when every
  /// deployment has one.
  public var policies: [ResolvedPolicy]
  public var deployments: [ResolvedDeployment]
  /// How replicas come and go during the run, in order of time.
  public var fleet: [ResolvedFleetChange]
  public var streams: [ResolvedStream]
  public var expectations: [Expectation]
  /// What is allowed but probably not meant.
  public var warnings: [Diagnostic]

  /// How long a run goes on after arrivals have stopped.
  public enum Drain: Hashable, Sendable {
    /// Until no request is left.
    case untilEmpty
    /// At most this long; what is left then counts as unfinished.
    case atMost(SimDuration)
  }
}

/// Where one replica of a deployment runs.
public struct ReplicaPlacement: Hashable, Sendable {
  /// Index into the scenario's servers.
  public var server: Int
  /// GPUs numbered within the server, one per tensor-parallel rank.
  public var gpus: [Int]

  public init(server: Int, gpus: [Int]) {
    self.server = server
    self.gpus = gpus
  }
}

/// A deployment: replicas of one model, each on GPUs of one server; servers of several replicas are alike.
public struct ResolvedDeployment: Sendable {
  public var name: String
  /// The model as the scenario named it: a catalogue name or a path.
  public var modelName: String
  public var model: ModelArchitecture
  /// GPUs of each replica.
  public var tensorParallel: Int
  /// Where each replica runs; at least one.
  public var placement: [ReplicaPlacement]
  public var router: Router
  /// The policy of its own; `nil` takes the one compared.
  public var policy: ResolvedPolicy?
  public var engine: EngineSettings
  public var paging: PagingSettings
  /// Memory offered to peers; `nil` lends nothing.
  public var lending: LendingSettings?
  /// Weights on each GPU, bytes.
  public var weightBytesPerGPU: Int64

  /// The server of the first replica, as an index into the scenario's servers; those of the others are alike.
  public var server: Int { placement[0].server }
}

/// How requests are spread over the replicas of a deployment.
public enum Router: String, CaseIterable, Hashable, Sendable {
  case roundRobin = "round-robin"
  /// The replica with the fewest requests waiting or running.
  case leastOutstanding = "least-outstanding"
  /// The replica with the fewest KV blocks in use.
  case leastKV = "least-kv"
  /// The less loaded of two replicas drawn at random.
  case powerOfTwo = "power-of-two"
}

/// The serving engine of a replica, in the terms of vLLM's options.
public struct EngineSettings: Hashable, Sendable {
  /// `max_num_batched_tokens`.
  public var maxBatchedTokens: Int
  /// `max_num_seqs`.
  public var maxSequences: Int
  /// Tokens in a KV block.
  public var blockSize: Int
  /// Share of the GPU's memory that weights, activations and KV may use together.
  public var gpuMemoryUtilization: Double
  /// Longest prompt and output together, tokens.
  public var maxModelLength: Int
  /// How KV is stored; `nil` as activations are.
  public var keyValueType: NumberType?
  /// KV blocks per GPU in place of what memory would hold.
  public var keyValueBlocks: Int?
  /// Activations and captured graphs, bytes per GPU; `nil` takes the engine's estimate.
  public var activationReserve: Int?
  /// Without captured graphs.
  public var enforcesEager: Bool
  /// Pinned host memory for paged KV, bytes per GPU.
  public var swapSpace: Int
  /// Host overheads in place of the profile's.
  public var overheads: EngineOverheads

  /// Time the serving engine itself spends; `nil` takes the profile's value.
  public struct EngineOverheads: Hashable, Sendable {
    public var perStep: SimDuration?
    public var perSequence: SimDuration?
    public var perLayer: SimDuration?

    public init(perStep: SimDuration? = nil, perSequence: SimDuration? = nil, perLayer: SimDuration? = nil) {
      self.perStep = perStep
      self.perSequence = perSequence
      self.perLayer = perLayer
    }
  }
}

/// Where KV goes that leaves a GPU, and how it travels.
public struct PagingSettings: Hashable, Sendable {
  public var destination: Destination
  /// The deployments that lend memory and can be reached, as indices, in the order in which they are tried; used when
  /// the destination, or that of the policy compared, is `peer`.
  public var lenders: [Int]
  public var transfer: Transfer
  /// Whether replicas without a lender on their own server use those on others, over the network.
  public var usesNetwork: Bool

  public enum Destination: String, CaseIterable, Hashable, Sendable {
    /// Host memory only.
    case host
    /// Memory lent by peer GPUs; host memory when that is full.
    case peer
  }

  /// The transfer modes a scenario can choose.
  public enum Transfer: String, CaseIterable, Hashable, Sendable {
    /// One copy per block, layer, and K or V.
    case fragmented
    /// Gathered into one buffer, copied once, scattered.
    case coalesced
    /// Moved by a kernel.
    case kernel
  }

  public init(destination: Destination, lenders: [Int], transfer: Transfer, usesNetwork: Bool = false) {
    self.destination = destination
    self.lenders = lenders
    self.transfer = transfer
    self.usesNetwork = usesNetwork
  }
}

/// Memory that a deployment offers to its peers.
public struct LendingSettings: Hashable, Sendable {
  public var rule: Rule
  /// The most that is lent, bytes per GPU.
  public var memory: Int
  /// KV memory the lender keeps in any case, bytes per GPU.
  public var retain: Int
  /// With `informer`: memory is offered while at most this many requests wait.
  public var offerBelowWaiting: Int
  /// With `informer`: memory is taken back when at least this many requests wait.
  public var reclaimAtWaiting: Int

  public enum Rule: String, CaseIterable, Hashable, Sendable {
    /// Always lent.
    case `static`
    /// Lent and taken back as the lender's own load changes: AQUA's LLM informer.
    case informer
  }
}
