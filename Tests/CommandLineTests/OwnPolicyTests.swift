import CommandLineTool
import ExamplePolicies
import Foundation
import Metrics
import ResultsStore
import Scheduling
import Testing

/// A policy of another package has the whole command line: it is the template of `Examples`, named in YAML.
struct OwnPolicyTests {
  private func run(_ arguments: [String], _ policies: PolicyCatalogue = .builtIn + [ShortestJobFirstPolicy.self]) async
    -> Outcome
  {
    let captured = CapturedConsole()
    let status = await SpillwayCommand.run(
      arguments, context: CommandContext(console: captured.console, policies: policies))
    return Outcome(status: status, output: captured.output, error: captured.error)
  }

  /// More than the engine can serve, so that the order of admission shows.
  private static let scenario = """
    server: hgx-h100-8
    policies: [vllm-v1, {name: shortest-job-first, patience: 1 min}]
    deployments:
      - name: chat
        model: llama-3.1-8b
        engine: {max_num_seqs: 4}
    workload:
      rate: 40/s
      requests: 60
      prompt_tokens: {distribution: uniform, low: 100, high: 4000}
      output_tokens: 40

    """

  @Test func itIsComparedSetAndStored() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let store = folder["s.sqlite"]
    let outcome = await run([
      "compare", path, "--policies", "vllm-v1,shortest-job-first", "--set", "policies[1].patience=2 min", "--quiet",
      "--format", "json", "--store", store,
    ])
    #expect(outcome.status == .done, "\(outcome.error)")
    let results = try #require(try outcome.json()["results"] as? [[String: Any]])
    #expect(results.compactMap { $0["policy"] as? String } == ["vllm-v1", "shortest-job-first"])
    #expect(results.allSatisfy { $0["completed"] as? Int == 60 })
    // Who has little to do is served first, so the usual wait is shorter.
    let medians = results.compactMap { $0["median_ttft_ms"] as? Double }
    #expect(medians.count == 2 && medians[1] < medians[0])
    let kept = try ResultsStore(path: store)
    let runs = try kept.runs(ofScenario: try #require(try kept.scenarios().first))
    #expect(runs.map(\.result.policy) == ["vllm-v1", "shortest-job-first"])
  }

  @Test func itsParametersAreCheckedListedAndInTheSchema() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let wrong = await run(["run", path, "--no-store", "--set", "policies[1].patience=2 h"])
    #expect(wrong.status != .done && wrong.error.contains("patience"))
    let misspelt = await run(["run", path, "--no-store", "--policy", "shortest-job-frist"])
    #expect(misspelt.error.contains("shortest-job-first"))
    #expect(await run(["policies"]).output.contains("shortest-job-first"))
    #expect(await run(["policies", "shortest-job-first"]).output.contains("patience"))
    #expect(await run(["schema"]).output.contains("patience"))
    // The same scenario under the built-in policies alone.
    let unknown = await run(["run", path, "--no-store"], .builtIn)
    #expect(unknown.status == .badInput && unknown.error.contains("'shortest-job-first'"))
  }

  @Test func twoPoliciesOfOneNameAreToldBeforeAnythingElse() async {
    let outcome = await run(["policies"], .builtIn + [AquaPolicy.self])
    #expect(outcome.status == .usage && outcome.output.isEmpty)
    #expect(outcome.errorLines == ["error: the policies AquaPolicy and AquaPolicy are both called 'aqua'"])
  }
}
