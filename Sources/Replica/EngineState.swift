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
  public let table = SequenceTable()
  /// Who holds which KV blocks.
  public let ledger: KVLedger
  /// The sequences that decode.
  public let batch: DecodeBatch
  /// When the iteration under way ends; in the past when none is.
  public package(set) var iterationEnd = SimTime.zero
  /// When the last iteration that has ended began.
  public package(set) var lastIterationStart = SimTime.zero
  /// How long iterations have run until now.
  public package(set) var busyTime = SimDuration.zero
  /// Output tokens made until now, all sequences together.
  public package(set) var outputTokens: Int64 = 0
  package var checkpointsOnline = false
  package var checkpointsOffline = false
  /// How long a transfer would take: see `transferTime(blocks:_:tier:)`. Set by the run, which has the network.
  package var predictTransfer:
    ((_ blocks: Int, _ direction: TransferDirection, _ tier: MemoryTier, _ now: SimTime) -> SimDuration?)?
  /// Sequences whose KV is on its way out or in.
  public package(set) var sequencesInTransfer = 0

  /// - Parameter sharesPrefixes: whether prompts start behind what is left on the GPU of earlier ones that began alike.
  package init(
    limits: EngineLimits, cost: BoundStepCost, peerBlocks: Int, hostBlocks: Int, sharesPrefixes: Bool = false,
    batch: DecodeBatch
  ) {
    self.limits = limits
    self.cost = cost
    ledger = KVLedger(
      blockSize: limits.blockSize, localBlocks: limits.kvBlocks, peerBlocks: peerBlocks, hostBlocks: hostBlocks,
      sharesPrefixes: sharesPrefixes)
    self.batch = batch
  }

  /// Blocks of the engine's own pool that nobody holds.
  public var freeBlocks: Int { ledger.local.free }

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
      ? blocks(forTokens: batch.kvTokens(of: slot, in: table)) : Int(ledger[slot].blocks)
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

  /// Blocks of the sequence's KV without a copy off the GPU: a block is clean when every token in it has one.
  public func dirtyBlocks(_ slot: Int32) -> Int {
    let kv = kvTokens(slot)
    return ledger.dirtyBlocks(tokens: kv, copied: ledger.hasUsableCopies(slot) ? Int(ledger[slot].copiedTokens) : 0)
  }

  /// Tokens, from the sequence's first on, whose KV has a copy off the GPU or has been gathered for one that is under
  /// way: what an eviction keeps.
  public func copiedTokens(_ slot: Int32) -> Int {
    ledger.hasUsableCopies(slot) ? min(kvTokens(slot), Int(ledger[slot].sentTokens)) : 0
  }

  /// Whether the KV of this class is copied to host memory as it is produced.
  package func streamsCheckpoints(_ requestClass: RequestClass) -> Bool {
    requestClass == .offline && checkpointsOffline || requestClass == .online && checkpointsOnline
  }
}
