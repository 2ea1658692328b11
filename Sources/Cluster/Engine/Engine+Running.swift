import Metrics
import Observing
import Replica
import Scheduling
import SimCore
import StepTime

extension Engine {
  /// No segment is longer than this, so that its quadratic stays inside 64 bits; splitting changes nothing.
  private static let iterationCap = 1 << 17

  /// Starts the iterations that the decision asks for; the engine goes idle when there are none.
  ///
  /// - Parameter work: where the work clock stands when iterations follow each other without a break; nil starts it
  ///   anew.
  func startSegment(at now: SimTime, after work: Int64?) throws(EngineFault) {
    var chunkTokens = 0
    var attention = SimDuration.zero
    for index in 0..<decision.chunks.count {
      let chunk = decision.chunks[index]
      chunkTokens += Int(chunk.tokens)
      attention += cost.prefillAttention(chunk: Int(chunk.tokens), context: Int(table[chunk.slot].kv))
    }
    let decodes = decision.decodes ? batch.count : 0
    let chunks = decision.chunks.count
    if decodes == 0 && chunks == 0 { return try goIdle(at: now) }
    if decodes + chunkTokens > state.limits.maxBatchedTokens {
      throw fault(
        "scheduled \(decodes) decode and \(chunkTokens) prefill tokens, more than the "
          + "\(state.limits.maxBatchedTokens) an iteration may process")
    }
    if decodes + chunks > cost.maxSequences {
      throw fault("scheduled \(decodes + chunks) sequences, more than \(cost.maxSequences)")
    }
    // A sequence's next token needs a block at most, so they are counted only where these could be too few.
    if decodes > state.freeBlocks && state.nextDecodeBlocks > state.freeBlocks {
      throw fault("lets the batch decode with \(state.freeBlocks) free blocks where it needs \(state.nextDecodeBlocks)")
    }
    if work == nil { hostStart = .zero }
    var line = cost.iterationCost(
      decodes: decodes, context: state.readContext, chunks: chunks, chunkTokens: chunkTokens,
      chunkAttention: attention, isNewSize: chunks > 0 && isNewSize(decodes + chunkTokens), pace: takePace(at: now),
      start: hostStart)
    if !keptLayers.isEmpty { line.first -= savedByKeptLayers(line.first, decodes: decodes, chunkTokens, attention) }
    line.first += decision.overheadPerIteration.roundedUpToTick
    if let iterationObserver, let given = iterationObserver(startingIteration(line.first, decodes: decodes)) {
      line.first = given.roundedUpToTick
    }
    if line.first <= .zero { throw fault("an iteration of \(decodes) decodes and \(chunkTokens) tokens costs no time") }
    let start = work ?? clock.restart(at: now)
    noteCollectives(tokens: decodes + chunkTokens, hasChunks: chunks > 0, of: line.first, from: start, at: now)
    var segment = Segment(
      start: start, line: line, iterations: 1, ending: .decision, decodes: decodes > 0)
    if stepping == .segment && !decisionChanges && !runsInLockStep { extend(&segment) }
    let running = Int64(decodes + chunks)
    if running > totals.peakRunning { totals.peakRunning = running }
    notePeaks()
    mode = .running(segment)
    iterationStart = now
    if runsInLockStep {
      boundary = .never
      actions.lockStep = .decided(tokens: decodes + chunkTokens, cost: line.first)
    } else {
      boundary = clock.time(ofWork: segment.end)
    }
  }

  /// Lets a decode segment run for as long as nothing can change.
  private func extend(_ segment: inout Segment) {
    let line = segment.line
    var limit = min(decision.maxIterations, batch.iterationsToFinish, Self.iterationCap)
    limit = max(1, batch.iterations(withinBlocks: state.freeBlocks, limit: limit, in: table))
    let piece = iterationsAtOnce(line, from: segment.start, atMost: limit)
    let beyond = max(0, limit - piece)
    if beyond > 0 { segment.ending = .bend(iterationsLeft: beyond) }
    limit = min(limit, piece)
    if decision.reconsiderAt != .never {
      let work = clock.work(at: decision.reconsiderAt) - segment.start
      limit = min(limit, max(1, line.iterations(covering: SimDuration(picoseconds: work), limit: limit)))
      segment.ending = .decision
    }
    segment.iterations = max(1, limit)
  }

