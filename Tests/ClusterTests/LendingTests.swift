import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import TestSupport
import Testing
import Workload

/// Memory that is lent while the lender is idle, and comes back when it is not.
struct LendingTests {
  /// A borrower with room for about two of its requests, and a lender that gets a burst after one second.
  private func plan(reclaimAt: Int, burst: Int) -> ClusterPlan {
    let cost = BoundStepCost(
      perStep: .milliseconds(5), perToken: .microseconds(10), maxBatchedTokens: 512, maxSequences: 64)
    func deployment(_ name: String, gpu: Int, blocks: Int, policy: any SchedulingPolicy.Type) -> DeploymentPlan {
      DeploymentPlan(
        name: name, model: "toy",
        replicas: [ReplicaPlan(gpus: [gpu], lenders: gpu == 0 ? [1] : [], hostBlocks: gpu == 0 ? 1000 : 0)],
        policy: PolicyChoice(policy),
        limits: EngineLimits(
          maxBatchedTokens: 512, maxSequences: 64, blockSize: 16, kvBlocks: blocks, maxModelLength: 600, layers: 4),
        cost: cost, blockBytesPerGPU: 1 << 20, fragmentBytes: 1 << 16)
    }
    func stream(_ name: String, _ deployment: Int, _ count: Int, start: SimDuration, output: Int) -> StreamPlan {
      StreamPlan(
        stream: WorkloadStream(
          name: name, arrivals: .batch(count: count),
          components: [
            WorkloadComponent(
              requestClass: .online,
              lengths: .independent(
                prompt: LengthDistribution(.fixed(256)), output: LengthDistribution(.fixed(output))))
          ], start: start), deployment: deployment)
    }
    var plan = ClusterPlan(
      servers: [ToyServer().spec],
      deployments: [
        deployment("borrower", gpu: 0, blocks: 48, policy: AquaPolicy.self),
        deployment("lender", gpu: 1, blocks: 200, policy: VLLMv1Policy.self),
      ],
      streams: [
        stream("b", 0, 8, start: .milliseconds(100), output: 300),
        stream("l", 1, burst, start: .seconds(1), output: 40),
      ], checksInvariants: true)
    plan.lenders = [
      LenderPlan(
        lender: ReplicaName(deployment: 1, replica: 0), blocks: 150, retainedBlocks: 20, offerBelowWaiting: 0,
        reclaimAtWaiting: reclaimAt)
    ]
    plan.loans = [LoanPlan(borrower: ReplicaName(deployment: 0, replica: 0), lenders: [0], blocks: 400)]
    plan.lendingRules = LendingRules(look: .milliseconds(50), respond: .milliseconds(200))
    return plan
  }

  private func run(_ plan: ClusterPlan) throws -> RunResult {
    try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "test")
  }

  private func bytes(_ result: RunResult, _ tier: PagingTier) -> Int64 {
    result.paging.filter { $0.tier == tier }.reduce(0) { $0 + $1.pagedOutBytes }
  }

  @Test func aLoanThatIsNeverCalledInCarriesAllPaging() throws {
    let result = try run(plan(reclaimAt: 1_000, burst: 12))
    #expect(bytes(result, .peerGPU) > 0)
    #expect(bytes(result, .host) == 0)
    // The lender kept 50 of its 200 blocks throughout.
    #expect(result.engines[1].peakKVBlocks <= 50)
    #expect(result.groups.allSatisfy { $0.unfinished == 0 && $0.rejected == 0 })
  }

  @Test func aLenderInNeedGetsItsMemoryBack() throws {
    let lent = try run(plan(reclaimAt: 1_000, burst: 12))
    let reclaimed = try run(plan(reclaimAt: 4, burst: 12))
    #expect(bytes(reclaimed, .peerGPU) > 0)
    #expect(bytes(reclaimed, .host) > 0, "what was on the lender moved to host memory, and later pages went there")
    #expect(reclaimed.engines[1].peakKVBlocks > 50)
    let tail = lent.groups[1].ttft.percentile(99) ?? 0
    let better = reclaimed.groups[1].ttft.percentile(99) ?? 0
    #expect(better < tail, "the lender's requests wait less with the memory back: \(better) ps and \(tail) ps")
    #expect(reclaimed.groups.allSatisfy { $0.unfinished == 0 && $0.rejected == 0 })
  }

  @Test func nothingIsLentThatARunningIterationNeeds() throws {
    // One long request holds most of the lender's pool; an offer leaves it the block its next token starts.
    var plan = plan(reclaimAt: 1_000, burst: 1)
    plan.streams.removeFirst()
    plan.deployments[1].limits.kvBlocks = 40
    plan.deployments[1].limits.maxModelLength = 600
    plan.streams[0].stream.components[0].lengths = .independent(
      prompt: LengthDistribution(.fixed(2)), output: LengthDistribution(.fixed(590)))
    for blocks in 1...38 {
      plan.lenders[0].blocks = blocks
      plan.lenders[0].retainedBlocks = 40
      #expect(try run(plan).groups.allSatisfy { $0.unfinished == 0 }, "\(blocks) blocks lent")
    }
  }

  @Test func aRequestTooLargeForWhatIsLeftCallsTheLoanIn() throws {
    var plan = plan(reclaimAt: 1_000, burst: 1)
    plan.lenders[0].blocks = 195
    let result = try run(plan)
    #expect(result.groups.allSatisfy { $0.unfinished == 0 && $0.rejected == 0 })
    #expect(result.engines[1].peakKVBlocks > 5)
  }

  @Test func lendingIsTheSameInBothSteppings() throws {
    var plan = plan(reclaimAt: 4, burst: 12)
    let segment = try run(plan)
    plan.stepping = .iteration
    #expect(try run(plan) == segment)
  }
}
