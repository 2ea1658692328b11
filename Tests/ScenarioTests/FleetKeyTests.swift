import Assembly
import Scenario
import SimCore
import Testing

/// The list of changes of a fleet: what it comes to, and what is said about mistakes.
@Suite struct FleetKeyTests {
  private func scenario(_ fleet: String..., servers: String = "{like: hgx-h100-8, count: 2}", keys: String = "")
    -> String
  {
    """
    servers: [\(servers)]
    policies: [vllm-v1]
    deployments:
      - {name: chat, model: llama-3.1-70b, tensor_parallel: 4, replicas: 2\(keys)}
    fleet:
    \(fleet.map { "  - {\($0)}" }.joined(separator: "\n"))
    workload: {rate: 1/s, requests: 5, prompt_tokens: 5, output_tokens: 5}
    """
  }

  private func errors(_ text: String) -> [String] {
    resolve(text).messages.filter { $0.contains("error") }.map {
      String($0.split(separator: " error: ", maxSplits: 1)[1])
    }
  }

  @Test func changesAreInOrderOfTime() throws {
    let text = scenario(
      "at: 10 min, drain: 1, hand_over: true", "at: 5 min, add: 1, start_up: 90 s", "at: 6 min, add: 1",
      "at: 20 min, remove: [1]")
    let (resolved, messages) = resolve(text)
    #expect(messages.isEmpty, "\(messages)")
    let scenario = try #require(resolved)
    #expect(
      scenario.fleet == [
        ResolvedFleetChange(
          time: .seconds(300), deployment: 0,
          action: .add([ReplicaPlacement(server: 1, gpus: [0, 1, 2, 3])], startUp: .seconds(90))),
        ResolvedFleetChange(
          time: .seconds(360), deployment: 0,
          action: .add([ReplicaPlacement(server: 1, gpus: [4, 5, 6, 7])], startUp: .seconds(60))),
        ResolvedFleetChange(time: .seconds(600), deployment: 0, action: .drain([3], handsOver: true)),
        ResolvedFleetChange(time: .seconds(1200), deployment: 0, action: .remove([1], handsOver: false)),
      ])
    let again = resolve(scenario.canonicalText)
    #expect(again.messages.isEmpty && again.scenario?.fleet == scenario.fleet, "\(scenario.canonicalText)")
    #expect(again.scenario?.digest == scenario.digest)
  }

  @Test func theGPUsOfAReplicaThatWasRemovedAreFree() throws {
    let text = scenario(
      "at: 1 min, remove: [0]", "at: 2 min, add: 1", servers: "hgx-h100-8")
    let scenario = try #require(resolve(text).scenario)
    #expect(
      scenario.fleet[1].action == .add([ReplicaPlacement(server: 0, gpus: [0, 1, 2, 3])], startUp: .seconds(60)))
    // With a hand-over nobody knows when they are.
    #expect(
      errors(text.replacing("remove: [0]", with: "remove: [0], hand_over: true")) == [
        "'fleet[1]' needs 4 GPUs; hgx-h100-8 has 0 of 8 left ('chat' 8); with 'servers: [{like: hgx-h100-8, count: 2}]' "
          + "it fits"
      ])
  }

  @Test(arguments: [
    ("at: 1 min", "'fleet[0]' wants one of 'add', 'drain' and 'remove'"),
    ("at: 1 min, add: 1, drain: 1", "'fleet[0]' wants one of 'add', 'drain' and 'remove'"),
    ("at: 1 min, add: 1, hand_over: true", "'hand_over' belongs to 'drain' and 'remove', not to 'add'"),
    ("at: 1 min, drain: 1, start_up: 5 s", "'start_up' belongs to 'add', not to 'drain'"),
    ("at: 1 min, drain: 3", "'chat' has 2 replicas at that time, fewer than 3"),
    ("at: 1 min, drain: [2]", "'chat' has no replica 2 at that time; it has 2, counted from 0"),
    ("at: 1 min, drain: [0, 0]", "replica 0 of 'chat' has left before"),
    ("at: 1 min, remove: 2", "at 1 min no replica of 'chat' takes requests any more"),
    ("at: 1 min, drain: 1, deployment: chats", "unknown deployment 'chats'; did you mean 'chat'?"),
    (
      "drain: 1",
      "'fleet[0]' lacks the key 'at' (a duration such as '10 min' or '250 ms'): When, from the start of the run."
    ),
  ])
  func mistakesAreTold(change: String, message: String) {
    #expect(errors(scenario(change)) == [message])
  }

  /// A replica that has not started yet serves nobody.
  @Test func somebodyTakesRequestsAtAllTimes() {
    #expect(
      errors(scenario("at: 1 min, add: 1", "at: 90 s, drain: [0, 1]")) == [
        "at 90 s no replica of 'chat' takes requests any more"
      ])
    #expect(errors(scenario("at: 1 min, add: 1", "at: 2 min, drain: [0, 1]")) == [])
  }

  @Test func lendersStay() {
    #expect(
      errors(scenario("at: 1 min, drain: 1", keys: ", lend: 1 GB")) == [
        "'chat' lends memory; that a lender comes or goes is not modelled"
      ])
  }
}
