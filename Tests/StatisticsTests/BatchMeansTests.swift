import SimCore
import Statistics
import Testing

/// Intervals from one long series.
@Suite struct BatchMeansTests {
  @Test func batchesDoubleAsTheSeriesGrows() {
    var batches = BatchMeans()
    for value in 1...63 { batches.add(Int64(value)) }
    #expect(batches.length == 1 && batches.count == 63 && batches.interval() == nil)
    batches.add(64)
    #expect(batches.length == 2 && batches.means.prefix(2) == [1.5, 3.5] && batches.means.last == 63.5)
    for value in 65...1_000 { batches.add(Int64(value)) }
    // 62 batches of 16; eight values are left over.
    #expect(batches.length == 16 && batches.count == 62 && batches.means[0] == 8.5)
    #expect(batches.depend)
  }

  /// A series whose neighbours depend on each other: x' = 0.9 x + noise around 1,000, of known mean.
  @Test func theIntervalCoversTheMeanOfADependentSeries() throws {
    var (covered, naive, dependent) = (0, 0, 0)
    for seed in 0..<400 {
      var random = RandomStream(seed: UInt64(seed), replication: 0, purpose: "batches")
      var batches = BatchMeans()
      var (state, values) = (0.0, [Double]())
      for step in 0..<20_100 {
        state = 0.9 * state + (random.uniform() + random.uniform() + random.uniform() - 1.5) * 100
        guard step >= 100 else { continue }
        batches.add(Int64(1_000_000 + state * 1_000))
        values.append(1_000_000 + state * 1_000)
      }
      if try #require(batches.interval()).contains(1_000_000) { covered += 1 }
      if try #require(Interval.ofMean(values)).contains(1_000_000) { naive += 1 }
      if batches.depend { dependent += 1 }
    }
    // Binomial of 400: 95 % give 380 with a standard deviation of 4.4.
    #expect((362...396).contains(covered), "\(covered) of 400")
    #expect(naive < 200, "\(naive) of 400")
    #expect(dependent < 60, "\(dependent) of 400")
  }
}
