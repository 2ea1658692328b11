import Scenario
import Testing

@testable import Explore

/// A state of the page as a query, and as a command.
struct QuestionTests {
  private func question(_ items: [(name: String, value: String)]) throws -> Question { try Question(items) }

  @Test("a query is the state and those pinned, all with the state's seed and replications")
  func queryIsRead() throws {
    let question = try question([
      ("set", "workload.rate=5/s"), ("policy", "aqua"), ("replications", "3"), ("pin", "A"), ("A.set", "a.b=c=d"),
      ("set", "workload.slo.ttft=1 s"), ("pin", "B"), ("seed", "7"), ("B.policy", "vllm-v1"),
    ])
    #expect(
      question.now
        == Movement(
          set: ["workload.rate=5/s", "workload.slo.ttft=1 s"], policies: ["aqua"], replications: "3", seed: "7"))
    #expect(question.pins.map(\.name) == ["A", "B"])
    #expect(question.pins[0].movement == Movement(set: ["a.b=c=d"], replications: "3", seed: "7"))
    #expect(question.pins[1].movement == Movement(policies: ["vllm-v1"], replications: "3", seed: "7"))
    #expect(question.pins[0].movement.paths == ["a.b"])
  }

  @Test(
    "what is no question is refused",
    arguments: [
      [("sett", "a=b")], [("A.set", "a=b")], [("pin", "A"), ("pin", "A")], [("pin", "now")],
      [("pin", "A"), ("pin", "B"), ("pin", "C")], [("pin", "A"), ("A.pin", "B")], [("screen", "round")],
      [("set", "a=" + String(repeating: "x", count: 2_000))], Array(repeating: ("set", "a=b"), count: 65),
    ])
  func nonsenseIsRefused(items: [(name: String, value: String)]) {
    #expect(throws: Question.Malformed.self) { try question(items) }
  }

  @Test("the command says all that was changed, as a shell takes it")
  func commandIsQuoted() {
    var base = ScenarioOverrides(set: ["workload.rate=4/s"], policies: ["aqua"], seed: "3")
    base.vary = ["workload.slo.ttft=1 s,2 s"]
    let movement = Movement(set: ["workload.output_tokens={distribution: fixed, tokens: 5}", "a=it's"], seed: "9")
    #expect(
      movement.command("my file.yaml", on: base)
        == "spillway run 'my file.yaml' --set workload.rate=4/s --set 'workload.output_tokens={distribution: fixed, "
        + "tokens: 5}' --set 'a=it'\\''s' --policy aqua --vary 'workload.slo.ttft=1 s,2 s' --seed 9")
  }
}
