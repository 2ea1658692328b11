import Metrics
import Observing
import Replica
import Scheduling
import SimCore
import Workload

extension Engine {
  /// Why a request can never be served here; nil when it can.
  func refusal(of request: Request) -> RejectionReason? {
    let tokens = Int(request.promptTokens) + Int(request.outputTokens)
    if tokens > state.limits.maxModelLength { return .exceedsContext }
    // The last token is never cached, but the policies' rules ask for a block beyond the tokens held.
    let blocks = state.blocks(forTokens: tokens) + 1
    return blocks + reservedBlocks > state.limits.kvBlocks ? .exceedsPool : nil
  }

  /// KV blocks in use and promised to waiting prompts, as far as iterations have been settled.
  var kvLoad: Int { ledger.local.used + waitingBlocks }

  /// Lets a request in; it waits until the policy schedules it.
  func enter(_ request: Request, number: Int64, group: Int, at now: SimTime) {
    state.now = now
    if booksAtArrivals { bringUpToDate(to: now) } else { account(until: now) }
    var sequence = SequenceState()
    sequence.request = number
    sequence.arrival = now
    sequence.placedAt = now
    sequence.requestClass = request.requestClass
    sequence.tenant = request.tenant
    sequence.priority = request.priority
    if let deadline = request.deadline { sequence.deadline = now + deadline - plan.frontEnd }
    sequence.promptTokens = request.promptTokens
    sequence.outputTokens = request.outputTokens
    sequence.prefillTarget = request.promptTokens
    sequence.stream = request.stream
    sequence.user = request.user
    sequence.group = Int32(group)
    sequence.counted = now >= warmUpEnd
    sequence.phase = .waiting
    if request.adapter >= 0 { sequence.adapter = Int64(request.stream) << 32 | Int64(request.adapter) }
    if storesPrefixes[Int(request.stream)] { sequence.storedPrefix = request.prefixTokens }
    let slot = table.insert(sequence)
    ledger.open(slot, blocks: blockNames(of: request))
    observe(slot, .queued, at: now)
    outstanding += 1
    if plan.entrance.isOpen { announce(slot, at: now) } else { pass(slot, at: now) }
  }

  /// Blocks that a waiting sequence is to fill beyond those it holds.
  func awaitedBlocks(_ slot: Int32) -> Int {
    state.blocks(forTokens: Int(table[slot].prefillTarget)) - Int(ledger[slot].blocks)
  }

  /// A sequence waits from now on: the policy hears of it, and may look at it at the next boundary, or at once.
  func announce(_ slot: Int32, at now: SimTime) {
    table.slots[Int(slot)].announced = now
    waitingRequests += 1
    waitingBlocks += awaitedBlocks(slot)
    if booksAtArrivals, case .running(let segment) = mode {
      state.iterationEnd = clock.time(ofWork: segment.start + segment.line.first.picoseconds)
    }
    let interruption = policy.arrived(slot, state)
    switch mode {
    case .idle: wake(at: now)
    case .pagingOut, .fetching, .stopped: break
    case .running:
      switch interruption {
      case .none: break
      case .boundary: cut(at: now)
      // The one at which the iteration under way began may be at this very moment.
      case .secondBoundary: cut(at: now, after: iterationStart < now ? 2 : 1)
      case .safepoint(let safepoints, let kept): abort(safepoints: safepoints, keeping: kept, at: now)
      }
    }
  }

  /// What the full blocks of a request's tokens are called; nothing when nobody looks for them.
  func blockNames(of request: Request) -> BlockNames {
    guard !prefixes.isEmpty else { return .none }
    let stream = Int(request.stream)
    let size = state.limits.blockSize
    if let listed = prefixes[stream] {
      return BlockNames(listed: listed[Int(clamping: request.id)].prefix(Int(request.promptTokens) / size))
    }
    guard request.prefixTokens > 0 || request.session >= 0 else { return .none }
    let origin = prefixOrigins[stream]
    let origins = prefixOrigins.count
    return BlockNames(
      group: .group(Int(request.prefixGroup), of: origin, origins: origins),
      groupBlocks: Int(min(request.prefixTokens, request.promptTokens)) / size,
      session: request.session < 0 ? nil : .session(Int(request.session), of: origin, origins: origins))
  }

  /// Lets a sequence go that has produced all its tokens. It is out of the batch.
  func complete(_ slot: Int32, at now: SimTime) {
    table.slots[Int(slot)].move(to: .running, at: now)
    let sequence = table[slot]
    parkedTokens -= Int64(sequence.kv)
    checkpoints.waiting.remove(slot)
    outstanding -= 1
    policy.finished(slot, state)
    ledger.release(slot)
    releaseCopies(slot)
    ledger.close(slot)
    leaveAdapter(of: slot)
    observe(slot, .completed, at: now)
    actions.departures.append(
      EngineActions.Departure(
        outcome: outcome(of: sequence, status: .completed, finished: now), group: Int(sequence.group),
        user: sequence.user))
    table.remove(slot)
  }

  func outcome(of sequence: SequenceState, status: RequestStatus, finished: SimTime) -> RequestOutcome {
    var outcome = RequestOutcome(
      id: sequence.request, stream: sequence.stream, deployment: Int32(deployment), replica: Int32(replica),
      requestClass: sequence.requestClass, tenant: sequence.tenant, status: status, arrival: sequence.arrival,
      scheduled: sequence.scheduled, firstToken: sequence.firstToken, finished: finished,
      promptTokens: sequence.promptTokens, outputTokens: sequence.outputTokens,
      generatedTokens: sequence.generated, preemptions: sequence.preemptions,
      recomputedTokens: sequence.recomputedTokens, pagedOutBytes: sequence.pagedOutBytes,
      pagedInBytes: sequence.pagedInBytes, longestTokenGap: sequence.longestGap, timeSpent: sequence.timeSpent,
      deadline: sequence.deadline)
    outcome.cachedTokens = sequence.cachedTokens
    return outcome
  }

  /// The run is over: books what happened by `end`, and records the requests that are still here, in order.
  func close(at end: SimTime) {
    bringUpToDate(to: end)
    var left: [SequenceState] = []
    for slot in 0..<Int32(table.slotCount) {
      var sequence = table[slot]
      if sequence.phase == .vacant { continue }
      sequence.generated = Int32(state.generatedTokens(slot))
      sequence.longestGap = state.longestGap(slot)
      sequence.move(to: sequence.place, at: end)
      left.append(sequence)
    }
    left.sort { $0.request < $1.request }
    for sequence in left {
      actions.departures.append(
        EngineActions.Departure(
          outcome: outcome(of: sequence, status: .unfinished, finished: .never), group: Int(sequence.group), user: -1))
    }
  }
}
