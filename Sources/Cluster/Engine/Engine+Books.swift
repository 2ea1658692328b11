import Metrics
import Observing
import Replica
import Scheduling
import SimCore

extension Engine {
  /// Brings everything that is derived from time up to `now`: iterations that ended strictly before it are booked, so
  /// that the state is what a run iteration by iteration would show, and the time-weighted totals are integrated.
  ///
  /// Every transition begins with it, but for the end of a segment, which books that segment whole (`finish`), and for
  /// arrivals at which nobody looks at the state (`booksAtArrivals`).
  func bringUpToDate(to now: SimTime) {
    if case .running(var segment) = mode {
      let ended = endedIterations(of: segment, before: now)
      if ended > 0 {
        book(ended, of: &segment)
        mode = .running(segment)
      }
    }
    account(until: now)
    accountTokens(until: now)
  }

  /// Integrates modes, reasons to wait and the number of requests up to `now`.
  func account(until now: SimTime) {
    let span = now - accountedUntil
    guard span > .zero else { return }
    if case .stopped = mode { return }
    accountedUntil = now
    totals.elapsed += span
    totals.gpuTime += span * gpuCount
    totals.requestTime += product(span.picoseconds, Int64(outstanding))
    switch mode {
    case .running:
      totals.busy += span
      if isBesideCopies { totals.besideCopies += span }
    case .pagingOut, .fetching: noteBlocked(for: span, until: now)
    case .idle:
      if outstanding == 0 {
        totals.idle += span
      } else if state.sequencesInTransfer > 0 || relocations > 0 || entrance.loads > 0 {
        noteBlocked(for: span, until: now)
      }
    case .stopped: break
    }
    if recordsLevels { integrateLevels(over: span) }
    switch limitation {
    case .none, .policy: break
    case .memory: totals.headWaitedForMemory += span
    case .sequences: totals.headWaitedForSlots += span
    case .tokens: totals.headWaitedForTokenBudget += span
    }
  }

  private func noteBlocked(for span: SimDuration, until now: SimTime) {
    totals.blockedOnTransfer += span
    observeBlocked(for: span, until: now)
  }

  /// Integrates resident KV tokens over time up to `now`, while no iteration ends.
  func accountTokens(until now: SimTime) {
    let span = now - tokensAccountedUntil
    guard span > .zero else { return }
    tokensAccountedUntil = now
    let resident = parkedTokens + batch.contextTokens - Int64(batch.count)
    totals.kvTokenTime += product(span.picoseconds, resident)
  }

  private func integrateLevels(over span: SimDuration) {
    let time = Int128(span.picoseconds)
    let queued = waitingRequests + entrance.count
    levels.queued += time * Int128(queued)
    levels.running += time * Int128(outstanding - queued - offGPU)
    levels.offGPU += time * Int128(offGPU)
    levels.peerBlocks += time * Int128(ledger.peer.used)
    levels.hostBlocks += time * Int128(ledger.host.used)
    levels.capacityBlocks += time * Int128(ledger.local.capacity)
    let lent = max(0, state.limits.kvBlocks - ledger.local.capacity) + plan.blocksLentThroughout
    levels.lentBlocks += time * Int128(lent)
  }

  /// Books the first `count` iterations of a segment; the rest are left in it.
  func book(_ count: Int, of segment: inout Segment) {
    if asksAgain { bookAskingAgain(count, of: &segment) } else { bookAtOnce(count, of: &segment) }
  }

  /// The same, without a look at the boundaries in between.
  func bookAtOnce(_ count: Int, of segment: inout Segment) {
    guard count > 0 else { return }
    let line = segment.line
    let times = IterationTimes(
      firstEnd: clock.time(ofWork: segment.start + line.first.picoseconds),
      gap: clock.stretched(SimDuration(picoseconds: line.first.picoseconds + line.growth.picoseconds)),
      growth: clock.stretched(line.growth))
    totals.iterations += Int64(count)
    observe(count, of: segment, times)
    let end = times.end(of: count)
    state.lastIterationStart = count > 1 ? end - (times.gap + times.growth * (count - 2)) : iterationStart
    iterationStart = end
    if segment.decodes {
      let members = Int64(batch.count)
      integrateTokens(over: count, times: times, until: end, members: members)
      let filled = batch.advance(
        iterations: count, times: times, in: table, latencies: &actions.latencies)
      if !ledger.grow(by: filled) { preconditionFailure("\(name): decode ran past the end of the KV pool") }
      totals.decodeTokens += Int64(count) * members
      totals.offlineOutputTokens += Int64(count) * offlineMembers
      notePeaks()
    } else {
      accountTokens(until: end)
    }
    hostStart = line.first + line.growth * (count - 1) - line.wait
    segment.advance(count)
    policy.ran(count, decodes: segment.decodes ? batch.count : 0, &decision, state)
  }

