import Models

/// How a GPU's memory divides into weights, reserve and KV cache.
public struct MemoryBudget: Hashable, Sendable {
  /// What the engine may use, bytes per GPU: device memory times utilisation.
  public let usable: Int64
  /// Weights on each GPU, bytes.
  public let weights: Int64
  /// Activations, graphs and whatever else is not KV cache, bytes per GPU.
  public let reserve: Int64
  /// KV cache, bytes per GPU; 0 when weights and reserve leave nothing.
  public let keyValuePool: Int64
  /// Bytes of one block on each GPU.
  public let blockBytes: Int64
  /// Tokens in a block.
  public let blockSize: Int
  /// Whole blocks in the pool.
  public var blocks: Int { Int(keyValuePool / blockBytes) }
  /// Tokens in the pool.
  public var tokens: Int { blocks * blockSize }
  /// Where the reserve comes from.
  public let reserveSource: String

  /// - Parameters:
  ///   - memory: device memory a process can allocate, bytes.
  ///   - utilisation: the share the engine may use (vLLM's `gpu_memory_utilization`).
  ///   - shareOfFree: the share that KV gets of what weights and reserve leave, in whole blocks (TensorRT-LLM's
  ///     `free_gpu_memory_fraction`).
  ///   - adapters: bytes set aside for low-rank adapters, a part of the reserve.
  ///   - reserve: bytes kept from the cache beside them; as estimated when `nil`.
  ///   - estimate: of what is kept where no reserve is given.
  /// - Throws: ``TensorParallelError`` when the model cannot be split so.
  public init(
    memory: Int64, utilisation: Double = 0.9, shareOfFree: Double = 1, model: ModelArchitecture,
    tensorParallel: Int = 1,
    blockSize: Int = 16, maxBatchedTokens: Int = 8192, maxSequences: Int = 256, engine: EngineCosts,
    cacheType: NumberType? = nil, adapters: Int64 = 0, reserve: Int64? = nil, estimate: MemoryReserve = .assumed
  ) throws(TensorParallelError) {
    usable = Int64((Double(memory) * utilisation).rounded(.down))
    weights = try model.weightBytesPerGPU(tensorParallel: tensorParallel)
    self.reserve =
      adapters
      + (reserve
        ?? estimate.bytes(
          of: model, maxBatchedTokens: maxBatchedTokens, maxSequences: maxSequences, tensorParallel: tensorParallel,
          captured: engine.captureSizes.count))
    let rest = reserve == nil ? estimate.source : "given"
    reserveSource = adapters > 0 ? "\(adapters) bytes for adapters; the rest \(rest)" : rest
    blockBytes =
      try model.keyValueBytesPerTokenPerGPU(tensorParallel: tensorParallel, cacheType: cacheType) * Int64(blockSize)
    let free = max(0, usable - weights - self.reserve)
    keyValuePool = shareOfFree < 1 ? Int64(Double(free / blockBytes) * shareOfFree) * blockBytes : free
    self.blockSize = blockSize
  }
}
