import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import TestSupport
import Testing
import Workload

/// Policies see when a request should be finished, and goodput says whether it was.
struct DeadlineTests {
  private func result(_ policy: any SchedulingPolicy.Type, _ stepping: Stepping) throws -> RunResult {
    let limits = EngineLimits(
      maxBatchedTokens: 64, maxSequences: 4, blockSize: 4, kvBlocks: 100, maxModelLength: 200, layers: 4)
    let cost = BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: 64, maxSequences: 4)
    let deployment = DeploymentPlan(
      name: "main", model: "toy", replicas: [ReplicaPlan(gpus: [0])], policy: PolicyChoice(policy), limits: limits,
      cost: cost, blockBytesPerGPU: 4096, fragmentBytes: 4096)
    // Forty requests at once, four at a time, 20 ms each: 200 ms for all. The patient ones are first in the queue.
    let streams = [("patient", 20, 400.0), ("urgent", 20, 120)].map { name, count, deadline in
      StreamPlan(
        stream: WorkloadStream(
          name: name, arrivals: .batch(count: count),
          components: [
            WorkloadComponent(
              deadline: .milliseconds(deadline),
              lengths: .independent(prompt: LengthDistribution(.fixed(8)), output: LengthDistribution(.fixed(20))))
          ]), deployment: 0)
    }
    return try Simulation.run(
      ClusterPlan(servers: [ToyServer().spec], deployments: [deployment], streams: streams, stepping: stepping),
      provenance: RandomPlan.provenance, policy: "x")
  }

  @Test("earliest deadline first meets what first come first served misses")
  func order() throws {
    let urgentFirst = try result(EarliestDeadlinePolicy.self, .segment)
    #expect(firstDifference(urgentFirst, try result(EarliestDeadlinePolicy.self, .iteration)) == nil)
    #expect(urgentFirst.groups[0].deadlines == 40 && urgentFirst.groups[0].good == 40)
    let inOrder = try result(VLLMv1Policy.self, .segment)
    #expect(inOrder.groups[0].completed == 40)
    // The patient are all in time; of the urgent, those who come after half of the time are not.
    #expect(inOrder.groups[0].good >= 20 && inOrder.groups[0].good < 30)
  }
}

/// One prompt at a time; of those that wait, the one that is due first.
private struct EarliestDeadlinePolicy: SchedulingPolicy {
  static let descriptor = PolicyDescriptor(
    name: "earliest-deadline", summary: "Earliest deadline first.", source: "textbook", parameters: [])

  private var waiting: Set<Int32> = []
  private var running = 0

  init(_ parameters: PolicyParameters, limits: EngineLimits) {}
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    waiting.insert(slot)
    return .boundary
  }
  mutating func finished(_ slot: Int32, _ state: EngineState) { running -= 1 }
  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    let due = waiting.sorted { (state.table[$0].deadline, $0) < (state.table[$1].deadline, $1) }
    for slot in due where running < state.limits.maxSequences {
      decision.chunks.append(PrefillChunk(slot: slot, tokens: state.prefillRemaining(slot)))
      waiting.remove(slot)
      running += 1
    }
    if !waiting.isEmpty { decision.admissionLimit = .sequences }
  }
}