  /// How many iterations, at most `limit`, one event may stand for: while the line holds, no checkpoint is due, the
  /// host keeps its pace, and their times stay within the clock's range.
  ///
  /// - Parameter work: where the work clock stands when the first begins.
  func iterationsAtOnce(_ line: IterationCost, from work: Int64, atMost limit: Int) -> Int {
    let most = line.iterations(withinClockRange: limit)
    return min(
      most, line.iterations, iterationsToCheckpoint, iterationsAtThisPace(line, from: work, limit: most))
  }

  /// Books the iterations before a bend of the cost line, or a checkpoint, and runs on under the same decision.
  func goOn(after segment: Segment, iterationsLeft left: Int) {
    var segment = segment
    // A copy takes host memory from now on, not from when this was last accounted for.
    account(until: state.now)
    book(segment.iterations, of: &segment)
    noteDecodedForCheckpoint()
    sendCheckpoint()
    var line = cost.iterationCost(
      decodes: batch.count, context: state.readContext, pace: takePace(at: state.now), start: hostStart)
    line.first += decision.overheadPerIteration.roundedUpToTick
    segment.line = line
    segment.iterations = iterationsAtOnce(line, from: segment.start, atMost: left)
    let beyond = left - segment.iterations
    segment.ending = beyond > 0 ? .bend(iterationsLeft: beyond) : .decision
    mode = .running(segment)
    boundary = clock.time(ofWork: segment.end)
  }

  private func goIdle(at now: SimTime) throws(EngineFault) {
    mode = .idle
    if runsInLockStep {
      boundary = .never
      actions.lockStep = .decided(tokens: 0, cost: nil)
    } else {
      boundary = decision.reconsiderAt == .never ? .never : max(decision.reconsiderAt, now)
    }
    if decision.reconsiderAt == now { throw fault("asks to be consulted again at once, without anything to do") }
    // KV of which all was found on the GPU is back without an event: the policy looks at it at once.
    if ledger.sharesPrefixes, decision.fetches.contains(where: { table[$0].phase != .pagingIn }) {
      return wake(at: now)
    }
    // What a lender has left may be too small for the first request; the desk then calls the loan in.
    let isLending = ledger.local.capacity < state.limits.kvBlocks
    let isFetching = state.sequencesInTransfer > 0 || entrance.loads > 0
    let known = outstanding - entrance.count
    if known > 0, !isFetching, decision.reconsiderAt == .never, giveWay(at: now) { return wake(at: now) }
    if known > 0 && !isFetching && decision.reconsiderAt == .never && !isLending {
      // Where all that ran had to give way to KV that other replicas sent, this can run now.
      if !decision.drops.isEmpty || !decision.evictions.isEmpty { return wake(at: now) }
      throw fault("runs nothing while \(outstanding) requests are here (\(census)) and no transfer is under way")
    }
  }

  /// How many sequences are in which phase, in words.
  private var census: String {
    var counts: [(phase: SequencePhase, count: Int)] = []
    for slot in 0..<Int32(table.slotCount) where table[slot].phase != .vacant {
      let phase = table[slot].phase
      if let index = counts.firstIndex(where: { $0.phase == phase }) {
        counts[index].count += 1
      } else {
        counts.append((phase, 1))
      }
    }
    return counts.map { "\($0.count) \($0.phase)" }.joined(separator: ", ") + "; \(state.freeBlocks) blocks free"
  }

  /// Its group has agreed how long the iteration takes that it decided on; the segment's one iteration takes that.
  func runTogether(for duration: SimDuration) {
    guard case .running(var segment) = mode else { preconditionFailure("\(name) decided on no iteration") }
    segment.line.first = duration
    mode = .running(segment)
    boundary = clock.time(ofWork: segment.end)
  }

  /// Ends the segment with the iteration that is under way, or a later one.
  ///
  /// - Parameter boundaries: the segment ends at the first iteration boundary from now, the second, and so on; or where
  ///   it ends anyway.
  func cut(at now: SimTime, after boundaries: Int = 1) {
    guard case .running(var segment) = mode else { return }
    if case .bend = segment.ending { segment.ending = .decision }
    let most = endedIterations(of: segment, before: now) + boundaries
    let isLonger = segment.repeats && segment.iterations > most
    if isLonger { segment.iterations = most }
    mode = .running(segment)
    if isLonger { boundary = clock.time(ofWork: segment.end) }
  }

