import Replica

/// The rules of v3, of which no code was to be had: prompts and decode share iterations, each within a budget, and in
/// both whoever has used least GPU time comes first.
///
/// Prompts: new requests have used nothing and come first, in order of arrival, then those begun, by what they have
/// used. Each gets a chunk as long as the iteration's prompt tokens last. One that begins needs blocks for the whole
/// prompt and a place; for these the most served sequences are paged out, as long as they have used more than it.
///
/// Decode: every slice selects anew among all sequences with their prompt done. A prompt that is being processed keeps
/// its blocks, and is not paged.
///
/// Chosen here, because it is not published: how an iteration's time is charged to its members (`gpu_time_share`), that
/// blocks for a whole prompt are taken when it begins, the length of a slice (that of v2), and that a selection waits
/// an iteration when a prompt has just made others leave.
extension AquaPolicy {
  mutating func decideByGPUTime(_ state: EngineState, _ decision: inout Decision) {
    if chargesNext { gpuTime.charge(state, next: state.batch.count, []) }
    let clock = gpuTime.reading(state)
    enterTurns(clock, state)
    var planned = PlannedMemory(state)
    let isContended = turns.outCount > 0 || state.freeBlocks < state.batch.count || !dropped.isEmpty
    let isOver = slices.isOver(state, isContended: isContended)
    var beginning: ContiguousArray<Int32> = []
    if absentAreDue(state) {
      choose(state, &decision, &planned, clock)
    }
    if decision.changesAnything {
      if !waiting.isEmpty || !dropped.isEmpty { decision.admissionLimit = .policy }
    } else {
      beginning = begin(state, &decision, &planned, clock)
      let mustSelect = turns.hereCount == 0 && turns.outCount > 0
      if planned.shortage > 0 || (decision.pageOuts.isEmpty && (isOver || mustSelect)) {
        choose(state, &decision, &planned, clock, promised: beginning)
      }
    }
    process(beginning, state, &decision)
    if !waiting.isEmpty || !dropped.isEmpty {
      // Who has used more than a request that waits, and so makes way for it, changes with every iteration.
      decision.maxIterations = 1
    } else if isContended {
      slices.limit(&decision, decodes: turns.hereCount, state)
    } else {
      let spare = state.freeBlocks - state.batch.count
      decision.maxIterations = max(1, state.batch.iterations(withinBlocks: spare, limit: 1 << 30, in: state.table))
    }
    reconsiderWhenDue(state, &decision)
    chargesNext = decision.changesAnything
    if chargesNext { gpuTime.charge(state, next: turns.hereCount, decision.chunks) }
  }

  /// Prompts that are done take part in the turns.
  private mutating func enterTurns(_ clock: Int64, _ state: EngineState) {
    var slot = prefilling.head
    while slot >= 0 {
      let next = prefilling.after(slot)
      if state.table[slot].phase == .decoding {
        prefilling.remove(slot)
        turns.enter(slot, served: gpuTime.prefillTime(slot), clock: clock)
      }
      slot = next
    }
  }

  // MARK: Prompts

  /// The requests that may begin in this iteration; where memory or places are short, the most served sequences leave.
  private mutating func begin(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory, _ clock: Int64
  ) -> ContiguousArray<Int32> {
    var beginning: ContiguousArray<Int32> = []
    var tokens = min(settings.prefillTokens, state.limits.maxBatchedTokens - turns.hereCount)
    var isNew = waiting.head >= 0
    var slot = isNew ? waiting.head : dropped.head
    while slot >= 0 {
      if tokens <= 0 {
        decision.admissionLimit = .tokens
        break
      }
      let prompt = state.prefillRemaining(slot)
      if let limit = makeWay(for: slot, prompt, beside: beginning.count, state, &decision, &planned, clock) {
        decision.admissionLimit = limit
        break
      }
      planned.take(planned.admissionBlocks(slot, tokens: prompt, state))
      planned.admit(slot, state)
      tokens -= min(prompt, tokens)
      beginning.append(slot)
      slot = isNew ? waiting.after(slot) : dropped.after(slot)
      if slot < 0 && isNew {
        isNew = false
        slot = dropped.head
      }
    }
    return beginning
  }

