/// What one sequence has of an engine's KV memory.
public struct KVHolding: Sendable, Equatable, BitwiseCopyable {
  /// Blocks it holds on the GPU; while it decodes, those it had when it joined the batch.
  public internal(set) var blocks: Int32 = 0
  /// Of these, from its prompt's start, blocks that others can find.
  public internal(set) var findable: Int32 = 0
  /// Of these, what it reads in each iteration while it decodes.
  var read: Int32 = 0
  /// Blocks of its own that are being copied off the GPU.
  public internal(set) var leaving: Int32 = 0
  /// Of these, the last blocks of its prompt, which can be found again once they are free.
  var withdrawn: Int32 = 0
  /// Blocks that await its KV from another tier.
  public internal(set) var coming: Int32 = 0
  /// The tier that its copies are in.
  public internal(set) var copyTier = MemoryTier.host
  /// Blocks that its copies fill in that tier.
  public internal(set) var copyBlocks: Int32 = 0
  /// Tokens, from the start, whose KV has a copy (clean); blocks beyond are dirty.
  public internal(set) var copiedTokens: Int32 = 0
  /// Tokens, from the start, that have been gathered for a copy, those whose copy has arrived included.
  public internal(set) var sentTokens: Int32 = 0
  /// Raised when its copies are given up: a copy that is under way then no longer counts.
  public internal(set) var copyGeneration: Int32 = 0
  /// Blocks of the other tier that await its copies: the host's where these are in the peer's, and the other way round.
  public internal(set) var relocating: Int32 = 0

  init() {}

  /// Whether a copy of its KV is under way while its blocks are its own or free.
  public var awaitsCopy: Bool { sentTokens > copiedTokens }

  /// It has no copies any more.
  mutating func forgetCopies() {
    copyBlocks = 0
    copiedTokens = 0
    sentTokens = 0
    copyGeneration += 1
  }

  /// Whether it has nothing on the GPU and nothing on the way.
  public var isOffGPU: Bool { blocks == 0 && leaving == 0 && coming == 0 }
}
