import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import TestSupport
import Testing
import Workload

/// Prompts that begin alike, replicas in lock step, and iterations planned ahead: what each changes, and that both
/// steppings agree on it.
struct PrefixCachingTests {
  /// A prompt of `tokens` tokens whose first blocks are those of `family`, arriving after `milliseconds`.
  private struct Prompt {
    var milliseconds: Double
    var tokens: Int
    var answer: Int
    var family = 0
    var alike = 0
  }

  /// One engine, or several in lock step: 1 ms a step and 1 ms a token; blocks of 4 tokens.
  private func plan(
    _ prompts: [Prompt], blocks: Int = 100, caches: Bool = true, replicas: Int = 1, lockStep: LockStepPlan? = nil,
    plansAhead: Bool = false, stepping: Stepping = .iteration
  ) -> ClusterPlan {
    let limits = EngineLimits(
      maxBatchedTokens: 64, maxSequences: 8, blockSize: 4, kvBlocks: blocks, maxModelLength: 1000, layers: 8)
    var deployment = DeploymentPlan(
      name: "main", model: "toy", replicas: (0..<replicas).map { ReplicaPlan(gpus: [$0]) },
      policy: PolicyChoice(VLLMv1Policy.self, ["async_scheduling": .boolean(plansAhead)]), limits: limits,
      cost: BoundStepCost(
        perStep: .milliseconds(1), perToken: .milliseconds(1), maxBatchedTokens: 64, maxSequences: 8),
      blockBytesPerGPU: 1000, fragmentBytes: 1000)
    deployment.cachesPrefixes = caches
    deployment.lockStep = lockStep
    let requests = prompts.enumerated().map { index, prompt in
      Request(
        id: Int64(index), stream: 0, arrival: .zero + .milliseconds(prompt.milliseconds),
        promptTokens: Int32(prompt.tokens), outputTokens: Int32(prompt.answer))
    }
    var stream = StreamPlan(
      stream: WorkloadStream(
        name: "listed", arrivals: .listed(requests), components: [WorkloadComponent(lengths: .recorded)]),
      deployment: 0)
    stream.prefixBlocks = PrefixBlocks(
      prompts.enumerated().map { index, prompt in
        (0..<prompt.tokens / 4).map { $0 < prompt.alike ? prompt.family * 1000 + $0 : 100_000 + index * 1000 + $0 }
      })
    return ClusterPlan(
      servers: [ToyServer().spec], deployments: [deployment], streams: [stream], stepping: stepping,
      checksInvariants: true)
  }

  private func outcomes(_ plan: ClusterPlan) throws -> [RequestOutcome] {
    let rows = Mutex<[RequestOutcome]>([])
    _ = try Simulation.run(
      plan, provenance: RandomPlan.provenance, policy: "toy", sink: { row in rows.withLock { $0.append(row) } })
    return rows.withLock { $0 }.sorted { $0.id < $1.id }
  }

  private func milliseconds(_ span: SimDuration) -> Double { span.seconds * 1e3 }

  @Test("a prompt starts behind the blocks that an earlier one left, but never without a token to process")
  func startsBehindCached() throws {
    let prompts = [
      Prompt(milliseconds: 0, tokens: 16, answer: 1, alike: 4),
      Prompt(milliseconds: 100, tokens: 24, answer: 1, alike: 3),
      Prompt(milliseconds: 200, tokens: 16, answer: 1, alike: 4),
    ]
    let cached = try outcomes(plan(prompts))
    // 1 ms and as many as there are tokens left: 16, 24 - 12, and of the 16 known ones all but the last block.
    #expect(cached.map { milliseconds($0.firstToken - $0.arrival) } == [17, 13, 5])
    let whole = try outcomes(plan(prompts, caches: false))
    #expect(whole.map { milliseconds($0.firstToken - $0.arrival) } == [17, 25, 17])
  }

  @Test("blocks taken for something else are found no more")
  func forgets() throws {
    let prompts = [
      Prompt(milliseconds: 0, tokens: 16, answer: 1, alike: 4),
      Prompt(milliseconds: 100, tokens: 28, answer: 1),
      Prompt(milliseconds: 200, tokens: 16, answer: 1, alike: 4),
    ]
    // Ten blocks: the second prompt takes the six never used and one of the first's, its last.
    let cached = try outcomes(plan(prompts, blocks: 10))
    #expect(cached.map { milliseconds($0.firstToken - $0.arrival) } == [17, 29, 5])
    // Nine blocks: it takes the first's last two.
    let tight = try outcomes(plan(prompts, blocks: 9))
    #expect(tight.map { milliseconds($0.firstToken - $0.arrival) } == [17, 29, 9])
  }