  /// How many of a segment's iterations ended strictly before `now` and are not booked.
  func endedIterations(of segment: Segment, before now: SimTime) -> Int {
    guard segment.repeats else { return 0 }
    let work = clock.work(at: SimTime(picoseconds: now.picoseconds - 1)) - segment.start
    guard work > 0 else { return 0 }
    return segment.line.iterations(covering: SimDuration(picoseconds: work + 1), limit: segment.iterations) - 1
  }

  /// Changes the pace of the engine's iterations.
  func setStretch(_ stretch: Int64, at now: SimTime) {
    guard case .running = mode else { return clock.setIdleStretch(stretch) }
    bringUpToDate(to: now)
    clock.setStretch(stretch, at: now)
    limitToPace()
    guard case .running(let segment) = mode else { return }
    boundary = clock.time(ofWork: segment.end)
  }

  /// Books everything the segment did, at its end; no iteration is under way any more.
  ///
  /// - Returns: where the work clock stands.
  func finish(_ segment: Segment, at now: SimTime) -> Int64 {
    account(until: now)
    mode = .idle
    noteResponse(at: now)
    if case .abort(let given) = segment.ending { return finish(segment, givenUp: given, at: now) }
    var segment = segment
    finishIterations(of: &segment, at: now)
    return segment.start
  }

  /// Books all iterations of a segment, and what their end brings.
  func finishIterations(of segment: inout Segment, at now: SimTime) {
    book(segment.iterations, of: &segment)
    if !decision.chunks.isEmpty { finishChunks(at: now) }
    if segment.decodes {
      slots.removeAll()
      batch.takeFinished(into: &slots, in: table)
      for index in 0..<slots.count { leaveBatch(slots[index]) }
      for index in 0..<slots.count { complete(slots[index], at: now) }
      noteDecodedForCheckpoint()
    }
    sendCheckpoint()
  }

  private func finishChunks(at now: SimTime) {
    if decision.chunks.count == state.limits.maxSequences { hasRunFullBatch = true }
    for position in 0..<decision.chunks.count {
      let chunk = decision.chunks[position]
      let index = Int(chunk.slot)
      table.slots[index].kv += chunk.tokens
      parkedTokens += Int64(chunk.tokens)
      totals.prefillTokens += Int64(chunk.tokens)
      noteProcessed(chunk)
      if state.streamsCheckpoints(table[chunk.slot].requestClass) { checkpoints.note(chunk.slot) }
      let sequence = table[chunk.slot]
      if sequence.kv < sequence.prefillTarget { continue }
      if sequence.firstToken == .never {
        table.slots[index].firstToken = now
      } else {
        let gap = now - sequence.lastToken
        if gap > sequence.longestGap { table.slots[index].longestGap = gap }
        if sequence.counted { actions.record(gap, group: sequence.group) }
      }
      table.slots[index].lastToken = now
      table.slots[index].generated += 1
      totals.decodeTokens += 1
      if sequence.requestClass == .offline { totals.offlineOutputTokens += 1 }
      if table[chunk.slot].generated >= sequence.outputTokens {
        complete(chunk.slot, at: now)
      } else {
        joinBatch(chunk.slot)
      }
    }
  }

  /// Moves a resident sequence with its prompt done into the decode batch.
  func joinBatch(_ slot: Int32) {
    parkedTokens -= Int64(table[slot].kv)
    batch.add(slot, in: table)
    ledger.beginReading(slot)
    batchChanges += 1
    observe(slot, .decoding, at: state.now)
    let requestClass = table[slot].requestClass
    if requestClass == .offline { offlineMembers += 1 }
    if state.streamsCheckpoints(requestClass) { checkpoints.members.append(slot) }
  }

  /// Books that the batch has let a sequence go; it is paused.
  func leaveBatch(_ slot: Int32) {
    batchChanges += 1
    let tokens = Int(table[slot].kv)
    ledger.settle(slot, tokens: tokens)
    ledger.endReading(slot)
    // What it has generated can be found from when it leaves: nobody continues an answer that is not finished.
    ledger.publish(slot, through: tokens)
    parkedTokens += Int64(tokens)
    if table[slot].requestClass == .offline { offlineMembers -= 1 }
    checkpoints.members.remove(slot)
  }
}

extension SimDuration {
  /// The next whole tick at or above.
  var roundedUpToTick: SimDuration {
    let tick = WorkClock.denominator
    return SimDuration(picoseconds: (picoseconds + tick - 1) / tick * tick)
  }
}
