import Metrics
import SimCore
import StepTime
import Testing

@testable import Cluster
@testable import Replica
@testable import Scheduling

/// Routers that are told of loads against the plainest thing that could do their work: a look at every replica.
struct RouterScanTests {
  private func routing(_ router: Router, replicas: Int) -> RoutingState {
    let limits = EngineLimits(
      maxBatchedTokens: 8, maxSequences: 8, blockSize: 4, kvBlocks: 10, maxModelLength: 100, layers: 1)
    let deployment = DeploymentPlan(
      name: "main", model: "toy", replicas: (0..<replicas).map { ReplicaPlan(gpus: [$0]) }, router: router,
      policy: PolicyChoice(VLLMv1Policy.self), limits: limits,
      cost: BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: 8, maxSequences: 8), blockBytesPerGPU: 1,
      fragmentBytes: 1)
    return RoutingState(deployment, plan: ClusterPlan(servers: [], deployments: [deployment], streams: []))
  }

  @Test("least outstanding is the first replica with the fewest", arguments: [2, 3, 7, 64])
  func leastOutstanding(replicas: Int) {
    var random = RandomStream(seed: 1, replication: replicas, purpose: "router")
    var routing = routing(.leastOutstanding, replicas: replicas)
    var outstanding = [Int](repeating: 0, count: replicas)
    for _ in 0..<2_000 {
      let chosen = routing.choose(nil) { _ in -1 }
      #expect(chosen == outstanding.firstIndex(of: outstanding.min()!)!)
      outstanding[chosen] += 1
      routing.note(replica: chosen, outstanding: outstanding[chosen], kvBlocks: 0)
      for _ in 0..<random.below(3) {
        let replica = random.below(replicas)
        outstanding[replica] = random.below(outstanding[replica] + 1)
        routing.note(replica: replica, outstanding: outstanding[replica], kvBlocks: 0)
      }
    }
  }

  /// Loads grow untold, as KV does while a batch decodes; falls are told.
  @Test("least KV is the first replica with the least, though growth is not told", arguments: [2, 3, 7, 64])
  func leastKV(replicas: Int) {
    var random = RandomStream(seed: 2, replication: replicas, purpose: "router")
    var routing = routing(.leastKV, replicas: replicas)
    var blocks = [Int](repeating: 0, count: replicas)
    var asked = 0
    for _ in 0..<2_000 {
      for _ in 0..<replicas { blocks[random.below(replicas)] += random.below(2) }
      let chosen = routing.choose(nil) {
        asked += 1
        return blocks[$0]
      }
      #expect(chosen == blocks.firstIndex(of: blocks.min()!)!)
      blocks[chosen] += 1 + random.below(40)
      routing.note(replica: chosen, outstanding: 0, kvBlocks: blocks[chosen])
      for _ in 0..<random.below(3) {
        let replica = random.below(replicas)
        blocks[replica] = random.below(blocks[replica] + 1)
        routing.note(replica: replica, outstanding: 0, kvBlocks: blocks[replica])
      }
    }
    // Many grow between two requests here, and yet most need no look.
    if replicas == 64 { #expect(asked < 2_000 * replicas / 4) }
  }
}
