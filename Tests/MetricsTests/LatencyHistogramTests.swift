import SimCore
import Testing

@testable import Metrics

private func exactPercentile(_ sorted: [Int64], _ p: Double) -> Double {
  let position = p / 100 * Double(sorted.count - 1)
  let lower = Int(position.rounded(.down))
  if lower + 1 >= sorted.count { return Double(sorted[lower]) }
  return Double(sorted[lower]) + (position - Double(lower)) * Double(sorted[lower + 1] - sorted[lower])
}

@Suite struct LatencyHistogramTests {
  @Test func everyBucketBeginsWhereTheLastEnds() {
    var next: Int64 = 0
    for bucket in 0..<28_159 {
      let (least, width) = LatencyHistogram.extent(of: bucket)
      #expect(least == next)
      #expect(LatencyHistogram.bucket(of: least) == bucket)
      #expect(LatencyHistogram.bucket(of: least + (width - 1)) == bucket)
      // The midpoint is within the stated bound of both ends.
      #expect(Double(width - 1) / 2 <= Double(least) * LatencyHistogram.relativeErrorBound)
      next = least &+ width
    }
    #expect(LatencyHistogram.bucket(of: .max) == 28_159)
  }

  @Test(arguments: 1...20)
  func percentilesAreWithinTheBoundOfSortedData(replication: Int) throws {
    var random = RandomStream(seed: 7, replication: replication, purpose: "histogram")
    var histogram = LatencyHistogram()
    var values: [Int64] = []
    for _ in 0..<(1 + random.below(3_000)) {
      // Spread over thirty doublings, with repeats.
      let value = Int64(random.below(1 << (4 + random.below(46))))
      let count = 1 + random.below(3)
      histogram.add(SimDuration(picoseconds: value), count: Int64(count))
      values += Array(repeating: value, count: count)
    }
    values.sort()
    for p in [0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 100] {
      let exact = exactPercentile(values, p)
      let got = try #require(histogram.percentile(p))
      #expect(
        abs(got - exact) <= exact * LatencyHistogram.relativeErrorBound * (1 + 1e-12), "replication \(replication)")
    }
    #expect(histogram.count == Int64(values.count))
    #expect(histogram.sum == values.reduce(Int128(0)) { $0 + Int128($1) })
    #expect(histogram.min?.picoseconds == values.first)
    #expect(histogram.max?.picoseconds == values.last)
    let mean = Double(histogram.sum) / Double(values.count)
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
    let std = try #require(histogram.std)
    #expect(abs(std - variance.squareRoot()) <= 1e-9 * variance.squareRoot())
  }

  @Test(arguments: 1...200)
  func aProgressionIsItsValuesOneByOne(replication: Int) {
    var random = RandomStream(seed: 11, replication: replication, purpose: "progression")
    var closed = LatencyHistogram()
    var plain = LatencyHistogram()
    for _ in 0..<4 {
      let first = Int64(random.below(1 << (1 + random.below(56))))
      let step = random.below(4) == 0 ? 0 : Int64(random.below(1 << (1 + random.below(50))))
      let terms = Int64(random.below(400))
      let weight = Int64(random.below(300))
      closed.addProgression(
        first: SimDuration(picoseconds: first), step: SimDuration(picoseconds: step), terms: terms, weight: weight)
      for term in 0..<terms { plain.add(SimDuration(picoseconds: first + step * term), count: weight) }
    }
    #expect(closed == plain, "replication \(replication)")
    #expect(closed.words == plain.words, "replication \(replication)")
  }

  @Test func equalValuesHaveNoDeviation() {
    var histogram = LatencyHistogram()
    histogram.add(SimDuration(picoseconds: 3_600_000_000_000_123), count: 10_000_000)
    #expect(histogram.std == 0)
    #expect(histogram.mean == 3_600_000_000_000_123)
    #expect(histogram.percentile(50) == 3_600_000_000_000_123)
  }

  @Test func sumsOfSquaresBeyond128BitsStayExact() throws {
    var histogram = LatencyHistogram()
    let day: Int64 = 86_400_000_000_000_000
    histogram.add(SimDuration(picoseconds: day), count: 1_000_000_000)
    histogram.add(SimDuration(picoseconds: day + 2_000_000), count: 1_000_000_000)
    #expect(try #require(histogram.std) == 1_000_000)
  }

  @Test func anEmptyHistogramHasNoFigures() {
    var histogram = LatencyHistogram()
    histogram.add(.zero, count: 0)
    histogram.addProgression(first: .zero, step: .zero, terms: 0, weight: 5)
    #expect(histogram.mean == nil)
    #expect(histogram.std == nil)
    #expect(histogram.percentile(99) == nil)
    #expect(histogram.max == nil)
    #expect(histogram == LatencyHistogram())
  }

  @Test(arguments: 1...30)
  func mergingIsAddingToOne(replication: Int) throws {
    var random = RandomStream(seed: 13, replication: replication, purpose: "merge")
    var parts = [LatencyHistogram(), LatencyHistogram(), LatencyHistogram()]
    var whole = LatencyHistogram()
    for _ in 0..<500 {
      let value = SimDuration(picoseconds: Int64(random.below(1 << (1 + random.below(60)))))
      whole.add(value)
      parts[random.below(3)].add(value)
    }
    var merged = parts[2]
    merged.merge(parts[0])
    merged.merge(parts[1])
    #expect(merged == whole, "replication \(replication)")
    #expect(LatencyHistogram(words: whole.words) == whole)
  }

  @Test func damagedWordsAreRefused() {
    var histogram = LatencyHistogram()
    histogram.add(.milliseconds(3), count: 4)
    histogram.add(.milliseconds(9), count: 2)
    let words = histogram.words
    #expect(LatencyHistogram(words: words) != nil)
    #expect(LatencyHistogram(words: Array(words.dropLast())) == nil)
    #expect(LatencyHistogram(words: Array(words.dropLast(2))) == nil)
    #expect(LatencyHistogram(words: []) == nil)
    var swapped = words
    swapped.swapAt(9, 11)
    #expect(LatencyHistogram(words: swapped) == nil)
    var negative = words
    negative[10] = -1
    #expect(LatencyHistogram(words: negative) == nil)
    var far = words
    far[11] = 28_160
    #expect(LatencyHistogram(words: far) == nil)
  }
}
