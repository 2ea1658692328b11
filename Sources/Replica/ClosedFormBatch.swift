import SimCore

/// A decode batch whose cost follows its changes, not its tokens.
///
/// Members store when they joined; what they hold at step s is arithmetic. A member crosses a KV block boundary
/// every `blockSize` steps, so block demand needs only how many members sit on each residue. Finishes wait in a heap
/// keyed by step. Adding, removing and running k iterations are O(log batch + blockSize), whatever k.
public final class ClosedFormBatch: DecodeBatch {
  private let blockSize: Int
  /// Members by (cached tokens when joining - join step) modulo block size.
  private var residues = ReusedList<Int32>()
  /// When members finish; stale entries, of members that left early, are skipped when they surface.
  private var finishes = FinishHeap()
  /// Members that have not produced a token since they joined; their next gap is their own.
  private var joiners = ReusedList<Int32>()
  private var gaps = GapRecord()
  /// Members whose tokens count in the statistics, per group, joiners included.
  private var countedMembers = ReusedList<Int32>()
  /// When the batch last produced tokens.
  private var lastTokens = SimTime.zero
  /// `step` modulo block size.
  private var stepResidue = 0

  /// - Parameters:
  ///   - blockSize: tokens in a KV block.
  ///   - groups: how many statistics groups the cluster has.
  public init(blockSize: Int, groups: Int) {
    precondition(blockSize > 0, "a KV block holds at least one token")
    self.blockSize = blockSize
    for _ in 0..<blockSize { residues.append(0) }
    for _ in 0..<groups { countedMembers.append(0) }
  }

  private func residue(of sequence: SequenceState) -> Int {
    let r = Int((Int64(sequence.kv) - sequence.joinStep) % Int64(blockSize))
    return r < 0 ? r + blockSize : r
  }

  /// The residue of members that start a new block in the next iteration; in the one after it is the residue below,
  /// and the greatest comes after zero.
  private var crossing: Int { stepResidue == 0 ? 0 : blockSize - stepResidue }

  public override var iterationsToFinish: Int {
    guard count > 0, let first = finishes.min else { return .max }
    return Int(first.step - step)
  }

  public override func blocksNeeded(iterations: Int, in table: SequenceTable) -> Int {
    let first = crossing
    // What every decision asks.
    if iterations == 1 { return Int(residues[first]) }
    let (rounds, rest) = iterations.quotientAndRemainder(dividingBy: blockSize)
    let wrapped = max(0, rest - first - 1)
    // `first` and `rest` are below the block size, so that both ranges lie within the residues.
    var blocks = rounds * count
    for residue in (first + 1 + wrapped - rest)..<(first + 1) { blocks += Int(residues[residue]) }
    for residue in (blockSize - wrapped)..<blockSize { blocks += Int(residues[residue]) }
    return blocks
  }

  public override func iterations(withinBlocks blocks: Int, limit: Int, in table: SequenceTable) -> Int {
    guard count > 0 else { return limit }
    let rounds = blocks / count
    if rounds > limit / blockSize { return limit }
    var left = blocks - rounds * count
    var residue = crossing
    var ahead = 0
    while ahead < blockSize {
      left -= Int(residues[residue])
      if left < 0 { break }
      residue = residue == 0 ? blockSize - 1 : residue - 1
      ahead += 1
    }
    return min(limit, rounds * blockSize + ahead)
  }

  public override func kvTokens(of slot: Int32, in table: SequenceTable) -> Int {
    let sequence = table[slot]
    return Int(sequence.kv) + Int(step - sequence.joinStep)
  }

  public override func generatedTokens(of slot: Int32, in table: SequenceTable) -> Int {
    let sequence = table[slot]
    return Int(sequence.generated) + Int(step - sequence.joinStep)
  }

  public override func lastToken(of slot: Int32, in table: SequenceTable) -> SimTime {
    table[slot].joinStep < step ? lastTokens : table[slot].lastToken
  }

  public override func longestGap(of slot: Int32, in table: SequenceTable) -> SimDuration {
    // The first gap after joining is the member's own, and noted in the table when it ends.
    max(table[slot].longestGap, gaps.longest(after: table[slot].joinStep + 1))
  }

  public override func add(_ slot: Int32, in table: SequenceTable) {
    let index = Int(slot)
    table.slots[index].phase = .decoding
    table.slots[index].joinStep = step
    let sequence = table[slot]
    let finish = step + Int64(sequence.outputTokens - sequence.generated)
    table.slots[index].finishStep = finish
    finishes.insert(FinishHeap.Finish(step: finish, request: sequence.request, slot: slot))
    residues[residue(of: sequence)] += 1
    joiners.append(slot)
    if sequence.counted { countedMembers[Int(sequence.group)] += 1 }
    count += 1
    contextTokens += Int64(sequence.kv) + 1
    if sequence.requestClass == .online {
      onlineCount += 1
      onlineContextTokens += Int64(sequence.kv) + 1
    }
  }

