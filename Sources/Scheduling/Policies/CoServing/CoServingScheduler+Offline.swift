import Replica
import SimCore

/// Offline sequences, in what room online ones leave.
///
/// Where nothing at all can run, offline sequences that hold memory together without one of them complete would wait
/// for each other; the last then gives way to the first.
extension CoServingScheduler {
  /// Pauses offline decodes until the iteration is within the limit, or lets paused ones join while it stays so.
  mutating func placeOfflineDecodes(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft, _ limit: SimDuration
  ) {
    var slot = offline.tail
    while draft.time(state) > limit, slot >= 0, mayRest(draft) {
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
      if draft.time(state) > limit, draft.sequences > 1 || !online.isEmpty { return draft.leave(slot, state) }
      draft.memory.take(needed)
      offlinePaused.remove(slot)
      decision.resumes.append(slot)
      slot = next
    }
  }

  /// Whether one sequence fewer leaves something to run, or the engine has other work. A bound that nothing at all
  /// keeps would else stop offline work for good.
  private func mayRest(_ draft: IterationDraft) -> Bool { draft.sequences > 1 || !online.isEmpty }

  func decodesOffline(_ slot: Int32, _ state: EngineState) -> Bool {
    state.table[slot].phase == .decoding && !offlinePaused.contains(slot)
  }

  mutating func pause(
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
    guard decision.pauses.isEmpty, onlineWaiting.isEmpty else {
      return promiseOffline(from: offlinePrefilling.head, state, &draft)
    }
    if continueOffline(state, &decision, &draft, limit) { admitOffline(state, &decision, &draft, limit) }
  }

  /// The next chunks of offline prompts that have begun; those that get none keep what is promised to them.
  ///
  /// - Returns: whether all of them got one.
  @discardableResult mutating func continueOffline(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft, _ limit: SimDuration
  ) -> Bool {
    var slot = offlinePrefilling.head
    while slot >= 0, draft.sequences < state.limits.maxSequences {
      guard chunkOffline(slot, limit, spare: 0, state, &decision, &draft) else { break }
      slot = offlinePrefilling.after(slot)
    }
    promiseOffline(from: slot, state, &draft)
    return slot < 0
  }

  private func promiseOffline(from first: Int32, _ state: EngineState, _ draft: inout IterationDraft) {
    var slot = first
    while slot >= 0 {
      draft.promise(slot, state)
      slot = offlinePrefilling.after(slot)
    }
  }

  /// New offline prompts, in order.
  mutating func admitOffline(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft, _ limit: SimDuration
  ) {
    while offlineWaiting.head >= 0 {
      let slot = offlineWaiting.head
      // As in vLLM, those that were swapped out come back before anybody new comes in.
      if rules.swaps && !offlineOut.isEmpty { return draft.offlineLimit = .memory }
      let places = rules.offlineYields ? offline.count : online.count + offline.count
      if draft.sequences >= state.limits.maxSequences || places >= state.limits.maxSequences {
        return draft.offlineLimit = .sequences
      }
      if decision.drops.contains(slot) { return draft.offlineLimit = .memory }
      guard chunkOffline(slot, limit, spare: rules.reserve, state, &decision, &draft) else { return }
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
    var tokens = draft.largestChunk(slot, from: least, upTo: most, within: limit, besideOnline: false, state)
    // A bound that nothing at all keeps does not stop offline work for good.
    if tokens == 0, draft.sequences == 0, online.isEmpty { tokens = least }
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
    guard decision.evictions.isEmpty, decision.drops.isEmpty, decision.pageOuts.isEmpty else { return }
    var slot = offlineOut.head
    while slot >= 0, state.table[slot].phase == .paged {
      let next = offlineOut.after(slot)
      let tokens = max(state.kvTokens(slot), Int(state.table[slot].prefillTarget))
      let needed = state.blocks(forTokens: tokens) + 1
      let alone = draft.sequences == 0 && state.sequencesInTransfer == 0 && decision.fetches.isEmpty
      if needed + (alone ? 0 : rules.reserve) > draft.memory.free { return }
      if rules.swaps {
        // It decodes in this very iteration.
        guard draft.sequences + decision.fetches.count < state.limits.maxSequences,
          draft.tokens > decision.fetches.count
        else { return }
      }
      draft.memory.take(needed)
      offlineOut.remove(slot)
      offlineReturning.append(slot)
      decision.fetches.append(slot)
      slot = next
    }
  }
}
