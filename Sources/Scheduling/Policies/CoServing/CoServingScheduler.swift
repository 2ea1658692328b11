import Replica
import SimCore
import StepTime

/// A policy that serves online and offline requests on one engine by the same mechanism as others do, under rules of
/// its own.
public protocol CoServingPolicy: SchedulingPolicy {
  var scheduler: CoServingScheduler { get set }
}

extension CoServingPolicy {
  public func checkpoints(_ requestClass: RequestClass) -> Bool {
    requestClass == .offline && scheduler.rules.checkpointsOffline
  }

  /// What offline requests hold must be there for the taking, so that they are begun anew.
  public func resumes(_ requestClass: RequestClass) -> Bool { requestClass == .online }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { scheduler.arrived(slot, state) }
  public mutating func finished(_ slot: Int32, _ state: EngineState) { scheduler.finished(slot) }
  public mutating func moved(_ slot: Int32, _ state: EngineState) { scheduler.moved(slot, state) }
  public mutating func decide(_ state: EngineState, _ decision: inout Decision) { scheduler.decide(state, &decision) }
}

/// Online requests first, offline ones in what room is left: what ConServe, Sarathi-P, HyGen and non-preemptive
/// co-serving have in common. `CoServingRules` say where they differ.
///
/// All blocks of a prompt that has begun are promised to it, so that prompts cut short to keep a latency target do not
/// fill memory together.
public struct CoServingScheduler: Sendable {
  let rules: CoServingRules
  private var latency: LatencyModel?

  var onlineWaiting = WaitingQueue()
  /// What the prompts in it have left; nil where iterations have no safepoints.
  var queued: QueuedPrompts?
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
  /// Whether the iteration under way has offline members.
  private var runsOffline = false
  /// The order in which offline sequences give way in this decision, the first one last; nil until somebody asks.
  var victims: ContiguousArray<Int32>?