  /// Pages out the most served sequences until a request that has used less finds blocks for its prompt and a place;
  /// none when that cannot be.
  ///
  /// - Returns: what keeps the request out; nil when nothing does.
  private mutating func makeWay(
    for slot: Int32, _ prompt: Int, beside others: Int, _ state: EngineState, _ decision: inout Decision,
    _ planned: inout PlannedMemory, _ clock: Int64
  ) -> AdmissionLimit? {
    var after = planned
    var places = settings.places - running.count - others
    var victims: ContiguousArray<Int32> = []
    var victim = turns.last(state.table)
    while places < 1 || after.free - after.admissionBlocks(slot, tokens: prompt, state) < settings.watermark {
      guard victim >= 0, turns.served(victim, clock: clock) > gpuTime.prefillTime(slot) else {
        return places < 1 ? .sequences : .memory
      }
      if after.reserveCopies(victim, state) {
        after.drop(victim, state)
        places += 1
        victims.append(victim)
      }
      victim = turns.before(victim)
    }
    planned = after
    for victim in victims { pageOut(victim, clock: clock, state, &decision) }
    return nil
  }

  /// Gives every prompt its chunk, least served first, until the iteration's prompt tokens are used up.
  private mutating func process(
    _ beginning: ContiguousArray<Int32>, _ state: EngineState, _ decision: inout Decision
  ) {
    let used = gpuTime
    func precedes(_ a: Int32, _ b: Int32) -> Bool {
      let (one, other) = (used.prefillTime(a), used.prefillTime(b))
      return one != other ? one < other : state.table[a].request < state.table[b].request
    }
    prefilling.sort(by: precedes)
    var prompts = beginning
    var slot = prefilling.head
    while slot >= 0 {
      prompts.append(slot)
      slot = prefilling.after(slot)
    }
    prompts.sort(by: precedes)
    var tokens = min(settings.prefillTokens, state.limits.maxBatchedTokens - turns.hereCount)
    for slot in prompts {
      if tokens <= 0 {
        if !waiting.isEmpty || !dropped.isEmpty { decision.admissionLimit = .tokens }
        return
      }
      let prompt = state.prefillRemaining(slot)
      let chunk = min(prompt, tokens)
      tokens -= chunk
      let begins = !prefilling.contains(slot)
      let whole = Int(state.table[slot].prefillTarget)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk, reserveTokens: begins ? whole : 0))
      if begins {
        waiting.remove(slot)
        dropped.remove(slot)
        enter(slot)
        prefilling.append(slot)
      }
    }
  }

  // MARK: Decode

  private mutating func choose(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory, _ clock: Int64,
    promised: ContiguousArray<Int32> = []
  ) {
    var capacity = state.ledger.local.capacity
    var slot = prefilling.head
    while slot >= 0 {
      capacity -= state.residentBlocks(slot)
      slot = prefilling.after(slot)
    }
    for slot in promised { capacity -= state.blocks(forTokens: Int(state.table[slot].prefillTarget)) }
    select(state, &decision, &planned, clock: clock, blocks: capacity, promised: promised.count)
    while planned.shortage > 0, case let victim = turns.last(state.table), victim >= 0 {
      planned.drop(victim, state)
      gpuTime.open(victim, with: turns.served(victim, clock: clock))
      running.remove(victim)
      turns.remove(victim)
      decision.drops.append(victim)
      var place = dropped.head
      while place >= 0, gpuTime.prefillTime(place) <= gpuTime.prefillTime(victim) { place = dropped.after(place) }
      dropped.insert(victim, before: place)
    }
  }
}
