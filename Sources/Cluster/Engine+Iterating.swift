import Metrics
import Replica
import Scheduling
import SimCore
import StepTime

extension Engine {
  /// No segment is longer than this, so that its quadratic stays inside 64 bits; splitting changes nothing.
  private static let iterationCap = 1 << 17

  /// Starts the iterations that the decision asks for; the engine goes idle when there are none.
  func startSegment(at now: SimTime) throws(EngineFault) {
    var chunkTokens = 0
    var attention = SimDuration.zero
    for chunk in decision.chunks {
      chunkTokens += Int(chunk.tokens)
      attention += state.cost.prefillAttention(chunk: Int(chunk.tokens), context: Int(state.table[chunk.slot].kv))
    }
    let decodes = decision.decodes ? state.batch.count : 0
    let chunks = decision.chunks.count
    if decodes == 0 && chunks == 0 { return try goIdle(at: now) }
    if decodes + chunkTokens > state.limits.maxBatchedTokens {
      throw fault(
        "scheduled \(decodes) decode and \(chunkTokens) prefill tokens, more than the "
          + "\(state.limits.maxBatchedTokens) an iteration may process")
    }
    if decodes + chunks > state.cost.maxSequences {
      throw fault("scheduled \(decodes + chunks) sequences, more than \(state.cost.maxSequences)")
    }
    if decodes > 0 && state.nextDecodeBlocks > state.freeBlocks {
      throw fault("lets the batch decode with \(state.freeBlocks) free blocks where it needs \(state.nextDecodeBlocks)")
    }
    var line = state.cost.iterationCost(
      decodes: decodes, context: state.batch.contextTokens, chunks: chunks, chunkTokens: chunkTokens,
      chunkAttention: attention)
    line.first += decision.overheadPerIteration.roundedUpToTick
    if let observer = run.iterationObserver, let given = observer(startingIteration(line.first, decodes: decodes)) {
      line.first = given.roundedUpToTick
    }
    if line.first <= .zero { throw fault("an iteration of \(decodes) decodes and \(chunkTokens) tokens costs no time") }
    if mode != .running { segment.start = clock.restart(at: now) }
    segment.line = line
    segment.decodes = decodes > 0
    segment.abortAt = -1
    segment.iterations = 1
    segment.beyondBend = 0
    if stepping == .segment && !decision.changesAnything && lockStep == nil {
      var limit = min(decision.maxIterations, state.batch.iterationsToFinish, Self.iterationCap)
      limit = max(1, state.batch.iterations(withinBlocks: state.freeBlocks, limit: limit, in: state.table))
      let piece = min(line.iterations, iterationsToCheckpoint)
      segment.beyondBend = max(0, limit - piece)
      limit = min(limit, piece)
      if decision.reconsiderAt != .never {
        let work = clock.work(at: decision.reconsiderAt) - segment.start
        limit = min(limit, max(1, line.iterations(covering: SimDuration(picoseconds: work), limit: limit)))
        segment.beyondBend = 0
      }
      segment.iterations = max(1, limit)
    }
    mode = .running
    let running = Int64(decodes + chunks)
    if running > totals.peakRunning { totals.peakRunning = running }
    notePeaks()
    if let lockStep { lockStep.ready(self, tokens: decodes + chunkTokens) } else { scheduleBoundary() }
  }

  /// Books the iterations before a bend of the cost line, or a checkpoint, and runs on under the same decision.
  func goOnAfterBend(at now: SimTime) {
    settle(iterations: segment.iterations)
    noteDecodedForCheckpoint()
    sendCheckpoint(at: now)
    var line = state.cost.iterationCost(decodes: state.batch.count, context: state.batch.contextTokens)
    line.first += decision.overheadPerIteration.roundedUpToTick
    let left = segment.beyondBend
    segment.line = line
    segment.iterations = min(left, line.iterations, iterationsToCheckpoint)
    segment.beyondBend = left - segment.iterations
    scheduleBoundary()
  }

  private func goIdle(at now: SimTime) throws(EngineFault) {
    mode = .idle
    if let lockStep {
      lockStep.ready(self, tokens: 0)
    } else {
      setBoundary(decision.reconsiderAt == .never ? .never : max(decision.reconsiderAt, now))
    }
    if decision.reconsiderAt == now { throw fault("asks to be consulted again at once, without anything to do") }
    // What a lender has left may be too small for the first request; the desk then calls the loan in.
    let isLending = state.local.capacity < state.limits.kvBlocks
    if outstanding > 0 && state.sequencesInTransfer == 0 && decision.reconsiderAt == .never && !isLending {
      throw fault("runs nothing while \(outstanding) requests are here (\(census)) and no transfer is under way")
    }
  }

