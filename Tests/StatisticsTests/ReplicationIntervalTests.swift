import Foundation
import SimCore
import Testing

@testable import Statistics

/// Intervals of figures over replications.
@Suite struct ReplicationIntervalTests {
  /// Olsson's and Willink's formulas in NumPy and SciPy. To the right of skewed values Willink's end is the further,
  /// but for very sure intervals.
  @Test func theEndsAreThoseOfTheFormulas() throws {
    let interval = try #require(Interval.ofReplications([1.2, 0.8, 2.5, 1.1, 4.0]))
    #expect(abs(interval.estimate - 1.92) < 1e-12)
    #expect(abs(interval.lower / 0.79047376 - 1) < 1e-7, "\(interval.lower)")
    #expect(abs(interval.upper / 7.94214982 - 1) < 1e-7, "\(interval.upper)")
    let surer = try #require(Interval.ofReplications([1.2, 0.8, 2.5, 1.1, 4.0], confidence: 0.99))
    #expect(abs(surer.lower / 0.43016651 - 1) < 1e-7, "\(surer.lower)")
    #expect(abs(surer.upper / 9.22578472 - 1) < 1e-7, "\(surer.upper)")
    let left = try #require(Interval.ofReplications([0.99, 0.985, 0.992, 0.6, 0.99]))
    #expect(abs(left.lower / 0.38615113 - 1) < 1e-7 && abs(left.upper / 1.21673101 - 1) < 1e-7, "\(left)")
  }

  @Test func valuesThatAreNotPositiveHaveWillinksAndStudents() throws {
    let interval = try #require(Interval.ofReplications([-1, 0, 0.5, 0.2, 9]))
    #expect(abs(interval.lower - -3.34749001) < 1e-6, "\(interval.lower)")
    #expect(abs(interval.upper - 14.53505494) < 1e-6, "\(interval.upper)")
  }

  @Test func unitsDoNotMatter() throws {
    let values = [3.1, 2.2, 9.7, 4.0, 2.8, 3.3]
    let one = try #require(Interval.ofReplications(values))
    let other = try #require(Interval.ofReplications(values.map { $0 * 1e9 }))
    #expect(abs(other.lower / one.lower / 1e9 - 1) < 1e-6 && abs(other.upper / one.upper / 1e9 - 1) < 1e-6)
    #expect(one.lower > 0 && one.lower < one.estimate && one.estimate < one.upper)
  }

  @Test func fewOrEqualValuesAreStudents() {
    #expect(Interval.ofReplications([3, 5]) == Interval.ofMean([3, 5]))
    #expect(Interval.ofReplications([7, 7, 7]) == Interval.ofMean([7, 7, 7]))
    #expect(Interval.ofReplications([7, 7, 7])?.halfWidth == 0)
    #expect(Interval.ofReplications([1]) == nil && Interval.ofReplications([1, .nan, 2]) == nil)
    #expect(Interval.ofReplications([1, 2, 3], confidence: 1) == nil)
  }

  @Test("values of any size give ends that are numbers", arguments: [1e-60, 1e-9, 1, 1e9, 1e60])
  func extremes(scale: Double) throws {
    for confidence in [0.5, 0.95, 0.9999] {
      for values in [[1.0, 1, 1, 1, 1.0000001], [1, 1e3, 1e6], [1, 2, 3, 4, 1e9]] {
        let interval = try #require(Interval.ofReplications(values.map { $0 * scale }, confidence: confidence))
        #expect(interval.lower.isFinite && interval.upper.isFinite && interval.lower <= interval.upper)
        #expect(interval.contains(interval.estimate), "\(values) \(confidence) \(interval)")
      }
    }
  }

