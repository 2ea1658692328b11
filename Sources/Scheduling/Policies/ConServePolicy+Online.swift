import Replica
import SimCore

/// Online requests, placed first; what they need is taken from offline sequences.
extension ConServePolicy {
  /// Online prompts in order: those begun, then those waiting, taking blocks from offline sequences where needed.
  ///
  /// Without offline work and without a bound on latency these are the rules of `vllm-v1`. What keeps the head of the
  /// queue out is looked for in an order in which no later answer can differ while the decode batch goes on.
  mutating func placeOnline(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    let limit = settings.boundsLatency && draft.onlineDecodes > 0 ? settings.tbtTarget : SimDuration.max
    continueOnline(limit, state, &decision, &draft)
    while onlineWaiting.head >= 0 {
      let slot = onlineWaiting.head
      // The victim of this very decision waits at the head; it can come back in the next.
      if decision.drops.contains(slot) { return decision.admissionLimit = .memory }
      if online.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      if draft.onlineTokens <= 0 { return decision.admissionLimit = .tokens }
      // Nobody is evicted in vain.
      guard canMakeRoom(for: slot, state, decision, draft) else { return decision.admissionLimit = .memory }
      let chunk = onlineChunk(slot, limit, state, draft)
      if chunk == 0 {
        // What was found of it and nobody holds may be taken meanwhile; a chunk without it behind it costs less.
        if state.cachedPrefixTokens(slot) > 0 { draft.policyLimitStands = 1 }
        return decision.admissionLimit = .policy
      }
      let whole = state.prefillRemaining(slot)
      while draft.missingBlocks(slot, whole, state) > draft.memory.free, offline.tail >= 0 {
        evict(offline.tail, state, &decision, &draft)
      }
      onlineWaiting.remove(slot)
      online.append(slot)
      onlinePrefilling.append(slot)
      place(slot, chunk, state, &decision, &draft)
    }
  }

  /// The next chunks of online prompts that have begun. Where decoding sequences have grown into the blocks of one, the
  /// last sequence gives way, as under batching.
  private mutating func continueOnline(
    _ limit: SimDuration, _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    var slot = onlinePrefilling.head
    while slot >= 0 {
      let chunk = onlineChunk(slot, limit, state, draft)
      if chunk == 0 { break }
      while online.contains(slot), draft.memory.free < draft.missingBlocks(slot, chunk, state) {
        makeRoom(state, &decision, &draft)
      }
      guard online.contains(slot) else { return }
      place(slot, chunk, state, &decision, &draft)
      slot = onlinePrefilling.after(slot)
    }
    while slot >= 0 {
      draft.promise(slot, state)
      slot = onlinePrefilling.after(slot)
    }
  }

  /// How much of a prompt the iteration takes: what tokens and time allow. The oldest goes on however little time is
  /// left, or prompts would wait for as long as decode alone fills the target.
  private func onlineChunk(
    _ slot: Int32, _ limit: SimDuration, _ state: EngineState, _ draft: IterationDraft
  ) -> Int {
    let most = min(state.prefillRemaining(slot), draft.onlineTokens)
    let least = min(most, IterationDraft.smallestChunk)
    let fitting = draft.largestChunk(slot, from: least, upTo: most, within: limit, besideOnline: true, state)
    return fitting == 0 && draft.chunks == 0 ? max(0, least) : fitting
  }

  /// Adds a chunk to the iteration; offline decodes give it their places and tokens.
  private mutating func place(
    _ slot: Int32, _ chunk: Int, _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    draft.add(slot, chunk, state)
    decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk))
    while draft.tokens < 0 || draft.sequences > state.limits.maxSequences {
      guard giveUpPlace(state, &decision, &draft) else { return }
    }
  }

  /// Whether a waiting prompt fits as a whole once offline sequences are evicted, the last ones first.
  private func canMakeRoom(
    for prompt: Int32, _ state: EngineState, _ decision: Decision, _ draft: IterationDraft
  ) -> Bool {
    var memory = draft.memory
    let tokens = state.prefillRemaining(prompt)
    var slot = offline.tail
    while memory.admissionBlocks(prompt, tokens: tokens, state) > memory.free {
      if slot < 0 { return false }
      if decision.pauses.contains(slot) { memory.take(PlannedMemory.nextTokenBlocks(slot, state)) }
      memory.drop(slot, state)
      slot = offline.before(slot)
    }
    return true
  }

  /// Takes blocks from the last offline sequence, else from the last online one.
  mutating func makeRoom(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    if offline.tail >= 0 { return evict(offline.tail, state, &decision, &draft) }
    let victim = online.tail
    draft.memory.drop(victim, state)
    if state.table[victim].phase == .decoding { draft.leave(victim, state) }
    online.remove(victim)
    onlinePrefilling.remove(victim)
    decision.drops.append(victim)
    onlineWaiting.return(victim, in: state.table)
  }

  /// Takes an offline sequence's blocks, all at once. What has a copy stays as that copy; the rest is processed again.
  mutating func evict(
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
    draft.memory.drop(slot, state)
    if state.copiedTokens(slot) > 0 {
      decision.evictions.append(slot)
      offlineOut.append(slot)
    } else {
      decision.drops.append(slot)
      offlineWaiting.return(slot, in: state.table)
    }
  }
}
