import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import Testing

/// `--check-invariants` asks policies again inside segments and tells of those that change their minds unasked.
struct AskingAgainTests {
  /// A request of 4 + 40 tokens, and two behind it that wait for a place: a segment of 39 iterations.
  private func world(_ whim: Whim) throws -> RunResult {
    var world = SmallWorld(WhimsicalPolicy.self, "A@0 4+40, B@1.5 4+2, C@1.6 4+2")
    world.maxSequences = 1
    return try Whim.$current.withValue(whim) { try world.result(.segment) }
  }

  @Test("a change inside a segment is told with its time and what it is", arguments: Whim.allCases)
  func told(whim: Whim) throws {
    guard let expected = whim.expected else {
      #expect(try world(whim).groups.map(\.completed) == [3])
      return
    }
    let law = #expect(throws: BrokenLaw.self) { try world(whim) }
    let text = law?.description ?? ""
    #expect(text.hasPrefix("main[0] at 0.02 s: policy 'whimsical' changes its answer"), "\(text)")
    #expect(text.contains(expected), "\(text)")
  }

  @Test("it is told of where a bend of the cost ends a segment, and not without the checks")
  func atBends() throws {
    for seed in UInt64(0)..<40 {
      var random = RandomPlan(seed: seed)
      random.plan.checksInvariants = false
      let unchecked = try random.result(stepping: .segment)
      random.plan.checksInvariants = true
      #expect(try random.result(stepping: .segment) == unchecked, "seed \(seed): asking changes nothing")
    }
  }
}

/// What a policy comes to think of when 20 tokens have been made.
enum Whim: CaseIterable {
  case none, pauses, drops, reason, overhead, foreseen

  @TaskLocal static var current = Whim.none

  /// Part of what is said of it; nil for what is no fault.
  var expected: String? {
    switch self {
    case .none, .foreseen: nil
    case .pauses: "it now pauses slot 0"
    case .drops: "it now drops slot 0"
    case .reason: "out is now tokens, it was sequences"
    case .overhead: "an iteration now costs 1e-06 s more, it was 0.0 s"
    }
  }
}

/// vLLM's scheduler with a whim.
private struct WhimsicalPolicy: SchedulingPolicy {
  static let descriptor = PolicyDescriptor(
    name: "whimsical", summary: "Changes its mind.", source: "a test", parameters: VLLMv1Policy.descriptor.parameters)
  private var real: VLLMv1Policy
  private let whim = Whim.current

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = VLLMv1Policy(parameters, limits: limits) }
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { real.arrived(slot, state) }
  mutating func finished(_ slot: Int32, _ state: EngineState) { real.finished(slot, state) }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    real.decide(state, &decision)
    let made = state.batch.count == 1 && state.table[0].phase == .decoding ? state.generatedTokens(0) : 0
    switch whim {
    case .none: break
    case .pauses: if made >= 20 { decision.pauses.append(0) }
    case .drops: if made >= 20 { decision.drops.append(0) }
    case .reason: if made >= 20 { decision.admissionLimit = .tokens }
    case .overhead: if made >= 20 { decision.overheadPerIteration = .microseconds(1) }
    // Said beforehand, and so asked in time.
    case .foreseen:
      if made >= 20 { decision.admissionLimit = .tokens } else if made > 0 { decision.maxIterations = 20 - made }
    }
  }
}
