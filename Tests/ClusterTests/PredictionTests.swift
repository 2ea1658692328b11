import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import Synchronization
import Testing

/// A policy can ask how long a transfer would take; where nothing else starts, that is how long it takes.
struct PredictionTests {
  /// Three requests share room for two, so that slices page them out and back.
  private func world(_ policy: any SchedulingPolicy.Type) -> SmallWorld {
    var world = SmallWorld(policy, "A@0 8+40, B@0 8+40, C@0 8+40")
    world.parameters = ["slice": .integer(4)]
    world.blocks = 16
    return world
  }

  private func check(_ world: SmallWorld, tier: MemoryTier) throws {
    let log = PredictionLog()
    _ = try PredictionLog.$current.withValue(log) { try world.story() }
    let entries = log.entries
    #expect(entries.count { $0.direction == .out } > 5 && entries.count { $0.direction == .back } > 5)
    for entry in entries {
      #expect(entry.predicted == entry.taken, "\(entry)")
      #expect(entry.tier == tier && entry.taken > .zero)
    }
  }

  @Test("page-outs and fetches over NVLink take as long as predicted")
  func peer() throws {
    var world = world(PredictingPolicy.self)
    world.peerBlocks = 60
    try check(world, tier: .peer)
  }

  @Test("and over PCIe")
  func host() throws {
    var world = world(PredictingPolicy.self)
    world.hostBlocks = 60
    try check(world, tier: .host)
  }
}

/// What was predicted of transfers, and what they took.
private final class PredictionLog: Sendable {
  struct Entry: Sendable {
    var direction: TransferDirection
    var tier: MemoryTier
    var predicted: SimDuration
    var taken: SimDuration
  }

  @TaskLocal static var current: PredictionLog?
  private let state = Mutex<[Entry]>([])
  func append(_ entry: Entry) { state.withLock { $0.append(entry) } }
  var entries: [Entry] { state.withLock { $0 } }
}

/// AQUA, asking before each page-out and fetch how long all that leaves with it will take.
private struct PredictingPolicy: SchedulingPolicy {
  static let descriptor = AquaPolicy.descriptor

  private var real: AquaPolicy
  private var started:
    [Int32: (time: SimTime, direction: TransferDirection, tier: MemoryTier, predicted: SimDuration)] =
      [:]
  /// Fetches that leave when the decision's page-outs are done: their prediction is made then.
  private var toFetch: ContiguousArray<Int32> = []
  private let log = PredictionLog.current

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = AquaPolicy(parameters, limits: limits) }

  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { real.arrived(slot, state) }
  mutating func finished(_ slot: Int32, _ state: EngineState) { real.finished(slot, state) }

  mutating func moved(_ slot: Int32, _ state: EngineState) {
    if let start = started.removeValue(forKey: slot) {
      log?.append(
        PredictionLog.Entry(
          direction: start.direction, tier: start.tier, predicted: start.predicted, taken: state.now - start.time))
    }
    real.moved(slot, state)
    // The last page-out is done; the fetches leave at this moment.
    if started.isEmpty, !toFetch.isEmpty { predictFetches(state) }
  }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    real.decide(state, &decision)
    toFetch = decision.fetches
    let dirty = decision.pageOuts.filter { state.dirtyBlocks($0) > 0 }
    if dirty.isEmpty { return predictFetches(state) }
    let tier = state.ledger.peer.capacity > 0 ? MemoryTier.peer : .host
    let blocks = dirty.reduce(0) { $0 + state.dirtyBlocks($1) }
    guard let time = state.transferTime(blocks: blocks, .out, tier: tier) else { return }
    for slot in dirty { started[slot] = (state.now, .out, tier, time) }
  }

  private mutating func predictFetches(_ state: EngineState) {
    let blocks = toFetch.reduce(0) { $0 + state.blocks(forTokens: state.kvTokens($1)) }
    for slot in toFetch {
      let tier = state.ledger[slot].copyTier
      guard let time = state.transferTime(blocks: blocks, .back, tier: tier) else { continue }
      started[slot] = (state.now, .back, tier, time)
    }
    toFetch = []
  }
}
