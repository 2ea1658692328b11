import Metrics
import Observing
import Replica
import Scheduling
import SimCore

/// Requests that come from another replica.
extension Engine {
  /// Makes room for a request that comes with its KV: blocks for it and for the next token. Until it arrives nothing
  /// can be done with it.
  ///
  /// - Returns: the slot; nil when there is no room now, or the policy has no use for KV that others made.
  func expect(_ migration: Migration, at now: SimTime) -> Int32? {
    bringUpToDate(to: now)
    let blocks = state.blocks(forTokens: Int(migration.tokens) + 1)
    guard leave == nil, policy.resumes(migration.sequence.requestClass), spareBlocks >= blocks + reservedBlocks else {
      return nil
    }
    var sequence = migration.sequence.restarted
    sequence.kv = migration.tokens
    sequence.prefillTarget = migration.tokens + 1
    sequence.phase = .arriving
    sequence.move(to: .offGPU, at: now)
    let slot = insert(sequence, blocks: migration.blockNames)
    let fits = ledger.expect(slot, tokens: Int(migration.tokens))
    precondition(fits, "\(name): \(blocks) spare blocks are not free")
    state.sequencesInTransfer += 1
    observe(slot, .pagingIn, at: now)
    notePeaks()
    reconsider(at: now)
    return slot
  }

  /// KV that was expected is here: its request waits before all that hold none.
  func received(_ item: CargoItem, at now: SimTime) throws(EngineFault) {
    state.now = now
    bringUpToDate(to: now)
    let index = Int(item.slot)
    ledger.received(item.slot)
    table.slots[index].phase = .waiting
    table.slots[index].move(to: .waiting, at: now)
    observe(item.slot, .queued, at: now)
    state.sequencesInTransfer -= 1
    parkedTokens += Int64(table[item.slot].kv)
    announce(item.slot, at: now)
    passOn(at: now)
  }

  /// KV that was expected does not come: its request is recomputed.
  func missed(_ item: CargoItem, at now: SimTime) {
    state.now = now
    bringUpToDate(to: now)
    let index = Int(item.slot)
    ledger.missed(item.slot)
    state.sequencesInTransfer -= 1
    let tokens = table[item.slot].kv
    table.slots[index].recomputedTokens += tokens
    totals.preemptionsByRecompute += 1
    totals.recomputedTokens += Int64(tokens)
    table.slots[index].kv = 0
    table.slots[index].phase = .waiting
    table.slots[index].move(to: .waiting, at: now)
    observe(item.slot, .queued, at: now)
    announce(item.slot, at: now)
    passOn(at: now)
  }

  /// Lets a request in that another replica has let go without its KV.
  func reenter(_ migration: Migration, at now: SimTime) {
    state.now = now
    bringUpToDate(to: now)
    let slot = insert(migration.sequence.restarted, blocks: migration.blockNames)
    table.slots[Int(slot)].move(to: .waiting, at: now)
    observe(slot, .queued, at: now)
    announce(slot, at: now)
  }

  private func insert(_ sequence: SequenceState, blocks: BlockNames) -> Int32 {
    let slot = table.insert(sequence)
    ledger.open(slot, blocks: blocks)
    outstanding += 1
    return slot
  }
}

extension SequenceState {
  /// The sequence as it enters another replica: with nothing there, and what it has generated as part of its prompt.
  fileprivate var restarted: SequenceState {
    var sequence = self
    sequence.phase = .waiting
    sequence.kv = 0
    sequence.prefillTarget = promptTokens + generated
    return sequence
  }
}