  @Test("planned ahead, a request that comes during an iteration waits for one more")
  func plannedAhead() throws {
    let prompts = [
      Prompt(milliseconds: 0, tokens: 8, answer: 20), Prompt(milliseconds: 12, tokens: 8, answer: 1),
    ]
    // From 9 ms on an iteration takes 2 ms: the second comes in that which ends at 13.
    let atOnce = try outcomes(plan(prompts))
    #expect(milliseconds(atOnce[1].firstToken - .zero) == 13 + 10)
    let ahead = try outcomes(plan(prompts, plansAhead: true))
    #expect(milliseconds(ahead[1].firstToken - .zero) == 15 + 10)
    #expect(milliseconds(ahead[0].firstToken - .zero) == 9, "an engine that runs nothing does not wait")
  }

  /// A and B share four blocks. A is done at 35 ms with six, of which two come free; the plan made then does not know
  /// of these two. C came at 30 ms and needs two blocks; two of ten were free before.
  @Test("planned ahead, blocks that others hold are not counted as given back")
  func plannedAheadShared() throws {
    let prompts = [
      Prompt(milliseconds: 0, tokens: 20, answer: 5, alike: 4),
      Prompt(milliseconds: 1, tokens: 20, answer: 12, alike: 4),
      Prompt(milliseconds: 30, tokens: 8, answer: 1),
    ]
    let rows = try outcomes(plan(prompts, blocks: 10, plansAhead: true))
    #expect(milliseconds(rows[0].finished - .zero) == 35)
    // At once: a step, B's token and C's eight.
    #expect(milliseconds(rows[2].firstToken - .zero) == 35 + 10)
  }

  @Test("in lock step the slowest replica and what they share set the pace of all")
  func lockStep() throws {
    let shared = LockStepPlan(
      total: (0...100).map { .milliseconds(10 * Double($0)) }, largest: [.zero, .milliseconds(100)])
    let prompts = [
      Prompt(milliseconds: 0, tokens: 8, answer: 2), Prompt(milliseconds: 0, tokens: 20, answer: 1),
      Prompt(milliseconds: 50, tokens: 4, answer: 1),
    ]
    let rows = try outcomes(plan(prompts, replicas: 2, lockStep: shared))
    // Own work 9 and 21 ms; 28 tokens of both; the larger replica's exchange.
    let first = 21.0 + 280 + 100
    #expect(milliseconds(rows[0].firstToken - .zero) == first)
    #expect(milliseconds(rows[1].firstToken - .zero) == first)
    // The third came to the first replica in between: it decodes beside its prompt, 5 tokens, and the other replica
    // takes part with one that nobody asked for.
    let second = first + 6 + 60 + 100
    #expect(milliseconds(rows[0].finished - .zero) == second)
    #expect(milliseconds(rows[2].firstToken - .zero) == second)
    #expect(rows.map(\.replica) == [0, 1, 0])
  }

  @Test("both steppings agree, whatever is cached, planned ahead or in lock step", arguments: Effort.seeds(120))
  func steppingsAgree(seed: UInt64) throws {
    var random = RandomStream(seed: seed, replication: 0, purpose: "prefix plan")
    var clock = 0.0
    let prompts = (0..<60).map { _ in
      clock += 40 * random.uniform() * random.uniform()
      return Prompt(
        milliseconds: clock, tokens: 1 + random.below(60), answer: 1 + random.below(30), family: random.below(4),
        alike: random.below(15))
    }
    let blocks = 24 + random.below(120)
    let replicas = 1 + random.below(2)
    let caches = random.below(4) > 0
    let isLocked = random.below(2) == 0
    let plansAhead = random.below(2) == 0
    let lockStep = LockStepPlan(
      total: (0...130).map { .microseconds(30 * Double($0)) }, largest: (0...64).map { .microseconds(7 * Double($0)) })
    func result(_ stepping: Stepping) throws -> RunResult {
      try Simulation.run(
        plan(
          prompts, blocks: blocks, caches: caches, replicas: replicas, lockStep: isLocked ? lockStep : nil,
          plansAhead: plansAhead, stepping: stepping), provenance: RandomPlan.provenance, policy: "toy")
    }
    let segment = try result(.segment)
    let difference = firstDifference(segment, try result(.iteration))
    #expect(difference == nil, "\(difference ?? "")")
    #expect(segment.injected == 60)
  }
}
