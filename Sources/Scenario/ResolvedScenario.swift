import Assembly
import Cluster
import Configuration
import Hardware
import Metrics
import Models
import Scheduling
import SimCore
import StepTime
import Workload

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
  /// What `--set` changed, each `KEY.PATH=VALUE` as typed.
  public var overrides: [String] = []
  /// The files that its results depend on, besides its own, as seen from the working directory.
  public var inputs: [String] = []
  /// What of `canonicalText` a single run depends on, but for its policy, seed and replication.
  var pointText = ""
  /// What of `canonicalText` the deployments' step times and memory depend on.
  var deploymentText = ""
  /// Which variant of its file it is; nil for a file without variants.
  public var variant: VariantLabel?

  public var seed: UInt64
  /// How many times each policy is run, each time with its own requests.
  public var replications: Int
  /// When arrivals stop; `nil` when every stream ends by itself.
  public var duration: SimDuration?
  public var drain: Drain
  /// When arrivals stop, where that is known before the run: the scenario's duration, or the latest end of streams that
  /// all have one. A bounded drain counts from it.
  public var arrivalEnd: SimDuration? {
    if let duration { return duration }
    let ends = streams.map { stream in stream.workload.durationLimit.map { stream.workload.start + $0 } }
    return ends.contains(nil) ? nil : ends.compactMap { $0 }.max()
  }
  /// Requests that arrive before this are not counted.
  public var warmUp: SimDuration

  public var servers: [ServerSpec]
  /// What joins the servers' network cards.
  public var network: ClusterNetworkSpec
  /// The policies compared, in order; each governs the deployments without a policy of their own. Empty when every
  /// deployment has one.
  public var policies: [ResolvedPolicy]
  public var deployments: [ResolvedDeployment]
  /// Models that serve batches in a fixed time; streams, lenders and expectations number them after the deployments.
  public var services: [ResolvedService] = []
  /// Whether replicas were placed so that lenders and borrowers of memory meet.
  public var isBalanced = false
  /// How memory is lent and taken back.
  public var lendingRules = LendingRules()
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
  /// Under the first policy that it may run under, and under all that run on the same serving stack.
  public var engine: EngineSettings
  /// Where the defaults among these come from, in words, by their keys.
  public var engineDefaults: [String: String]
  /// Under policies that run on other serving stacks, where the scenario names none.
  public var otherEngines: [EngineSettings]
  /// Under policies with engine settings of their own, by the policies' canonical text.
  var policyEngines: [String: EngineSettings] = [:]
  public var paging: PagingSettings
  /// Memory offered to peers; `nil` lends nothing.
  public var lending: LendingSettings?
  /// Weights on each GPU, bytes.
  public var weightBytesPerGPU: Int64

  /// The server of the first replica, as an index into the scenario's servers; those of the others are alike.
  public var server: Int { placement[0].server }

  /// The engine under a policy: the deployment's own, or one that is compared; nil for none.
  public func engine(under policy: ResolvedPolicy?) -> EngineSettings {
    if let policy, let own = policyEngines[policy.canonicalText] { return own }
    guard !otherEngines.isEmpty, let policy else { return engine }
    let stack = StackLibrary.stack(forPolicy: policy.name).name
    return otherEngines.first { $0.stack.name == stack } ?? engine
  }
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
  /// Batch sizes with captured graphs; `nil` takes the engine's.
  public var captureSizes: [Int]?
  /// Which iterations replay graphs; `nil` as the engine's costs were fitted.
  public var graphMode: GraphMode?
  /// Whether prompts that begin alike share KV, where streams say which do.
  public var cachesPrefixes: Bool
  /// Whether the replicas share the experts of a mixture and iterate in lock step.
  public var sharesExperts: Bool
  /// Kernel times in place of the server's: a profile of the catalogue, a file or a folder, named relative to the
  /// working directory.
  public var kernels: String?
  /// How fast the host is in the course of the run.
  public var host: HostPace
  /// Pinned host memory for paged KV, bytes per GPU.
  public var swapSpace: Int
  /// KV, and weights if asked, that stay off the GPU; nil where they are on it.
  public var offload: OffloadSettings?
  /// Low-rank adapters; nil where every request uses the base model.
  public var adapters: AdapterSettings?
  /// Host overheads in place of the profile's.
  public var overheads: EngineOverheads
  /// The serving stack whose costs, kernel tables and defaults it has.
  public var stack: StackName
  /// Whether a scheduler that can plan ahead does, where its policy does not say.
  public var scheduling = SchedulingDefault(plansAhead: false, source: "the policy's default")

  /// A version of a serving stack, and the way it is run.
  public struct StackName: Hashable, Sendable {
    public var name: String
    public var version: String
    /// A variant that was fitted; nil for the usual one.
    public var variant: String?
  }

  /// Time the serving engine itself spends; `nil` takes the profile's value.
  public struct EngineOverheads: Hashable, Sendable {
    public var perStep: SimDuration?
    public var perSequence: SimDuration?
    public var perLayer: SimDuration?
    /// To launch a layer of an iteration with more tokens than the largest graph.
    public var launchPerLayer: SimDuration?
    /// For the next iteration while one runs.
    public var overlapPerStep: SimDuration?
    public var overlapPerSequence: SimDuration?
    /// Between clients and the engine's queue, and back.
    public var frontEnd: FrontEnd?

    public enum FrontEnd: Hashable, Sendable {
      case given(SimDuration)
      /// What the stack's costs have.
      case stack
    }

    public init(perStep: SimDuration? = nil, perSequence: SimDuration? = nil, perLayer: SimDuration? = nil) {
      self.perStep = perStep
      self.perSequence = perSequence
      self.perLayer = perLayer
    }
  }
}

/// Which iterations replay captured graphs, by vLLM's names of `cudagraph_mode`.
public enum GraphMode: String, CaseIterable, Hashable, Sendable {
  /// Those that decode alone, whole; and all but the attention of those with prefill.
  case all = "FULL_AND_PIECEWISE"
  /// Those that decode alone.
  case decodeOnly = "FULL_DECODE_ONLY"
}
