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

/// What ConServe is compared with, and the options that it shares with them.
struct CoServingTests {
  @Test(
    "without offline work the baselines are vllm-v1",
    arguments: [SarathiPPolicy.self, NonPreemptivePolicy.self, HyGenPolicy.self] as [any SchedulingPolicy.Type])
  func equalBatching(policy: any SchedulingPolicy.Type) throws {
    for seed in UInt64(5000)..<5030 {
      var own = RandomPlan(seed: seed, policy: policy)
      for stream in own.plan.streams.indices {
        for component in own.plan.streams[stream].stream.components.indices {
          own.plan.streams[stream].stream.components[component].requestClass = .online
        }
      }
      own.plan.deployments[0].policy = PolicyChoice(policy)
      var batching = own
      batching.plan.deployments[0].policy = PolicyChoice(VLLMv1Policy.self)
      let one = try own.result(stepping: .segment)
      let other = try batching.result(stepping: .segment)
      #expect(one.fingerprint == other.fingerprint, "seed \(seed)")
    }
  }

  /// Six blocks: A holds four when B, which needs three, comes at 5.5 ms.
  private func pressed(_ policy: any SchedulingPolicy.Type, _ parameters: [String: ParameterValue] = [:]) -> SmallWorld
  {
    var world = SmallWorld(policy, "A@0 8+8 offline, B@5.5 12+3")
    world.blocks = 6
    world.hostBlocks = 20
    world.parameters = parameters
    return world
  }

