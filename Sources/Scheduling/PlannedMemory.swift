import Replica

/// The engine's free blocks as a decision in the making leaves them: what is free, less what the decode batch's next
/// iteration needs, less what was promised, plus what dropped or paged-out sequences give back.
public struct PlannedMemory: Sendable {
  /// Blocks still to give; negative when the decode batch alone needs more than there are.
  public private(set) var free: Int
  /// The tiers' free blocks, less what was promised in them; nil while nothing was.
  private var tiers: TierRoom?
  /// How many sequences more (or, below zero, fewer) will hold a prompt block that can be found.
  /// None while nobody has been: making and letting go of an empty dictionary costs more than most decisions'
  /// arithmetic.
  private var holders: [Int: Int]?

  public init(_ state: EngineState) {
    free = state.freeBlocks - state.nextDecodeBlocks
  }

  /// Sets room aside for the copies of a sequence that is to be paged out, where the engine will put them: it pages out
  /// in the order in which this was asked, by the same rule. False when there is no room.
  public mutating func reserveCopies(_ slot: Int32, _ state: EngineState) -> Bool {
    var room = tiers ?? state.ledger.tierRoom
    guard let placement = state.ledger.placement(of: slot, tokens: state.kvTokens(slot), in: room) else {
      return false
    }
    room.take(placement)
    tiers = room
    return true
  }

  /// The most blocks off the GPU that one sequence could be given.
  public func copyRoom(_ state: EngineState) -> Int { (tiers ?? state.ledger.tierRoom).most }

  /// Blocks that are missing for the next decode iteration.
  public var shortage: Int { max(0, -free) }

  public mutating func take(_ blocks: Int) { free -= blocks }
  public mutating func giveBack(_ blocks: Int) { free += blocks }

  /// A resident sequence goes: its blocks come back, and it needs no block for its next token.
  ///
  /// - Returns: its blocks that come back.
  @discardableResult public mutating func drop(_ slot: Int32, _ state: EngineState) -> Int {
    let blocks = leave(slot, state)
    free += blocks
    if state.table[slot].phase == .decoding { free += Self.nextTokenBlocks(slot, state) }
    return blocks
  }

  /// Notes that a resident sequence goes.
  ///
  /// - Returns: its blocks, without those that others hold or were promised; they are not added to `free`.
  public mutating func leave(_ slot: Int32, _ state: EngineState) -> Int {
    var blocks = state.residentBlocks(slot)
    guard state.ledger.hasNames else { return blocks }
    for block in state.ledger.findableBlocks(slot) {
      holders = holders ?? [:]
      holders![block, default: 0] -= 1
      if isHeld(block, state) { blocks -= 1 }
    }
    return blocks
  }

  /// Free blocks that a waiting sequence takes to process the first `tokens` tokens that are not on the GPU already.
  ///
  /// It shares those of its prompt that somebody holds; those that are there and nobody holds count as taken. One that
  /// holds the KV that another replica sent takes what is missing.
  public func admissionBlocks(_ slot: Int32, tokens: Int, _ state: EngineState) -> Int {
    let received = Int(state.table[slot].kv)
    if received > 0, state.table[slot].phase == .waiting {
      return state.missingBlocks(slot, forTokens: received + tokens)
    }
    guard state.ledger.mayFindBlocks else { return state.blocks(forTokens: tokens) }
    // Then there is nothing that others could hold too; what it left itself when it was dropped may be there.
    if !state.ledger.hasNames {
      return state.blocks(forTokens: state.ownBlocks(slot) * state.limits.blockSize + tokens)
    }
    var found = 0
    var held = 0
    for block in state.startingBlocks(slot) {
      guard state.ledger.holders(of: block) != nil else { break }
      found += 1
      if isHeld(block, state) { held += 1 }
    }
    if found == state.startingBlocks(slot).count { found += state.ownBlocks(slot) }
    return state.blocks(forTokens: found * state.limits.blockSize + tokens) - held
  }

  /// Notes that a waiting sequence will hold what is on the GPU of its prompt. What it takes is not taken off `free`.
  public mutating func admit(_ slot: Int32, _ state: EngineState) {
    guard state.ledger.hasNames, state.ledger.mayFindBlocks, state.table[slot].kv == 0 else { return }
    for block in state.startingBlocks(slot) {
      guard state.ledger.holders(of: block) != nil else { return }
      holders = holders ?? [:]
      holders![block, default: 0] += 1
    }
  }

  private func isHeld(_ block: Int, _ state: EngineState) -> Bool {
    (state.ledger.holders(of: block) ?? 0) + (holders?[block] ?? 0) > 0
  }

  /// A paused sequence joins the decode batch: it may need a block for its next token.
  public mutating func resume(_ slot: Int32, _ state: EngineState) {
    free -= Self.nextTokenBlocks(slot, state)
  }

  /// For how many iterations at least `blocks` stay free while the decode batch goes on unchanged; at least one. For a
  /// decision that changes nothing.
  public func iterations(leaving blocks: Int, _ state: EngineState) -> Int {
    let spare = free + state.nextDecodeBlocks - blocks
    return max(1, state.batch.iterations(withinBlocks: max(0, spare), limit: 1 << 30, in: state.table))
  }

  /// 1 when the sequence's blocks are full, so that its next token starts a new one.
  public static func nextTokenBlocks(_ slot: Int32, _ state: EngineState) -> Int {
    let kv = state.kvTokens(slot)
    return state.blocks(forTokens: kv + 1) - max(state.blocks(forTokens: kv), state.residentBlocks(slot)) > 0 ? 1 : 0
  }
}
