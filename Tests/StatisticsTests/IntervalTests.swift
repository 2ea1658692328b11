import SimCore
import Testing

@testable import Statistics

@Suite struct IntervalTests {
  @Test func quantilesMatchPublishedTables() throws {
    #expect(abs(try #require(Distributions.studentTQuantile(0.975, degreesOfFreedom: 9)) - 2.262_157_162_8) < 1e-9)
    #expect(abs(try #require(Distributions.chiSquareQuantile(0.95, degreesOfFreedom: 3)) - 7.814_727_903) < 1e-8)
    #expect(abs(try #require(Distributions.normalQuantile(0.975)) - 1.959_963_984_5) < 1e-9)
    #expect(abs(try #require(Distributions.chiSquareUpperTail(7.814_727_903, degreesOfFreedom: 3)) - 0.05) < 1e-9)
  }

  @Test func nonsenseGivesNilAndNeverEndsTheProcess() {
    #expect(Distributions.studentTQuantile(1.5, degreesOfFreedom: 9) == nil)
    #expect(Distributions.studentTQuantile(0.9, degreesOfFreedom: 0) == nil)
    #expect(Distributions.chiSquareQuantile(-1, degreesOfFreedom: 3) == nil)
    #expect(Distributions.normalQuantile(.nan) == nil)
    #expect(Distributions.chiSquareUpperTail(-1, degreesOfFreedom: 3) == nil)
    #expect(Interval.ofMean([1]) == nil)
    #expect(Interval.ofMean([]) == nil)
    #expect(Interval.ofMean([1, .nan]) == nil)
    #expect(Interval.ofMean([1, 2], confidence: 1) == nil)
    #expect(Interval.ofMean([1, 2], confidence: -1) == nil)
  }

  @Test func theMeansIntervalIsTheTextbookOne() throws {
    // x̄ = 3, s² = 2.5, t(0.975, 4) = 2.776445105: half width 2.776445105 · √0.5.
    let interval = try #require(Interval.ofMean([1, 2, 3, 4, 5]))
    #expect(interval.estimate == 3)
    #expect(abs(interval.halfWidth - 1.963_243_161_5) < 1e-9)
    #expect(interval.contains(1.1) && !interval.contains(1.0))
  }

  @Test func ninetyFivePercentCoversAboutThatOften() {
    var random = RandomStream(seed: 3, replication: 0, purpose: "coverage")
    let covered = (0..<2_000).count { _ in
      // Sums of twelve uniforms are near enough to normal: mean 6.
      let values = (0..<8).map { _ in (0..<12).reduce(0.0) { sum, _ in sum + random.uniform() } }
      return Interval.ofMean(values)?.contains(6) == true
    }
    // Binomial with standard deviation 9.7; five of them either side.
    #expect((1_851...1_949).contains(covered), "covered \(covered) of 2,000")
  }

  @Test func quantilesInterpolateLikeNumPy() {
    #expect(Sample.quantile([4, 1, 3, 2], 0.5) == 2.5)
    #expect(Sample.quantile([4, 1, 3, 2], 1) == 4)
    #expect(abs(Sample.quantile([10, 20, 30], 0.9)! - 28) < 1e-12)
    #expect(Sample.quantile([], 0.5) == nil)
  }

  @Test func chiSquareFindsABiasedDie() throws {
    let expected = [Double](repeating: 100, count: 6)
    let fair = try #require(ChiSquareTest(observed: [95, 105, 99, 101, 102, 98], expected: expected))
    #expect(fair.degreesOfFreedom == 5)
    #expect(abs(fair.statistic - 0.6) < 1e-12)
    #expect(fair.pValue > 0.9)
    let loaded = try #require(ChiSquareTest(observed: [60, 90, 90, 90, 90, 180], expected: expected))
    #expect(loaded.pValue < 1e-6)
    #expect(ChiSquareTest(observed: [1], expected: [1]) == nil)
    #expect(ChiSquareTest(observed: [1, 2], expected: [0, 3]) == nil)
  }
}

@Suite struct PairedComparisonTests {
  @Test func pairingRemovesWhatBothShare() throws {
    let shared = [100.0, 500, 900, 1_300]
    let values = zip(shared, [1.0, 1.1, 0.9, 1.0]).map { $0 + $1 }
    let paired = try #require(PairedComparison.difference(values, baseline: shared))
    #expect(abs(paired.estimate - 1) < 1e-9)
    #expect(paired.halfWidth < 0.2)
    #expect(try #require(Interval.ofMean(values)).halfWidth > 500)
  }

  @Test func aRatioTurnsRoundIntoItsReciprocal() throws {
    let a = [1.0, 2.2, 2.9, 4.4]
    let b = [2.0, 4.0, 6.0, 8.0]
    let forward = try #require(PairedComparison.ratio(a, baseline: b))
    let back = try #require(PairedComparison.ratio(b, baseline: a))
    #expect(abs(forward.estimate * back.estimate - 1) < 1e-12)
    #expect(abs(forward.lower * back.upper - 1) < 1e-12)
    #expect(forward.lower > 0 && forward.contains(0.5))
  }

  @Test func aConstantRatioHasNoWidth() throws {
    let interval = try #require(PairedComparison.ratio([2, 4, 8], baseline: [1, 2, 4]))
    #expect(abs(interval.estimate - 2) < 1e-12)
    #expect(interval.halfWidth < 1e-12)
  }

  @Test func ratiosOfNothingAreRefused() {
    #expect(PairedComparison.ratio([1, 2], baseline: [0, 1]) == nil)
    #expect(PairedComparison.ratio([1], baseline: [1]) == nil)
    #expect(PairedComparison.ratio([1, 2], baseline: [1, 2, 3]) == nil)
    #expect(PairedComparison.difference([1, 2], baseline: [1]) == nil)
  }
}
