import Configuration
import Fuzzing
import Replica
import Scenario
import Scheduling
import SimCore
import Statistics
import Testing

/// The harness that looks for what breaks.
struct ScenarioFuzzTests {
  private let session = FuzzSession(policies: .builtIn, metrics: MetricKey.all.map(\.name))

  @Test func aSeedIsAlwaysTheSameScenario() {
    for seed in UInt64(0)..<50 { #expect(session.text(of: seed) == session.text(of: seed)) }
    #expect(Set((UInt64(0)..<50).map(session.text)).count > 45)
  }

  @Test func aShareOfTheCasesRuns() async throws {
    var tally = FuzzTally()
    for seed in UInt64(500)..<512 {
      let failure = await session.tryOne(seed, into: &tally)
      #expect(failure == nil, "\(failure?.reason ?? "")\n\(failure?.text ?? "")")
    }
    #expect(tally.cases == 12 && tally.ran >= 3 && tally.ran + tally.refused + tally.tooLong == 12)
    #expect(tally.requests > 0 && !tally.keysReached.isEmpty && tally.keysReached.isSubset(of: session.keys))
  }

  /// Admits one more prompt in every other iteration than it would if it were asked in all of them: its answer depends
  /// on how often it is asked, which no policy's may.
  private struct Counting: SchedulingPolicy {
    static let descriptor = PolicyDescriptor(
      name: "counting", summary: "Counts how often it is asked.", source: "A planted fault.", parameters: [],
      traits: [.recomputes])
    var base: VLLMv1Policy
    var asked = 0

    init(_ parameters: PolicyParameters, limits: EngineLimits) {
      base = VLLMv1Policy(PolicyParameters(VLLMv1Policy.descriptor), limits: limits)
    }

    var reservedBlocks: Int { base.reservedBlocks }
    func checkpoints(_ requestClass: RequestClass) -> Bool { base.checkpoints(requestClass) }
    func resumes(_ requestClass: RequestClass) -> Bool { base.resumes(requestClass) }
    mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { base.arrived(slot, state) }
    mutating func finished(_ slot: Int32, _ state: EngineState) { base.finished(slot, state) }
    mutating func moved(_ slot: Int32, _ state: EngineState) { base.moved(slot, state) }
    mutating func ran(_ work: CompletedWork, _ state: EngineState) { base.ran(work, state) }

    mutating func decide(_ state: EngineState, _ decision: inout Decision) {
      asked += 1
      if asked % 2 == 0 || state.batch.count == 0 { base.decide(state, &decision) }
    }
  }

  @Test func aPolicyWhoseAnswerDependsOnHowOftenItIsAskedIsCaught() async throws {
    let planted = FuzzSession(policies: .builtIn + [Counting.self], metrics: MetricKey.all.map(\.name))
    let check = ScenarioCheck(policies: planted.policies, metrics: MetricKey.all.map(\.name))
    let outcome = await check.outcome(
      of: """
        server: hgx-h100-8
        duration: 6 s
        policies: [counting]
        deployments: [{name: chat, model: llama-3.1-8b, gpus: [0]}]
        workload: {rate: 20/s, requests: 24, prompt_tokens: 300, output_tokens: 60}
        """)
    guard case .broken = outcome else {
      Issue.record("\(outcome)")
      return
    }
  }
}