  public override func remove(_ slot: Int32, in table: SequenceTable) {
    takeOut(slot, in: table)
    discardStaleFinishes(in: table)
  }

  private func takeOut(_ slot: Int32, in table: SequenceTable) {
    let index = Int(slot)
    let sequence = table[slot]
    let produced = Int32(step - sequence.joinStep)
    table.slots[index].longestGap = longestGap(of: slot, in: table)
    residues[residue(of: sequence)] -= 1
    count -= 1
    let context = Int64(sequence.kv) + Int64(produced) + 1
    contextTokens -= context
    if sequence.requestClass == .online {
      onlineCount -= 1
      onlineContextTokens -= context
    }
    if sequence.counted { countedMembers[Int(sequence.group)] -= 1 }
    table.slots[index].kv += produced
    table.slots[index].generated += produced
    table.slots[index].phase = .paused
    if produced > 0 {
      table.slots[index].lastToken = lastTokens
    } else if let position = joiners.firstIndex(of: slot) {
      joiners.remove(at: position)
    }
    if count == 0 { gaps.removeAll() }
  }

  /// Keeps the top of the heap a live member's, and the heap from growing with members that come and go.
  private func discardStaleFinishes(in table: SequenceTable) {
    while let first = finishes.min, !isLive(first, table) { finishes.removeMin() }
    boundFinishes(in: table)
  }

  private func boundFinishes(in table: SequenceTable) {
    if finishes.count > 2 * count + 64 {
      finishes.keep { isLive($0, table) }
    }
  }

  private func isLive(_ finish: FinishHeap.Finish, _ table: SequenceTable) -> Bool {
    let sequence = table[finish.slot]
    return sequence.phase == .decoding && sequence.request == finish.request && sequence.finishStep == finish.step
  }

  public override func advance(
    iterations: Int, times: IterationTimes, in table: SequenceTable,
    latencies: inout ReusedList<InterTokenLatencies>
  ) -> Int {
    guard count > 0, iterations > 0 else { return 0 }
    precondition(iterations <= iterationsToFinish, "a batch cannot run past its first finish")
    let filled = blocksNeeded(iterations: iterations, in: table)
    let end = times.end(of: iterations)
    for group in 0..<countedMembers.count where countedMembers[group] > 0 {
      var settled = Int64(countedMembers[group])
      for index in 0..<joiners.count {
        let slot = joiners[index]
        guard table[slot].counted, Int(table[slot].group) == group else { continue }
        settled -= 1
        latencies.append(
          InterTokenLatencies(
            group: Int32(group), first: times.firstEnd - table[slot].lastToken, step: .zero, terms: 1, weight: 1))
      }
      if settled > 0 {
        latencies.append(
          InterTokenLatencies(
            group: Int32(group), first: times.firstEnd - lastTokens, step: .zero, terms: 1, weight: settled))
      }
      if iterations > 1 {
        latencies.append(
          InterTokenLatencies(
            group: Int32(group), first: times.gap, step: times.growth, terms: Int64(iterations - 1),
            weight: Int64(countedMembers[group])))
      }
    }
    noteGaps(iterations, times, in: table)
    joiners.removeAll()
    step += Int64(iterations)
    stepResidue += iterations
    if stepResidue >= blockSize { stepResidue %= blockSize }
    contextTokens += Int64(iterations) * Int64(count)
    onlineContextTokens += Int64(iterations) * Int64(onlineCount)
    lastTokens = end
    return filled
  }

  /// Notes how long the gaps are that `iterations` more iterations end.
  private func noteGaps(_ iterations: Int, _ times: IterationTimes, in table: SequenceTable) {
    for index in 0..<joiners.count {
      let slot = joiners[index]
      let gap = times.firstEnd - table[slot].lastToken
      if gap > table[slot].longestGap { table.slots[Int(slot)].longestGap = gap }
    }
    if count > joiners.count { gaps.note(times.firstEnd - lastTokens, until: step + 1) }
    if iterations > 1 {
      let last = times.gap + times.growth * (iterations - 2)
      gaps.note(max(times.gap, last), until: step + Int64(iterations))
    }
    if gaps.isLong {
      var oldest = step
      for index in 0..<finishes.count where isLive(finishes[index], table) {
        oldest = min(oldest, table[finishes[index].slot].joinStep)
      }
      gaps.forget(until: oldest + 1)
    }
  }

  public override func takeFinished(into slots: inout ReusedList<Int32>, in table: SequenceTable) {
    while let first = finishes.min {
      guard isLive(first, table) else {
        finishes.removeMin()
        continue
      }
      guard first.step <= step else { break }
      finishes.removeMin()
      takeOut(first.slot, in: table)
      slots.append(first.slot)
    }
    // The first is a live member's, or the loop had gone on.
    boundFinishes(in: table)
  }
}
