import Replica
import SimCore

/// Who gives up blocks, and what becomes of them.
extension CoServingScheduler {
  /// The offline sequence that gives way next; nil when none does.
  mutating func nextVictim(_ state: EngineState) -> Int32? {
    if !rules.offlineYields { return nil }
    orderVictims(state)
    while let last = victims?.last {
      if offline.contains(last) { return last }
      victims?.removeLast()
    }
    return nil
  }

  /// Puts offline sequences into the order in which they give way, once for a decision.
  private mutating func orderVictims(_ state: EngineState) {
    guard victims == nil else { return }
    var order: ContiguousArray<Int32> = []
    var costs: [Int32: Int] = [:]
    var slot = offline.head
    while slot >= 0 {
      order.append(slot)
      switch rules.victims {
      case .newest: break
      case .leastLost: costs[slot] = state.kvTokens(slot) - state.copiedTokens(slot)
      case .largest: costs[slot] = -state.residentBlocks(slot)
      }
      slot = offline.after(slot)
    }
    if rules.victims != .newest {
      let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
      // The first to go stands last; of equals that is the last admitted.
      order.sort { (-costs[$0, default: 0], place[$0, default: 0]) < (-costs[$1, default: 0], place[$1, default: 0]) }
    }
    victims = order
  }

  /// Whether a waiting prompt fits as a whole once offline sequences that give way are evicted.
  mutating func canMakeRoom(
    for prompt: Int32, _ state: EngineState, _ decision: Decision, _ draft: IterationDraft
  ) -> Bool {
    var memory = draft.memory
    let tokens = state.prefillRemaining(prompt)
    if memory.admissionBlocks(prompt, tokens: tokens, state) <= memory.free { return true }
    guard nextVictim(state) != nil, let victims else { return false }
    for slot in victims.reversed() where offline.contains(slot) {
      if decision.pauses.contains(slot) { memory.take(PlannedMemory.nextTokenBlocks(slot, state)) }
      memory.drop(slot, state)
      if memory.admissionBlocks(prompt, tokens: tokens, state) <= memory.free { return true }
    }
    return false
  }

  /// Finds blocks for the next tokens of those that decode.
  mutating func makeRoomToDecode(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    if !rules.offlineYields {
      // Offline sequences that would need a block rest with what they have.
      var slot = offline.tail
      while slot >= 0, draft.memory.shortage > 0 {
        let before = offline.before(slot)
        if decodesOffline(slot, state), PlannedMemory.nextTokenBlocks(slot, state) > 0 {
          pause(slot, state, &decision, &draft)
        }
        slot = before
      }
    }
    while draft.memory.shortage > 0 { makeRoom(state, &decision, &draft) }
  }

  /// Takes blocks from the offline sequence that gives way next, else from the last online one.
  mutating func makeRoom(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    if let victim = nextVictim(state) { return evict(victim, state, &decision, &draft) }
    let victim = online.tail
    draft.memory.drop(victim, state)
    if state.table[victim].phase == .decoding { draft.leave(victim, state) }
    online.remove(victim)
    onlinePrefilling.remove(victim)
    decision.drops.append(victim)
    onlineWaiting.return(victim, in: state.table)
    queued?.putBack(victim)
  }

  /// Takes an offline sequence's blocks, all at once. What has a copy stays as that copy; the rest is processed again.
  mutating func evict(
    _ slot: Int32, _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    let isWhole = !offlinePrefilling.contains(slot)
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
    if rules.swaps, isWhole, draft.memory.reserveCopies(slot, state) {
      decision.pageOuts.append(slot)
      offlineOut.append(slot)
    } else if state.copiedTokens(slot) > 0 {
      decision.evictions.append(slot)
      offlineOut.append(slot)
    } else {
      decision.drops.append(slot)
      offlineWaiting.return(slot, in: state.table)
    }
  }
}
