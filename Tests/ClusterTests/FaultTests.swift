import Metrics
import Replica
import Scheduling
import SimCore
import Testing

@testable import Cluster

/// A policy that asks for the impossible ends the run with a sentence that says what it did; it cannot spoil a ledger.
struct FaultTests {
  /// Runs two requests under a policy that misbehaves in one way; the fault it causes.
  private func fault(_ misdeed: Misdeed) throws -> EngineFault? {
    var world = SmallWorld(MisbehavingPolicy.self, "A@0 8+9, B@0.5 8+9, C@1.5 8+2")
    world.blocks = misdeed == .prefillsWithoutRoom ? 6 : 20
    world.maxTokens = 16
    do {
      _ = try Misdeed.$current.withValue(misdeed) { try world.story() }
      return nil
    } catch let fault as EngineFault {
      return fault
    }
  }

  @Test("every broken rule is named", arguments: Misdeed.allCases)
  func named(misdeed: Misdeed) throws {
    let fault = try #require(try fault(misdeed), "nobody noticed: \(misdeed)")
    #expect(fault.rule.contains(misdeed.expected), "\(fault.rule)")
    #expect(fault.policy == "misbehaving" && fault.engine == "main[0]")
    #expect(fault.time == milliseconds(misdeed == .sleeps || misdeed == .sleepsAtOnce ? 0 : 2))
    #expect(fault.description.contains("policy 'misbehaving' on main[0] at"))
  }

  @Test("without a misdeed the same policy serves everyone")
  func innocent() throws {
    var world = SmallWorld(MisbehavingPolicy.self, "A@0 8+9, B@0.5 8+9")
    world.blocks = 20
    world.maxTokens = 16
    #expect(try world.story().outcomes.allSatisfy { $0.status == .completed })
  }
}

/// Something no policy may do. Until 2 ms all is well: then slots 0 and 1 decode, with 9 and 8 tokens in 3
/// and 2 blocks, and slot 2 waits.
enum Misdeed: CaseIterable {
  case dropsTwice, pagesOutWithoutTier, fetchesResident, pausesTwice, resumesDecoding, prefillsDecoding
  case prefillsTooMuch, prefillsNothing, prefillsWithoutRoom, prefillsTwice, reservesBeyondPrompt, exceedsBudget
  case sleeps, sleepsAtOnce

  @TaskLocal static var current: Misdeed?

  /// Part of what the fault says.
  var expected: String {
    switch self {
    case .dropsTwice: "drops slot 0, which is waiting"
    case .pagesOutWithoutTier: "pages out 3 blocks of slot 0 where no tier has room"
    case .fetchesResident: "fetches slot 0, which is decoding"
    case .pausesTwice: "pauses slot 0, which does not decode"
    case .resumesDecoding: "resumes slot 0, which is not paused"
    case .prefillsDecoding: "prefills slot 0, which is decoding"
    case .prefillsTooMuch: "prefills 11 tokens of slot 0, which has 10 left"
    case .prefillsNothing: "prefills 0 tokens of slot 0, which has 10 left"
    case .prefillsWithoutRoom: "gives slot 2 2 blocks where 1 are free"
    case .prefillsTwice: "prefills slot 0 twice"
    case .reservesBeyondPrompt: "reserves blocks for 13 tokens of slot 0, whose prompt has 10"
    case .exceedsBudget: "more than the 16 an iteration may process"
    case .sleeps: "runs nothing while 1 requests are here"
    case .sleepsAtOnce: "asks to be consulted again at once"
    }
  }

  func apply(_ state: EngineState, _ decision: inout Decision) {
    if self == .sleeps || self == .sleepsAtOnce {
      decision.reset()
      if self == .sleepsAtOnce { decision.reconsiderAt = state.now }
      return
    }
    guard state.now >= milliseconds(2), state.now < milliseconds(3) else { return }
    decision.reset()
    func chunk(_ tokens: Int, reserve: Int = 0, slot: Int32 = 0) {
      decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens, reserveTokens: reserve))
    }
    switch self {
    case .dropsTwice: decision.drops = [0, 0]
    case .pagesOutWithoutTier: decision.pageOuts = [0]
    case .fetchesResident: decision.fetches = [0]
    case .pausesTwice: decision.pauses = [0, 0]
    case .resumesDecoding: decision.resumes = [0]
    case .prefillsDecoding: chunk(1)
    case .prefillsWithoutRoom: chunk(8, slot: 2)
    default: decision.drops = [0]
    }
    switch self {
    case .prefillsTooMuch: chunk(11)
    case .prefillsNothing: chunk(0)
    case .prefillsTwice: for _ in 0..<2 { chunk(5) }
    case .reservesBeyondPrompt: chunk(10, reserve: 13)
    case .exceedsBudget:
      decision.drops.append(1)
      chunk(10)
      chunk(7, slot: 1)
    default: break
    }
  }
}

/// vLLM's scheduler with a misdeed.
private struct MisbehavingPolicy: SchedulingPolicy {
  static let descriptor = PolicyDescriptor(
    name: "misbehaving", summary: "Does one thing wrong.", source: "a test",
    parameters: VLLMv1Policy.descriptor.parameters)
  private var real: VLLMv1Policy
  private let misdeed = Misdeed.current

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = VLLMv1Policy(parameters, limits: limits) }
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { real.arrived(slot, state) }
  mutating func finished(_ slot: Int32, _ state: EngineState) { real.finished(slot, state) }
  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    real.decide(state, &decision)
    misdeed?.apply(state, &decision)
  }
}
