import SimCore
import StepTime

/// One engine as its scheduling policy sees it: sequences, decode batch, memory, clock.
///
/// Policies read; only the cluster's engine changes it.
public final class EngineState {
  public let limits: EngineLimits
  /// What iterations cost, for policies that predict.
  public let cost: BoundStepCost
  /// The simulated time of the decision being made.
  public package(set) var now = SimTime.zero
  public package(set) var table = SequenceTable()
  /// The engine's own KV pool.
  public package(set) var local: BlockPool
  /// Blocks' worth of HBM lent to this engine by peer GPUs.
  public package(set) var peer: BlockPool
  /// Whether a lender wants its memory back: nothing new goes to the peer tier, and copies there no longer help.
  public package(set) var peerIsClosed = false
  /// Blocks' worth of pinned host memory.
  public package(set) var host: BlockPool
  /// The sequences that decode.
  public let batch: any DecodeBatch
  /// When the iteration under way ends; in the past when none is.
  public package(set) var iterationEnd = SimTime.zero
  /// How long iterations have run until now.
  public package(set) var busyTime = SimDuration.zero
  /// Output tokens made until now, all sequences together.
  public package(set) var outputTokens: Int64 = 0
  package var checkpointsOnline = false
  package var checkpointsOffline = false
  /// What is on the GPU of prompts seen before; nil when the engine does not look for it.
  package var prefixCache: PrefixCache?
  /// For each stream, the blocks of its requests' prompts.
  package var prefixes: [PrefixBlocks?] = []
  /// How long a transfer would take: see `transferTime(blocks:_:tier:)`. Set by the run, which has the network.
  package var predictTransfer:
    ((_ blocks: Int, _ direction: TransferDirection, _ tier: MemoryTier, _ now: SimTime) -> SimDuration?)?
  /// Sequences whose KV is on its way out or in.
  public package(set) var sequencesInTransfer = 0

  package init(
    limits: EngineLimits, cost: BoundStepCost, peerBlocks: Int, hostBlocks: Int, batch: any DecodeBatch
  ) {
    self.limits = limits
    self.cost = cost
    local = BlockPool(capacity: limits.kvBlocks)
    peer = BlockPool(capacity: peerBlocks)
    host = BlockPool(capacity: hostBlocks)
    self.batch = batch
  }

  /// Blocks of the engine's own pool that nobody holds.
  public var freeBlocks: Int { local.free }

  /// The blocks that `tokens` cached tokens fill.
  @inlinable public func blocks(forTokens tokens: Int) -> Int {
    (tokens + limits.blockSize - 1) / limits.blockSize
  }

  /// Tokens of the sequence whose KV exists on the GPU or, when paged, off it.
  public func kvTokens(_ slot: Int32) -> Int {
    table[slot].phase == .decoding ? batch.kvTokens(of: slot, in: table) : Int(table[slot].kv)
  }

  /// Output tokens the sequence has produced.
  public func generatedTokens(_ slot: Int32) -> Int {
    table[slot].phase == .decoding ? batch.generatedTokens(of: slot, in: table) : Int(table[slot].generated)
  }

  /// When the sequence made its latest token; `.never` before its first.
  public func lastToken(_ slot: Int32) -> SimTime {
    table[slot].phase == .decoding ? batch.lastToken(of: slot, in: table) : table[slot].lastToken
  }

  /// The longest time between two successive tokens of the sequence.
  public func longestGap(_ slot: Int32) -> SimDuration {
    table[slot].phase == .decoding ? batch.longestGap(of: slot, in: table) : table[slot].longestGap
  }

  /// Blocks of the engine's own pool the sequence holds.
  public func residentBlocks(_ slot: Int32) -> Int {
    table[slot].phase == .decoding
      ? blocks(forTokens: batch.kvTokens(of: slot, in: table)) : Int(table[slot].blocks)
  }

  /// Prompt tokens (after a drop: prompt and generated tokens) the sequence has still to process before it can decode.
  public func prefillRemaining(_ slot: Int32) -> Int {
    let sequence = table[slot]
    return sequence.phase == .waiting && sequence.kv == 0
      ? Int(sequence.prefillTarget) - cachedPrefixTokens(slot) : Int(sequence.prefillTarget - sequence.kv)
  }

  /// Blocks the sequence needs beyond those it holds for its cached tokens to reach `tokens`.
  public func missingBlocks(_ slot: Int32, forTokens tokens: Int) -> Int {
    max(0, blocks(forTokens: tokens) - residentBlocks(slot))
  }

  /// New blocks the decode batch needs for its next iteration.
  public var nextDecodeBlocks: Int { batch.blocksNeeded(iterations: 1, in: table) }

  /// Free blocks off the GPU now.
  public var tierRoom: TierRoom { TierRoom(peer: peer.free, host: host.free, peerIsClosed: peerIsClosed) }

  /// Where the copies of the sequence's KV would go; nil when no tier has room for them.
  public func placement(ofCopiesOf slot: Int32, in room: TierRoom) -> CopyPlacement? {
    room.placement(
      of: blocks(forTokens: kvTokens(slot)), holding: Int(table[slot].tierBlocks), in: table[slot].backingTier)
  }

  /// Whether the sequence's copies are where they can stay.
  public func hasUsableCopies(_ slot: Int32) -> Bool {
    table[slot].tierBlocks > 0 && !(peerIsClosed && table[slot].backingTier == .peer)
  }

  /// Blocks of the sequence's KV without a copy off the GPU: a block is clean when every token in it has one.
  public func dirtyBlocks(_ slot: Int32) -> Int {
    let kv = kvTokens(slot)
    let backed = hasUsableCopies(slot) ? Int(table[slot].backedTokens) : 0
    return backed >= kv ? 0 : blocks(forTokens: kv) - backed / limits.blockSize
  }

  /// Tokens, from the sequence's first on, whose KV has a copy off the GPU or has been gathered for one that is under
  /// way: what an eviction keeps.
  public func copiedTokens(_ slot: Int32) -> Int {
    guard hasUsableCopies(slot) else { return 0 }
    return min(kvTokens(slot), Int(max(table[slot].backedTokens, table[slot].sentTokens)))
  }

  /// Whether the KV of this class is copied to host memory as it is produced.
  package func streamsCheckpoints(_ requestClass: RequestClass) -> Bool {
    requestClass == .offline && checkpointsOffline || requestClass == .online && checkpointsOnline
  }
}
