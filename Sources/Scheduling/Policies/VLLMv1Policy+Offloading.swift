import Replica
import SimCore

/// KV offloading as vLLM's OffloadingConnector does it.
///
/// Source: vllm/distributed/kv_transfer/kv_connector/v1/offloading/scheduler.py and vllm/v1/core/sched/scheduler.py.
extension VLLMv1Policy {
  /// Takes off what vLLM's connector still holds: blocks of a request that has finished, if any of it was stored, are
  /// free only when the workers have said, after the next iteration, that nothing of it is under way any more
  /// (`OffloadingConnectorScheduler.request_finished`). Where nobody or one is left to run, they are back at once.
  ///
  /// - Returns: blocks.
  func hold(_ planned: inout PlannedMemory, _ decision: inout Decision) -> Int {
    guard heldBlocks > 0, running.count > 1 else { return 0 }
    planned.take(heldBlocks)
    decision.maxIterations = 1
    return heldBlocks
  }

  /// Requests whose KV has come back from the host run again, before all that wait (vLLM's queue of skipped requests);
  /// false when one finds no room, behind which nobody is admitted.
  mutating func admitLoaded(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory, _ budget: inout Int,
    _ decodes: Int
  ) -> Bool {
    var slot = loading.head
    while slot >= 0 {
      var next = loading.after(slot)
      if isLoaded(slot, state) {
        if running.count >= state.limits.maxSequences {
          decision.admissionLimit = .sequences
          return false
        }
        if budget < 1 {
          decision.admissionLimit = .tokens
          return false
        }
        let isDone = state.table[slot].phase == .paused
        let tokens = isDone ? 1 : min(state.prefillRemaining(slot), budget)
        let blocks =
          isDone
          ? PlannedMemory.nextTokenBlocks(slot, state)
          : state.missingBlocks(slot, forTokens: state.kvTokens(slot) + tokens)
        // Where nothing else runs those that were loaded would wait for each other; the last then gives way.
        let runs = decodes > 0 || !decision.chunks.isEmpty || !decision.resumes.isEmpty
        while blocks > planned.free, !runs, let last = lastLoaded(state), last != slot {
          planned.drop(last, state)
          loading.remove(last)
          decision.evictions.append(last)
          waiting.return(last, in: state.table)
        }
        if blocks > planned.free {
          decision.admissionLimit = .memory
          return false
        }
        planned.take(blocks)
        budget -= tokens
        next = loading.after(slot)
        loading.remove(slot)
        running.append(slot)
        if isDone {
          decision.resumes.append(slot)
        } else {
          prefilling.append(slot)
          decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
        }
      }
      slot = next
    }
    return true
  }

  /// Whether the KV of a request that was sent for is here.
  private func isLoaded(_ slot: Int32, _ state: EngineState) -> Bool {
    state.table[slot].phase == .prefilling || state.table[slot].phase == .paused
  }

  private func lastLoaded(_ state: EngineState) -> Int32? {
    var slot = loading.tail
    while slot >= 0, !isLoaded(slot, state) { slot = loading.before(slot) }
    return slot >= 0 ? slot : nil
  }

  /// Sends for the KV of the first waiting request, which the host has: its blocks are taken, and others behind it are
  /// looked at; false where there is no room.
  mutating func load(
    _ slot: Int32, _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory
  ) -> Bool {
    let tokens = state.kvTokens(slot)
    let whole = asksForWholePrompt ? max(tokens, Int(state.table[slot].prefillTarget)) : tokens
    guard state.blocks(forTokens: whole) <= planned.free else {
      decision.admissionLimit = .memory
      return false
    }
    planned.take(state.blocks(forTokens: tokens))
    waiting.remove(slot)
    loading.append(slot)
    decision.fetches.append(slot)
    return true
  }
}