  /// How many sequences are in which phase, in words.
  private var census: String {
    var counts: [(phase: SequencePhase, count: Int)] = []
    for slot in 0..<Int32(state.table.slotCount) where state.table[slot].phase != .vacant {
      let phase = state.table[slot].phase
      if let index = counts.firstIndex(where: { $0.phase == phase }) {
        counts[index].count += 1
      } else {
        counts.append((phase, 1))
      }
    }
    return counts.map { "\($0.count) \($0.phase)" }.joined(separator: ", ") + "; \(state.freeBlocks) blocks free"
  }

  func scheduleBoundary() {
    let work =
      segment.abortAt >= 0 ? segment.abortAt : segment.start + segment.line.total(segment.iterations).picoseconds
    setBoundary(clock.time(ofWork: work))
  }

  /// Books `count` iterations of the segment; the rest go on.
  func settle(iterations count: Int) {
    if asksAgain { settleAskingAgain(iterations: count) } else { book(iterations: count) }
  }

  /// Books `count` iterations of the segment at once.
  func book(iterations count: Int) {
    guard count > 0 else { return }
    let line = segment.line
    let times = IterationTimes(
      firstEnd: clock.time(ofWork: segment.start + line.first.picoseconds),
      gap: clock.stretched(SimDuration(picoseconds: line.first.picoseconds + line.growth.picoseconds)),
      growth: clock.stretched(line.growth))
    totals.iterations += Int64(count)
    if segment.decodes {
      let members = Int64(state.batch.count)
      integrateTokens(over: count, times: times, members: members)
      latencies.removeAll(keepingCapacity: true)
      let filled = state.batch.advance(
        iterations: count, times: times, in: &state.table, latencies: &latencies)
      if !state.local.allocate(filled) { preconditionFailure("\(name): decode ran past the end of the KV pool") }
      totals.decodeTokens += Int64(count) * members
      totals.offlineOutputTokens += Int64(count) * offlineMembers
      for latency in latencies {
        run.collector.recordInterTokenLatencies(
          group: Int(latency.group), first: latency.first, step: latency.step, iterations: latency.terms,
          sequences: latency.weight)
      }
      notePeaks()
    } else {
      accountTokens(until: times.end(of: count))
    }
    segment.start += line.total(count).picoseconds
    segment.line.first += line.growth * count
    segment.line.iterations -= count
    segment.iterations -= count
  }

  /// The token integral over decode iterations: in iteration j the members hold j tokens each more than at the start.
  private func integrateTokens(over count: Int, times: IterationTimes, members: Int64) {
    let resident = Int128(parkedTokens + state.batch.contextTokens - members)
    totals.kvTokenTime += Int128((times.firstEnd - tokensAccountedUntil).picoseconds) * resident
    tokensAccountedUntil = times.end(of: count)
    guard count > 1 else { return }
    // Iterations 1 ..< count last gap + (j-1) growth and hold resident + j members tokens.
    let k = Int128(count - 1)
    let gap = Int128(times.gap.picoseconds)
    let growth = Int128(times.growth.picoseconds)
    let n = Int128(members)
    let sum0 = k
    let sum1 = k * (k - 1) / 2
    let sum2 = (k - 1) * k * (2 * k - 1) / 6
    // With i = j-1: (gap + i growth)(resident + n + i n)
    totals.kvTokenTime += gap * (resident + n) * sum0 + (gap * n + growth * (resident + n)) * sum1 + growth * n * sum2
  }

  /// Books the iterations that ended strictly before `now`, so that the state is what a per-iteration run would show.
  func settle(before now: SimTime) {
    guard mode == .running, segment.iterations > 1, segment.abortAt < 0 else { return }
    let work = clock.work(at: SimTime(picoseconds: now.picoseconds - 1)) - segment.start
    guard work > 0 else { return }
    let covering = segment.line.iterations(covering: SimDuration(picoseconds: work + 1), limit: segment.iterations)
    settle(iterations: covering - 1)
  }

  /// Ends the segment with the iteration that is under way at `now`. The state must be settled.
  func cut() {
    guard mode == .running else { return }
    segment.beyondBend = 0
    guard segment.iterations > 1 else { return }
    segment.iterations = 1
    scheduleBoundary()
  }

