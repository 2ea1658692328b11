import Replica
import SimCore
import Testing

/// The closed form and the plain batch under one random script: whatever can be seen of them must be the same.
struct DecodeBatchTests {
  @Test("both batches agree on everything, always", arguments: [1, 2, 3, 4, 5, 7, 8, 16, 17, 32, 33, 64])
  func batchesAgree(blockSize: Int) {
    for script in 0..<8 {
      var pair = BatchPair(blockSize: blockSize, seed: UInt64(script))
      for _ in 0..<60 {
        pair.act()
        pair.compare()
      }
      #expect(pair.finished > 0, "block size \(blockSize), script \(script) finished nobody")
      #expect(pair.rejoined > 0, "block size \(blockSize), script \(script) took nobody back")
    }
  }

  @Test("members that come and go for ever leave nothing behind")
  func churn() {
    let table = SequenceTable()
    let batch = ClosedFormBatch(blockSize: 4, groups: 1)
    var latencies = ReusedList<InterTokenLatencies>()
    var finished = ReusedList<Int32>()
    for index in 0..<8 {
      var sequence = SequenceState()
      sequence.request = Int64(index)
      sequence.kv = 3
      sequence.generated = 1
      sequence.outputTokens = index == 0 ? 500 : 100_000
      sequence.phase = .paused
      batch.add(table.insert(sequence), in: table)
    }
    for round in 0..<499 {
      let slot = Int32(1 + round % 7)
      batch.remove(slot, in: table)
      batch.add(slot, in: table)
      let times = IterationTimes(firstEnd: SimTime(picoseconds: Int64(round) + 1), gap: .zero, growth: .zero)
      _ = batch.advance(iterations: 1, times: times, in: table, latencies: &latencies)
      #expect(batch.iterationsToFinish == 498 - round)
    }
    batch.takeFinished(into: &finished, in: table)
    #expect(finished.elements == [0])
    #expect(batch.count == 7)
  }

  @Test("running past the first finish stops the process")
  func refusesOvershoot() async {
    await #expect(processExitsWith: .failure) {
      let table = SequenceTable()
      let batch = ClosedFormBatch(blockSize: 4, groups: 1)
      var sequence = SequenceState()
      sequence.outputTokens = 3
      batch.add(table.insert(sequence), in: table)
      var latencies = ReusedList<InterTokenLatencies>()
      let times = IterationTimes(firstEnd: .zero, gap: .zero, growth: .zero)
      _ = batch.advance(iterations: 4, times: times, in: table, latencies: &latencies)
    }
  }
}

/// A closed-form and a token-by-token batch, each with its own table, led through the same script.
private struct BatchPair {
  let blockSize: Int
  let groups: Int
  let closed: ClosedFormBatch
  let plain: TokenByTokenBatch
  var closedTable = SequenceTable()
  var plainTable = SequenceTable()
  var members: [Int32] = []
  var waiting: [Int32] = []
  var now: Int64 = 0
  var requests: Int64 = 0
  var random: RandomStream
  var finished = 0
  var rejoined = 0

  init(blockSize: Int, seed: UInt64) {
    random = RandomStream(seed: seed, replication: blockSize, purpose: "batches")
    self.blockSize = blockSize
    groups = 1 + random.below(4)
    closed = ClosedFormBatch(blockSize: blockSize, groups: groups)
    plain = TokenByTokenBatch(blockSize: blockSize)
  }

  mutating func act() {
    switch random.below(8) {
    case 0, 1, 2: enter()
    case 3 where !waiting.isEmpty: rejoin()
    case 4 where !members.isEmpty: leave()
    default: advance()
    }
  }

  private mutating func enter() {
    var sequence = SequenceState()
    sequence.request = requests
    requests += 1
    sequence.kv = Int32(1 + random.below(150))
    sequence.generated = 1
    sequence.outputTokens = Int32(2 + random.below(120))
    sequence.group = Int32(random.below(groups))
    sequence.counted = random.below(4) > 0
    sequence.requestClass = requests % 3 == 0 ? .offline : .online
    sequence.lastToken = SimTime(picoseconds: now - Int64(random.below(50)))
    sequence.phase = .paused
    let slot = closedTable.insert(sequence)
    let plainSlot = plainTable.insert(sequence)
    #expect(plainSlot == slot)
    join(slot)
  }

  private mutating func join(_ slot: Int32) {
    closed.add(slot, in: closedTable)
    plain.add(slot, in: plainTable)
    members.append(slot)
  }

  private mutating func rejoin() {
    rejoined += 1
    join(waiting.remove(at: random.below(waiting.count)))
  }

  private mutating func leave() {
    let slot = members.remove(at: random.below(members.count))
    closed.remove(slot, in: closedTable)
    plain.remove(slot, in: plainTable)
    compareOutside(slot)
    waiting.append(slot)
  }

