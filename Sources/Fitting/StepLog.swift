import Models
import StepTime

/// One iteration as a serving engine logged it.
public struct LoggedStep: Hashable, Sendable {
  /// Prompt tokens of one sequence in the iteration.
  public struct Chunk: Hashable, Sendable {
    /// New tokens, at least 1.
    public var tokens: Int
    /// Tokens of the sequence that were in the cache before.
    public var cached: Int

    public init(tokens: Int, cached: Int) {
      self.tokens = tokens
      self.cached = cached
    }
  }

  /// Seconds, the host's work before and after the kernels included.
  public var duration: Double
  public var chunks: [Chunk]
  /// Sequences that decode one token each.
  public var decodes: Int
  /// Tokens they attend to, all together, the new ones included.
  public var decodeContext: Int64
  /// Seconds of `duration` in which the host alone worked (scheduling before the kernels, bookkeeping after them);
  /// `nil` when the log does not say.
  public var hostTime: Double?

  public init(
    duration: Double, chunks: [Chunk] = [], decodes: Int, decodeContext: Int64, hostTime: Double? = nil
  ) {
    self.duration = duration
    self.chunks = chunks
    self.decodes = decodes
    self.decodeContext = decodeContext
    self.hostTime = hostTime
  }

  /// The shortest step that a log may have, seconds: errors are weighed by the square of one over it.
  public static let leastDuration = 1e-9
  /// Decoding sequences beyond this are a mistake; engines take a few thousand.
  public static let mostDecodes = 1 << 16
  /// Prompt tokens of an iteration beyond this are a mistake; engines take some ten thousand.
  public static let mostPromptTokens = 1 << 20
  /// Tokens of a sequence, or of a batch of them, beyond this are a mistake.
  public static let mostContext = 1 << 40

  /// Tokens the iteration processes.
  public var tokens: Int { decodes + chunks.reduce(0) { $0 + $1.tokens } }
  /// Sequences it holds.
  public var sequences: Int { decodes + chunks.count }
}

/// Consecutive iterations of one engine, and what it ran on.
public struct StepLog: Sendable {
  /// The file, or the experiment in it.
  public var name: String
  public var model: ModelArchitecture
  public var gpu: GPURates
  public var tensorParallel: Int
  /// How the KV cache is stored; as the activations when `nil`.
  public var cacheType: NumberType?
  /// Batch sizes for which graphs were captured, increasing; empty in eager mode.
  public var captureSizes: [Int]
  /// Iterations with prefill replay graphs too.
  public var capturesMixedIterations: Bool
  /// Whether the decoding sequences differ in context, as in mixed traffic, or are equally long, as in a grid made for
  /// fitting.
  public var contextsDiffer: Bool
  /// Whether each step was planned while the one before it ran; then its host's time overlaps that one's kernels.
  public var plansAhead = false
  public var steps: [LoggedStep]

  public init(
    name: String, model: ModelArchitecture, gpu: GPURates, tensorParallel: Int = 1, cacheType: NumberType? = nil,
    captureSizes: [Int], capturesMixedIterations: Bool = true,
    contextsDiffer: Bool = true, steps: [LoggedStep]
  ) {
    self.name = name
    self.model = model
    self.gpu = gpu
    self.tensorParallel = tensorParallel
    self.cacheType = cacheType
    self.captureSizes = captureSizes
    self.capturesMixedIterations = capturesMixedIterations
    self.contextsDiffer = contextsDiffer
    self.steps = steps
  }

  /// Blocks of neighbouring steps, by number: at least 20 steps, and as long as the number of decoding sequences stays.
  ///
  /// Cross-validation leaves out whole blocks: a step's neighbours are all but copies of it.
  var blocks: [Int] {
    var block = 0
    var length = 0
    return steps.indices.map { index in
      if length >= 20, steps[index].decodes != steps[index - 1].decodes {
        block += 1
        length = 0
      }
      length += 1
      return block
    }
  }
}

extension StepLog {
  /// What it is of: model, GPU and how many share each layer. Logs of one engine are left out together.
  var engine: String { model.name + " on " + (tensorParallel > 1 ? "\(tensorParallel) " : "") + gpu.name }

  /// By step, whether it has prompts and processes as many tokens as no step with prompts before it.
  var newSizes: [Bool] {
    var met: Set<Int> = []
    return steps.map { !$0.chunks.isEmpty && met.insert($0.tokens).inserted }
  }

  /// Whether a step's length says how long its kernels take: not beside one with prompts in an engine that plans ahead,
  /// where the launch of one lengthens the step before.
  func showsKernels(at index: Int) -> Bool {
    guard plansAhead else { return true }
    return index > 0 && index + 1 < steps.count && steps[index].chunks.isEmpty && steps[index - 1].chunks.isEmpty
  }

  /// The step with prompts whose launch a step's length may be; nil for none.
  func launchShown(at index: Int) -> Int? {
    let launched = plansAhead ? index + 1 : index
    return launched < steps.count && !steps[launched].chunks.isEmpty ? launched : nil
  }
}

/// Why a log cannot be fitted, in words for the person who gave it.
public struct FitError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
  /// Whether the description begins with a file and the word `error`.
  public var hasPlace: Bool

  public init(_ description: String, hasPlace: Bool = false) {
    self.description = description
    self.hasPlace = hasPlace
  }
}
