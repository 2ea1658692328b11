import Metrics
import Replica
import Scheduling
import SimCore
import StepTime

/// Layers of a prompt's chunk that an iteration had been through when it was given up.
struct KeptLayers {
  var request: Int64
  /// Tokens that were cached before the chunk.
  var kv: Int32
  var tokens: Int32
  /// So many of `safepoints` equal parts.
  var done: Int64
  var safepoints: Int64
}

/// Iterations that are given up between layers.
///
/// Safepoints are spaced evenly in an iteration's time. At one of them its offline members stop, and lose what the
/// iteration had done for them; so do online ones, or the layers that are left are run for these alone. With
/// `KeptWork.layers` what offline prompts have been through need not be run again: when the same tokens are next
/// processed, the iteration takes less by their share of it. Where their activations wait is not modelled.
extension Engine {
  /// Gives up the iteration under way at the next of `safepoints` evenly spaced points in it. The books must be up to
  /// date.
  func abort(safepoints: Int, keeping: KeptWork, at now: SimTime) {
    guard case .running(var segment) = mode else { return }
    if case .abort = segment.ending { return }
    if askedToStop == nil { askedToStop = now }
    segment.iterations = 1
    segment.ending = .decision
    let length = segment.line.first.picoseconds
    let elapsed = max(0, clock.work(at: now) - segment.start)
    let points = Int64(max(1, safepoints))
    var done = elapsed * points / length
    while done < points, clock.time(ofWork: segment.start + length * done / points) < now { done += 1 }
    if done < points {
      let point = segment.start + length * done / points
      var given = GivenUp(
        point: point, end: point, done: done, safepoints: points, lost: point - segment.start, keeping: keeping)
      if keeping.contains(.onlineMembers) { letOnlineGoOn(&given, length: length, at: now) }
      segment.ending = .abort(given)
    }
    mode = .running(segment)
    boundary = clock.time(ofWork: segment.end)
  }

  /// The layers behind the safepoint are run for online members alone, if there are any.
  private func letOnlineGoOn(_ given: inout GivenUp, length: Int64, at now: SimTime) {
    var decodes = 0
    var context: Int64 = 0
    for slot in 0..<Int32(table.slotCount)
    where table[slot].phase == .decoding && table[slot].requestClass == .online {
      decodes += 1
      context += Int64(state.kvTokens(slot)) + 1
    }
    let chunks = decision.chunks.filter { table[$0.slot].requestClass == .online }
    guard decodes + chunks.count > 0 else { return }
    let alone =
      cost.iterationCost(
        decodes: decodes, context: context, chunks: chunks.count, chunkTokens: chunks.reduce(0) { $0 + Int($1.tokens) },
        chunkAttention: chunks.reduce(.zero) {
          $0 + cost.prefillAttention(chunk: Int($1.tokens), context: Int(table[$1.slot].kv))
        }, pace: host.pace(at: now)
      ).first + decision.overheadPerIteration
    let online = min(length, alone.picoseconds)
    let rest = SimDuration(picoseconds: online * (given.safepoints - given.done) / given.safepoints)
    given.end = given.point + max(WorkClock.denominator, rest.roundedUpToTick.picoseconds)
    given.lost = (length - online) * given.done / given.safepoints
  }

  /// Books an iteration that was given up.
  ///
  /// - Returns: where the work clock stands.
  func finish(_ segment: Segment, givenUp given: GivenUp, at now: SimTime) -> Int64 {
    totals.abortedIterations += 1
    totals.abortedWork += SimDuration(picoseconds: given.lost)
    if given.keeping.contains(.layers) { keepLayers(given) }
    guard given.goesOn else {
      retractChunks()
      hostStart = .zero
      accountTokens(until: now)
      observeAbort(of: segment, at: now)
      return given.point
    }
    // For what is left of it the offline members were not there.
    for chunk in decision.chunks where table[chunk.slot].requestClass == .offline {
      ledger.retract(chunk.slot, beyond: Int(table[chunk.slot].kv))
    }
    decision.chunks.removeAll { table[$0.slot].requestClass == .offline }
    var resting: [Int32] = []
    for slot in 0..<Int32(table.slotCount)
    where table[slot].phase == .decoding && table[slot].requestClass == .offline {
      resting.append(slot)
    }
    for slot in resting {
      batch.remove(slot, in: table)
      leaveBatch(slot)
    }
    var segment = segment
    segment.line = IterationCost(
      first: SimDuration(picoseconds: given.end - segment.start), growth: .zero, iterations: 1)
    segment.ending = .decision
    segment.decodes = segment.decodes && batch.count > 0
    finishIterations(of: &segment, at: now)
    // The host had not begun with what comes next.
    hostStart = .zero
    for slot in resting { joinBatch(slot) }
    return segment.start
  }

  /// What the chunks of an iteration that is given up were to fill is not found.
  func retractChunks() {
    for chunk in decision.chunks { ledger.retract(chunk.slot, beyond: Int(table[chunk.slot].kv)) }
  }

  /// How long the answer to a request for a safepoint took: until the policy is asked.
  func noteResponse(at now: SimTime) {
    guard let asked = askedToStop else { return }
    askedToStop = nil
    totals.safepointResponses += 1
    totals.safepointResponseTime += now - asked
    totals.longestSafepointResponse = max(totals.longestSafepointResponse, now - asked)
  }

  private func keepLayers(_ given: GivenUp) {
    for chunk in decision.chunks where table[chunk.slot].requestClass == .offline {
      let sequence = table[chunk.slot]
      keptLayers[chunk.slot] = KeptLayers(
        request: sequence.request, kv: sequence.kv, tokens: chunk.tokens, done: given.done,
        safepoints: given.safepoints)
    }
  }

  /// What an iteration takes less for layers that its chunks have been through: their share of what these tokens add to
  /// it. It never takes less than without them.
  func savedByKeptLayers(
    _ whole: SimDuration, decodes: Int, _ chunkTokens: Int, _ attention: SimDuration
  ) -> SimDuration {
    var saved: Int64 = 0
    var tokens = 0
    var attending = SimDuration.zero
    func without(_ fewer: Int, _ less: SimDuration) -> SimDuration {
      cost.iterationCost(
        decodes: decodes, context: state.readContext, chunks: decision.chunks.count,
        chunkTokens: chunkTokens - fewer, chunkAttention: attention - less
      ).first
    }
    for chunk in decision.chunks {
      guard let kept = keptLayers.removeValue(forKey: chunk.slot), kept.request == table[chunk.slot].request,
        kept.kv == table[chunk.slot].kv
      else { continue }
      let count = Int(min(chunk.tokens, kept.tokens))
      let own = cost.prefillAttention(chunk: count, context: Int(kept.kv))
      tokens += count
      attending += own
      saved += max(0, (whole - without(count, own)).picoseconds) * kept.done / kept.safepoints
    }
    if tokens == 0 { return .zero }
    let most = max(0, (whole - without(tokens, attending)).picoseconds)
    let tick = WorkClock.denominator
    return SimDuration(picoseconds: min(saved, most) / tick * tick)
  }
}