  /// Runs up to the next finish, or part of the way, and lets go who is done.
  private mutating func advance() {
    guard !members.isEmpty else { return }
    let most = closed.iterationsToFinish
    let count = random.below(3) == 0 ? most : 1 + random.below(most)
    let times = IterationTimes(
      firstEnd: SimTime(picoseconds: now + Int64(1 + random.below(1000))),
      gap: SimDuration(picoseconds: Int64(1 + random.below(1000))),
      growth: SimDuration(picoseconds: Int64(random.below(20))))
    var fromClosed = ReusedList<InterTokenLatencies>()
    var fromPlain = ReusedList<InterTokenLatencies>()
    let filled = closed.advance(iterations: count, times: times, in: closedTable, latencies: &fromClosed)
    var plainFilled = 0
    for index in 1...count {
      let one = IterationTimes(firstEnd: times.end(of: index), gap: .zero, growth: .zero)
      plainFilled += plain.advance(iterations: 1, times: one, in: plainTable, latencies: &fromPlain)
    }
    #expect(filled == plainFilled)
    #expect((closed.onlineCount, closed.onlineContextTokens) == (plain.onlineCount, plain.onlineContextTokens))
    #expect(Self.spread(fromClosed.elements) == Self.spread(fromPlain.elements))
    now = times.end(of: count).picoseconds
    var closedDone = ReusedList<Int32>()
    var plainDone = ReusedList<Int32>()
    closed.takeFinished(into: &closedDone, in: closedTable)
    plain.takeFinished(into: &plainDone, in: plainTable)
    #expect(closedDone.elements == plainDone.elements)
    #expect(closedDone.isEmpty == (count < most))
    for slot in closedDone.elements {
      compareOutside(slot)
      finished += 1
      members.removeAll { $0 == slot }
      closedTable.remove(slot)
      plainTable.remove(slot)
    }
  }

  private struct Latency: Hashable {
    var group: Int32
    var picoseconds: Int64
  }

  /// Every single latency, with how often it occurred.
  private static func spread(_ latencies: [InterTokenLatencies]) -> [Latency: Int64] {
    var counts: [Latency: Int64] = [:]
    for line in latencies {
      for term in 0..<line.terms {
        let value = line.first.picoseconds + term * line.step.picoseconds
        counts[Latency(group: line.group, picoseconds: value), default: 0] += line.weight
      }
    }
    return counts
  }

  /// What is written back to the table when a member leaves.
  private func compareOutside(_ slot: Int32) {
    let (a, b) = (closedTable[slot], plainTable[slot])
    #expect(a.kv == b.kv && a.generated == b.generated)
    #expect(a.lastToken == b.lastToken)
    #expect(a.longestGap == b.longestGap)
    #expect(a.phase == .paused && b.phase == .paused)
  }

  mutating func compare() {
    #expect(closed.count == members.count && plain.count == members.count)
    #expect(closed.contextTokens == plain.contextTokens)
    #expect(closed.step == plain.step)
    #expect(closed.iterationsToFinish == plain.iterationsToFinish)
    for slot in members {
      #expect(closed.kvTokens(of: slot, in: closedTable) == plain.kvTokens(of: slot, in: plainTable))
      #expect(closed.generatedTokens(of: slot, in: closedTable) == plain.generatedTokens(of: slot, in: plainTable))
      #expect(closed.lastToken(of: slot, in: closedTable) == plain.lastToken(of: slot, in: plainTable))
      #expect(closed.longestGap(of: slot, in: closedTable) == plain.longestGap(of: slot, in: plainTable))
    }
    for iterations in [0, 1, 2, 3, blockSize - 1, blockSize, blockSize + 1, 3 * blockSize + 2, random.below(200)] {
      #expect(
        closed.blocksNeeded(iterations: iterations, in: closedTable)
          == plain.blocksNeeded(iterations: iterations, in: plainTable))
    }
    compareRoom(blocks: random.below(3 * members.count + 2), limit: 1 + random.below(5 * blockSize))
    compareRoom(blocks: members.count, limit: blockSize)
    compareRoom(blocks: 0, limit: 3)
  }

  /// The most iterations that need no more than `blocks` blocks, found by trying one after the other.
  private func compareRoom(blocks: Int, limit: Int) {
    var most = 0
    while most < limit, plain.blocksNeeded(iterations: most + 1, in: plainTable) <= blocks { most += 1 }
    #expect(closed.iterations(withinBlocks: blocks, limit: limit, in: closedTable) == most)
    #expect(plain.iterations(withinBlocks: blocks, limit: limit, in: plainTable) == min(most, 1))
  }
}
