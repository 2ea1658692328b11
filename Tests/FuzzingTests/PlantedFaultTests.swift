import Configuration
import Replica
import Scenario
import Scheduling
import SimCore
import Statistics
import Testing

@testable import Fuzzing
@testable import Metrics

/// Faults put in on purpose: the harness must find each.
struct PlantedFaultTests {
  private func outcome(of policy: any SchedulingPolicy.Type) async -> ScenarioOutcome {
    let policies = PolicyCatalogue.builtIn + [policy]
    return await ScenarioCheck(policies: policies, metrics: MetricKey.all.map(\.name), seconds: 3_600).outcome(
      of: """
        server: hgx-h100-8
        duration: 6 s
        policies: [planted]
        deployments: [{name: chat, model: llama-3.1-8b, gpus: [0], engine: {max_num_seqs: 8}}]
        workload:
          rate: 20/s
          requests: 24
          prompt_tokens: 300
          output_tokens: {distribution: lognormal, mean: 60, cv: 1, maximum: 400}
        """)
  }

  @Test func aPolicyWhoseAnswerDependsOnHowOftenItIsAskedIsCaught() async {
    guard case .broken = await outcome(of: Counting.self) else {
      Issue.record("not caught")
      return
    }
  }

  @Test func aPolicyThatPeeksAtOutputLengthsIsCaught() async {
    guard case .broken(let reason) = await outcome(of: Peeking.self) else {
      Issue.record("not caught")
      return
    }
    #expect(reason.hasPrefix("planted: it knows how long answers will be"))
  }

  /// Rows of requests, and the group that they are counted in.
  private func counted() -> (rows: Recount, result: RunResult) {
    let rows = Recount()
    var group = GroupCollector(deployment: 0, requestClass: .online)
    for id in Int64(0)..<20 {
      let time = Double(id)
      let start = SimTime(seconds: time)
      var row = RequestOutcome(
        id: id, stream: 0, deployment: 0, replica: 0, requestClass: .online, tenant: 0, status: .completed,
        arrival: start, scheduled: start + .milliseconds(time + 1), firstToken: start + .milliseconds(20 + 7 * time),
        finished: start + .milliseconds(400 + 31 * time), promptTokens: 100, outputTokens: 20)
      row.generatedTokens = 20
      group.record(row)
      rows.add(row, run: 0)
    }
    let provenance = RunProvenance(
      scenarioName: "s", scenarioPath: "s.yaml", scenarioDigest: "", profileName: "", profileDigest: "",
      spillwayVersion: "test")
    let result = RunResult(
      provenance: provenance, policy: "vllm-v1", seed: 1, replication: 0,
      deployments: [DeploymentLabel(name: "chat", model: "m", placement: "one GPU")], groups: [group], engines: [],
      links: [], paging: [], simulatedEnd: SimTime(seconds: 60), warmUpEnd: .zero, injected: 20, warmUpRequests: 0,
      wallSeconds: 0, fingerprint: "", warnings: [])
    return (rows, result)
  }

  @Test func aHistogramThatIsOffByOneBucketIsCaught() {
    var (rows, result) = counted()
    #expect(rows.difference(from: result, run: 0) == nil)
    result.groups[0].ttft.base += 1
    #expect(rows.difference(from: result, run: 0)?.hasPrefix("TTFT of rank") == true)
  }

  @Test func aLedgerThatIsOffByOneIsCaught() {
    let faults: [(WritableKeyPath<GroupCollector, Int64>, String)] = [
      (\.outputTokens, "output tokens"), (\.preemptions, "preemptions"), (\.recomputedTokens, "recomputed tokens"),
      (\.pagedOutBytes, "bytes paged out"), (\.completed, "completed"),
    ]
    for (path, words) in faults {
      var (rows, result) = counted()
      result.groups[0][keyPath: path] += 1
      #expect(rows.difference(from: result, run: 0)?.hasPrefix(words) == true, "\(words)")
    }
  }

  /// The reader is given a file that lacks a row of the one that it is held against.
  @Test func aReaderThatDropsARowIsCaught() async throws {
    let folder = try Folder()
    let lines = (0..<12).map { "\($0),\(10 + $0),3\n" }
    let header = "arrival_s,prompt_tokens,output_tokens\n"
    let whole = Array((header + lines.joined()).utf8)
    try InputPart.write(InputFile("t.csv", header + lines.dropLast().joined()), in: folder.path)
    var check = await InputPart.run(
      ["trace", "inspect", "@t.csv", "--format", "json"], in: folder.path, names: ["t.csv"])
    check.lines = InputCheck.rows(of: whole)
    #expect(check.lines == 12 && check.problem == "11 rows are read of a trace with 12")
    check.lines = 11
    #expect(check.problem == nil)
  }

  /// The same scenario under the policy that it stands on breaks nothing.
  @Test func anHonestPolicyIsNotAccused() async {
    guard case .ran = await outcome(of: Honest.self) else {
      Issue.record("accused")
      return
    }
  }
}

/// A policy that leaves the answers to vLLM's, but for when it does not ask it.
private protocol Planted: SchedulingPolicy {
  var base: VLLMv1Policy { get set }
}

extension Planted {
  static var descriptor: PolicyDescriptor {
    PolicyDescriptor(
      name: "planted", summary: "Has a fault.", source: "A planted fault.", parameters: [], traits: [.recomputes])
  }

  static func base(_ limits: EngineLimits) -> VLLMv1Policy {
    VLLMv1Policy(PolicyParameters(VLLMv1Policy.descriptor), limits: limits)
  }

  var reservedBlocks: Int { base.reservedBlocks }
  func checkpoints(_ requestClass: RequestClass) -> Bool { base.checkpoints(requestClass) }
  func resumes(_ requestClass: RequestClass) -> Bool { base.resumes(requestClass) }
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { base.arrived(slot, state) }
  mutating func finished(_ slot: Int32, _ state: EngineState) { base.finished(slot, state) }
  mutating func moved(_ slot: Int32, _ state: EngineState) { base.moved(slot, state) }
  mutating func ran(_ work: CompletedWork, _ state: EngineState) { base.ran(work, state) }
}

/// Admits only in every other iteration in which it is asked.
private struct Counting: Planted {
  var base: VLLMv1Policy
  var asked = 0

  init(_ parameters: PolicyParameters, limits: EngineLimits) { base = Self.base(limits) }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    asked += 1
    if asked % 2 == 0 || state.batch.count == 0 { base.decide(state, &decision) }
  }
}

/// Lets nobody in beside others while somebody waits whose answer will be long.
private struct Peeking: Planted {
  var base: VLLMv1Policy

  init(_ parameters: PolicyParameters, limits: EngineLimits) { base = Self.base(limits) }

  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    _ = base.arrived(slot, state)
    return .boundary
  }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    if state.batch.count > 0,
      state.table.slots.elements.contains(where: { $0.phase == .waiting && $0.outputTokens > 60 })
    {
      decision.admissionLimit = .policy
    } else {
      base.decide(state, &decision)
    }
  }
}

private struct Honest: Planted {
  var base: VLLMv1Policy

  init(_ parameters: PolicyParameters, limits: EngineLimits) { base = Self.base(limits) }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) { base.decide(state, &decision) }
}
