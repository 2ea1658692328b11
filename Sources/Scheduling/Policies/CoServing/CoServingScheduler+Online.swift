import Replica
import SimCore

/// Online requests, placed first; what they need is taken from offline sequences.
extension CoServingScheduler {
  /// Admits waiting online prompts in order, taking blocks from offline sequences where needed.
  ///
  /// Without offline work and without a bound on latency these are the rules of `vllm-v1`. What keeps the head of the
  /// queue out is looked for in an order in which no later answer can differ while the decode batch goes on.
  mutating func admitOnline(
    _ limit: SimDuration, _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    while onlineWaiting.head >= 0 {
      let slot = onlineWaiting.head
      // The victim of this very decision waits at the head; it can come back in the next.
      if decision.drops.contains(slot) { return decision.admissionLimit = .memory }
      let places = rules.offlineYields ? online.count : online.count + offline.count
      if places >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      if tokensLeft(draft) <= 0 { return decision.admissionLimit = .tokens }
      // Nobody is evicted in vain.
      guard canMakeRoom(for: slot, state, decision, draft) else { return decision.admissionLimit = .memory }
      let chunk = onlineChunk(slot, limit, state, draft)
      if chunk == 0 {
        // What was found of it and nobody holds may be taken meanwhile; a chunk without it behind it costs less.
        if state.cachedPrefixTokens(slot) > 0 { draft.policyLimitStands = 1 }
        return decision.admissionLimit = .policy
      }
      let whole = state.prefillRemaining(slot)
      while draft.missingBlocks(slot, whole, state) > draft.memory.free, let victim = nextVictim(state) {
        evict(victim, state, &decision, &draft)
      }
      onlineWaiting.remove(slot)
      queued?.remove(slot)
      online.append(slot)
      onlinePrefilling.append(slot)
      place(slot, chunk, state, &decision, &draft)
    }
  }

  /// The next chunks of online prompts that have begun. Where decoding sequences have grown into the blocks of one, the
  /// last sequence gives way, as under batching.
  mutating func continueOnline(
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
    let most = min(state.prefillRemaining(slot), tokensLeft(draft))
    let least = min(most, IterationDraft.smallestChunk)
    let fitting = draft.largestChunk(slot, from: least, upTo: most, within: limit, besideOnline: true, state)
    return fitting == 0 && draft.chunks == 0 ? max(0, least) : fitting
  }

  /// Tokens that online prompts may still take.
  private func tokensLeft(_ draft: IterationDraft) -> Int { rules.offlineYields ? draft.onlineTokens : draft.tokens }

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
}
