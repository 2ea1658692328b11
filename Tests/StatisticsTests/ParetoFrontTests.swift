import SimCore
import Statistics
import Testing

@Suite struct ParetoFrontTests {
  @Test func theFrontHasWhatNothingElseBeats() {
    let points: [[Double?]] = [[1, 5], [2, 6], [2, 4], [3, 9], [1, 5], [nil, 10], [4, .infinity]]
    #expect(ParetoFront.indices(points, preferences: [.lower, .higher]) == [0, 1, 3, 4])
    #expect(ParetoFront.indices(points, preferences: [.lower, .lower]) == [0, 2, 4])
    #expect(ParetoFront.indices([], preferences: [.lower]).isEmpty)
  }

  @Test("it is what comparing every pair gives", arguments: 0..<20)
  func pairs(seed: Int) {
    var random = RandomStream(seed: UInt64(seed), replication: 0, purpose: "pareto")
    let points = (0..<60).map { _ in (0..<3).map { _ -> Double? in Double(random.below(8)) } }
    func beats(_ a: [Double?], _ b: [Double?]) -> Bool {
      a != b && zip(a, b).allSatisfy { ($0 ?? 0) <= ($1 ?? 0) }
    }
    let front = points.indices.filter { index in !points.contains { beats($0, points[index]) } }
    #expect(ParetoFront.indices(points, preferences: [.lower, .lower, .lower]) == front)
  }
}
