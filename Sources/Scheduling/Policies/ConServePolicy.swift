import Batching
import Kernel
import StepTime

/// ConServe: offline requests fill what online ones leave idle, and get out of the way within milliseconds.
///
/// Online work is placed first. While any is in the iteration, offline sequences and prompt tokens are added only as
/// long as the predicted iteration time stays within the time-between-tokens target; without online work the
/// iteration is filled for throughput. Offline KV is copied to host memory as it is produced, so that taking its blocks
/// for online requests frees them at once, but for those without a copy yet. Paged offline sequences are fetched while
/// the engine computes. An online arrival that finds an offline-only iteration under way gives it up at the next
/// layer safepoint if waiting for its end would miss the time-to-first-token target.
///
/// Not published, so assumed: which offline sequence yields first (the last admitted), that an abandoned iteration is
/// done again from its start, and that safepoints are armed in offline-only iterations alone.
/// Source: ConServe (arXiv 2410.01228v2).
public struct ConServePolicy: SchedulingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "conserve",
    summary: "Offline work under online traffic: latency-bounded batches, layer safepoints, incremental checkpoints.",
    source: "ConServe, arXiv 2410.01228v2",
    parameters: [
      ParameterDescriptor(
        "ttft_target", .duration(.zero ... .seconds(3600)), default: .duration(.zero),
        "online time to first token to protect; 0 takes the scenario's SLO, or 1.5 s without one (assumption)"),
      ParameterDescriptor(
        "tbt_target", .duration(.zero ... .seconds(3600)), default: .duration(.zero),
        "online time between tokens to protect; 0 takes the scenario's TPOT SLO, or 110 ms without one (assumption)"),
      ParameterDescriptor(
        "tbt_margin", .number(0...0.9), default: .number(0.05),
        "share of the TBT target kept free for what the prediction does not see, such as copies (assumption)"),
      ParameterDescriptor(
        "safepoint_layers", .integer(0...1024), default: .integer(4),
        "layers between preemption checks; 0 preempts at iteration boundaries only"),
      ParameterDescriptor(
        "safepoint_check", .duration(.zero ... .seconds(1)), default: .duration(.zero),
        "cost of a check; 0 takes the published 10 us on one GPU, 167.2 us under tensor parallelism"),
      ParameterDescriptor(
        "checkpoint", .boolean, default: .boolean(true),
        "copy offline KV to host memory as it is produced"),
      ParameterDescriptor(
        "latency_bound", .boolean, default: .boolean(true),
        "bound mixed iterations by the predicted time; without it, by the token budget alone"),
      ParameterDescriptor(
        "online_reserve", .number(0...0.9), default: .number(0.05),
        "fraction of KV blocks that offline admission leaves free for online requests (assumption)"),
    ])

  private let ttftTarget: SimDuration
  private let tbtTarget: SimDuration
  private let safepoints: Int
  private let safepointOverhead: SimDuration
  private let checkpointsOffline: Bool
  private let boundsLatency: Bool
  private let reserve: Int

  private var onlineWaiting = WaitingQueue()
  private var offlineWaiting = WaitingQueue()
  private var online = SequenceList()
  private var onlinePrefilling = SequenceList()
  /// Resident offline sequences, decoding, paused or prefilling, in the order they came in.
  private var offline = SequenceList()
  private var offlinePrefilling = SequenceList()
  private var offlinePaused = SequenceList()
  /// Offline sequences off the GPU, or on their way out, in the order they left.
  private var offlineOut = SequenceList()
  /// Offline sequences on their way back.
  private var offlineReturning = SequenceList()

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    let ttft = parameters.duration("ttft_target")
    let tbt = parameters.duration("tbt_target")
    ttftTarget = ttft == .zero ? limits.timeToFirstTokenTarget ?? .milliseconds(1500) : ttft
    let between = tbt == .zero ? limits.timePerOutputTokenTarget ?? .milliseconds(110) : tbt
    tbtTarget = .seconds(between.seconds * (1 - parameters.number("tbt_margin")))
    let layers = parameters.integer("safepoint_layers")
    safepoints = layers == 0 ? 0 : max(1, limits.layers / layers)
    var check = parameters.duration("safepoint_check")
    if check == .zero { check = .microseconds(limits.tensorParallel == 1 ? 10 : 167.2) }
    safepointOverhead = check * safepoints
    checkpointsOffline = parameters.boolean("checkpoint")
    boundsLatency = parameters.boolean("latency_bound")
    reserve = Int(parameters.number("online_reserve") * Double(limits.kvBlocks))
  }

  public func checkpoints(_ requestClass: RequestClass) -> Bool { requestClass == .offline && checkpointsOffline }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    if state.table[slot].requestClass == .offline {
      return offlineWaiting.arrive(slot, in: state.table) ? .boundary : .none
    }
    let isHead = onlineWaiting.arrive(slot, in: state.table)
    guard safepoints > 0, online.isEmpty, state.iterationEnd > state.now else { return isHead ? .boundary : .none }
    var tokens = 0
    var queued = onlineWaiting.head
    while queued >= 0 {
      tokens += state.prefillRemaining(queued)
      queued = onlineWaiting.after(queued)
    }
    let prefill = self.prefill(tokens: tokens, state)
    let waited = state.now - state.table[onlineWaiting.head].arrival
    return waited + (state.iterationEnd - state.now) + prefill > ttftTarget
      ? .safepoint(safepoints: safepoints) : .boundary
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) {
    online.remove(slot)
    onlinePrefilling.remove(slot)
    offline.remove(slot)
    offlinePrefilling.remove(slot)
  }

  public mutating func moved(_ slot: Int32, _ state: EngineState) {
    guard offlineReturning.contains(slot) else { return }
    offlineReturning.remove(slot)
    offline.append(slot)
    if state.table[slot].phase == .prefilling { offlinePrefilling.append(slot) } else { offlinePaused.append(slot) }
  }

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    Self.forgetFinishedPrompts(&onlinePrefilling, state)
    Self.forgetFinishedPrompts(&offlinePrefilling, state)
    var draft = IterationDraft(state)
    while draft.memory.shortage > 0 { makeRoomToDecode(state, &decision, &draft) }
    placeOnline(state, &decision, &draft)
    let hasOnline = !online.isEmpty
    let limit = hasOnline && boundsLatency ? tbtTarget : SimDuration.max
    placeOfflineDecodes(state, &decision, &draft, limit)
    placeOfflinePrompts(state, &decision, &draft, limit)
    if onlineWaiting.isEmpty { fetchOffline(state, &decision, &draft) }
    if !hasOnline { decision.overheadPerIteration = safepointOverhead }
    if onlineWaiting.isEmpty && !offlineWaiting.isEmpty { decision.admissionLimit = draft.offlineLimit }
    if !decision.changesAnything && limit < .max {
      decision.maxIterations = draft.iterationsWithin(limit, state)
    }
  }

  /// Sequences stay listed as prefilling until their prompt is seen to be done: an iteration may be abandoned.
  private static func forgetFinishedPrompts(_ list: inout SequenceList, _ state: EngineState) {
    var slot = list.head
    while slot >= 0 {
      let next = list.after(slot)
      if state.table[slot].phase != .prefilling { list.remove(slot) }
      slot = next
    }
  }

  /// How long prefilling `tokens` tokens alone takes, in iterations as large as allowed.
  private func prefill(tokens: Int, _ state: EngineState) -> SimDuration {
    let (full, rest) = tokens.quotientAndRemainder(dividingBy: state.limits.maxBatchedTokens)
    var total = SimDuration.zero
    if full > 0 {
      let size = state.limits.maxBatchedTokens
      let attention = state.cost.prefillAttention(chunk: size, context: 0)
      total +=
        state.cost.iterationCost(
          decodes: 0, context: 0, chunks: 1, chunkTokens: size, chunkAttention: attention
        ).first * full
    }
    if rest > 0 {
      let attention = state.cost.prefillAttention(chunk: rest, context: 0)
      total +=
        state.cost.iterationCost(
          decodes: 0, context: 0, chunks: 1, chunkTokens: rest, chunkAttention: attention
        ).first
    }
    return total
  }
}