  /// The token integral over decode iterations: in iteration j the members hold j tokens each more than at the start.
  private func integrateTokens(over count: Int, times: IterationTimes, until end: SimTime, members: Int64) {
    let tokens = parkedTokens + batch.contextTokens - members
    let resident = Int128(tokens)
    totals.kvTokenTime += product((times.firstEnd - tokensAccountedUntil).picoseconds, tokens)
    tokensAccountedUntil = end
    guard count > 1 else { return }
    // Iterations 1 ..< count last gap + (j-1) growth and hold resident + j members tokens. With i = j-1 that is the sum
    // over i < k of (gap + i growth)(resident + n + i n).
    // A segment has at most 2^17 iterations, so the product of three in `sum2` stays below 2^53. `end(of:)` has
    // seen, or trapped, that gap * k and growth * sum1 are below 2^63; members and tokens are below 2^40. So every
    // product below stays under 2^63 * 2^40 * 2^17 = 2^120 and cannot wrap. Checked products cost three times as much.
    let k = Int64(count - 1)
    let sum0 = Int128(k)
    let sum1 = Int128(k * (k - 1) / 2)
    let sum2 = Int128((k - 1) * k * (2 * k - 1) / 6)
    let gap = Int128(times.gap.picoseconds)
    let growth = Int128(times.growth.picoseconds)
    let n = Int128(members)
    let first = resident &+ n
    let constant = gap &* first &* sum0
    let linear = (gap &* n &+ growth &* first) &* sum1
    totals.kvTokenTime += constant &+ linear &+ growth &* n &* sum2
  }

  /// Counts the prompt tokens of a chunk that were processed for the first time.
  func noteProcessed(_ chunk: PrefillChunk) {
    let sequence = table[chunk.slot]
    let before = max(sequence.kv - chunk.tokens, sequence.processedPrompt)
    let after = min(sequence.kv, sequence.promptTokens)
    guard after > before else { return }
    table.slots[Int(chunk.slot)].processedPrompt = after
    totals.promptTokens += Int64(after - before)
    if sequence.requestClass == .offline { totals.offlinePromptTokens += Int64(after - before) }
  }

  /// Counts what an admitted sequence has found of its tokens: of a prompt that comes for the first time, or of what a
  /// dropped one had.
  func noteFound(_ cached: Int32, _ slot: Int32) {
    guard ledger.sharesPrefixes else { return }
    let index = Int(slot)
    let sequence = table[slot]
    if sequence.preemptions == 0 {
      totals.prefixQueriedTokens += Int64(sequence.prefillTarget)
      totals.prefixHitTokens += Int64(cached)
      table.slots[index].cachedTokens = cached
    }
    // What was lost and is found is not computed again.
    let kept = min(cached, sequence.lostTokens)
    table.slots[index].recomputedTokens -= kept
    table.slots[index].lostTokens = 0
    totals.recomputedTokens -= Int64(kept)
  }

  func notePeaks() {
    if Int64(ledger.local.used) > totals.peakKVBlocks { totals.peakKVBlocks = Int64(ledger.local.used) }
  }
}

/// The whole product of two 64-bit numbers, which always fits 128 bits.
@inline(__always) private func product(_ a: Int64, _ b: Int64) -> Int128 {
  let (high, low) = a.multipliedFullWidth(by: b)
  return Int128(high) &<< 64 | Int128(low)
}

/// Integrals over time of what an engine holds, in picoseconds times requests or blocks.
struct LevelIntegrals {
  var queued: Int128 = 0
  var running: Int128 = 0
  var offGPU: Int128 = 0
  var peerBlocks: Int128 = 0
  var hostBlocks: Int128 = 0
  var capacityBlocks: Int128 = 0
  var lentBlocks: Int128 = 0
}
