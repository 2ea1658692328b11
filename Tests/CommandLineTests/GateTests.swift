import Experiments
import Scenario
import SimCore
import Statistics
import Testing

/// Verdicts on values and on series of values.
@Suite struct GateTests {
  private func interval(_ lower: Double, _ upper: Double) -> Interval {
    Interval(estimate: (lower + upper) / 2, lower: lower, upper: upper, confidence: 0.95, count: 5)
  }

  @Test("an interval on one side of a bound decides; one that spans it does not")
  func bounds() {
    let below = ClaimBounds(below: 1)
    #expect(below.verdict(on: 0.41, interval(0.03, 6.8)) == .undecided)
    #expect(below.verdict(on: 0.41, interval(0.03, 0.8)) == .holds)
    #expect(below.verdict(on: 2, interval(1, 3)) == .broken)
    #expect(below.verdict(on: 0.9, interval(0.8, 1)) == .undecided)
    #expect(ClaimBounds(below: 1, areAllowed: true).verdict(on: 0.9, interval(0.8, 1)) == .holds)
    #expect(ClaimBounds(below: 1, areAllowed: true).verdict(on: 1, interval(1, 1)) == .holds)
    #expect(below.verdict(on: 1, interval(1, 1)) == .broken)
    #expect(below.verdict(on: 0.9, nil) == .holds && below.verdict(on: 1, nil) == .broken)
    let range = ClaimBounds(above: 1, below: 2)
    #expect(range.verdict(on: 1.5, interval(1.2, 1.8)) == .holds)
    #expect(range.verdict(on: 1.5, interval(0.5, 2.5)) == .undecided)
    #expect(range.verdict(on: 0.5, interval(0.2, 0.9)) == .broken)
    #expect(range.verdict(on: 3, interval(2, 4)) == .broken)
  }

  /// Points 10, 11, ... with noise that replications have in common, and so does not stand in the way.
  @Test("a figure that rises along an axis is told from one that turns")
  func monotony() throws {
    var random = RandomStream(seed: 1, replication: 0, purpose: "points")
    let shared = (0..<8).map { _ in 5 * random.uniform() }
    func points(_ means: [Double]) -> [[Double]] {
      means.map { mean in shared.map { mean + $0 + 0.02 * random.uniform() } }
    }
    let rising = try #require(Monotony(.rises).finding(points([10, 11, 12, 13])))
    #expect(rising.verdict == .holds && rising.steps == [.holds, .holds, .holds])
    #expect(Monotony(.falls).finding(points([10, 11, 12]))?.verdict == .broken)
    let turning = try #require(Monotony(.rises).finding(points([10, 12, 11, 13])))
    #expect(turning.verdict == .broken && turning.steps == [.holds, .broken, .holds])
    #expect(Monotony(.rises, tolerance: 0.2).finding(points([10, 12, 11, 13]))?.verdict == .holds)
    // Without common noise the same steps are lost in it.
    let apart = [10.0, 11, 12].map { mean in (0..<4).map { _ in mean + 9 * random.uniform() } }
    #expect(Monotony(.rises).finding(apart)?.verdict == .undecided)
    #expect(Monotony(.rises).finding([[1], [1], [1]])?.verdict == .holds)
    #expect(Monotony(.rises).finding([[1]]) == nil && Monotony(.rises).finding([[1], []]) == nil)
  }
}
