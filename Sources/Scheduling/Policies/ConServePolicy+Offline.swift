import Replica
import SimCore

/// Offline sequences, in what room online ones leave.
///
/// Where nothing at all can run, offline sequences that hold memory together without one of them complete would wait
/// for each other; the last then gives way to the first.
extension ConServePolicy {
  /// Pauses offline decodes until the iteration is within the limit, or lets paused ones join while it stays so.
  mutating func placeOfflineDecodes(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft, _ limit: SimDuration
  ) {
    var slot = offline.tail
    while draft.time(state) > limit, slot >= 0 {
      let before = offline.before(slot)
      if decodesOffline(slot, state) { pause(slot, state, &decision, &draft) }
      slot = before
    }
    guard decision.pauses.isEmpty else { return }
    slot = offlinePaused.head
    while slot >= 0, draft.sequences < state.limits.maxSequences, draft.tokens > 0 {
      let needed = PlannedMemory.nextTokenBlocks(slot, state)
      while needed > draft.memory.free {
        guard draft.sequences == 0, offline.tail != slot else { return }
        evict(offline.tail, state, &decision, &draft)
      }
      let next = offlinePaused.after(slot)
      draft.join(slot, state)
      if draft.time(state) > limit { return draft.leave(slot, state) }
      draft.memory.take(needed)
      offlinePaused.remove(slot)
      decision.resumes.append(slot)
      slot = next
    }
  }

  private func decodesOffline(_ slot: Int32, _ state: EngineState) -> Bool {
    state.table[slot].phase == .decoding && !offlinePaused.contains(slot)
  }

  private mutating func pause(
    _ slot: Int32, _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    draft.leave(slot, state)
    draft.memory.giveBack(PlannedMemory.nextTokenBlocks(slot, state))
    decision.pauses.append(slot)
    offlinePaused.prepend(slot)
  }

  /// Pauses the last offline sequence that decodes, to give its place to an online one; false when none does.
  mutating func giveUpPlace(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) -> Bool {
    var slot = offline.tail
    while slot >= 0, !decodesOffline(slot, state) { slot = offline.before(slot) }
    if slot < 0 { return false }
    pause(slot, state, &decision, &draft)
    return true
  }

  /// Offline prompts in order, begun ones first, while tokens, time and memory beyond the reserve last.
  mutating func placeOfflinePrompts(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft, _ limit: SimDuration
  ) {
    var slot = offlinePrefilling.head
    if decision.pauses.isEmpty, onlineWaiting.isEmpty {
      while slot >= 0, draft.sequences < state.limits.maxSequences {
        guard chunkOffline(slot, limit, spare: 0, state, &decision, &draft) else { break }
        slot = offlinePrefilling.after(slot)
      }
      if slot < 0 { admitOffline(state, &decision, &draft, limit) }
    }
    while slot >= 0 {
      draft.promise(slot, state)
      slot = offlinePrefilling.after(slot)
    }
  }

  /// New offline prompts, in order.
  private mutating func admitOffline(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft, _ limit: SimDuration
  ) {
    while offlineWaiting.head >= 0 {
      let slot = offlineWaiting.head
      if draft.sequences >= state.limits.maxSequences || offline.count >= state.limits.maxSequences {
        return draft.offlineLimit = .sequences
      }
      if decision.drops.contains(slot) { return draft.offlineLimit = .memory }
      guard chunkOffline(slot, limit, spare: settings.reserve, state, &decision, &draft) else { return }
      offlineWaiting.remove(slot)
      offline.append(slot)
      offlinePrefilling.append(slot)
    }
  }

  /// Adds as much of a prompt as tokens, memory and time allow; false when that is less than is worth a cut.
  ///
  /// - Parameter spare: a new prompt wants room for all of it beside these blocks; with nothing else running, that
  ///   would protect nobody.
  private mutating func chunkOffline(
    _ slot: Int32, _ limit: SimDuration, spare: Int, _ state: EngineState, _ decision: inout Decision,
    _ draft: inout IterationDraft
  ) -> Bool {
    let remaining = state.prefillRemaining(slot)
    let least = min(remaining, IterationDraft.smallestChunk, state.limits.maxBatchedTokens)
    if draft.tokens < least {
      draft.offlineLimit = .tokens
      return false
    }
    // A new prompt wants room for all of it beside the reserve; with nothing else running, that protects nobody.
    let wanted = spare > 0 && draft.sequences > 0 ? draft.missingBlocks(slot, remaining, state) + spare : 0
    let needed = max(wanted, draft.missingBlocks(slot, least, state))
    while needed > draft.memory.free {
      guard draft.sequences == 0, offline.contains(slot), offline.tail != slot else {
        draft.offlineLimit = .memory
        // What was found of it and nobody holds may be taken meanwhile; then more tokens are worth a cut.
        if remaining < IterationDraft.smallestChunk, state.cachedPrefixTokens(slot) > 0 { draft.policyLimitStands = 1 }
        return false
      }
      evict(offline.tail, state, &decision, &draft)
    }
    let most = min(remaining, draft.tokens, draft.tokensThatFit(slot, state))
    let tokens = draft.largestChunk(slot, from: least, upTo: most, within: limit, besideOnline: false, state)
    if tokens == 0 {
      draft.offlineLimit = .policy
      // Time stays scarce while decode goes on, but later memory may be what is missing first. What was found of a
      // prompt and nobody holds may be taken meanwhile; a chunk without it behind it costs less.
      draft.policyLimitStands =
        state.cachedPrefixTokens(slot) > 0 ? 1 : draft.memory.iterations(leaving: needed, state)
      return false
    }
    draft.add(slot, tokens, state)
    decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
    return true
  }

  /// Sends for paged offline sequences, in the order they left, while memory beyond the reserve lasts.
  mutating func fetchOffline(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    guard decision.evictions.isEmpty, decision.drops.isEmpty else { return }
    var slot = offlineOut.head
    while slot >= 0, state.table[slot].phase == .paged {
      let next = offlineOut.after(slot)
      let tokens = max(state.kvTokens(slot), Int(state.table[slot].prefillTarget))
      let needed = state.blocks(forTokens: tokens) + 1
      let alone = draft.sequences == 0 && state.sequencesInTransfer == 0 && decision.fetches.isEmpty
      if needed + (alone ? 0 : settings.reserve) > draft.memory.free { return }
      draft.memory.take(needed)
      offlineOut.remove(slot)
      offlineReturning.append(slot)
      decision.fetches.append(slot)
      slot = next
    }
  }
}
