import Replica
import SimCore
import StepTime

/// ConServe: offline requests fill what online ones leave idle, and get out of the way within milliseconds.
///
/// Online work is placed first. While any is in the iteration, offline sequences and prompt tokens are added only as
/// long as the predicted iteration time stays within the time-between-tokens target; without online work the iteration
/// is filled for throughput. Offline KV is copied to host memory as it is produced, so that its blocks are free at
/// once when online requests need them: what has a copy is fetched back later, while the engine computes, and only the
/// rest is processed again. An online arrival that finds an offline-only iteration under way gives it up at the next
/// layer safepoint if waiting for its end would miss the time-to-first-token target.
///
/// All blocks of a prompt that has begun are promised to it, so that prompts cut short to keep the target do not fill
/// memory together; and however little time is left, the oldest prompt goes on by the smallest chunk.
///
/// Not published, so assumed: which offline sequence yields first (the last admitted), that an abandoned iteration is
/// done again from its start, and that safepoints are armed in offline-only iterations alone.
/// Source: ConServe (arXiv 2410.01228v2).
public struct ConServePolicy: SchedulingPolicy {
  public static let descriptor = ConServeSettings.descriptor

  let settings: ConServeSettings

  var onlineWaiting = WaitingQueue()
  var offlineWaiting = WaitingQueue()
  var online = SequenceList()
  var onlinePrefilling = SequenceList()
  /// Resident offline sequences, decoding, paused or prefilling, in the order they came in.
  var offline = SequenceList()
  var offlinePrefilling = SequenceList()
  var offlinePaused = SequenceList()
  /// Offline sequences off the GPU, or on their way out, in the order they left.
  var offlineOut = SequenceList()
  /// Offline sequences on their way back.
  var offlineReturning = SequenceList()

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    settings = ConServeSettings(parameters, limits: limits)
  }

  public func checkpoints(_ requestClass: RequestClass) -> Bool {
    requestClass == .offline && settings.checkpointsOffline
  }

  /// What offline requests hold must be there for the taking, so that they are begun anew.
  public func resumes(_ requestClass: RequestClass) -> Bool { requestClass == .online }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    if state.table[slot].requestClass == .offline {
      return offlineWaiting.arrive(slot, in: state.table) ? .boundary : .none
    }
    let isHead = onlineWaiting.arrive(slot, in: state.table)
    guard settings.safepoints > 0, online.isEmpty, state.iterationEnd > state.now else {
      return isHead ? .boundary : .none
    }
    var tokens = 0
    var queued = onlineWaiting.head
    while queued >= 0 {
      tokens += state.prefillRemaining(queued)
      queued = onlineWaiting.after(queued)
    }
    let prefill = self.prefill(tokens: tokens, state)
    let waited = state.now - state.table[onlineWaiting.head].arrival
    return waited + (state.iterationEnd - state.now) + prefill > settings.ttftTarget
      ? .safepoint(safepoints: settings.safepoints) : .boundary
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
    var draft = IterationDraft(state, online: online)
    while draft.memory.shortage > 0 { makeRoom(state, &decision, &draft) }
    placeOnline(state, &decision, &draft)
    let hasOnline = !online.isEmpty
    let limit = hasOnline && settings.boundsLatency ? settings.tbtTarget : SimDuration.max
    placeOfflineDecodes(state, &decision, &draft, limit)
    placeOfflinePrompts(state, &decision, &draft, limit)
    if onlineWaiting.isEmpty { fetchOffline(state, &decision, &draft) }
    if !hasOnline { decision.overheadPerIteration = settings.safepointOverhead }
    if onlineWaiting.isEmpty && !offlineWaiting.isEmpty { decision.admissionLimit = draft.offlineLimit }
    if decision.changesAnything { return }
    decision.maxIterations = draft.policyLimitStands
    if limit < .max { decision.maxIterations = min(decision.maxIterations, draft.iterationsWithin(limit, state)) }
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
