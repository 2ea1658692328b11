import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import Statistics
import StepTime
import TestSupport
import Testing
import Workload

/// What happens during the warm-up is simulated and left out of every figure.
struct WarmUpTests {
  @Test("engine figures start at the end of the warm-up", arguments: [Stepping.segment, .iteration])
  func engineFiguresLeaveTheWarmUpOut(stepping: Stepping) throws {
    // Three requests of 10 + 100 tokens, 1 ms an iteration, at 0 s; nothing afterwards but one at 1 s.
    func stream(_ name: String, _ count: Int, start: SimDuration) -> StreamPlan {
      let lengths = LengthModel.independent(
        prompt: LengthDistribution(.fixed(10)), output: LengthDistribution(.fixed(100)))
      return StreamPlan(
        stream: WorkloadStream(
          name: name, arrivals: .batch(count: count),
          components: [WorkloadComponent(requestClass: .online, lengths: lengths)], start: start), deployment: 0)
    }
    var plan = ClusterPlan(
      servers: [ToyServer().spec],
      deployments: [
        DeploymentPlan(
          name: "d", model: "toy", replicas: [ReplicaPlan(gpus: [0])], policy: PolicyChoice(VLLMv1Policy.self),
          limits: .init(
            maxBatchedTokens: 64, maxSequences: 8, blockSize: 16, kvBlocks: 100, maxModelLength: 200, layers: 2),
          cost: BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: 64, maxSequences: 8),
          blockBytesPerGPU: 1024, fragmentBytes: 1024)
      ], streams: [stream("early", 3, start: .zero), stream("late", 1, start: .seconds(1))],
      warmUpEnd: SimTime(seconds: 0.5), stepping: stepping)
    func run() throws -> EngineTotals {
      try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "test").engines[0]
    }
    let counted = try run()
    #expect(counted.busy == .milliseconds(100))
    #expect(counted.idle == .milliseconds(500))
    #expect(counted.elapsed == .milliseconds(600))
    #expect(counted.iterations == 100)
    #expect(counted.decodeTokens == 100 && counted.prefillTokens == 10)
    #expect(counted.processedTokens(of: .online) == 110 && counted.processedTokens(of: .offline) == 0)
    // Cut in the middle of the early requests' iterations: 60 of 100 are over.
    plan.warmUpEnd = SimTime(seconds: 0.0605)
    #expect(try run().iterations == 140)
    // Of the early requests 40 iterations are left; their prompts were processed before.
    #expect(try run().processedTokens(of: .online) == 3 * 40 + 110)
    #expect(try run().busy == .microseconds(139_500))
    plan.warmUpEnd = .zero
    #expect(try run().iterations == 200)
    #expect(try run().decodeTokens == 400)
    #expect(try run().processedTokens(of: .online) == 4 * 110)
  }

  /// A batch of 8 documents of 30 + 170 tokens at 0 s, one of them at a time in 170 iterations of 1 ms; the warm-up
  /// ends in the third.
  @Test("work on an offline batch that came during the warm-up is counted", arguments: [Stepping.segment, .iteration])
  func offlineBatch(stepping: Stepping) throws {
    var world = SmallWorld(VLLMv1Policy.self, (0..<8).map { "\($0)@0 30+170 offline" }.joined(separator: ", "))
    world.maxSequences = 1
    world.warmUp = .milliseconds(400.5)
    let result = try world.result(stepping)
    #expect(result.groups.map(\.injected) == [0])
    // 60 of the third's iterations were over, so 110 of its tokens are left, and five documents.
    #expect(result.engines[0].processedTokens(of: .offline) == 110 + 5 * 200)
    let figures = ["processed_tokens", "processed_token_throughput"].map {
      MetricKey.named($0)?.value(in: GroupView(result, group: 0))
    }
    #expect(figures == [1110, 1110 / result.countedDuration.seconds])
  }
}