  /// Gives up the iteration under way at the next of `safepoints` evenly spaced points in it. The state must be
  /// settled.
  func abort(safepoints: Int, at now: SimTime) {
    guard mode == .running, segment.abortAt < 0 else { return }
    segment.iterations = 1
    segment.beyondBend = 0
    let length = segment.line.first.picoseconds
    let elapsed = max(0, clock.work(at: now) - segment.start)
    let points = Int64(max(1, safepoints))
    var point = elapsed * points / length
    while point < points, clock.time(ofWork: segment.start + length * point / points) < now { point += 1 }
    if point < points { segment.abortAt = segment.start + length * point / points }
    scheduleBoundary()
  }

  /// Changes the pace of the engine's iterations.
  func setStretch(_ stretch: Int64, at now: SimTime) {
    guard stretch != clock.stretch else { return }
    guard mode == .running else { return clock.setIdleStretch(stretch) }
    settle(before: now)
    clock.setStretch(stretch, at: now)
    scheduleBoundary()
  }

  /// Books everything the segment did, at its end.
  func finishSegment(at now: SimTime) {
    account(until: now)
    if segment.abortAt >= 0 {
      totals.abortedIterations += 1
      totals.abortedWork += SimDuration(picoseconds: segment.abortAt - segment.start)
      accountTokens(until: now)
      segment.start = segment.abortAt
      segment.abortAt = -1
      return
    }
    settle(iterations: segment.iterations)
    if !decision.chunks.isEmpty { finishChunks(at: now) }
    if segment.decodes {
      slots.removeAll(keepingCapacity: true)
      state.batch.takeFinished(into: &slots, in: &state.table)
      for slot in slots { leaveBatch(slot) }
      for slot in slots { complete(slot, at: now) }
      noteDecodedForCheckpoint()
    }
    sendCheckpoint(at: now)
  }

  private func finishChunks(at now: SimTime) {
    for chunk in decision.chunks {
      let index = Int(chunk.slot)
      state.table.slots[index].kv += chunk.tokens
      parkedTokens += Int64(chunk.tokens)
      totals.prefillTokens += Int64(chunk.tokens)
      noteProcessed(chunk)
      if state.streamsCheckpoints(state.table[chunk.slot].requestClass) { checkpoints.note(chunk.slot) }
      let sequence = state.table[chunk.slot]
      if sequence.kv < sequence.prefillTarget { continue }
      if sequence.firstToken == .never {
        state.table.slots[index].firstToken = now
      } else if sequence.counted {
        run.collector.recordInterTokenLatency(group: Int(sequence.group), now - sequence.lastToken)
      }
      state.table.slots[index].lastToken = now
      state.table.slots[index].generated += 1
      totals.decodeTokens += 1
      if sequence.requestClass == .offline { totals.offlineOutputTokens += 1 }
      if state.table[chunk.slot].generated >= sequence.outputTokens {
        complete(chunk.slot, at: now)
      } else {
        joinBatch(chunk.slot)
      }
    }
  }

  /// Moves a resident sequence with its prompt done into the decode batch.
  func joinBatch(_ slot: Int32) {
    parkedTokens -= Int64(state.table[slot].kv)
    state.batch.add(slot, in: &state.table)
    let requestClass = state.table[slot].requestClass
    if requestClass == .offline { offlineMembers += 1 }
    if state.streamsCheckpoints(requestClass) { checkpoints.members.append(slot) }
  }

  /// Books that the batch has let a sequence go; it is paused.
  func leaveBatch(_ slot: Int32) {
    parkedTokens += Int64(state.table[slot].kv)
    let requestClass = state.table[slot].requestClass
    if requestClass == .offline { offlineMembers -= 1 }
    checkpoints.members.remove(slot)
  }

  /// Counts the prompt tokens of a chunk that were processed for the first time.
  private func noteProcessed(_ chunk: PrefillChunk) {
    let sequence = state.table[chunk.slot]
    let before = max(sequence.kv - chunk.tokens, sequence.processedPrompt)
    let after = min(sequence.kv, sequence.promptTokens)
    guard after > before else { return }
    state.table.slots[Int(chunk.slot)].processedPrompt = after
    totals.promptTokens += Int64(after - before)
    if sequence.requestClass == .offline { totals.offlinePromptTokens += Int64(after - before) }
  }
}

extension SimDuration {
  /// The next whole tick at or above.
  var roundedUpToTick: SimDuration {
    let tick = WorkClock.denominator
    return SimDuration(picoseconds: (picoseconds + tick - 1) / tick * tick)
  }
}
