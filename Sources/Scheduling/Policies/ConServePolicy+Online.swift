import Replica
import SimCore

/// Online requests, placed first; what they need is taken from offline sequences.
extension ConServePolicy {
  /// Online prompts in order: those begun, then those waiting, taking blocks from offline sequences where needed.
  mutating func placeOnline(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    // The online part alone decides how long its prompts' chunks may be; offline decodes yield to it.
    let limit = settings.boundsLatency && draft.onlineDecodes(state, online) > 0 ? settings.tbtTarget : SimDuration.max
    var slot = onlinePrefilling.head
    while slot >= 0 {
      guard chunkOnline(slot, limit, state, &decision, &draft) else { break }
      slot = onlinePrefilling.after(slot)
    }
    while onlineWaiting.head >= 0 {
      let slot = onlineWaiting.head
      // The victim of this very decision waits at the head; it can come back in the next.
      if decision.drops.contains(slot) { return decision.admissionLimit = .memory }
      if online.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      // As under batching, a request comes in when the first chunk it could have alone fits; decode is not starved by
      // prompts that trickle in a block at a time.
      let whole = state.admissionBlocks(
        slot, tokens: min(state.prefillRemaining(slot), state.limits.maxBatchedTokens))
      while whole > draft.memory.free, offline.tail >= 0 { evict(offline.tail, state, &decision, &draft) }
      if whole > draft.memory.free { return decision.admissionLimit = .memory }
      let limitBefore = decision.admissionLimit
      guard chunkOnline(slot, limit, state, &decision, &draft) else {
        if decision.admissionLimit == limitBefore { decision.admissionLimit = .policy }
        return
      }
      onlineWaiting.remove(slot)
      online.append(slot)
      onlinePrefilling.append(slot)
    }
  }

  /// Adds as much of a prompt as tokens, time and memory allow; false when that is nothing or less than all.
  private mutating func chunkOnline(
    _ slot: Int32, _ limit: SimDuration, _ state: EngineState, _ decision: inout Decision,
    _ draft: inout IterationDraft
  ) -> Bool {
    let remaining = state.prefillRemaining(slot)
    while draft.sequences >= state.limits.maxSequences || draft.tokens <= 0 {
      guard giveUpPlace(state, &decision, &draft) else {
        decision.admissionLimit = draft.tokens <= 0 ? .tokens : .sequences
        return false
      }
    }
    let most = min(remaining, draft.tokens)
    // Offline decodes are counted out of the prediction: they are paused before an online prompt is cut.
    var tokens = draft.largestChunk(slot, upTo: most, within: limit, online: online, state)
    tokens = max(tokens, min(most, IterationDraft.smallestChunk))
    if tokens <= 0 { return false }
    while draft.memory.free < draft.missingBlocks(slot, tokens, state), offline.tail >= 0 {
      evict(offline.tail, state, &decision, &draft)
    }
    let least = draft.leastChunk(of: remaining, state)
    // Prompts begun together can fill memory with none complete. The last then gives way, or nothing would ever run.
    while draft.sequences == 0, draft.tokensThatFit(slot, state) < least, online.contains(slot), online.tail != slot {
      makeRoomToDecode(state, &decision, &draft)
    }
    tokens = min(tokens, draft.tokensThatFit(slot, state))
    if tokens < least {
      decision.admissionLimit = draft.tokens < least ? .tokens : .memory
      return false
    }
    draft.add(slot, tokens, state)
    decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
    return true
  }

  /// Takes blocks from the last offline sequence, else from the last online one, so that decode can go on.
  mutating func makeRoomToDecode(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    if offline.tail >= 0 { return evict(offline.tail, state, &decision, &draft) }
    let victim = online.tail
    draft.memory.drop(victim, state)
    if state.table[victim].phase == .decoding { draft.leave(victim, state) }
    online.remove(victim)
    onlinePrefilling.remove(victim)
    decision.drops.append(victim)
    onlineWaiting.return(victim, in: state.table)
  }

  /// Pages an offline sequence out when most of it is already copied, else drops it: its blocks must be free now.
  private mutating func evict(
    _ slot: Int32, _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    offline.remove(slot)
    offlinePaused.remove(slot)
    offlinePrefilling.remove(slot)
    if let position = decision.pauses.firstIndex(of: slot) {
      // It was to be paused by this decision; leaving takes its place.
      decision.pauses.remove(at: position)
      draft.join(slot, state)
      draft.memory.take(PlannedMemory.nextTokenBlocks(slot, state))
    }
    if state.table[slot].phase == .decoding { draft.leave(slot, state) }
    let dirty = state.dirtyBlocks(slot)
    if settings.checkpointsOffline, dirty * 2 <= state.residentBlocks(slot), draft.memory.reserveCopies(slot, state) {
      draft.memory.pageOutClean(slot, state)
      decision.pageOuts.append(slot)
      offlineOut.append(slot)
    } else {
      draft.memory.drop(slot, state)
      decision.drops.append(slot)
      offlineWaiting.return(slot, in: state.table)
    }
  }
}
