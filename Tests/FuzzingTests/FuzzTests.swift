import CommandLineTool
import Configuration
import Replica
import Scenario
import Scheduling
import SimCore
import Statistics
import Testing

@testable import Fuzzing

/// The harness that looks for what breaks.
struct ScenarioFuzzTests {
  private let session = FuzzSession(policies: .builtIn, metrics: MetricKey.all.map(\.name), seconds: 3_600)

  @Test func aSeedIsAlwaysTheSameScenario() {
    for seed in UInt64(0)..<50 { #expect(session.text(of: seed) == session.text(of: seed)) }
    #expect(Set((UInt64(0)..<50).map(session.text)).count > 45)
  }

  @Test func aShareOfTheCasesRuns() async throws {
    var tally = FuzzTally()
    for seed in UInt64(500)..<512 {
      let failure = await session.attempt(seed, keeping: nil, into: &tally)
      #expect(failure == nil, "\(failure ?? "")\n\(session.text(of: seed))")
    }
    #expect(tally.cases == 12 && tally.ran >= 3 && tally.ran + tally.refused + tally.tooLong == 12)
    #expect(tally.requests > 0 && !tally.keysReached.isEmpty && session.keys.isSuperset(of: tally.keysReached.keys))
  }

  /// A base with a mistake would spoil every case that stands on it.
  @Test func basesAreScenarios() {
    for (index, base) in BaseScenarios.all.enumerated() {
      #expect(session.check.accepts(base.document), "base \(index)")
    }
  }

  @Test func everyRuleHasCasesThatItHoldsFor() async {
    var tally = FuzzTally()
    for base in BaseScenarios.all {
      let outcome = await session.check.outcome(of: base.document)
      guard case .ran(_, let rules) = outcome else {
        Issue.record("\(outcome): \(base.document)")
        continue
      }
      for rule in rules { tally.rules[rule, default: 0] += 1 }
    }
    #expect(Set(tally.rules.keys) == Set(RunRule.all.map(\.name) + [ArrivalRules.rate, ArrivalRules.common]))
  }

  @Test func aCaseWithoutItsChangesIsItsBase() {
    let section = ScenarioSchema.section(policies: .builtIn, metrics: [])
    let one = (UInt64(0)..<50).map { ScenarioCase(seed: $0, section: section) }.first { $0.changes.count > 2 }
    guard let one else {
      Issue.record("no case has three changes")
      return
    }
    #expect(
      one.keeping([]).text != one.text && one.keeping([0]).changes.count == 1 && one.keeping(nil).text == one.text)
    #expect(one.keeping([]).names(policy: "vllm-v1") || one.keeping([]).names(policy: "aqua"))
  }
}

/// Inputs that are damaged.
struct InputFuzzTests {
  @Test func damageIsTheSameForASeedAndCanBeLeftOut() throws {
    let bytes = Array("arrival_s,prompt_tokens\n0.5,100\n1.5,200\n".utf8)
    for mutation in Mutation.allCases {
      func damaged(_ seed: UInt64) -> [UInt8] {
        var random = RandomStream(seed: seed, replication: 0, purpose: "test")
        return mutation.applied(to: bytes, &random)
      }
      #expect(damaged(1) == damaged(1))
      #expect((UInt64(0)..<20).contains { damaged($0) != bytes }, "\(mutation) changes nothing")
      for seed in UInt64(0)..<20 {
        #expect(damaged(seed).count <= Mutation.mostBytes)
        var random = RandomStream(seed: seed, replication: 0, purpose: "test")
        _ = mutation.applied(to: [], &random)
      }
    }
  }

  /// Only what is whole shows anything when it is damaged.
  @Test func undamagedSamplesAreRead() async throws {
    let folder = try Folder()
    for text in [InputSamples.mixed, InputSamples.lending] {
      let sample = InputSamples.scenario(text)
      var read = 0
      for command in sample.commands where ["run", "explain"].contains(command[0]) {
        for file in sample.files { try InputPart.write(file, in: folder.path) }
        let check = await InputPart.run(command, in: folder.path, names: sample.files.map(\.name))
        #expect(check.problem == nil && [.done, .usage].contains(check.status), "\(command): \(check.error)")
        if check.status == .done { read += 1 }
      }
      #expect(read > 6)
    }
  }

  private func check(_ status: CommandStatus, output: String = "", error: String = "", _ words: String...) -> String? {
    InputCheck(status: status, output: output, error: error, arguments: words, folder: "/f", names: ["t.csv"]).problem
  }

  @Test func whatBreaksAPromiseIsSeen() {
    #expect(check(.done, output: "TTFT 3 ms\n", "run") == nil)
    #expect(
      check(.done, output: "\u{1B}[2J", "run") != nil && check(.badInput, error: "/f/t.csv: error \u{9B}", "run") != nil
    )
    #expect(check(.done, output: "TTFT nan ms\n", "run") != nil)
    // A column that has this name, and a figure beside it that is none.
    var named = InputCheck(
      status: .done, output: "unused column: one two -inf three\n", error: "", arguments: ["run"], folder: "/f",
      names: ["t.csv"], input: "arrival_s,one two -inf three\n1,inf\n")
    #expect(named.problem == nil)
    named.output += "TTFT inf ms\n"
    #expect(named.problem != nil)
    #expect(check(.badInput, error: "", "run") != nil && check(.badInput, error: "error: it is wrong", "run") != nil)
    #expect(check(.badInput, error: "/f/t.csv:2: error: it is wrong", "run") == nil)
    #expect(
      check(.brokenInvariant, error: "t.csv error", "run") != nil && check(.usage, error: "t.csv error", "run") != nil)
    #expect(check(.expectationFailed, "run") != nil && check(.expectationFailed, "check") == nil)
    let place = InputCheck(
      status: .badInput, output: "", error: "/f/t.csv:2:7: error: x", arguments: ["run"], folder: "/f", names: ["t.csv"]
    ).place
    #expect(place.line && place.column)
  }
}
