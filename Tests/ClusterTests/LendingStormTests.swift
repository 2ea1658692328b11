import Cluster
import Metrics
import Network
import Replica
import Scheduling
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

  /// Batches in a fixed time, and the informer that goes with them, beside lenders that want their memory back.
  @Test("nor where lenders serve batches", arguments: 0..<Effort.engineCases(10))
  func batchStorms(batch: Int) throws {
    for seed in UInt64(90_000 + batch * 10)..<UInt64(90_000 + batch * 10 + 10) {
      guard let storm = RandomPlan.batchStorm(seed: seed) else { continue }
      let segment = try storm.result(stepping: .segment)
      let difference = firstDifference(segment, try storm.result(stepping: .iteration))
      #expect(difference == nil, "seed \(seed), \(storm.policyName) \(storm.plan.lendingRules): \(difference ?? "")")
      if storm.plan.end == .never {
        #expect(segment.groups.allSatisfy { $0.unfinished == 0 }, "seed \(seed): requests are left")
      }
    }
  }

  /// Whether there is anything to lose in these storms.
  @Test func batchLendersAreBorrowedFrom() throws {
    var lent = 0
    for seed in stride(from: UInt64(90_000), to: 90_120, by: 2) {
      guard let storm = RandomPlan.batchStorm(seed: seed) else { continue }
      let result = try storm.result(stepping: .segment)
      if result.paging.contains(where: { $0.tier == .peerGPU && $0.pagedOutBytes > 0 }) { lent += 1 }
    }
    #expect(lent > 0, "no storm pages to a lender")
  }
}

extension RandomPlan {
  /// A storm in which a service lends too: it runs batches of requests that come in bursts, offers what is left beside
  /// them after its first full one, and keeps its word. The other lender comes and goes as before, and three in ten
  /// borrowers need both.
  ///
  /// Half of them are under Aqua, which pages most.
  static func batchStorm(seed: UInt64) -> RandomPlan? {
    let calm = RandomPlan(seed: seed, policy: seed % 2 == 0 ? AquaPolicy.self : nil, isTiny: false)
    guard var copy = calm.storm() else { return nil }
    let plan = calm.plan
    var random = RandomStream(seed: plan.seed, replication: 0, purpose: "random batch storm")
    func whole(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.below(range.count) }
    func chance(_ p: Double) -> Bool { random.uniform() < p }
    // The service has the first of the lending GPUs, the other lender those after it.
    copy.plan.deployments[1].replicas[0].gpus = copy.plan.deployments[1].replicas[0].gpus.map { $0 + 1 }
    let size = whole(1...12)
    let blocks = whole(1...(3 * plan.deployments[0].limits.kvBlocks))
    let (once, each) = (Double(whole(1...400)), random.uniform() * 30)
    let nothing = [SimDuration](repeating: .zero, count: size + 1)
    let limits = EngineLimits(
      maxBatchedTokens: size, maxSequences: size, blockSize: 2, kvBlocks: size + blocks, maxModelLength: 2, layers: 1)
    let cost = BoundStepCost(
      linear: [.zero] + (1...size).map { .milliseconds(once + each * Double($0)) }, linearInGraph: [],
      sequences: nothing, chunkAlone: nothing, chunkPerContextToken: nothing,
      decode: nothing.map { DecodeAttentionCurve(start: $0) })
    copy.plan.deployments.append(
      DeploymentPlan(
        name: "service", model: "toy", replicas: [ReplicaPlan(gpus: [4])], policy: PolicyChoice(FixedBatchPolicy.self),
        limits: limits, cost: cost, blockBytesPerGPU: 1 << 20, fragmentBytes: 1 << 20))
    for burst in 0..<whole(1...4) {
      var stream = WorkloadStream(
        name: "batches\(burst)", arrivals: .batch(count: whole(burst == 0 ? size...60 : 1...60)),
        components: [
          WorkloadComponent(
            lengths: .independent(prompt: LengthDistribution(.fixed(1)), output: LengthDistribution(.fixed(1))))
        ])
      // The first is a full batch at once, so that there is something to borrow from early on.
      stream.start = burst == 0 ? .zero : .milliseconds(Double(whole(0...2_000)))
      copy.plan.streams.append(StreamPlan(stream: stream, deployment: 2))
    }
    var lender = LenderPlan(
      lender: ReplicaName(deployment: 2, replica: 0), blocks: blocks, retainedBlocks: 0, offerBelowWaiting: 0,
      reclaimAtWaiting: .max)
    lender.offersAfterFullBatch = true
    copy.plan.lenders.append(lender)
    for index in copy.plan.loans.indices { copy.plan.loans[index].lenders = chance(0.7) ? [1] : [0, 1] }
    if chance(0.3) { copy.plan.deployments[0].transferMode = .blockwise }
    return copy
  }

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
