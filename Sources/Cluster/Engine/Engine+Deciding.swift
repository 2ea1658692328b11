import Metrics
import Observing
import Replica
import Scheduling
import SimCore

extension Engine {
  /// Asks the policy and applies its decision. The books must be up to date, and no iteration under way.
  ///
  /// - Parameter work: where the work clock stands, when an iteration has ended just now.
  func consult(at now: SimTime, after work: Int64? = nil) throws(EngineFault) {
    mode = .idle
    if isHeld(at: now) { return wait(at: now) }
    decision.reset()
    state.busyTime = totals.busy
    state.outputTokens = totals.decodeTokens
    policy.decide(state, &decision)
    decisionChanges = decision.changesAnything
    limit(to: decision.admissionLimit, at: now)
    // Most answers are to go on, and a look at each of their empty lists would cost more than all else that follows.
    if decisionChanges { try startAndLeave() }
    if decision.waitsForTransfers && outboundShipments > 0 {
      mode = .pagingOut
      boundary = .never
      return
    }
    try fetchAndGoOn(at: now, after: work)
  }

  /// What the decision does before anything is fetched: prompts find what is there of them, and sequences leave.
  private func startAndLeave() throws(EngineFault) {
    // What the policy found on the GPU of waiting prompts is held before anything else takes blocks.
    if ledger.mayFindBlocks {
      for index in 0..<decision.chunks.count where table[decision.chunks[index].slot].phase == .waiting {
        let chunk = decision.chunks[index]
        waitingBlocks -= awaitedBlocks(chunk.slot)
        ledger.start(chunk.slot, tokens: Int(table[chunk.slot].prefillTarget))
        waitingBlocks += awaitedBlocks(chunk.slot)
      }
    }
    // Page-outs next: what drops give back in the tiers was not promised to anybody.
    try pageOut()
    for index in 0..<decision.drops.count { try drop(decision.drops[index]) }
    for index in 0..<decision.evictions.count { try evict(decision.evictions[index]) }
  }

  /// The decision's fetches, once its page-outs have left room for them.
  func fetchAndGoOn(at now: SimTime, after work: Int64? = nil) throws(EngineFault) {
    if !decision.fetches.isEmpty { try fetch() }
    if decision.waitsForTransfers && inboundShipments > 0 {
      mode = .fetching
      boundary = .never
      return
    }
    try scheduleDecided(at: now, after: work)
  }

  /// The decision's batch changes and prefill chunks, once everything it waits for has moved.
  func scheduleDecided(at now: SimTime, after work: Int64? = nil) throws(EngineFault) {
    if decisionChanges { try changeBatch(at: now) }
    if isObserved, decisionChanges || !actions.departures.isEmpty { observeLevels(at: now) }
    try startSegment(at: now, after: work)
    // What the decision has left free may do for the first in line.
    if !entrance.line.isEmpty { advanceLine(at: now) }
  }

  /// Members that leave the batch or join it, and chunks of prompts.
  private func changeBatch(at now: SimTime) throws(EngineFault) {
    for index in 0..<decision.pauses.count {
      let slot = decision.pauses[index]
      guard table[slot].phase == .decoding else { throw fault("pauses slot \(slot), which does not decode") }
      batch.remove(slot, in: table)
      leaveBatch(slot)
      observe(slot, .paused, at: now)
    }
    if decision.fetchedJoinBatch {
      for slot in decision.fetches where table[slot].phase == .paused { joinBatch(slot) }
    }
    for index in 0..<decision.resumes.count {
      let slot = decision.resumes[index]
      guard table[slot].phase == .paused else { throw fault("resumes slot \(slot), which is not paused") }
      joinBatch(slot)
    }
    for index in 0..<decision.chunks.count {
      let chunk = decision.chunks[index]
      for before in 0..<index where decision.chunks[before].slot == chunk.slot {
        throw fault("prefills slot \(chunk.slot) twice in one iteration")
      }
      try admit(chunk, at: now)
    }
  }

  /// Gives a chunk's sequence the blocks it fills; a waiting sequence is admitted.
  private func admit(_ chunk: PrefillChunk, at now: SimTime) throws(EngineFault) {
    let index = Int(chunk.slot)
    var sequence = table[chunk.slot]
    guard sequence.phase == .waiting || sequence.phase == .prefilling else {
      throw fault("prefills slot \(chunk.slot), which is \(sequence.phase)")
    }
    if sequence.phase == .waiting {
      table.slots[index].phase = .prefilling
      table.slots[index].move(to: .running, at: now)
      waitingRequests -= 1
      waitingBlocks -= awaitedBlocks(chunk.slot)
      if let holder = entrance.holders.firstIndex(of: chunk.slot) { entrance.holders.remove(at: holder) }
      if sequence.scheduled == .never { table.slots[index].scheduled = now }
      observe(chunk.slot, .prefilling, at: now)
      // What another replica sent is there already; else what was found of its prompt.
      if sequence.kv == 0 {
        let cached = Int32(Int(ledger[chunk.slot].blocks) * state.limits.blockSize)
        table.slots[index].kv = cached
        parkedTokens += Int64(cached)
        noteFound(cached, chunk.slot)
      }
      sequence = table[chunk.slot]
    }
    let left = sequence.prefillTarget - sequence.kv
    guard chunk.tokens > 0 && chunk.tokens <= left else {
      throw fault("prefills \(chunk.tokens) tokens of slot \(chunk.slot), which has \(left) left")
    }
    // A decoding sequence holds the blocks of its tokens and no more.
    guard chunk.reserveTokens <= sequence.prefillTarget else {
      throw fault(
        "reserves blocks for \(chunk.reserveTokens) tokens of slot \(chunk.slot), whose prompt has "
          + "\(sequence.prefillTarget)")
    }
    let tokens = max(sequence.kv + chunk.tokens, chunk.reserveTokens)
    let missing = state.missingBlocks(chunk.slot, forTokens: Int(tokens))
    guard ledger.take(missing, for: chunk.slot) else {
      throw fault("gives slot \(chunk.slot) \(missing) blocks where \(state.freeBlocks) are free")
    }
    ledger.publish(chunk.slot, through: Int(sequence.kv + chunk.tokens))
  }

  /// Throws a sequence's KV away; it waits to be prefilled again, with what it has generated as part of its prompt.
  private func drop(_ slot: Int32) throws(EngineFault) {
    let index = Int(slot)
    switch table[slot].phase {
    case .decoding:
      batch.remove(slot, in: table)
      leaveBatch(slot)
    case .prefilling, .paused: break
    default: throw fault("drops slot \(slot), which is \(table[slot].phase)")
    }
    let sequence = table[slot]
    parkedTokens -= Int64(sequence.kv)
    checkpoints.waiting.remove(slot)
    if !keptLayers.isEmpty { keptLayers[slot] = nil }
    ledger.release(slot, wantedAgain: Int(sequence.kv))
    releaseCopies(slot)
    table.slots[index].recomputedTokens += sequence.kv
    table.slots[index].lostTokens = sequence.kv
    table.slots[index].kv = 0
    table.slots[index].prefillTarget = sequence.promptTokens + sequence.generated
    table.slots[index].preemptions += 1
    table.slots[index].phase = .waiting
    observe(slot, .queued, at: state.now)
    table.slots[index].move(to: .waiting, at: state.now)
    waitingRequests += 1
    waitingBlocks += awaitedBlocks(slot)
    totals.preemptionsByRecompute += 1
    totals.recomputedTokens += Int64(sequence.kv)
  }
}
