import Cluster
import Metrics
import Replica
import SimCore
import StepTime
import TestSupport
import Testing
import Workload

/// Lenders whose load comes and goes in bursts, so that memory changes hands all the time, under every rule of lending.
struct LendingStormTests {
  /// 100 usually; `make nightly` takes more of them.
  @Test("no block, loan or byte is lost, and both steppings agree", arguments: 0..<Effort.engineCases(10))
  func storms(batch: Int) throws {
    for seed in UInt64(80_000 + batch * 10)..<UInt64(80_000 + batch * 10 + 10) {
      guard let storm = RandomPlan(seed: seed, isTiny: false).storm() else { continue }
      let segment = try storm.result(stepping: .segment)
      let iteration = try storm.result(stepping: .iteration)
      let difference = firstDifference(segment, iteration)
      #expect(difference == nil, "seed \(seed), \(storm.policyName) \(storm.plan.lendingRules): \(difference ?? "")")
      if storm.plan.end == .never {
        #expect(segment.groups.allSatisfy { $0.unfinished == 0 }, "seed \(seed): requests are left")
      }
    }
  }
}

extension RandomPlan {
  /// The same cluster with a lender that gets bursts, and rules of lending drawn at random; nil where nobody can lend.
  func storm() -> RandomPlan? {
    guard !plan.deployments[0].replicas.contains(where: { $0.lenders.isEmpty }) else { return nil }
    var random = RandomStream(seed: plan.seed, replication: 0, purpose: "random storm")
    func whole(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.below(range.count) }
    func chance(_ p: Double) -> Bool { random.uniform() < p }
    var copy = self
    var rules = LendingRules(
      look: .milliseconds(Double(whole(1...60))), respond: .milliseconds(Double(whole(1...200))))
    if chance(0.5) { rules.control = .microseconds(Double(whole(1...20_000))) }
    if chance(0.5) { rules.resize = .microseconds(Double(whole(1...50_000))) }
    rules.holdsBorrowers = chance(0.5)
    rules.returnsToPeer = chance(0.5)
    rules.unit = chance(0.4) ? .swapSpace : .sequence
    copy.plan.lendingRules = rules
    for index in copy.plan.deployments[0].replicas.indices { copy.plan.deployments[0].replicas[index].peerBlocks = 0 }
    let pool = plan.deployments[0].limits.kvBlocks
    let offer = whole(0...3)
    copy.plan.lenders = [
      LenderPlan(
        lender: ReplicaName(deployment: 1, replica: 0), blocks: whole(1...(4 * pool - 1)),
        retainedBlocks: whole(0...pool), offerBelowWaiting: offer, reclaimAtWaiting: max(offer + 1, whole(1...6)))
    ]
    copy.plan.loans = plan.deployments[0].replicas.indices.map {
      LoanPlan(
        borrower: ReplicaName(deployment: 0, replica: $0), lenders: [0],
        blocks: max(whole(1...(2 * pool)), chance(0.7) ? plan.deployments[0].replicas[$0].hostBlocks : 0))
    }
    // Several bursts to the lender, which sometimes is two GPUs with collectives.
    let last = copy.plan.streams.count - 1
    for burst in 0..<whole(1...4) {
      var stream = copy.plan.streams[last]
      stream.stream.name = "storm\(burst)"
      stream.stream.arrivals = .batch(count: whole(5...40))
      stream.stream.requestLimit = nil
      stream.stream.start = .milliseconds(Double(whole(0...2_000)))
      copy.plan.streams.append(stream)
    }
    if chance(0.5) {
      let limits = copy.plan.deployments[1].limits
      copy.plan.deployments[1].replicas[0].gpus = [4, 5]
      copy.plan.deployments[1].limits.tensorParallel = 2
      copy.plan.deployments[1].portSharing = random.uniform() * 3
      copy.plan.deployments[1].cost = BoundStepCost(
        perStep: .microseconds(Double(whole(500...3_000))), perToken: .microseconds(random.uniform() * 30),
        perDecodeContextToken: .microseconds(random.uniform()), maxBatchedTokens: limits.maxBatchedTokens,
        maxSequences: limits.maxSequences, collectives: .microseconds(Double(whole(10...500))))
    }
    return copy
  }
}
