import Replica
import SimCore
import StepTime

/// An iteration in the making, with its predicted time: for policies that bound latency.
///
/// Online decodes are counted apart. Offline ones yield to online prompts, so these see the iteration as if no offline
/// sequence decoded.
public struct IterationDraft: Sendable {
  /// The fewest tokens worth cutting a prompt for.
  public static let smallestChunk = 16

  public var memory: PlannedMemory
  private let model: LatencyModel
  private var load: IterationLoad
  /// Of what decodes, online sequences alone.
  private var online: IterationLoad
  private var onlineChunks = 0
  private let maxTokens: Int
  /// What kept the first waiting offline request out.
  public var offlineLimit = AdmissionLimit.none
  /// For how many iterations a prompt that time or memory keeps out stays out, if the decode batch goes on unchanged.
  public var policyLimitStands = Int.max

  /// - Parameters:
  ///   - model: how the iteration's time is predicted.
  ///   - tokens: the most it may process; what the engine allows when left out.
  public init(_ state: EngineState, model: LatencyModel = .exact, tokens: Int? = nil) {
    memory = PlannedMemory(state)
    self.model = model
    load = IterationLoad(decodes: state.batch.count, context: state.batch.contextTokens)
    online = IterationLoad(decodes: state.batch.onlineCount, context: state.batch.onlineContextTokens)
    maxTokens = min(tokens ?? .max, state.limits.maxBatchedTokens)
  }

  /// Sequences in the iteration.
  public var sequences: Int { load.decodes + load.chunks }
  public var chunks: Int { load.chunks }
  public var onlineDecodes: Int { online.decodes }
  /// Whether any offline sequence takes part.
  public var hasOffline: Bool { load.decodes > online.decodes || load.chunks > onlineChunks }
  /// Tokens the iteration may still take; negative while offline decodes have yet to yield to an online prompt.
  public var tokens: Int { maxTokens - load.decodes - load.chunkTokens }
  /// The same if no offline sequence decoded.
  public var onlineTokens: Int { maxTokens - online.decodes - load.chunkTokens }

  /// The predicted time of the iteration.
  public func time(_ state: EngineState) -> SimDuration { model.time(load, state.cost) }

  /// For how many iterations the decode batch, going on unchanged, stays within `limit`; at least one.
  public func iterationsWithin(_ limit: SimDuration, _ state: EngineState) -> Int {
    guard load.decodes > 0 else { return .max }
    let line = model.line(IterationLoad(decodes: load.decodes, context: load.context), state.cost)
    guard line.growth > .zero else { return .max }
    // Beyond the limit nothing is left to pause; asking again in every iteration would change nothing either.
    guard line.first <= limit else { return .max }
    let more = (limit - line.first).picoseconds / line.growth.picoseconds
    return Int(min(more + 1, Int64(line.iterations)))
  }

  public mutating func join(_ slot: Int32, _ state: EngineState) { change(by: 1, slot, state) }

  /// Undoes `join`, or takes a decoding sequence out.
  public mutating func leave(_ slot: Int32, _ state: EngineState) { change(by: -1, slot, state) }

  private mutating func change(by count: Int, _ slot: Int32, _ state: EngineState) {
    let context = Int64(count) * (Int64(state.kvTokens(slot)) + 1)
    load.decodes += count
    load.context += context
    guard state.table[slot].requestClass == .online else { return }
    online.decodes += count
    online.context += context
  }

  /// Adds a chunk of a prompt. All blocks that the prompt has yet to get are promised to it.
  public mutating func add(_ slot: Int32, _ count: Int, _ state: EngineState) {
    promise(slot, state)
    if state.table[slot].phase == .waiting { memory.admit(slot, state) }
    load.add(chunk: count, behind: Self.cached(slot, state), state.cost)
    if state.table[slot].requestClass == .online { onlineChunks += 1 }
  }

  /// Keeps the blocks that the rest of a begun prompt needs from everybody else.
  public mutating func promise(_ slot: Int32, _ state: EngineState) {
    memory.take(missingBlocks(slot, state.prefillRemaining(slot), state))
  }

  /// Blocks a prompt's next `count` tokens need.
  public func missingBlocks(_ slot: Int32, _ count: Int, _ state: EngineState) -> Int {
    state.table[slot].phase == .waiting
      ? memory.admissionBlocks(slot, tokens: count, state)
      : state.missingBlocks(slot, forTokens: Self.cached(slot, state) + count)
  }

  /// Tokens of a prompt that the blocks it has and the free ones hold.
  public func tokensThatFit(_ slot: Int32, _ state: EngineState) -> Int {
    let free = max(0, memory.free)
    if state.table[slot].phase == .waiting && state.kvTokens(slot) == 0 {
      // What is there of its prompt and nobody holds is taken from the free blocks too.
      return (free - memory.admissionBlocks(slot, tokens: 0, state)) * state.limits.blockSize
    }
    return (state.residentBlocks(slot) + free) * state.limits.blockSize - Self.cached(slot, state)
  }

  /// Tokens of a sequence that are there before its next chunk.
  private static func cached(_ slot: Int32, _ state: EngineState) -> Int {
    max(state.kvTokens(slot), state.cachedPrefixTokens(slot))
  }

  /// The longest chunk of a prompt, `least` to `most` tokens, that keeps the iteration within `limit`; 0 when `least`
  /// does not.
  ///
  /// That `least` is tried by itself makes the answer 0 stand: time only gets scarcer as the decoding sequences grow.
  ///
  /// - Parameter besideOnline: only online sequences are taken to decode.
  public func largestChunk(
    _ slot: Int32, from least: Int, upTo most: Int, within limit: SimDuration, besideOnline: Bool, _ state: EngineState
  ) -> Int {
    guard least > 0, most >= least else { return 0 }
    if limit == .max { return most }
    var beside = load
    if besideOnline { (beside.decodes, beside.context) = (online.decodes, online.context) }
    let context = Self.cached(slot, state)
    func fits(_ count: Int) -> Bool {
      var load = beside
      load.add(chunk: count, behind: context, state.cost)
      return model.time(load, state.cost) <= limit
    }
    if fits(most) { return most }
    guard fits(least) else { return 0 }
    var low = least
    var high = most
    while high - low > 1 {
      let middle = (low + high) / 2
      if fits(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
