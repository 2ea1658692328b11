import Models
import SimCore

/// What was measured of a serving engine under some workloads: the truth that predictions are held against.
public struct MeasuredKit: Sendable {
  /// The file or folder, as the person named it.
  public var path: String
  public var experiments: [MeasuredExperiment]

  public init(path: String, experiments: [MeasuredExperiment]) {
    self.path = path
    self.experiments = experiments
  }
}

/// One workload served by one engine, with what came out.
public struct MeasuredExperiment: Sendable {
  /// What an experiment is good for.
  public enum Kind: Sendable, Hashable {
    /// A workload with arrivals: requests and steps are compared.
    case serving
    /// A grid of chosen steps, with requests added by hand: only the steps are compared.
    case stepGrid
  }

  public var name: String
  /// The file it was read from.
  public var file: String
  public var kind: Kind
  public var model: ModelArchitecture
  /// The text of the model's `config.json`; nil for a model of the catalogue.
  public var modelText: String?
  public var hardware: MeasuredHardware
  public var engine: MeasuredEngine
  /// In order of arrival.
  public var requests: [MeasuredRequest]
  /// Every iteration of the engine; empty when none were logged.
  public var steps: [MeasuredStep]
  /// Milliseconds between successive tokens of requests, as they reached a client; empty when not recorded.
  public var tokenGaps: [Double] = []
  /// How many requests ran and waited, now and then; empty when that was not recorded.
  public var load: [MeasuredLoad]
  /// Latencies are counted from when the engine's loop took a request up, between two iterations, not from when it was
  /// sent.
  public var arrivalsAreQueued = false
  /// Latencies were measured by clients, with HTTP and the like in them.
  public var isSeenByClients = false
  /// Whether the measurement was stopped before every request was done.
  public var isTruncated: Bool
  /// What was used and is not modelled, or was assumed, one sentence each.
  public var notes: [String]
  /// A folder with kernel times of its own, in the layout of LLMServingSim; nil without one.
  public var profileFolder: String?

  public init(
    name: String, file: String, kind: Kind = .serving, model: ModelArchitecture, hardware: MeasuredHardware,
    engine: MeasuredEngine, requests: [MeasuredRequest], steps: [MeasuredStep] = [], load: [MeasuredLoad] = [],
    isTruncated: Bool = false, notes: [String] = [], profileFolder: String? = nil
  ) {
    self.name = name
    self.file = file
    self.kind = kind
    self.model = model
    self.hardware = hardware
    self.engine = engine
    self.requests = requests
    self.steps = steps
    self.load = load
    self.isTruncated = isTruncated
    self.notes = notes
    self.profileFolder = profileFolder
  }
}

/// The GPUs an experiment ran on.
public struct MeasuredHardware: Sendable, Hashable {
  /// The device's name as its driver gives it (`NVIDIA H200`), or a name of the catalogue.
  public var gpu: String
  /// Device memory, bytes; nil when it was not recorded.
  public var memory: Int64?
  public var tensorParallel: Int
  /// Engines that share the requests.
  public var dataParallel: Int
  /// Whether experts are spread over all engines.
  public var isExpertParallel: Bool

  public init(
    gpu: String, memory: Int64? = nil, tensorParallel: Int = 1, dataParallel: Int = 1, isExpertParallel: Bool = false
  ) {
    self.gpu = gpu
    self.memory = memory
    self.tensorParallel = tensorParallel
    self.dataParallel = dataParallel
    self.isExpertParallel = isExpertParallel
  }
}

/// The settings of the engine, in the terms of vLLM's options.
public struct MeasuredEngine: Sendable, Hashable {
  public enum Order: String, Sendable, Hashable, CaseIterable {
    case fcfs
    case priority
  }

  /// `max_num_seqs`.
  public var maxSequences: Int
  /// `max_num_batched_tokens`.
  public var maxBatchedTokens: Int
  /// `max_model_len`; nil takes the model's.
  public var maxModelLength: Int?
  /// Tokens in a KV block.
  public var blockSize = 16
  /// KV blocks that requests can use; nil when not recorded, to be estimated from memory.
  public var kvBlocks: Int?
  /// `scheduling_policy`.
  public var order = Order.fcfs
  /// `scheduler_reserve_full_isl`.
  public var reservesFullPrompt = true
  /// `enable_chunked_prefill`.
  public var chunksPrompts = true
  /// `long_prefill_token_threshold`, 0 for none.
  public var longPrefillThreshold = 0
  /// `async_scheduling`.
  public var plansAhead = false
  /// `kv_offloading_size`: host memory for copies of KV, all GPUs together, bytes; nil without offloading.
  public var offloadingBytes: Int64?
  /// Batch sizes with captured graphs; nil takes the engine's default.
  public var captureSizes: [Int]?
  /// Whether iterations with prefill replay graphs too.
  public var capturesMixedIterations = true
  /// `enforce_eager`.
  public var isEager = false
  /// `enable_prefix_caching`.
  public var cachesPrefixes = false
  /// How KV is stored; nil as activations are.
  public var cacheType: NumberType?
  /// `gpu_memory_utilization`.
  public var memoryUtilization = 0.9

