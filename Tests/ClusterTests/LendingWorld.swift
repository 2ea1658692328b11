import Cluster
import Replica
import Scheduling
import SimCore
import StepTime
import TestSupport
import Workload

/// A borrower with room for about two of its requests beside a lender: what tests of lending stand on.
enum LendingWorld {
  /// Steps of 5 ms and `perToken` a token; `collectives` of each step are collectives.
  static func cost(perToken: SimDuration = .microseconds(10), collectives: SimDuration = .zero) -> BoundStepCost {
    BoundStepCost(
      perStep: .milliseconds(5), perToken: perToken, maxBatchedTokens: 512, maxSequences: 64, collectives: collectives)
  }

  static func limits(_ blocks: Int) -> EngineLimits {
    EngineLimits(
      maxBatchedTokens: 512, maxSequences: 64, blockSize: 16, kvBlocks: blocks, maxModelLength: 600, layers: 4)
  }

  static func deployment(
    _ name: String, replica: ReplicaPlan, blocks: Int, policy: any SchedulingPolicy.Type, cost: BoundStepCost = cost(),
    blockBytes: Int64 = 1 << 20, fragmentBytes: Int64 = 1 << 16
  ) -> DeploymentPlan {
    DeploymentPlan(
      name: name, model: "toy", replicas: [replica], policy: PolicyChoice(policy), limits: limits(blocks), cost: cost,
      blockBytesPerGPU: blockBytes, fragmentBytes: fragmentBytes)
  }

  /// Requests of 256 tokens that come all at once.
  static func stream(
    _ name: String, _ deployment: Int, _ count: Int, start: SimDuration = .zero, output: Int
  ) -> StreamPlan {
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

  /// The lender, which offers 150 of its 200 blocks while nobody waits, gets a burst after one second.
  static func plan(reclaimAt: Int, burst: Int, hostBlocks: Int) -> ClusterPlan {
    var plan = ClusterPlan(
      servers: [ToyServer().spec],
      deployments: [
        deployment(
          "borrower", replica: ReplicaPlan(gpus: [0], lenders: [1], hostBlocks: hostBlocks), blocks: 48,
          policy: AquaPolicy.self),
        deployment("lender", replica: ReplicaPlan(gpus: [1]), blocks: 200, policy: VLLMv1Policy.self),
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
}
