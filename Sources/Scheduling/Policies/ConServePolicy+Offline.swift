import Replica
import SimCore

/// Offline sequences, in what room online ones leave.
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
      let next = offlinePaused.after(slot)
      let needed = PlannedMemory.nextTokenBlocks(slot, state)
      if needed > draft.memory.free { return }
      draft.join(slot, state)
      if draft.time(state) > limit {
        draft.leave(slot, state)
        return
      }
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
    guard decision.pauses.isEmpty, onlineWaiting.isEmpty else { return }
    var slot = offlinePrefilling.head
    while slot >= 0, draft.sequences < state.limits.maxSequences {
      let next = offlinePrefilling.after(slot)
      guard chunkOffline(slot, limit, spare: 0, state, &decision, &draft) else { return }
      slot = next
    }
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

  private mutating func chunkOffline(
    _ slot: Int32, _ limit: SimDuration, spare: Int, _ state: EngineState, _ decision: inout Decision,
    _ draft: inout IterationDraft
  ) -> Bool {
    let remaining = state.prefillRemaining(slot)
    let most = min(remaining, draft.tokens)
    var tokens = draft.largestChunk(slot, upTo: most, within: limit, online: nil, state)
    let least = draft.leastChunk(of: remaining, state)
    if tokens < least {
      draft.offlineLimit = draft.tokens <= 0 ? .tokens : .policy
      return false
    }
    // A new prompt wants room for all of it beside the reserve; with nothing else running, that protects nobody.
    let wanted = spare > 0 && draft.sequences > 0 ? state.blocks(forTokens: remaining) + spare : 0
    tokens = min(tokens, draft.tokensThatFit(slot, state))
    if tokens < least || wanted > draft.memory.free {
      draft.offlineLimit = .memory
      return false
    }
    draft.add(slot, tokens, state)
    decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
    return true
  }

  /// Sends for paged offline sequences, in the order they left, while memory beyond the reserve lasts.
  mutating func fetchOffline(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    guard decision.pageOuts.isEmpty, decision.drops.isEmpty else { return }
    var slot = offlineOut.head
    while slot >= 0, state.table[slot].phase == .paged {
      let next = offlineOut.after(slot)
      let needed = state.blocks(forTokens: state.kvTokens(slot)) + 1
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
