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
  private func plan(reclaimAt: Int, burst: Int) -> ClusterPlan {
    LendingWorld.plan(reclaimAt: reclaimAt, burst: burst, hostBlocks: 1000)
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
