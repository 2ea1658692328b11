import SimCore

/// The plainest decode batch: every member is visited in every iteration, and nothing is derived.
///
/// It shares no arithmetic with `ClosedFormBatch`; `--stepping iteration` runs on it.
public final class TokenByTokenBatch: DecodeBatch {
  private let blockSize: Int
  private var members: ContiguousArray<Int32> = []
  private var toFinish = Int.max

  /// - Parameter blockSize: tokens in a KV block.
  public init(blockSize: Int) { self.blockSize = blockSize }

  public override var iterationsToFinish: Int { toFinish }

  private func recount(_ table: SequenceTable) {
    count = members.count
    contextTokens = 0
    (onlineCount, onlineContextTokens) = (0, 0)
    toFinish = .max
    for slot in members {
      let sequence = table[slot]
      contextTokens += Int64(sequence.kv) + 1
      if sequence.requestClass == .online {
        onlineCount += 1
        onlineContextTokens += Int64(sequence.kv) + 1
      }
      toFinish = min(toFinish, Int(sequence.outputTokens - sequence.generated))
    }
  }

  public override func blocksNeeded(iterations: Int, in table: SequenceTable) -> Int {
    var blocks = 0
    for slot in members {
      for ahead in 0..<iterations where (Int(table[slot].kv) + ahead) % blockSize == 0 { blocks += 1 }
    }
    return blocks
  }

  public override func iterations(withinBlocks blocks: Int, limit: Int, in table: SequenceTable) -> Int {
    // One iteration is all this batch ever runs at a time.
    limit >= 1 && blocksNeeded(iterations: 1, in: table) <= blocks ? 1 : 0
  }

  public override func kvTokens(of slot: Int32, in table: SequenceTable) -> Int { Int(table[slot].kv) }

  public override func generatedTokens(of slot: Int32, in table: SequenceTable) -> Int { Int(table[slot].generated) }

  public override func lastToken(of slot: Int32, in table: SequenceTable) -> SimTime { table[slot].lastToken }

  public override func longestGap(of slot: Int32, in table: SequenceTable) -> SimDuration { table[slot].longestGap }

  public override func add(_ slot: Int32, in table: SequenceTable) {
    table.slots[Int(slot)].phase = .decoding
    members.append(slot)
    recount(table)
  }

  public override func remove(_ slot: Int32, in table: SequenceTable) {
    members.removeAll { $0 == slot }
    table.slots[Int(slot)].phase = .paused
    recount(table)
  }

  public override func advance(
    iterations: Int, times: IterationTimes, in table: SequenceTable,
    latencies: inout ReusedList<InterTokenLatencies>
  ) -> Int {
    precondition(iterations <= 1, "this batch runs one iteration at a time")
    guard iterations == 1, !members.isEmpty else { return 0 }
    var filled = 0
    for slot in members {
      let sequence = table[slot]
      if Int(sequence.kv) % blockSize == 0 { filled += 1 }
      if sequence.counted {
        latencies.append(
          InterTokenLatencies(
            group: sequence.group, first: times.firstEnd - sequence.lastToken, step: .zero, terms: 1, weight: 1))
      }
      table.slots[Int(slot)].kv += 1
      table.slots[Int(slot)].generated += 1
      let gap = times.firstEnd - sequence.lastToken
      if gap > sequence.longestGap { table.slots[Int(slot)].longestGap = gap }
      table.slots[Int(slot)].lastToken = times.firstEnd
    }
    step += 1
    recount(table)
    return filled
  }

  public override func takeFinished(into slots: inout ReusedList<Int32>, in table: SequenceTable) {
    var finished: ContiguousArray<Int32> = []
    for slot in members where table[slot].generated >= table[slot].outputTokens { finished.append(slot) }
    finished.sort { table[$0].request < table[$1].request }
    for slot in finished {
      remove(slot, in: table)
      slots.append(slot)
    }
  }
}
