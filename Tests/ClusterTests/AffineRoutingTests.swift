import Replica
import Scheduling
import SimCore
import StepTime
import Testing

@testable import Cluster

/// Routers that follow sessions and prefixes, and when they look at loads instead.
struct AffineRoutingTests {
  private func routing(_ router: Router, replicas: Int, blocks: Int = 1000) -> RoutingState {
    let limits = EngineLimits(
      maxBatchedTokens: 8, maxSequences: 8, blockSize: 4, kvBlocks: blocks, maxModelLength: 1000, layers: 1)
    let deployment = DeploymentPlan(
      name: "main", model: "toy", replicas: (0..<replicas).map { ReplicaPlan(gpus: [$0]) }, router: router,
      policy: PolicyChoice(VLLMv1Policy.self), limits: limits,
      cost: BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: 8, maxSequences: 8), blockBytesPerGPU: 1,
      fragmentBytes: 1)
    return RoutingState(deployment, plan: ClusterPlan(servers: [], deployments: [deployment], streams: []))
  }

  private func request(_ blocks: [Int32], session: Int? = nil) -> RoutedRequest {
    RoutedRequest(
      blocks: BlockNames(listed: blocks[...]).prefix(blocks.count), promptBlocks: blocks.count, session: session)
  }

  @Test("turns of a session go to one replica, and sessions to all of them")
  func sessions() {
    var routing = routing(.sessionAffinity, replicas: 8)
    let first = (0..<400).map { routing.choose(request([], session: $0)) { _ in -1 } }
    #expect(first == (0..<400).map { routing.choose(request([], session: $0)) { _ in -1 } })
    for replica in 0..<8 { #expect((20...90).contains(first.count { $0 == replica })) }
    // Only sessions of the replica that leaves move.
    routing.setOpen(3, false)
    let later = (0..<400).map { routing.choose(request([], session: $0)) { _ in -1 } }
    for (before, after) in zip(first, later) { #expect(before == 3 ? after != 3 : after == before) }
  }

  @Test("a prompt follows its beginning, unless that is less than a third or loads are unequal")
  func prefixes() {
    var routing = routing(.cacheAware, replicas: 4)
    func choose(_ blocks: [Int32]) -> Int { routing.choose(request(blocks)) { _ in -1 } }
    routing.note(replica: 0, outstanding: 5, kvBlocks: 0)
    #expect(choose([1, 2, 3, 4]) == 1)
    routing.note(replica: 1, outstanding: 60, kvBlocks: 0)
    #expect(choose([1, 2, 3, 9]) == 1)
    #expect(choose([1, 20, 21, 22]) == 2, "one block of four is too few")
    #expect(choose([7, 8]) == 2)
    routing.note(replica: 2, outstanding: 1, kvBlocks: 0)
    #expect(choose([7, 8, 30]) == 2)
    // 65 more than the least loaded, and more than half as many again.
    routing.note(replica: 1, outstanding: 65, kvBlocks: 0)
    #expect(choose([1, 2, 3, 5]) == 3)
    routing.note(replica: 3, outstanding: 65, kvBlocks: 0)
    routing.note(replica: 0, outstanding: 200, kvBlocks: 0)
    #expect(choose([1, 2, 3, 5]) == 2, "the least loaded")
  }

  @Test("what a router remembers is bounded")
  func forgets() {
    var index = PrefixIndex(blocks: 8)
    let old = request([1, 2]).blocks
    index.note(old, at: 1)
    index.note(request([3, 4, 5]).blocks, at: 2)
    #expect(index.match(old)?.replica == 1)
    index.note(request(Array(10..<18)).blocks, at: 2)
    #expect(index.match(old) == nil)
  }
}
