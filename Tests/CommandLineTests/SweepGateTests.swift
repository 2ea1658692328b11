import CommandLineTool
import Foundation
import Testing

/// Claims about the points of a sweep.
@Suite struct SweepGateTests {
  /// More requests a second for the same engine: first tokens come later, and more requests run at once.
  private func scenario(_ expectations: String...) -> String {
    quickScenario
      + "sweep: {grid: {workload.rate: [80/s, 5/s], deployments.chat.engine.max_num_seqs: [2, 64]}}\nexpect:\n"
      + expectations.map { "  - {\($0)}\n" }.joined()
  }

  @Test func trendsAreJudgedAlongAnAxis() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml",
      scenario(
        "metric: mean_ttft_ms, rises: workload.rate", "metric: mean_ttft_ms, falls: workload.rate",
        "metric: completed, falls: workload.rate", "metric: completed, every_point: true, below: 21"))
    let outcome = await spillway("check", path, "--quiet", "--json", folder["c.json"])
    #expect(outcome.status == .expectationFailed, Comment(rawValue: outcome.error))
    let claims = try claims(in: folder["c.json"])
    // One for each of the other key's values; the last for each point.
    #expect(claims.count == 10)
    func of(_ start: String) -> [[String: Any]] { claims.filter { ($0["claim"] as? String)?.hasPrefix(start) == true } }
    let rising = of("mean_ttft_ms (online) only rises along workload.rate, under ")
    #expect(rising.map { $0["verdict"] as? String } == ["holds", "holds"])
    #expect(
      Set(rising.compactMap { $0["policy"] as? String })
        == ["deployments.chat.engine.max_num_seqs=2", "deployments.chat.engine.max_num_seqs=64"])
    #expect((rising[0]["finding"] as? String)?.contains(" at 5/s, ") == true)
    #expect(of("mean_ttft_ms (online) only falls").map { $0["verdict"] as? String } == ["broken", "broken"])
    // Values that are the same everywhere do not fall, and do not rise either.
    #expect(of("completed (online) only falls").map { $0["verdict"] as? String } == ["holds", "holds"])
    #expect(of("completed (online) is below 21 at every point").map { $0["verdict"] as? String }.count == 4)
  }

  @Test func trendsOfRatiosBetweenPolicies() async throws {
    let folder = try Folder()
    let text =
      quickScenario.replacingOccurrences(of: "policies: [vllm-v1]", with: "policies: [vllm-v1, tensorrt-llm]")
      + "sweep: {grid: {workload.rate: [5/s, 80/s]}}\nexpect:\n"
      + "  - {metric: completed, ratio: [tensorrt-llm, vllm-v1], rises: workload.rate}\n"
    try #require(text.contains("tensorrt-llm, vllm-v1"))
    let outcome = await spillway("check", try folder.file("f.yaml", text), "--quiet", "--json", folder["c.json"])
    #expect(outcome.status == .done, Comment(rawValue: outcome.error))
    let claim = try #require(try claims(in: folder["c.json"]).first)
    #expect(claim["claim"] as? String == "completed (online), tensorrt-llm / vllm-v1, only rises along workload.rate")
    #expect((claim["finding"] as? String)?.hasPrefix("1 at 5/s, 1 at 80/s") == true)
  }

  /// The file's own scenario is judged too where claims are about it, and a baseline is of it alone.
  @Test func claimsAboutTheScenarioStandBesideThoseAboutItsSweep() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml", scenario("metric: completed, below: 21", "metric: completed, every_point: true, below: 21"))
    let outcome = await spillway("check", path, "--quiet", "--json", folder["c.json"])
    #expect(outcome.status == .done, Comment(rawValue: outcome.error))
    let json = try object(in: folder["c.json"])
    let scenarios = try #require(json["scenarios"] as? [[String: Any]])
    #expect(scenarios.map { $0["points"] as? Int } == [nil, 4])
    let written = await spillway("check", path, "--quiet", "--baseline", folder["b.json"], "--update-baseline")
    #expect(written.status == .done)
    let held = await spillway("check", path, "--quiet", "--baseline", folder["b.json"])
    #expect(held.status == .done, Comment(rawValue: held.error + held.output))
  }

  @Test func mistakesNameWhatIsSwept() async throws {
    let folder = try Folder()
    let swept = await spillway(
      "check",
      try folder.file(
        "f.yaml",
        scenario(
          "metric: completed, rises: workload.rates", "metric: completed, rises: workload.rate, below: 3",
          "metric: completed, below: 3, tolerance: 2 %", "metric: completed, rises: workload.rate, falls: workload.rate"
        )), "--quiet")
    #expect(swept.status == .badInput)
    #expect(swept.error.contains("'workload.rates' is not swept; did you mean 'workload.rate'?"))
    #expect(swept.error.contains("'below' and a trend ('rises', 'falls') are two claims; write two entries"))
    #expect(swept.error.contains("'tolerance' goes with 'rises' and 'falls'"))
    #expect(swept.error.contains("'rises' and 'falls' are two claims; write two entries"))
    let plain = quickScenario + "expect: [{metric: completed, falls: workload.rate}, {metric: completed, "
    let unswept = await spillway(
      "check", try folder.file("g.yaml", plain + "below: 3, every_point: true}]\n"), "--quiet")
    #expect(unswept.error.contains("'falls' wants a key of the file's 'sweep', and it has none"))
    #expect(unswept.error.contains("'every_point' is for files with a 'sweep'"))
  }

  private func object(in path: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any])
  }

  private func claims(in path: String) throws -> [[String: Any]] {
    let scenarios = try #require(object(in: path)["scenarios"] as? [[String: Any]])
    return scenarios.flatMap { $0["claims"] as? [[String: Any]] ?? [] }
  }
}