  @Test("Sarathi-P takes an offline sequence's blocks for a waiting online request, which is recomputed")
  func recomputes() throws {
    let story = try pressed(SarathiPPolicy.self).story()
    #expect(
      story.picture == """
        A |Pddddd...Pd|
        B       |Pdd|
        """)
    #expect(story.outcomes[0].recomputedTokens == 13)
  }

  /// A's 13 tokens, four blocks of 1 ms each, go out before B starts at 10 ms and come back before A goes on.
  @Test("or is paged out and back, while the engine waits")
  func swaps() throws {
    let story = try pressed(SarathiPPolicy.self, ["preemption": .choice("swap")]).story()
    #expect(story.outcomes[0].recomputedTokens == 0)
    #expect(story.outcomes[0].pagedOutBytes == 100_000_000 && story.outcomes[0].pagedInBytes == 100_000_000)
    #expect(story.outcomes[1].firstToken == milliseconds(11))
    #expect(story.outcomes.map(\.finished) == [19, 13].map(milliseconds))
  }

  @Test("non-preemptive co-serving lets the offline sequence run to its end first")
  func keeps() throws {
    let story = try pressed(NonPreemptivePolicy.self).story()
    #expect(story.outcomes[0].recomputedTokens == 0)
    #expect(story.outcomes.map(\.finished) == [8, 11].map(milliseconds))
  }

  @Test("non-preemptive co-serving takes blocks from offline sequences only where nothing at all could run")
  func neverEvicts() throws {
    let log = KeepingLog()
    for seed in UInt64(8000)..<8120 {
      try KeepingLog.$current.withValue(log) {
        _ = try RandomPlan(seed: seed, policy: KeepingPolicy.self).result(stepping: .segment)
      }
    }
    #expect(log.complaints.isEmpty, "\(log.complaints.prefix(3))")
    #expect(log.rests > 0, "offline sequences rested for want of a block")
  }

  /// An iteration of n sequences takes 1 + 0.1 n ms. With a budget of 1.25 ms two fit, whatever their class.
  @Test("HyGen fills every iteration up to its budget, and something runs however small that is")
  func budget() throws {
    var world = SmallWorld(HyGenPolicy.self, "A@0 4+6 offline, B@0 4+6 offline, C@0 4+6 offline")
    world.perSequence = .milliseconds(0.1)
    world.parameters = ["latency_budget": .duration(.milliseconds(1.25))]
    let two = try world.story()
    #expect(two.picture.split(separator: "\n").allSatisfy { $0.contains("P") })
    #expect(two.result.engines[0].peakRunning == 2)
    world.parameters = ["latency_budget": .duration(.milliseconds(0.5))]
    let one = try world.story()
    #expect(one.result.engines[0].peakRunning == 1 && one.outcomes.count == 3)
  }

  /// Twelve blocks. C needs five: A's alone suffice, B's do not, so that A follows B where B goes first.
  @Test("victims are chosen as they are told to be")
  func victims() throws {
    var finished: [String: [SimTime]] = [:]
    for order in ["newest", "largest", "least-lost"] {
      var world = SmallWorld(SarathiPPolicy.self, "A@0 20+12 offline, B@0.5 8+12 offline, C@4.5 20+2")
      world.blocks = 12
      world.parameters = ["victims": .choice(order)]
      let story = try world.story()
      finished[order] = story.outcomes.map(\.finished)
      let lost = story.outcomes.map { $0.recomputedTokens > 0 }
      #expect(lost == [true, order != "largest", false], "\(order): \(story.picture)")
    }
    #expect(finished["newest"] != finished["largest"])
  }

  @Test("the polynomial lies near what it was fitted to, and more context never makes it less")
  func polynomial() {
    let cost = BoundStepCost(
      perStep: .milliseconds(6), perToken: .microseconds(24), perSequence: .microseconds(8),
      perDecodeContextToken: .microseconds(0.05), perPrefillPair: .microseconds(0.0009), maxBatchedTokens: 8192,
      maxSequences: 256)
    let limits = EngineLimits(
      maxBatchedTokens: 8192, maxSequences: 256, blockSize: 16, kvBlocks: 10_000, maxModelLength: 32_768, layers: 32)
    let polynomial = LatencyPolynomial(of: cost, limits: limits)
    #expect(polynomial.meanError < 0.05, "\(polynomial.meanError)")
    var load = IterationLoad(decodes: 40, context: 80_000)
    load.add(chunk: 2048, behind: 4096, cost)
    let exact = load.cost(cost).first
    #expect(abs(polynomial.time(load).seconds / exact.seconds - 1) < 0.05)
    var longer = load
    longer.context += 40
    #expect(polynomial.time(longer) >= polynomial.time(load))
  }

  /// With room for 1.2 ms, two sequences are predicted to fit; 30 % too high, one does.
  @Test("an error of the prediction changes what fits")
  func predictionError() throws {
    func peak(_ error: Double) throws -> Int64 {
      var world = SmallWorld(
        ConServePolicy.self, "A@0 4+20, B@0.5 4+6 offline")
      world.perSequence = .milliseconds(0.1)
      world.parameters = [
        "tbt_target": .duration(.milliseconds(1.25)), "tbt_margin": .number(0), "prediction_error": .number(error),
        "safepoint_layers": .integer(0),
      ]
      return try world.result(.segment).engines[0].peakRunning
    }
    #expect(try peak(0) == 2 && peak(0.3) == 1 && peak(-0.3) == 2)
  }

  @Test("while online requests are here an iteration takes fewer tokens, if that is asked for")
  func mixedTokens() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 4+12, B@0.5 60+1 offline")
    world.maxSequences = 4
    world.parameters = ["mixed_tokens": .integer(24), "latency_bound": .boolean(false)]
    let recorder = Recorder()
    _ = try Recorder.$current.withValue(recorder) { try world.result(.iteration) }
    let chunks = recorder.consultations.flatMap { $0.decision.chunks.map(\.tokens) }
    #expect(chunks.max() == 23, "\(chunks)")
  }
}

/// Non-preemptive co-serving, watched.
private struct KeepingPolicy: PolicyStandIn {
  var real: NonPreemptivePolicy
  private let log = KeepingLog.current

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = NonPreemptivePolicy(parameters, limits: limits) }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    let decoding = (0..<Int32(state.table.slotCount)).filter { state.table[$0].phase == .decoding }
    real.decide(state, &decision)
    let drops = Set(decision.drops)
    let pauses = Set(decision.pauses)
    if !pauses.isEmpty { log?.rest() }
    guard drops.contains(where: { state.table[$0].requestClass == .offline }) else { return }
    let left = decoding.filter { !drops.contains($0) && !pauses.contains($0) }
    if !left.isEmpty {
      log?.complain("at \(state.now.seconds) s an offline sequence is dropped while \(left.count) others decode")
    }
  }
}

private final class KeepingLog: Sendable {
  @TaskLocal static var current: KeepingLog?
  private let state = Mutex<(complaints: [String], rests: Int)>(([], 0))

  var complaints: [String] { state.withLock { $0.complaints } }
  var rests: Int { state.withLock { $0.rests } }
  func complain(_ text: String) { state.withLock { $0.complaints.append(text) } }
  func rest() { state.withLock { $0.rests += 1 } }
}
