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

/// What ConServe promises, on random clusters.
struct ConServeLawTests {
  /// A random plan whose streams are all of one class.
  private func plan(
    seed: UInt64, _ policy: any SchedulingPolicy.Type, only requestClass: RequestClass?, isPredictable: Bool = false
  ) -> RandomPlan {
    var random = RandomPlan(seed: seed, policy: policy, isPredictable: isPredictable)
    guard let requestClass else { return random }
    for stream in random.plan.streams.indices {
      for component in random.plan.streams[stream].stream.components.indices {
        random.plan.streams[stream].stream.components[component].requestClass = requestClass
      }
    }
    return random
  }

  @Test("without offline work and a bound on latency it is vllm-v1", arguments: 0..<Effort.engineCases(20))
  func equalsBatching(batch: Int) throws {
    for seed in UInt64(5000 + batch * 5)..<UInt64(5005 + batch * 5) {
      var conserve = plan(seed: seed, ConServePolicy.self, only: .online)
      conserve.plan.deployments[0].policy = PolicyChoice(ConServePolicy.self, ["latency_bound": .boolean(false)])
      var batching = conserve
      batching.plan.deployments[0].policy = PolicyChoice(VLLMv1Policy.self)
      let one = try conserve.result(stepping: .segment)
      let other = try batching.result(stepping: .segment)
      #expect(one.fingerprint == other.fingerprint, "seed \(seed)")
      #expect(one == other, "seed \(seed): \(firstDifference(one, other) ?? "")")
    }
  }

  /// Every iteration with online decodes is held against what these alone would take, and what the smallest chunk of
  /// the first online prompt adds. Copies take no bandwidth from kernels here, the host keeps its usual pace and meets
  /// no new sizes, so that an iteration takes what it is predicted to.
  @Test("gaps between online tokens keep the target but for one smallest chunk", arguments: 0..<Effort.engineCases(20))
  func gapsKeepTarget(batch: Int) throws {
    for seed in UInt64(6000 + batch * 5)..<UInt64(6005 + batch * 5) {
      var random = plan(seed: seed, recording(ConServePolicy.self), only: nil, isPredictable: true)
      random.plan.servers = [ToyServer(leavingInterference: 0, arrivingInterference: 0, fromHostInterference: 0).spec]
      random.plan.deployments[0].host = .usual
      random.plan.deployments[0].replicas.removeLast(random.plan.deployments[0].replicas.count - 1)
      random.plan.loans.removeAll { $0.borrower.replica > 0 }
      let target = SimDuration.milliseconds(2 + 3 * Double(seed % 7))
      random.plan.deployments[0].policy = PolicyChoice(
        recording(ConServePolicy.self), ["tbt_target": .duration(target), "tbt_margin": .number(0)])
      let recorder = Recorder()
      _ = try Recorder.$current.withValue(recorder) { try random.result(stepping: .iteration) }
      let gaps = Gaps(recorder.consultations, random.plan.deployments[0].cost, target)
      #expect(gaps.exceeded.isEmpty, "seed \(seed): \(gaps.exceeded.prefix(3))")
    }
  }

  @Test("the gaps above come near the target, and are cut by it")
  func gapsAreDemanding() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 4+20, B@0.5 400+2, C@0.6 100+40 offline, D@0.7 300+2 offline")
    world.blocks = 300
    world.maxTokens = 256
    world.perSequence = .milliseconds(0.01)
    world.perToken = .milliseconds(0.01)
    world.parameters = ["tbt_target": .duration(.milliseconds(2)), "tbt_margin": .number(0)]
    let recorder = Recorder()
    _ = try Recorder.$current.withValue(recorder) { try world.result(.iteration) }
    let gaps = Gaps(recorder.consultations, world.cost, .milliseconds(2))
    #expect(gaps.exceeded.isEmpty)
    #expect(gaps.longest > .milliseconds(1.98) && gaps.longest <= .milliseconds(2))
    #expect(!Gaps(recorder.consultations, world.cost, .milliseconds(1.5)).exceeded.isEmpty, "the check notices a miss")
  }

  @Test("what is reported as checkpointed is what the links moved", arguments: 0..<Effort.engineCases(20))
  func checkpointsAreOnTheLink(batch: Int) throws {
    for seed in UInt64(7000 + batch * 5)..<UInt64(7005 + batch * 5) {
      for stepping in Stepping.allCases {
        let result = try plan(seed: seed, ConServePolicy.self, only: nil).result(stepping: stepping)
        let reported = result.engines.reduce(0) { $0 + $1.checkpointedBytes }
        #expect(reported == result.bytesToHost, "seed \(seed), \(stepping)")
      }
    }
  }

  @Test("a token of which a copy is kept is not processed again", arguments: 0..<Effort.engineCases(20))
  func copiesAreUsed(batch: Int) throws {
    let log = EvictionLog()
    for seed in UInt64(8000 + batch * 5)..<UInt64(8005 + batch * 5) {
      try EvictionLog.$current.withValue(log) {
        _ = try plan(seed: seed, WatchedPolicy.self, only: nil).result(stepping: .segment)
      }
    }
    #expect(log.complaints.isEmpty, "\(log.complaints.prefix(3))")
  }

  @Test("the sequences above are evicted with all of their KV copied, with part of it and with none")
  func evictionsAreDemanding() throws {
    let log = EvictionLog()
    for seed in UInt64(8000)..<8100 {
      try EvictionLog.$current.withValue(log) {
        _ = try plan(seed: seed, WatchedPolicy.self, only: nil).result(stepping: .segment)
      }
    }
    #expect(log.kinds.allSatisfy { $0 > 0 }, "\(log.kinds)")
  }
}

