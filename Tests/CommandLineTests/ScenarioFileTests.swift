import CommandLineTool
import Foundation
import Testing

/// The scenarios that come with the program.
private let scenarios: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: scenarioFolder)) ?? [])
  .filter { $0.hasSuffix(".yaml") }.sorted()

/// The recorded traces that `azure.yaml` asks for are no part of the repository; data beside it may have them.
private let azureFolder = URL(fileURLWithPath: scenarioFolder).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("shared/data/azure_llm_2023").path

@Suite struct ScenarioFileTests {
  @Test func thereAreScenarios() { #expect(!scenarios.isEmpty) }

  @Test("Stepping by segment and by iteration give the same results", arguments: scenarios)
  func stepping(_ file: String) async throws {
    guard let changes = try await shortened(file) else { return }
    let arguments = ["run", scenarioFolder + "/" + file, "--no-store", "--quiet", "--format", "json"] + changes
    let segment = await spillway(arguments + ["--stepping", "segment"])
    let iteration = await spillway(arguments + ["--stepping", "iteration"])
    #expect(segment.status == .done, "\(segment.error)")
    #expect(segment.timeless == iteration.timeless)
    let runs = try #require(try segment.json()["runs"] as? [[String: Any]])
    #expect(runs.contains { ($0["injected"] as? Int ?? 0) > 0 }, "something was simulated")
  }

  @Test("Every scenario can be explained", arguments: scenarios)
  func explained(_ file: String) async throws {
    guard let changes = try await shortened(file) else { return }
    let outcome = await spillway(["explain", scenarioFolder + "/" + file] + changes)
    #expect(outcome.status == .done, "\(outcome.error)")
    #expect(outcome.output.contains("KV cache"))
  }

  /// Options that make a scenario last about half a minute of arrivals; nil when it needs traces that are not here.
  private func shortened(_ file: String) async throws -> [String]? {
    var changes: [String] = []
    if file == "azure.yaml" {
      for (stream, name) in [("chat", "conv.csv.gz"), ("code", "code_first35min.csv.gz")] {
        let trace = azureFolder + "/" + name
        guard FileManager.default.fileExists(atPath: trace) else {
          print("not tested: \(file) needs \(trace)")
          return nil
        }
        changes += ["--set", "workload.\(stream).trace.file=\(trace)"]
      }
    }
    for seconds in [30, 600, 3_600] {
      let shorter = changes + ["--set", "duration=\(seconds) s", "--set", "warmup=0 s", "--replications", "1"]
      // A stream that begins later is a mistake that the reader reports.
      if await spillway(["explain", scenarioFolder + "/" + file] + shorter).status == .done { return shorter }
    }
    return changes
  }
}
