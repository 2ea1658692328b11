import Hardware
import Models
import SimCore
import StepTime

/// One serving engine, complete: everything that its step times, its memory and its scheduler's limits follow from.
///
/// Scenarios, measured kits and published points all come to this. From here there is one way to a plan:
/// ``BoundEngine`` binds step times, ``AssembledEngine`` divides memory and makes the deployment's plan.
public struct EngineDescription: Sendable {
  /// The model, its weights stored as they are served.
  public var model: ModelArchitecture
  /// How KV is stored; nil as activations are.
  public var cacheType: NumberType?
  /// GPUs that share each layer.
  public var tensorParallel: Int
  /// How the experts of a mixture are divided over replicas; nil when each replica has them all.
  public var expertParallel: ExpertParallel?
  /// What the GPU can do, by its data sheet.
  public var gpu: GPURates
  /// Where the times of kernels come from.
  public var kernels: KernelTables
  /// Where the engine's own time comes from.
  public var costs: CostSource
  /// Which iterations replay captured graphs.
  public var graphs: GraphSettings
  /// Times in place of what `costs` says.
  public var overheads: EngineOverheads
  /// Whether more tokens may cost less, as where a measured product changes its tile; otherwise dips are levelled.
  public var keepsDips = false
  /// Whether decoding sequences differ in context, as in mixed traffic.
  public var contextsDiffer = true
  /// Prompt and output tokens of requests such as are served, where known: how unequal contexts are, for layers
  /// measured one by one.
  public var lengths: [(prompt: Int, output: Int)] = []
  /// Tokens that an iteration may process (`max_num_batched_tokens`).
  public var maxBatchedTokens: Int
  /// Sequences that may run at once (`max_num_seqs`).
  public var maxSequences: Int
  /// Prompt and output together at most, tokens (`max_model_len`).
  public var maxModelLength: Int
  /// How a GPU's memory is divided.
  public var memory: MemoryDescription
  /// Whether prompts that begin like earlier ones start from what is left of those on the GPU
  /// (`enable_prefix_caching`).
  public var cachesPrefixes = false
  /// What lies between clients and the engine's queue; by default nothing, as where latencies are the engine's own.
  public var frontEnd = FrontEnd.none
  /// Low-rank adapters; nil for none.
  public var adapters: Adapters?
  /// How fast the host is in the course of a run.
  public var host = HostPace.usual
  /// Whether each iteration is planned while the one before it runs (`async_scheduling`), so that the host's work hides
  /// behind the GPU's.
  public var plansAhead = false
  /// KV, and weights if asked, that stay off the GPU and are brought to it layer by layer; nil where they are on it.
  public var offload: LayerOffload?

  /// - Parameter server: gives the GPU's rates and its links to others.
  public init(
    model: ModelArchitecture, server: ServerSpec, tensorParallel: Int = 1, maxBatchedTokens: Int, maxSequences: Int,
    maxModelLength: Int? = nil, kernels: KernelTables, costs: CostSource, memory: MemoryDescription,
    cacheType: NumberType? = nil, graphs: GraphSettings = GraphSettings(),
    overheads: EngineOverheads = EngineOverheads()
  ) {
    self.model = model
    self.cacheType = cacheType
    self.tensorParallel = tensorParallel
    gpu = GPURates(server)
    self.kernels = kernels
    self.costs = costs
    self.graphs = graphs
    self.overheads = overheads
    self.maxBatchedTokens = maxBatchedTokens
    self.maxSequences = maxSequences
    self.maxModelLength = maxModelLength ?? model.maximumContext
    self.memory = memory
  }
}

/// The time from a client's sending of a request to its arrival in the engine's queue, and of a token back: HTTP,
/// tokenising, hops between processes.
public enum FrontEnd: Sendable, Hashable {
  case none
  case given(SimDuration)
  /// As the stack's costs have it.
  case stack
}

/// Where the times of kernels come from.
public enum KernelTables: Sendable {
  /// A profile; nil for the roofline alone.
  case profile(StepTimeProfile?)
  /// The layers of this very model, measured one by one.
  case layers(LayerMeasurements)

  /// What they are called; nil for the roofline.
  public var name: String? {
    switch self {
    case .profile(let profile): profile?.name
    case .layers(let measured): measured.tables.source
    }
  }
}

