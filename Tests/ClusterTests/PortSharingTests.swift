import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import TestSupport
import Testing
import Workload

/// Collectives of a tensor-parallel lender go through the NVLink ports that its borrower's copies fill.
struct PortSharingTests {
  /// A borrower on GPU 0 and a lender on GPUs 1 and 2, of whose iterations of 5 ms collectives take 1 ms. Copies slow
  /// nothing else.
  private func run(portSharing: Double, stepping: Stepping = .segment) throws -> RunResult {
    var lender = LendingWorld.deployment(
      "lender", replica: ReplicaPlan(gpus: [1, 2]), blocks: 2_000, policy: VLLMv1Policy.self,
      cost: LendingWorld.cost(perToken: .zero, collectives: .milliseconds(1)))
    lender.portSharing = portSharing
    let borrower = LendingWorld.deployment(
      "borrower", replica: ReplicaPlan(gpus: [0], lenders: [1], peerBlocks: 400), blocks: 48, policy: AquaPolicy.self,
      cost: LendingWorld.cost(perToken: .zero), blockBytes: 1 << 26, fragmentBytes: 1 << 20)
    let plan = ClusterPlan(
      servers: [ToyServer(leavingInterference: 0, arrivingInterference: 0).spec], deployments: [borrower, lender],
      streams: [LendingWorld.stream("b", 0, 8, output: 300), LendingWorld.stream("l", 1, 16, output: 300)],
      stepping: stepping, checksInvariants: true)
    return try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "test")
  }

  @Test("an iteration is longer by the collectives' share while copies fill a port", arguments: [1.0, 2.0])
  func collectivesShare(sharing: Double) throws {
    let alone = try run(portSharing: 0).engines[1]
    let shared = try run(portSharing: sharing).engines[1]
    #expect(alone.iterations == shared.iterations)
    #expect(shared.besideCopies > .milliseconds(50), "copies run beside the lender's iterations")
    // A fifth of the iteration takes 1 + sharing times as long: to the nearest 64th.
    let stretch = (64 * (1 + sharing / 5)).rounded() / 64
    let expected = shared.besideCopies.seconds * (1 - 1 / stretch)
    let extra = (shared.busy - alone.busy).seconds
    #expect(abs(extra / expected - 1) < 0.01, "\(extra) s longer where \(expected) s were expected")
  }

  @Test func bothSteppingsAgree() throws {
    #expect(try run(portSharing: 1.3) == run(portSharing: 1.3, stepping: .iteration))
  }
}
