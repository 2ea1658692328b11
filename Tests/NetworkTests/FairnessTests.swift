import SimCore
import TestSupport
import Testing

@testable import Network

/// The engine's division of links against the definition of max-min fairness, on random networks.
@Suite struct FairnessTests {
  /// Paths, what a byte takes of each of their links, limits, capacities and rates of the flows now moving bytes.
  private func snapshot(
    _ network: TransferNetwork
  ) -> (paths: [[Int]], weights: [[Int: Double]], limits: [Double], capacities: [Double], rates: [Double]) {
    let moving = network.flows.filter { $0.sharesLinks(at: network.now) }
    func path(_ route: Route) -> [Int] { (0..<Int(route.count)).map { Int(route.resources[$0]) } }
    return (
      moving.map { path($0.route) },
      moving.map { flow in
        Dictionary(uniqueKeysWithValues: path(flow.route).enumerated().map { ($1, flow.route.weight($0)) })
      },
      moving.map(\.timing.rateLimit), Array(network.map.capacities), moving.map(\.rate)
    )
  }

  @Test(arguments: Effort.seeds(60)) func everyFlowIsBoundByItsLimitOrByAFullLink(seed: UInt64) {
    var random = RandomNetwork(seed: seed)
    var network = random.made
    var completions: ContiguousArray<TransferCompletion> = []
    var looked = 0
    for (tag, (time, action)) in random.actions(60).enumerated() {
      network.advance(to: time, into: &completions)
      network.perform(action, at: time, tag: Int64(tag))
      network.advance(to: time, into: &completions)
      let now = snapshot(network)
      if now.rates.isEmpty { continue }
      looked += 1
      let reason = unfairness(
        paths: now.paths, weights: now.weights, limits: now.limits, capacities: now.capacities, rates: now.rates)
      #expect(reason == nil, "seed \(seed), action \(tag)")
      #expect(network.brokenLaw() == nil, "seed \(seed), action \(tag)")
    }
    #expect(looked > 10)
  }

  @Test(arguments: UInt64(100)..<112) func agreesWithRaisingEveryoneBySmallSteps(seed: UInt64) {
    var random = RandomNetwork(seed: seed)
    var network = random.made
    var completions: ContiguousArray<TransferCompletion> = []
    for (tag, (time, action)) in random.actions(12).enumerated() {
      network.advance(to: time, into: &completions)
      network.perform(action, at: time, tag: Int64(tag))
    }
    let now = snapshot(network)
    let steps = 4000
    let plain = plainFairRates(
      paths: now.paths, weights: now.weights, limits: now.limits, capacities: now.capacities, steps: steps)
    // One step per round of stopping is the most that the plain way can be off.
    let tolerance = now.capacities.max()! / Double(steps) * Double(now.paths.count + 1)
    for (flow, rate) in now.rates.enumerated() {
      #expect(abs(rate - plain[flow]) <= tolerance, "seed \(seed), flow \(flow)")
    }
  }

  @Test func thePlainWayAndTheCheckerKnowATextbookCase() {
    // Three links of 10, 10 and 4 in a row; one flow crosses all, one crosses each.
    let paths = [[0, 1, 2], [0], [1], [2]]
    let capacities = [10.0, 10, 4]
    let limits = [100.0, 100, 3, 100]
    let plain = plainFairRates(paths: paths, limits: limits, capacities: capacities, steps: 10_000)
    for (found, expected) in zip(plain, [2.0, 8, 3, 2]) { #expect(abs(found - expected) < 0.01) }
    func why(_ rates: [Double]) -> String? {
      unfairness(paths: paths, limits: limits, capacities: capacities, rates: rates)
    }
    #expect(why([2, 8, 3, 2]) == nil)
    #expect(why([2, 7, 3, 2]) != nil)
    #expect(why([1, 9, 3, 3]) != nil)
    #expect(why([3, 8, 3, 2]) != nil)
  }
}
