import CommandLineTool
import Foundation
import Testing

/// Results held against a baseline.
@Suite struct BaselineTests {
  private let folder: Folder
  private let path: String
  private let file: String

  init() throws {
    folder = try Folder()
    path = try folder.file(
      "f.yaml",
      synchronousScenario.replacing(
        "output_tokens: 10", with: "output_tokens: {distribution: lognormal, mean: 20, cv: 1}"))
    file = folder["baseline.json"]
  }

  private func check(_ arguments: String...) async -> Outcome {
    await spillway(["check", path, "--quiet", "--baseline", file] + arguments)
  }

  /// The mean time per output token of the scenario, from the baseline's own figures.
  private func tokenTime() throws -> Double {
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file))) as? [String: Any])
    let scenario = try #require((json["scenarios"] as? [[String: Any]])?.first)
    let figures = try #require(scenario["figures"] as? [[String: Any]])
    let figure = try #require(figures.first { $0["metric"] as? String == "mean_tpot_ms" })
    let values = try #require(figure["values"] as? [Double])
    return values.reduce(0, +) / Double(values.count)
  }

  /// Time per step on the host, in place of the profile's, so that a later run can have a twentieth of a step more.
  private func overhead(_ microseconds: Double) -> String {
    "deployments.chat.engine.overheads.per_step=\(microseconds) us"
  }

  @Test("five per cent more time per step is caught, and the same is the same")
  func regression() async throws {
    let made = await check("--update-baseline", "--set", overhead(1_000))
    #expect(made.status == .done, "\(made.error)")
    #expect(made.output.hasSuffix("/baseline.json: 7 figures of f\n"))
    let same = await check("--set", overhead(1_000))
    #expect(same.status == .done && same.output.contains("the same in each of 5 replications"))
    let slower = await check("--set", overhead(1_000 + 50 * (try tokenTime())))
    #expect(slower.status == .expectationFailed)
    let line = try #require(slower.output.split(separator: "\n").first { $0.contains("mean_tpot_ms") })
    #expect(line.hasPrefix("BROKEN ") && line.contains("is at most 3 % above the baseline, under vllm-v1: "))
    #expect(line.contains(": ratio 1.05 [1.0"))
    // Faster is no harm.
    #expect(await check("--set", overhead(900)).status != .expectationFailed)
  }

  /// Each with a baseline of its own and other requests: nothing has changed but chance. It takes a few seconds; fewer
  /// repeats would show less.
  @Test("fifty clean repeats raise no alarm")
  func cleanRepeats() async throws {
    var broken: [Int] = []
    for seed in 1...50 {
      try? FileManager.default.removeItem(atPath: file)
      let made = await check("--update-baseline", "--seed", "\(seed)", "--max-replications", "5")
      let outcome = await check("--seed", "\(seed + 1_000)", "--max-replications", "5")
      #expect(made.status == .done && outcome.status != .badInput, "\(made.error)\(outcome.error)")
      if outcome.status == .expectationFailed { broken.append(seed) }
    }
    #expect(broken.isEmpty)
  }

  @Test("tolerances and figures of the file are kept when it is updated")
  func updates() async throws {
    #expect(await check("--update-baseline", "--tolerance", "0.1", "--max-replications", "3").status == .done)
    var text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains("\"tolerance\": 0.1"))
    // A person keeps one figure, with a tolerance of its own.
    let start = try #require(text.range(of: "        {\n          \"deployment\""))
    let end = try #require(text.range(of: "]\n        }", range: start.lowerBound..<text.endIndex))
    let figure = text[start.lowerBound..<end.upperBound].replacing(
      "\"values\"", with: "\"tolerance\": 0.5,\n          \"values\"")
    text = text[..<start.lowerBound] + figure + "\n      ]\n    }\n  ]\n}\n"
    _ = try folder.file("baseline.json", text)
    let updated = await check("--update-baseline", "--max-replications", "4")
    #expect(updated.output.hasSuffix("1 figures of f\n"), "\(updated.error)")
    let outcome = await check()
    #expect(outcome.status == .done)
    #expect(outcome.output.contains("mean_ttft_ms (online) is at most 50 % above the baseline"))
  }

  @Test("mistakes in a baseline are told all at once, with their places")
  func mistakes() async throws {
    _ = try folder.file(
      "baseline.json",
      """
      {"baseline_version": 1, "spillway_version": "x", "tolerence": 0.1,
       "tolerance": 2, "scenarios": [
        {"name": "f", "sha256": "", "seed": 1, "figures": [
         {"deployment": "chat", "class": "onlin", "policy": "vllm-v1", "metric": "mean_ttft", "values": []}]}]}

      """)
    let outcome = await check()
    #expect(outcome.status == .badInput)
    #expect(
      outcome.errorLines == [
        "\(file):1:63: error: unknown key 'tolerence' in a baseline; did you mean 'tolerance'?",
        "\(file):2:15: error: 'tolerance' wants a share from 0 to below 1, such as 0.03, found 2",
        "\(file):4:36: error: 'class' wants 'online' or 'offline', found \"onlin\"",
        "\(file):4:76: error: unknown metric 'mean_ttft'; did you mean 'mean_ttft_ms'?",
        "\(file):4:99: error: 'values' wants a list of numbers up to 1e15, one of each replication, found a list",
      ])
    _ = try folder.file("baseline.json", "{")
    #expect(await check().status == .badInput)
    try FileManager.default.removeItem(atPath: file)
    #expect(await check().status == .unreadable)
  }

  @Test("a scenario that the baseline lacks, and a policy that is gone")
  func missing() async throws {
    #expect(await check("--update-baseline", "--max-replications", "2").status == .done)
    let gone = await check("--policy", "aqua", "--max-replications", "2")
    #expect(gone.status == .expectationFailed && gone.output.contains("there is no such figure any more"))
    let other = try folder.file("other.yaml", quickScenario)
    let outcome = await spillway("check", other, "--quiet", "--baseline", file)
    #expect(outcome.status == .badInput)
    #expect(
      outcome.errorLines == ["\(file): error: it has no figures of scenario 'other'; '--update-baseline' adds them"])
  }
}