  /// Four hundred customers of an M/M/1 queue at 0.74 load that starts empty. Their expected mean wait is Spitzer's
  /// (Transactions of the American Mathematical Society 82, 1956): the sum over k < n of E[S+]/k for the nth, where S
  /// is the random walk after k steps. `make coverage` does the same at full length with the simulator itself.
  @Test func waitsAreCoveredAsOftenAsIsSaid() {
    let truth = Spitzer.meanWait(customers: 400, load: 0.74)
    #expect(abs(truth - 2.7408973925) < 1e-6)
    var random = RandomStream(seed: 11, replication: 0, purpose: "queue")
    func exponential() -> Double { -log(1 - random.uniform()) }
    func meanWait() -> Double {
      var wait = 0.0
      var sum = 0.0
      for _ in 0..<400 {
        sum += wait
        wait = max(0, wait + exponential() - exponential() / 0.74)
      }
      return sum / 400
    }
    let samples = (0..<500).map { _ in (0..<5).map { _ in meanWait() } }
    let covered = samples.count { Interval.ofReplications($0)?.contains(truth) == true }
    let students = samples.count { Interval.ofMean($0)?.contains(truth) == true }
    // Binomial with standard deviation 4.9 about 475 and 458.
    #expect((460...490).contains(covered), "\(covered) of 500")
    #expect(students < covered - 5, "Student's: \(students) of 500")
  }
}

/// Waits in a queue that starts empty.
private enum Spitzer {
  /// The expected mean wait of the first customers of an M/M/1 queue, in mean service times.
  static func meanWait(customers: Int, load: Double) -> Double {
    // Of k arrivals and k services in a race, i services are done at the last arrival with a negative binomial chance;
    // k − i are left, one unit of time each.
    let (p, q) = (load / (1 + load), 1 / (1 + load))
    var (wait, sum) = (0.0, 0.0)
    for k in 1..<customers {
      var chance = pow(p, Double(k))
      var left = 0.0
      for i in 0..<k {
        left += chance * Double(k - i)
        chance *= q * Double(k + i) / Double(i + 1)
      }
      wait += left / Double(k)
      sum += wait
    }
    return sum / Double(customers)
  }
}

@Suite struct SequentialDesignTests {
  @Test func looksDoubleUpToTheLimit() {
    #expect(SequentialDesign(first: 5, limit: 40).looks == [5, 10, 20, 40])
    #expect(SequentialDesign(first: 5, limit: 30).looks == [5, 10, 20, 30])
    #expect(SequentialDesign(first: 5, limit: 3).looks == [3])
    #expect(SequentialDesign(first: 8, limit: 8).looks == [8])
    #expect(abs(SequentialDesign(first: 5, limit: 40).confidencePerLook - 0.9875) < 1e-12)
    #expect(abs(SequentialDesign(first: 8, limit: 8).confidencePerLook - 0.95) < 1e-12)
  }

  /// The true mean is the bound, so every verdict is an error. Looking at 95 % intervals would err more often.
  @Test func lookingOftenErrsNoMoreThanIsSaid() {
    let design = SequentialDesign(first: 5, limit: 40)
    var random = RandomStream(seed: 5, replication: 0, purpose: "looks")
    var (errors, naive) = (0, 0)
    for _ in 0..<600 {
      let values = (0..<40).map { _ in (0..<12).reduce(-6.0) { sum, _ in sum + random.uniform() } }
      func errs(_ confidence: Double) -> Bool {
        design.looks.contains {
          Interval.ofMean(Array(values.prefix($0)), confidence: confidence)?.contains(0) == false
        }
      }
      if errs(design.confidencePerLook) { errors += 1 }
      if errs(0.95) { naive += 1 }
    }
    // At most 30 expected, with a standard deviation of 5.4; the naive rule errs in about one of nine.
    #expect(errors <= 35, "\(errors) of 600")
    #expect(naive > 50, "\(naive) of 600")
  }
}

@Suite struct IndependentComparisonTests {
  /// By hand: means 3 and 4, variances of the means 1/3 and 4/3, so 2.94 degrees of freedom, t(0.975) 3.22.
  @Test func theDifferenceIsWelchs() throws {
    let interval = try #require(IndependentComparison.difference([2, 3, 4], baseline: [2, 4, 6]))
    #expect(interval.estimate == -1)
    #expect(abs(interval.halfWidth - 4.1554) < 1e-3, "\(interval.halfWidth)")
  }

  @Test func theRatioIsThatOfGeometricMeans() throws {
    let interval = try #require(IndependentComparison.ratio([2, 8], baseline: [1, 1]))
    #expect(abs(interval.estimate - 4) < 1e-12)
    #expect(IndependentComparison.ratio([1, 0], baseline: [1, 2]) == nil)
    #expect(IndependentComparison.ratio([1], baseline: [1, 2]) == nil)
    #expect(IndependentComparison.difference([1, 1], baseline: [3, 3])?.halfWidth == 0)
  }
}