/// Where an engine's own time comes from.
public enum CostSource: Sendable {
  /// A version of a serving stack, run in one of the ways that were fitted (nil for the usual one): as fitted on top of
  /// the profile's kernel times, where that was done, or else on top of published tables.
  case stack(StackVersion, variant: String?)
  /// These.
  case given(EngineCosts)
}

/// Which iterations replay captured graphs.
public struct GraphSettings: Sendable, Hashable {
  /// None does (`enforce_eager`).
  public var isEager: Bool
  /// Captured batch sizes, increasing; nil takes the engine's.
  public var sizes: [Int]?
  /// Whether iterations with prefill replay graphs too; nil takes the engine's.
  public var coversMixedIterations: Bool?

  public init(isEager: Bool = false, sizes: [Int]? = nil, coversMixedIterations: Bool? = nil) {
    self.isEager = isEager
    self.sizes = sizes
    self.coversMixedIterations = coversMixedIterations
  }
}

/// Time that an engine itself spends, seconds; nil leaves what its costs say.
public struct EngineOverheads: Sendable, Hashable {
  public var perStep: Double?
  public var perLayer: Double?
  public var perSequence: Double?
  /// The host's time to launch one layer of an iteration with prefill and more tokens than the largest captured graph.
  public var launchPerLayer: Double?
  /// What the host does for the next iteration while the GPU runs one: of every iteration, and of each sequence.
  public var overlapPerStep: Double?
  public var overlapPerSequence: Double?

  public init(
    perStep: Double? = nil, perLayer: Double? = nil, perSequence: Double? = nil, launchPerLayer: Double? = nil,
    overlapPerStep: Double? = nil, overlapPerSequence: Double? = nil
  ) {
    self.perStep = perStep
    self.perLayer = perLayer
    self.perSequence = perSequence
    self.launchPerLayer = launchPerLayer
    self.overlapPerStep = overlapPerStep
    self.overlapPerSequence = overlapPerSequence
  }
}

/// Experts of a mixture divided over the replicas of a deployment, which then iterate in lock step.
public struct ExpertParallel: Sendable, Hashable {
  /// Replicas that share them.
  public var ranks: Int

  /// - Parameter ranks: replicas that share them, at least 2.
  public init(ranks: Int) { self.ranks = ranks }
}

/// How a GPU's memory is divided.
public struct MemoryDescription: Sendable, Hashable {
  /// Device memory that a process can allocate, bytes.
  public var device: Int64
  /// Share of it that weights, activations and KV may use together (vLLM's `gpu_memory_utilization`).
  public var share: Double
  /// Share for KV of what weights and activations leave (TensorRT-LLM's `free_gpu_memory_fraction`); 1 for all.
  public var shareOfFree: Double
  /// Tokens in a KV block.
  public var blockSize: Int
  /// Activations and captured graphs, bytes; nil for the estimate.
  public var reserve: Int64?
  /// Of these where they are not given.
  public var estimate: MemoryReserve
  /// Sequences whose logits the estimate counts at most; nil for as many as may run.
  public var reservedSequences: Int?
  /// KV blocks of each replica in place of what memory holds.
  public var blocks: Int?

  /// - Parameter device: bytes.
  public init(
    device: Int64, share: Double = 0.9, shareOfFree: Double = 1, blockSize: Int = 16, reserve: Int64? = nil,
    estimate: MemoryReserve = .assumed, reservedSequences: Int? = nil, blocks: Int? = nil
  ) {
    self.device = device
    self.share = share
    self.shareOfFree = shareOfFree
    self.blockSize = blockSize
    self.reserve = reserve
    self.estimate = estimate
    self.reservedSequences = reservedSequences
    self.blocks = blocks
  }
}

extension GPURates {
  /// The rates of a server's GPUs.
  public init(_ server: ServerSpec) {
    self.init(server.gpu)
    peerBandwidth = server.peerLink?.writeBandwidth.value
  }

  /// The rates of a GPU, without links to others.
  public init(_ gpu: GPUSpec) {
    self.init(
      name: gpu.name, bf16: gpu.peakBF16.value, fp8: gpu.peakFP8?.value, memoryBandwidth: gpu.memoryBandwidth.value)
  }
}