// MARK: Online

extension ConServePolicy {
  /// Online prompts in order: those begun, then those waiting, taking blocks from offline sequences where needed.
  private mutating func placeOnline(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    // The online part alone decides how long its prompts' chunks may be; offline decodes yield to it.
    let limit = boundsLatency && draft.onlineDecodes(state, online) > 0 ? tbtTarget : SimDuration.max
    var slot = onlinePrefilling.head
    while slot >= 0 {
      guard chunkOnline(slot, limit, state, &decision, &draft) else { break }
      slot = onlinePrefilling.after(slot)
    }
    while onlineWaiting.head >= 0 {
      let slot = onlineWaiting.head
      // The victim of this very decision waits at the head; it can come back in the next.
      if decision.drops.contains(slot) { return decision.admissionLimit = .memory }
      if online.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      // As under batching, a request comes in when the first chunk it could have alone fits; decode is not starved by
      // prompts that trickle in a block at a time.
      let whole = state.blocks(forTokens: min(state.prefillRemaining(slot), state.limits.maxBatchedTokens))
      while whole > draft.memory.free, offline.tail >= 0 { evict(offline.tail, state, &decision, &draft) }
      if whole > draft.memory.free { return decision.admissionLimit = .memory }
      let limitBefore = decision.admissionLimit
      guard chunkOnline(slot, limit, state, &decision, &draft) else {
        if decision.admissionLimit == limitBefore { decision.admissionLimit = .policy }
        return
      }
      onlineWaiting.remove(slot)
      online.append(slot)
      onlinePrefilling.append(slot)
    }
  }

