import Replica
import SimCore
import StepTime

/// An iteration in the making, with its predicted time: for policies that bound latency.
public struct IterationDraft: Sendable {
  /// The fewest tokens worth cutting a prompt for.
  public static let smallestChunk = 16

  public var memory: PlannedMemory
  /// Decoding sequences, and the context tokens they attend to together.
  public private(set) var decodes: Int
  private var context: Int64
  private var chunks = 0
  private var chunkTokens = 0
  private var attention = SimDuration.zero
  /// Tokens the iteration may still take.
  public private(set) var tokens: Int
  /// What kept the first waiting offline request out.
  public var offlineLimit = AdmissionLimit.none

  public init(_ state: EngineState) {
    memory = PlannedMemory(state)
    decodes = state.batch.count
    context = state.batch.contextTokens
    tokens = state.limits.maxBatchedTokens - decodes
  }

  /// Sequences in the iteration.
  public var sequences: Int { decodes + chunks }

  /// The predicted time of the iteration.
  public func time(_ state: EngineState) -> SimDuration {
    sequences == 0
      ? .zero
      : state.cost.iterationCost(
        decodes: decodes, context: context, chunks: chunks, chunkTokens: chunkTokens, chunkAttention: attention
      ).first
  }

  /// For how many iterations the decode batch, going on unchanged, stays within `limit`; at least one.
  public func iterationsWithin(_ limit: SimDuration, _ state: EngineState) -> Int {
    guard decodes > 0 else { return .max }
    let line = state.cost.iterationCost(decodes: decodes, context: context)
    guard line.growth > .zero else { return .max }
    // Beyond the limit nothing is left to pause; asking again in every iteration would change nothing either.
    guard line.first <= limit else { return .max }
    let more = (limit - line.first).picoseconds / line.growth.picoseconds
    return Int(min(more + 1, Int64(line.iterations)))
  }

  public mutating func join(_ slot: Int32, _ state: EngineState) {
    decodes += 1
    tokens -= 1
    context += Int64(state.kvTokens(slot)) + 1
  }

  /// Undoes `join`, or takes a decoding sequence out.
  public mutating func leave(_ slot: Int32, _ state: EngineState) {
    decodes -= 1
    tokens += 1
    context -= Int64(state.kvTokens(slot)) + 1
  }

  public mutating func add(_ slot: Int32, _ count: Int, _ state: EngineState) {
    memory.take(missingBlocks(slot, count, state))
    chunks += 1
    chunkTokens += count
    tokens -= count
    attention += state.cost.prefillAttention(chunk: count, context: Self.cached(slot, state))
  }

  /// Blocks a prompt's next `count` tokens need.
  public func missingBlocks(_ slot: Int32, _ count: Int, _ state: EngineState) -> Int {
    state.missingBlocks(slot, forTokens: Self.cached(slot, state) + count)
  }

  /// Tokens of a prompt that the blocks it has and the free ones hold.
  public func tokensThatFit(_ slot: Int32, _ state: EngineState) -> Int {
    let blocks = state.residentBlocks(slot) + max(0, memory.free)
    return blocks * state.limits.blockSize - Self.cached(slot, state)
  }

  /// The fewest tokens that a prompt with `remaining` left is cut to; no more than an iteration takes.
  public func leastChunk(of remaining: Int, _ state: EngineState) -> Int {
    min(remaining, Self.smallestChunk, state.limits.maxBatchedTokens)
  }

  private static func cached(_ slot: Int32, _ state: EngineState) -> Int {
    state.table[slot].phase == .waiting ? 0 : state.kvTokens(slot)
  }

  /// The longest chunk of a prompt, at most `most` tokens, that keeps the iteration within `limit`.
  ///
  /// - Parameter online: when given, only these of the decoding sequences are counted.
  public func largestChunk(
    _ slot: Int32, upTo most: Int, within limit: SimDuration, online: SequenceList?, _ state: EngineState
  ) -> Int {
    guard most > 0 else { return 0 }
    if limit == .max { return most }
    var base = self
    if let online { base.countOnly(online, state) }
    func fits(_ count: Int) -> Bool {
      var trial = base
      trial.add(slot, count, state)
      return trial.time(state) <= limit
    }
    if fits(most) { return most }
    var low = 0
    var high = most
    while high - low > 1 {
      let middle = (low + high) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return low
  }

  /// How many of the decoding sequences are among `online`.
  public func onlineDecodes(_ state: EngineState, _ online: SequenceList) -> Int {
    var count = 0
    var slot = online.head
    while slot >= 0 {
      if state.table[slot].phase == .decoding { count += 1 }
      slot = online.after(slot)
    }
    return count
  }

  private mutating func countOnly(_ online: SequenceList, _ state: EngineState) {
    decodes = 0
    context = 0
    var slot = online.head
    while slot >= 0 {
      if state.table[slot].phase == .decoding {
        decodes += 1
        context += Int64(state.kvTokens(slot)) + 1
      }
      slot = online.after(slot)
    }
  }
}
