import Replica

/// The rules of v2, as in its released code: fewest generated tokens first, prompts in iterations of their own.
extension AquaPolicy {
  mutating func decideByTokens(_ state: EngineState, _ decision: inout Decision) {
    if absentAreDue(state) { select(state, &decision) }
    let decodesFirst = !decision.changesAnything && residentsAreDue(state)
    if !decision.changesAnything && !decodesFirst {
      if !prefilling.isEmpty && settings.longPrompts == .alone {
        decision.decodes = false
        return continuePrompt(state, &decision, tokens: state.limits.maxBatchedTokens)
      }
      if prefilling.isEmpty && !waiting.isEmpty { admit(state, &decision) }
      if !decision.chunks.isEmpty {
        decision.decodes = false
        return
      }
    } else if !waiting.isEmpty {
      decision.admissionLimit = .policy
    }
    let count = state.batch.count
    if count > 0 || turns.outCount > 0 { shareSlices(state, &decision) }
    if !prefilling.isEmpty {
      let decodes = count - decision.pageOuts.count - decision.drops.count + decision.fetches.count
      // Where prompts share blocks, a selection may free too few for anybody it chose.
      if settings.longPrompts == .beside || decodes == 0 {
        continuePrompt(state, &decision, tokens: state.limits.maxBatchedTokens - decodes)
      }
    }
    if decodesFirst { decision.maxIterations = 1 }
  }

  /// Decode: goes on, or is selected anew.
  private mutating func shareSlices(_ state: EngineState, _ decision: inout Decision) {
    let count = state.batch.count
    let free = state.freeBlocks
    let isContended = turns.outCount > 0 || !decision.fetches.isEmpty || free < count
    let isOver = slices.isOver(state, isContended: isContended)
    if !decision.changesAnything {
      if count == 0 || state.nextDecodeBlocks > free || isOver {
        select(state, &decision)
      } else {
        slices.pass(state)
      }
    }
    if isContended {
      slices.limit(&decision, decodes: count, state)
    } else {
      decision.maxIterations = max(
        1, state.batch.iterations(withinBlocks: free - count, limit: 1 << 30, in: state.table))
    }
    reconsiderWhenDue(state, &decision)
  }

  /// Makes room for waiting prompts by paging out the longest resident, and lets in as many as fit one iteration.
  private mutating func admit(_ state: EngineState, _ decision: inout Decision) {
    var free = state.freeBlocks
    var planned = PlannedMemory(state)
    var tokens = state.limits.maxBatchedTokens
    while waiting.head >= 0 {
      let slot = waiting.head
      let prompt = state.prefillRemaining(slot)
      var needed = planned.admissionBlocks(slot, tokens: prompt, state)
      if !decision.chunks.isEmpty && prompt > tokens { return decision.admissionLimit = .tokens }
      if running.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      if needed > 0 {
        if free - needed < settings.watermark && decision.chunks.isEmpty {
          free += pageOutOldest(for: slot, free: free, state, &decision, &planned)
          needed = planned.admissionBlocks(slot, tokens: prompt, state)
        }
        if free - needed < settings.watermark { return decision.admissionLimit = .memory }
      }
      free -= needed
      planned.admit(slot, state)
      let chunk = min(prompt, tokens)
      tokens -= chunk
      waiting.remove(slot)
      enter(slot)
      if chunk < prompt { prefilling.append(slot) }
      let whole = Int(state.table[slot].prefillTarget)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk, reserveTokens: whole))
    }
  }

  /// Pages out the longest resident sequences that find room off the GPU, until a waiting prompt fits; none when all
  /// together are too few.
  ///
  /// - Parameter free: blocks that are free now.
  /// - Returns: blocks that come back.
  private mutating func pageOutOldest(
    for prompt: Int32, free: Int, _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory
  ) -> Int {
    guard mayPageOut(planned, state) else { return 0 }
    var trial = planned
    var freed = 0
    let tokens = state.prefillRemaining(prompt)
    // Blocks that the prompt would have shared with those that leave are no longer there for nothing.
    func fits(_ trial: PlannedMemory) -> Bool {
      free + freed - trial.admissionBlocks(prompt, tokens: tokens, state) >= settings.watermark
    }
    var victims: ContiguousArray<Int32> = []
    var isEnough = fits(trial)
    var slot = running.head
    while slot >= 0, !isEnough {
      // One without room for its copies stays; the next may find some.
      if state.table[slot].phase == .decoding, trial.reserveCopies(slot, state) {
        freed += trial.leave(slot, state)
        victims.append(slot)
        isEnough = fits(trial)
      }
      slot = running.after(slot)
    }
    guard isEnough else { return 0 }
    planned = trial
    for victim in victims {
      enterTurns(victim, state)
      pageOut(victim, clock: state.batch.step, state, &decision)
    }
    return freed
  }

  /// The next chunk of a prompt longer than an iteration may process.
  private mutating func continuePrompt(_ state: EngineState, _ decision: inout Decision, tokens most: Int) {
    if !waiting.isEmpty { decision.admissionLimit = .tokens }
    let slot = prefilling.head
    let prompt = state.prefillRemaining(slot)
    let tokens = min(prompt, most)
    if tokens <= 0 { return }
    decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
    if tokens == prompt { prefilling.remove(slot) }
  }

  /// Sequences are served by the token, all in the batch alike.
  private mutating func enterTurns(_ slot: Int32, _ state: EngineState) {
    if turns.isHere(slot) { return }
    turns.enter(slot, served: Int64(state.generatedTokens(slot)), clock: state.batch.step)
  }

  private mutating func select(_ state: EngineState, _ decision: inout Decision) {
    var slot = running.head
    while slot >= 0 {
      if state.table[slot].phase == .decoding { enterTurns(slot, state) }
      slot = running.after(slot)
    }
    var planned = PlannedMemory(state)
    let prompts = prefilling.head < 0 ? 0 : state.residentBlocks(prefilling.head)
    select(
      state, &decision, &planned, clock: state.batch.step, blocks: state.ledger.local.capacity - prompts)
    while planned.shortage > 0, let victim = lastDecoding(state) {
      planned.drop(victim, state)
      running.remove(victim)
      turns.remove(victim)
      waiting.return(victim, in: state.table)
      decision.drops.append(victim)
    }
  }

  private func lastDecoding(_ state: EngineState) -> Int32? {
    var slot = running.tail
    while slot >= 0, state.table[slot].phase != .decoding { slot = running.before(slot) }
    return slot >= 0 ? slot : nil
  }
}