/// The iterations with online decodes in what was recorded of one engine.
private struct Gaps {
  /// Those beyond the target and one smallest chunk, where online decodes alone keep it.
  var exceeded: [String] = []
  var longest = SimDuration.zero

  init(_ consultations: [Consultation], _ cost: BoundStepCost, _ target: SimDuration) {
    for (consultation, next) in zip(consultations, consultations.dropFirst()) {
      let decision = consultation.decision
      let online = consultation.sequences.filter { slot, seen in
        seen.phase == .decoding && seen.requestClass == .online && !decision.drops.contains(slot)
      }
      let context = online.reduce(Int64(0)) { $0 + Int64($1.value.kv) + 1 }
      // A token was made by each of those who are still here.
      let advanced = online.contains { slot, seen in
        next.sequences[slot].map { $0.request == seen.request && $0.generated == seen.generated + 1 } ?? false
      }
      guard !online.isEmpty, advanced else { continue }
      let gap = next.time - consultation.time
      longest = max(longest, gap)
      let alone = cost.iterationCost(decodes: online.count, context: context).first
      guard alone <= target else { continue }
      var bound = target
      let first = decision.chunks.first { consultation.sequences[$0.slot]?.requestClass == .online }
      if let first, let seen = consultation.sequences[first.slot], first.tokens <= 16 {
        let least = cost.iterationCost(
          decodes: online.count, context: context, chunks: 1, chunkTokens: Int(first.tokens),
          chunkAttention: cost.prefillAttention(chunk: Int(first.tokens), context: seen.kv)
        ).first
        bound = max(bound, target + (least - alone))
      }
      if gap > bound {
        exceeded.append("\(gap.milliseconds) ms at \(consultation.time.seconds) s, bound \(bound.milliseconds)")
      }
    }
  }
}

/// What became of the copies of evicted sequences.
private final class EvictionLog: Sendable {
  @TaskLocal static var current: EvictionLog?
  private let state = Mutex<(complaints: [String], kinds: [Int])>(([], [0, 0, 0]))

  var complaints: [String] { state.withLock { $0.complaints } }
  /// Evictions of sequences with all of their KV copied, part of it, and none.
  var kinds: [Int] { state.withLock { $0.kinds } }

  func complain(_ text: String) { state.withLock { $0.complaints.append(text) } }
  func count(kind: Int) { state.withLock { $0.kinds[kind] += 1 } }
}

/// ConServe, watched: nobody may lose what has a copy.
private struct WatchedPolicy: PolicyStandIn {
  var real: ConServePolicy
  private let log = EvictionLog.current
  /// Copied tokens of evicted sequences, by slot.
  private var kept: [Int32: Int] = [:]

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = ConServePolicy(parameters, limits: limits) }

  mutating func moved(_ slot: Int32, _ state: EngineState) {
    real.moved(slot, state)
    // Off the GPU and back again, it starts behind its copies.
    if let tokens = kept[slot], state.kvTokens(slot) < tokens {
      log?.complain("slot \(slot) kept \(state.kvTokens(slot)) of \(tokens) copied tokens")
    }
  }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    real.decide(state, &decision)
    for slot in decision.drops where state.copiedTokens(slot) > 0 {
      log?.complain("slot \(slot) is dropped with \(state.copiedTokens(slot)) copied tokens")
    }
    for slot in decision.drops where state.table[slot].requestClass == .offline { log?.count(kind: 2) }
    for slot in decision.evictions {
      kept[slot] = state.copiedTokens(slot)
      log?.count(kind: state.copiedTokens(slot) == state.kvTokens(slot) ? 0 : 1)
    }
  }
}
