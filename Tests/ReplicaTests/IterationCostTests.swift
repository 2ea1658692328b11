import Replica
import SimCore
import StepTime
import Testing

struct IterationCostTests {
  private func line(_ first: Int64, _ growth: Int64) -> IterationCost {
    IterationCost(
      first: SimDuration(picoseconds: first), growth: SimDuration(picoseconds: growth), iterations: .max)
  }

  @Test("the total is the sum, and covering finds the first iteration that reaches a time")
  func againstSums() {
    var random = RandomStream(seed: 31, replication: 0, purpose: "cost")
    for _ in 0..<300 {
      let first = Int64(1 + random.below(1000))
      let growth = Int64(random.below(4) == 0 ? 0 : random.below(50))
      let line = line(first, growth)
      let limit = random.below(80)
      var ends: [Int64] = [0]
      for index in 0..<Int64(limit) { ends.append(ends.last! + first + index * growth) }
      for (count, end) in ends.enumerated() { #expect(line.total(count).picoseconds == end) }
      for _ in 0..<20 {
        // Often exactly the end of an iteration, or beside it.
        var wanted = ends[random.below(ends.count)] + Int64(random.below(3)) - 1
        if random.below(4) == 0 { wanted = Int64(random.below(Int(ends.last!) + 100)) }
        let expected = ends.firstIndex { $0 >= wanted } ?? limit
        #expect(
          line.iterations(covering: SimDuration(picoseconds: wanted), limit: limit) == expected,
          "first \(first), growth \(growth), limit \(limit), wanted \(wanted)")
      }
    }
  }

  @Test("segments as long and as slow as the engine allows stay exact")
  func huge() {
    var random = RandomStream(seed: 32, replication: 0, purpose: "cost")
    let limit = 1 << 17
    // Up to ten seconds an iteration, up to half a millisecond more in each: 4e18 of the 9.2e18 that fit.
    for _ in 0..<200 {
      let first = Int64(random.below(10_000_000_000_000)) + 1
      let growth = Int64(random.below(500_000_000))
      let line = line(first, growth)
      for _ in 0..<10 {
        let count = 1 + random.below(limit)
        let wide = Int128(count) * Int128(first) + Int128(growth) * (Int128(count) * Int128(count - 1) / 2)
        #expect(Int128(line.total(count).picoseconds) == wide)
        let end = line.total(count)
        #expect(line.iterations(covering: end, limit: limit) == count)
        #expect(line.iterations(covering: end - SimDuration(picoseconds: 1), limit: limit) == count)
        let next = line.iterations(covering: end + SimDuration(picoseconds: 1), limit: limit)
        #expect(next == min(count + 1, limit))
      }
    }
  }

  @Test("nothing is covered by nothing")
  func edges() {
    #expect(line(10, 1).iterations(covering: .zero, limit: 5) == 0)
    #expect(line(10, 1).iterations(covering: SimDuration(picoseconds: -4), limit: 5) == 0)
    #expect(line(10, 1).iterations(covering: .max, limit: 5) == 5)
    #expect(line(10, 1).iterations(covering: SimDuration(picoseconds: 1), limit: 0) == 0)
    #expect(line(10, 1).total(0) == .zero)
  }

  @Test("iteration times are those of one iteration after the other")
  func times() {
    let times = IterationTimes(
      firstEnd: SimTime(picoseconds: 100), gap: SimDuration(picoseconds: 30), growth: SimDuration(picoseconds: 7))
    var end: Int64 = 100
    for index in 1...40 {
      #expect(times.end(of: index).picoseconds == end)
      end += 30 + 7 * Int64(index - 1)
    }
  }

  /// Iteration j has j tokens of context more for each of its sequences; its cost asked for alone is that of the line.
  @Test("a line of costs holds as long as it says")
  func linesHold() {
    var random = RandomStream(seed: 33, replication: 0, purpose: "lines")
    let cost = BoundStepCost(
      linear: (0...64).map { SimDuration.microseconds(100 + 3.7 * Double($0)) },
      linearInGraph: (0...16).map { SimDuration.microseconds(60 + Double(($0 + 7) / 8) * 20) },
      sequences: (0...32).map { SimDuration.microseconds(1.3 * Double($0)) },
      chunkAlone: (0...64).map { SimDuration.microseconds(0.2 * Double($0 * $0)) },
      chunkPerContextToken: (0...64).map { SimDuration.microseconds(0.01 * Double($0)) },
      decode: (0...32).map { sequences in
        DecodeAttentionCurve(
          start: .microseconds(5), knots: [Int64(40 * sequences), Int64(100 * sequences + 3)],
          slopes: [SimDuration.microseconds(0.11), .microseconds(0.37), .microseconds(0.9)])
      })
    for _ in 0..<200 {
      let decodes = 1 + random.below(32)
      let context = Int64(decodes * (1 + random.below(120)))
      let line = cost.iterationCost(decodes: decodes, context: context)
      #expect(line.first.picoseconds % BoundStepCost.tickPicoseconds == 0)
      #expect(line.growth.picoseconds % BoundStepCost.tickPicoseconds == 0)
      #expect(line.iterations >= 1)
      for index in 0..<min(line.iterations, 150) {
        let alone = cost.iterationCost(decodes: decodes, context: context + Int64(index * decodes))
        #expect(alone.first == line.first + line.growth * index)
        #expect(alone.iterations == (line.iterations == .max ? .max : line.iterations - index))
      }
      if line.iterations < 150 {
        let after = cost.iterationCost(decodes: decodes, context: context + Int64(line.iterations * decodes))
        #expect(after.growth > line.growth)
      }
    }
  }
}
