import SimCore

/// An engine's fixed settings, as its scheduler sees them.
public struct EngineLimits: Sendable, Equatable {
  /// Tokens an iteration may process (`max_num_batched_tokens`).
  public var maxBatchedTokens: Int
  /// Sequences on the GPU at once (`max_num_seqs`).
  public var maxSequences: Int
  /// Tokens in a KV block.
  public var blockSize: Int
  /// Blocks in the engine's own KV pool.
  public var kvBlocks: Int
  /// Prompt and output tokens together may not exceed this (`max_model_len`).
  public var maxModelLength: Int
  /// GPUs the engine runs on.
  public var tensorParallel: Int
  /// Transformer layers, for layer-boundary safepoints.
  public var layers: Int
  /// The tightest time-to-first-token target of the online streams; nil without one.
  public var timeToFirstTokenTarget: SimDuration?
  /// The tightest time-per-output-token target of the online streams; nil without one.
  public var timePerOutputTokenTarget: SimDuration?

  public init(
    maxBatchedTokens: Int, maxSequences: Int, blockSize: Int, kvBlocks: Int, maxModelLength: Int, layers: Int,
    tensorParallel: Int = 1, timeToFirstTokenTarget: SimDuration? = nil, timePerOutputTokenTarget: SimDuration? = nil
  ) {
    self.maxBatchedTokens = maxBatchedTokens
    self.maxSequences = maxSequences
    self.blockSize = blockSize
    self.kvBlocks = kvBlocks
    self.maxModelLength = maxModelLength
    self.layers = layers
    self.tensorParallel = tensorParallel
    self.timeToFirstTokenTarget = timeToFirstTokenTarget
    self.timePerOutputTokenTarget = timePerOutputTokenTarget
  }
}
