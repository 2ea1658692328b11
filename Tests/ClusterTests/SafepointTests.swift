import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import TestSupport
import Testing

/// Iterations that are given up between layers.
struct SafepointTests {
  /// Online A decodes; offline B's prompt of 60 tokens shares an iteration of 1.61 ms with it from 1.04 ms on. C comes
  /// at 1.3 ms. Of 8 layers 4 parts are 2 layers each.
  private func world(_ parameters: [String: ParameterValue]) -> SmallWorld {
    var world = SmallWorld(ConServePolicy.self, "A@0 4+6, B@0.5 60+2 offline, C@1.3 4+2")
    world.perToken = .milliseconds(0.01)
    world.parameters = [
      "ttft_target": .duration(.milliseconds(1.5)), "latency_bound": .boolean(false), "checkpoint": .boolean(false),
      "safepoint_layers": .integer(2),
    ].merging(parameters) { $1 }
    return world
  }

  private static let mixed: [String: ParameterValue] = ["safepoints_in": .choice("mixed")]

  @Test("by default an iteration with online members runs to its end")
  func offlineOnly() throws {
    let totals = try world([:]).story().result.engines[0]
    #expect(totals.abortedIterations == 0 && totals.safepointResponses == 0)
  }

  @Test("with safepoints in mixed iterations it is given up, and everybody in it is done again")
  func redone() throws {
    let usual = try world([:]).story()
    let story = try world(Self.mixed).story()
    let totals = story.result.engines[0]
    #expect(totals.abortedIterations == 1 && totals.safepointResponses == 1)
    #expect(totals.longestSafepointResponse <= .milliseconds(1.68 / 4))
    #expect(story.outcomes[2].firstToken < usual.outcomes[2].firstToken)
    #expect(story.outcomes[1].finished > usual.outcomes[1].finished)
  }

  @Test("online members that are kept make their token in the iteration that is given up")
  func kept() throws {
    let redone = try world(Self.mixed).story()
    let kept = try world(Self.mixed.merging(["online_members": .choice("kept")]) { $1 }).story()
    #expect(kept.result.engines[0].abortedIterations == 1)
    #expect(kept.outcomes[0].longestTokenGap < redone.outcomes[0].longestTokenGap)
    #expect(kept.result.engines[0].abortedWork < redone.result.engines[0].abortedWork)
    #expect(kept.outcomes.map(\.outputTokens) == redone.outcomes.map(\.outputTokens))
  }

  @Test("layers that are kept are not run again")
  func layers() throws {
    let lost = try world(Self.mixed).story()
    let kept = try world(Self.mixed.merging(["aborted_layers": .choice("kept")]) { $1 }).story()
    #expect(kept.outcomes[1].firstToken < lost.outcomes[1].firstToken)
    #expect(kept.result.engines[0].busy < lost.result.engines[0].busy)
  }

  /// Iterations take here what they are planned to: copies take no bandwidth from kernels, the host keeps its pace.
  @Test("a preemption is answered within its layer segment, always", arguments: 0..<2)
  func responses(batch: Int) throws {
    let log = ResponseLog()
    for seed in UInt64(9000 + batch * 40)..<UInt64(9040 + batch * 40) {
      var random = RandomPlan(seed: seed, policy: AnsweringPolicy.self)
      random.plan.servers = [ToyServer(leavingInterference: 0, arrivingInterference: 0, fromHostInterference: 0).spec]
      random.plan.deployments[0].host = .usual
      var parameters = random.plan.deployments[0].policy.parameters
      parameters = PolicyParameters(
        ConServePolicy.descriptor,
        overrides: [
          "safepoint_layers": .integer(1 + Int(seed % 5)), "ttft_target": .duration(.microseconds(1)),
          "safepoints_in": .choice(seed % 2 == 0 ? "mixed" : "offline"), "checkpoint": .boolean(seed % 3 == 0),
        ])
      random.plan.deployments[0].policy = PolicyChoice(AnsweringPolicy.self, parameters: parameters)
      _ = try ResponseLog.$current.withValue(log) { try random.result(stepping: .iteration) }
    }
    #expect(log.complaints.isEmpty, "\(log.complaints.prefix(3))")
    #expect(log.count > 0, "preemptions were asked for")
  }
}

/// ConServe, whose preemptions are timed.
private struct AnsweringPolicy: PolicyStandIn {
  var real: ConServePolicy
  private let log = ResponseLog.current
  private var iterationStart = SimTime.zero
  /// When a preemption was asked for, and how long the answer may take.
  private var pending: (asked: SimTime, most: SimDuration)?

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = ConServePolicy(parameters, limits: limits) }

  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    let answer = real.arrived(slot, state)
    if case .safepoint(let points, _) = answer, pending == nil {
      let tick = SimDuration(picoseconds: 64)
      let part = (state.iterationEnd - iterationStart).picoseconds / Int64(points)
      pending = (state.now, SimDuration(picoseconds: part) + tick)
    }
    return answer
  }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    if let pending {
      log?.note(state.now - pending.asked, most: pending.most)
      self.pending = nil
    }
    iterationStart = state.now
    real.decide(state, &decision)
  }
}

private final class ResponseLog: Sendable {
  @TaskLocal static var current: ResponseLog?
  private let state = Mutex<(complaints: [String], count: Int)>(([], 0))

  var complaints: [String] { state.withLock { $0.complaints } }
  var count: Int { state.withLock { $0.count } }
  func note(_ response: SimDuration, most: SimDuration) {
    state.withLock {
      $0.count += 1
      if response > most { $0.complaints.append("\(response.milliseconds) ms, segments last \(most.milliseconds)") }
    }
  }
}