  static let noteOnUnknownPrefixes =
    "prefix caching is on, but the kit does not say which prompts share prefixes: every prompt is new"

  public init(maxSequences: Int, maxBatchedTokens: Int) {
    self.maxSequences = maxSequences
    self.maxBatchedTokens = maxBatchedTokens
  }
}

/// One request with what happened to it. Times are seconds from the experiment's start.
public struct MeasuredRequest: Sendable, Hashable {
  public var id: String
  /// What latencies are counted from.
  public var arrival: Double
  public var promptTokens: Int
  public var outputTokens: Int
  public var requestClass = RequestClass.online
  /// Smaller is more urgent.
  public var priority = 0
  /// When any of its tokens were first processed.
  public var scheduled: Double?
  /// When its first output token was ready; nil when there was none.
  public var firstToken: Double?
  /// When its last output token was ready; nil unless it finished.
  public var lastToken: Double?
  /// How often it lost its place; nil when that was not recorded.
  public var preemptions: Int?
  /// Chained hash numbers of the prompt's full blocks, for prefix caching; empty when not recorded.
  public var prefixBlocks: [Int] = []
  /// Tokens of the prompt, from its first, that are those of all other prompts too, as a system prompt's.
  public var prefixTokens = 0
  /// The session that it belongs to, whose prompts and answers its prompt goes on from; nil when there is none.
  public var session: Int?
  /// Which turn of the session, from 0.
  public var turn = 0

  /// Whether the kit says how its prompt begins like others.
  public var namesPrefix: Bool { !prefixBlocks.isEmpty || prefixTokens > 0 || session != nil }

  public init(id: String, arrival: Double, promptTokens: Int, outputTokens: Int) {
    self.id = id
    self.arrival = arrival
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
  }
}

/// One iteration of the engine.
public struct MeasuredStep: Sendable, Hashable {
  /// Steps that took less than this, seconds, are mistakes of the log: errors relative to them mean nothing.
  static let shortest = 1e-6
  /// So do those of an hour: thousands of them are beyond what a clock of picoseconds can count.
  static let longest = 3_600.0
  static let durations = shortest..<longest

  /// Prompt tokens of one sequence in the iteration.
  public struct Chunk: Sendable, Hashable {
    /// New tokens.
    public var tokens: Int
    /// Tokens of the sequence that were in the cache already.
    public var cached: Int

    public init(tokens: Int, cached: Int) {
      self.tokens = tokens
      self.cached = cached
    }
  }

  /// Seconds from the experiment's start.
  public var start: Double
  /// Seconds, host work before and after the kernels included.
  public var duration: Double
  public var chunks: [Chunk]
  public var decodes: Int
  /// Tokens the decoding sequences attend to, all together.
  public var decodeContext: Int
  /// Seconds of `duration` in which the host alone worked: scheduling before the kernels, bookkeeping after them.
  public var hostTime: Double?
  public var running: Int?
  public var waiting: Int?
  public var kvBlocks: Int?
  public var preempted: Int?

  public init(start: Double, duration: Double, chunks: [Chunk], decodes: Int, decodeContext: Int) {
    self.start = start
    self.duration = duration
    self.chunks = chunks
    self.decodes = decodes
    self.decodeContext = decodeContext
  }
}

/// How many requests ran and waited at a moment.
public struct MeasuredLoad: Sendable, Hashable {
  /// Seconds from the experiment's start.
  public var time: Double
  public var running: Int
  public var waiting: Int

  public init(time: Double, running: Int, waiting: Int) {
    self.time = time
    self.running = running
    self.waiting = waiting
  }
}

/// What is wrong with a kit, and where.
public struct KitError: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// From 1, where the file has lines.
  public var line: Int?
  /// From 1, where the line's place is known.
  public var column: Int?
  public var message: String

  public init(file: String, line: Int? = nil, column: Int? = nil, _ message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String {
    let place = [line, column].compactMap { $0.map { ":\($0)" } }.joined()
    return "\(file)\(place): error: \(message)"
  }
}
