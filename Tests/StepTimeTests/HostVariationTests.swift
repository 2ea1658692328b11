import SimCore
import StepTime
import Testing

/// A host whose pace is drawn.
@Suite struct HostVariationTests {
  private let variation = HostVariation(betweenRuns: 0.1, withinRun: 0.2, interval: .milliseconds(500))

  private func drawn(_ replication: Int) -> HostPace {
    HostPace(variation).drawn(RandomStream(seed: 7, replication: replication, purpose: "host/chat/0"))
  }

  @Test func thePaceChangesAtWholeIntervalsAndNowhereElse() {
    let pace = drawn(0)
    #expect(pace.varies && pace.pace(at: .zero) != drawn(1).pace(at: .zero))
    for number in 0..<100 {
      let start = SimTime(seconds: Double(number) * 0.5)
      let last = SimTime(picoseconds: start.picoseconds + 499_999_999_999)
      #expect(pace.pace(at: start) == pace.pace(at: last))
      #expect(pace.nextChange(after: start) == SimTime(seconds: Double(number + 1) * 0.5))
      #expect(pace.nextChange(after: last) == SimTime(seconds: Double(number + 1) * 0.5))
    }
    let paces = (0..<100).map { pace.pace(at: SimTime(seconds: Double($0) * 0.5)) }
    // Only those at the limits may be alike.
    #expect(Set(paces).count > 90)
    #expect(pace == drawn(0))
  }

  /// Means of 400 runs of 50 intervals: deviations of 0.1 between runs and 0.2 / sqrt(50) of their own.
  @Test func deviationsAreThoseAskedFor() {
    let runs = (0..<400).map { replication in
      let pace = drawn(replication)
      return (0..<50).map { pace.pace(at: SimTime(seconds: Double($0) * 0.5)) }
    }
    func deviation(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
    let means = runs.map { $0.reduce(0, +) / 50 }
    #expect(abs(means.reduce(0, +) / 400 - 1) < 0.02)
    #expect(abs(deviation(means) - (0.01 + 0.04 / 50).squareRoot()) < 0.012)
    let within = runs.map(deviation).reduce(0, +) / 400
    #expect(abs(within - 0.2) < 0.01)
    #expect(runs.joined().allSatisfy(HostVariation.paces.contains))
  }

  @Test func untilItIsDrawnTheHostIsTheUsualOne() {
    let pace = HostPace(variation)
    #expect(pace.pace(at: SimTime(seconds: 3)) == 1 && pace.nextChange(after: .zero) == .never)
    #expect(HostPace(1.2).drawn(RandomStream(seed: 1, replication: 0, purpose: "host")) == HostPace(1.2))
  }
}