  /// Adds as much of a prompt as tokens, time and memory allow; false when that is nothing or less than all.
  private mutating func chunkOnline(
    _ slot: Int32, _ limit: SimDuration, _ state: EngineState, _ decision: inout Decision,
    _ draft: inout IterationDraft
  ) -> Bool {
    let remaining = state.prefillRemaining(slot)
    while draft.sequences >= state.limits.maxSequences || draft.tokens <= 0 {
      guard giveUpPlace(state, &decision, &draft) else {
        decision.admissionLimit = draft.tokens <= 0 ? .tokens : .sequences
        return false
      }
    }
    let most = min(remaining, draft.tokens)
    // Offline decodes are counted out of the prediction: they are paused before an online prompt is cut.
    var tokens = draft.largestChunk(slot, upTo: most, within: limit, online: online, state)
    tokens = max(tokens, min(most, IterationDraft.smallestChunk))
    if tokens <= 0 { return false }
    while draft.memory.free < draft.missingBlocks(slot, tokens, state), offline.tail >= 0 {
      evict(offline.tail, state, &decision, &draft)
    }
    let least = draft.leastChunk(of: remaining, state)
    // Prompts begun together can fill memory with none complete. The last then gives way, or nothing would ever run.
    while draft.sequences == 0, draft.tokensThatFit(slot, state) < least, online.contains(slot), online.tail != slot {
      makeRoomToDecode(state, &decision, &draft)
    }
    tokens = min(tokens, draft.tokensThatFit(slot, state))
    if tokens < least {
      decision.admissionLimit = draft.tokens < least ? .tokens : .memory
      return false
    }
    draft.add(slot, tokens, state)
    decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
    return true
  }

  /// Takes blocks from the last offline sequence, else from the last online one, so that decode can go on.
  private mutating func makeRoomToDecode(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) {
    if offline.tail >= 0 { return evict(offline.tail, state, &decision, &draft) }
    let victim = online.tail
    draft.memory.drop(victim, state)
    if state.table[victim].phase == .decoding { draft.leave(victim, state) }
    online.remove(victim)
    onlinePrefilling.remove(victim)
    decision.drops.append(victim)
    onlineWaiting.return(victim, in: state.table)
  }

  /// Pages an offline sequence out when most of it is already copied, else drops it: its blocks must be free now.
  private mutating func evict(
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
    let dirty = state.dirtyBlocks(slot)
    if checkpointsOffline, dirty * 2 <= state.residentBlocks(slot), draft.memory.reserveCopies(slot, state) {
      draft.memory.pageOutClean(slot, state)
      decision.pageOuts.append(slot)
      offlineOut.append(slot)
    } else {
      draft.memory.drop(slot, state)
      decision.drops.append(slot)
      offlineWaiting.return(slot, in: state.table)
    }
  }
}

// MARK: Offline

extension ConServePolicy {
  /// Pauses offline decodes until the iteration is within the limit, or lets paused ones join while it stays so.
  private mutating func placeOfflineDecodes(
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
  private mutating func giveUpPlace(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) -> Bool {
    var slot = offline.tail
    while slot >= 0, !decodesOffline(slot, state) { slot = offline.before(slot) }
    if slot < 0 { return false }
    pause(slot, state, &decision, &draft)
    return true
  }

  /// Offline prompts in order, begun ones first, while tokens, time and memory beyond the reserve last.
  private mutating func placeOfflinePrompts(
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
      guard chunkOffline(slot, limit, spare: reserve, state, &decision, &draft) else { return }
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
  private mutating func fetchOffline(_ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft) {
    guard decision.pageOuts.isEmpty, decision.drops.isEmpty else { return }
    var slot = offlineOut.head
    while slot >= 0, state.table[slot].phase == .paged {
      let next = offlineOut.after(slot)
      let needed = state.blocks(forTokens: state.kvTokens(slot)) + 1
      let alone = draft.sequences == 0 && state.sequencesInTransfer == 0 && decision.fetches.isEmpty
      if needed + (alone ? 0 : reserve) > draft.memory.free { return }
      draft.memory.take(needed)
      offlineOut.remove(slot)
      offlineReturning.append(slot)
      decision.fetches.append(slot)
      slot = next
    }
  }
}
