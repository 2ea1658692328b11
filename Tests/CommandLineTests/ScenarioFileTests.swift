import CommandLineTool
import Foundation
import TestSupport
import Testing

/// The scenarios that come with the program and need nothing else.
private let scenarios: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: scenarioFolder)) ?? [])
  .filter { $0.hasSuffix(".yaml") && !$0.hasPrefix("azure") }.sorted()

@Suite struct ScenarioFileTests {
  @Test func thereAreScenarios() { #expect(scenarios.contains("quickstart.yaml")) }

  @Test("Stepping by segment and by iteration give the same results", arguments: scenarios)
  func stepping(_ file: String) async throws { try await expectEqualSteppings(file, await shortened(file)) }

  @Test("Every scenario can be explained", arguments: scenarios)
  func explained(_ file: String) async { await expectExplained(file, await shortened(file)) }
}

/// The scenario that replays Azure's traces, where they have been fetched.
@Suite(.enabled(if: RecordedData.published(azure) != nil, Comment(rawValue: RecordedData.isMissing(azure))))
struct AzureScenarioDataTests {
  @Test("its steppings give the same results, and it can be explained")
  func azureScenario() async throws {
    var changes: [String] = []
    for (stream, name) in [("chat", "conv.csv.gz"), ("code", "code_first35min.csv.gz")] {
      let trace = try #require(RecordedData.published(azure + "/" + name))
      changes += ["--set", "workload.\(stream).trace.file=\(trace)"]
    }
    let shorter = await shortened("azure.yaml", changes)
    try await expectEqualSteppings("azure.yaml", shorter)
    await expectExplained("azure.yaml", shorter)
  }

  /// Replays of one trace do not differ, so one run of each number tells which are enough.
  @Test("the fewest GPUs for an hour of chat are those that trying every number finds")
  func fewestGPUs() async throws {
    let trace = try #require(RecordedData.published(azure + "/conv.csv.gz"))
    let file = scenarioFolder + "/azure-fewest-gpus.yaml"
    let changes = ["--quiet", "--format", "json", "--set", "workload.trace.file=\(trace)"]
    let outcome = await spillway(["capacity", file, "--fewest-replicas", "chat"] + changes)
    #expect(outcome.status == .done, "\(outcome.error)")
    let found = try #require(try outcome.json()["alternatives"] as? [[String: Any]])
    #expect(found.map { $0["variant"] as? String } == ["tp2", "tp4", "tp8"])
    for alternative in found {
      let variant = try #require(alternative["variant"] as? String)
      let answer = try #require(alternative["replicas"] as? Int)
      for count in 1...max(answer + 1, 2) {
        let run = await spillway(
          ["run", file, "--no-store", "--replications", "1", "--variant", variant] + changes
            + ["--set", "deployments.chat.replicas=\(count)"])
        let results = try #require(try run.json()["results"] as? [[String: Any]])
        let share = try #require(results.first?["good_fraction"] as? Double)
        #expect((share >= 0.99) == (count >= answer), "\(count) replicas of \(variant): \(share)")
      }
    }
  }
}

private let azure = "azure_llm_2023"

private func expectEqualSteppings(_ file: String, _ changes: [String]) async throws {
  let arguments = ["run", scenarioFolder + "/" + file, "--no-store", "--quiet", "--format", "json"] + changes
  let segment = await spillway(arguments + ["--stepping", "segment"])
  let iteration = await spillway(arguments + ["--stepping", "iteration"])
  #expect(segment.status == .done, "\(segment.error)")
  #expect(segment.timeless == iteration.timeless)
  let runs = try #require(try segment.json()["runs"] as? [[String: Any]])
  #expect(runs.contains { ($0["injected"] as? Int ?? 0) > 0 }, "something was simulated")
}

private func expectExplained(_ file: String, _ changes: [String]) async {
  let outcome = await spillway(["explain", scenarioFolder + "/" + file] + changes)
  #expect(outcome.status == .done, "\(outcome.error)")
  #expect(outcome.output.contains("KV cache"))
}

/// Options that make a scenario last about half a minute of arrivals.
private func shortened(_ file: String, _ changes: [String] = []) async -> [String] {
  for seconds in [30, 600, 3_600] {
    let shorter = changes + ["--set", "duration=\(seconds) s", "--set", "warmup=0 s", "--replications", "1"]
    // A stream that begins later is a mistake that the reader reports.
    if await spillway(["explain", scenarioFolder + "/" + file] + shorter).status == .done { return shorter }
  }
  return changes
}