  init(_ rules: CoServingRules) {
    self.rules = rules
    queued = rules.safepoints > 0 ? QueuedPrompts() : nil
  }

  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    if state.table[slot].requestClass == .offline {
      return offlineWaiting.arrive(slot, in: state.table) ? .boundary : .none
    }
    let isHead = onlineWaiting.arrive(slot, in: state.table)
    queued?.add(slot, tokens: state.prefillRemaining(slot), holdsKV: state.table[slot].kv > 0)
    guard queued != nil, canBeGivenUp, state.iterationEnd > state.now else { return isHead ? .boundary : .none }
    return isTooLate(state) ? .safepoint(safepoints: rules.safepoints, keeping: rules.kept) : .boundary
  }

  /// Whether the first online request would miss its target, were all that wait prefilled after the iteration under
  /// way.
  private mutating func isTooLate(_ state: EngineState) -> Bool {
    let waited = state.now - state.table[onlineWaiting.head].arrival
    let end = state.iterationEnd - state.now
    // Prompts only add to it.
    if waited + rules.predicted(end) > rules.ttftTarget { return true }
    return waited + rules.predicted(end + prefill(tokens: queuedTokens(state), state)) > rules.ttftTarget
  }

  /// What the online prompts that wait have left.
  private mutating func queuedTokens(_ state: EngineState) -> Int {
    let sum = queued?.total { state.prefillRemaining($0) }
    if let sum, queued?.holdsKV == false, !state.ledger.mayFindBlocks { return sum }
    var tokens = 0
    var slot = onlineWaiting.head
    while slot >= 0 {
      tokens += state.prefillRemaining(slot)
      slot = onlineWaiting.after(slot)
    }
    return tokens
  }

  /// Whether the iteration under way is one with safepoints.
  private var canBeGivenUp: Bool { online.isEmpty || rules.mixedSafepoints && runsOffline }

  mutating func finished(_ slot: Int32) {
    online.remove(slot)
    onlinePrefilling.remove(slot)
    offline.remove(slot)
    offlinePrefilling.remove(slot)
  }

  mutating func moved(_ slot: Int32, _ state: EngineState) {
    guard offlineReturning.contains(slot) else { return }
    offlineReturning.remove(slot)
    offline.append(slot)
    if state.table[slot].phase == .prefilling {
      offlinePrefilling.append(slot)
    } else if !rules.swaps {
      // What was swapped joins the batch within the decision that fetched it.
      offlinePaused.append(slot)
    }
  }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    victims = nil
    Self.forgetFinishedPrompts(&onlinePrefilling, state)
    Self.forgetFinishedPrompts(&offlinePrefilling, state)
    if rules.swaps {
      decision.waitsForTransfers = true
      decision.fetchedJoinBatch = true
      decision.fetchesReleaseCopies = true
    }
    let isMixed = !online.isEmpty || !onlineWaiting.isEmpty
    var draft = IterationDraft(state, model: model(state), tokens: isMixed ? rules.mixedTokens : nil)
    if draft.memory.shortage > 0 { makeRoomToDecode(state, &decision, &draft) }
    let limit = rules.offlineYields ? placeYielding(state, &decision, &draft) : placeInTurn(state, &decision, &draft)
    if onlineWaiting.isEmpty { fetchOffline(state, &decision, &draft) }
    let hasOnline = !online.isEmpty
    if !hasOnline || rules.mixedSafepoints && draft.hasOffline {
      decision.overheadPerIteration = rules.safepointOverhead
    }
    if onlineWaiting.isEmpty && !offlineWaiting.isEmpty { decision.admissionLimit = draft.offlineLimit }
    runsOffline = draft.hasOffline
    if decision.changesAnything { return }
    decision.maxIterations = draft.policyLimitStands
    if limit < .max { decision.maxIterations = min(decision.maxIterations, draft.iterationsWithin(limit, state)) }
  }

  /// Online requests take from offline ones what they need.
  ///
  /// - Returns: the bound on the iteration's predicted time.
  private mutating func placeYielding(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) -> SimDuration {
    let bound = rules.boundsOnline && draft.onlineDecodes > 0 ? rules.timeLimit : .max
    continueOnline(bound, state, &decision, &draft)
    admitOnline(bound, state, &decision, &draft)
    let limit = !online.isEmpty || rules.boundsAlways ? rules.timeLimit : .max
    placeOfflineDecodes(state, &decision, &draft, limit)
    placeOfflinePrompts(state, &decision, &draft, limit)
    return limit
  }

  /// Whatever has begun goes on; then online requests are admitted, then offline ones.
  private mutating func placeInTurn(
    _ state: EngineState, _ decision: inout Decision, _ draft: inout IterationDraft
  ) -> SimDuration {
    continueOnline(.max, state, &decision, &draft)
    placeOfflineDecodes(state, &decision, &draft, .max)
    continueOffline(state, &decision, &draft, .max)
    admitOnline(.max, state, &decision, &draft)
    if decision.pauses.isEmpty, onlineWaiting.isEmpty { admitOffline(state, &decision, &draft, .max) }
    // Sequences that each wait for a block the others hold: the last one gives way.
    if draft.sequences == 0, !decision.pauses.isEmpty { evict(offline.tail, state, &decision, &draft) }
    return .max
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

  /// What predicts iterations; fitted when first asked for.
  private mutating func model(_ state: EngineState) -> LatencyModel {
    if let latency { return latency }
    let model: LatencyModel =
      rules.fitsLatency ? .fitted(LatencyPolynomial(of: state.cost, limits: state.limits)) : .exact
    latency = model
    return model
  }

  /// How long prefilling `tokens` tokens alone takes, in iterations as large as allowed.
  private mutating func prefill(tokens: Int, _ state: EngineState) -> SimDuration {
    let model = model(state)
    func time(_ tokens: Int) -> SimDuration {
      var load = IterationLoad()
      load.add(chunk: tokens, behind: 0, state.cost)
      return model.time(load, state.cost)
    }
    let size = min(state.limits.maxBatchedTokens, rules.mixedTokens)
    let (full, rest) = tokens.quotientAndRemainder(dividingBy: size)
    return (full > 0 ? time(size) * full : .zero) + (rest > 0 ? time(rest) : .zero)
  }
}
