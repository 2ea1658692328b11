import Foundation
import Metrics
import SimCore
import Statistics
import Testing

@testable import Report

/// What figures rest on, in every output.
struct TrustTests {
  private static let basis = TrustBasis(
    parts: [
      TrustBasis.Part(basis: "measured", decode: 0.006, prefill: 0.03),
      TrustBasis.Part(basis: "engine", decode: 0.002, prefill: 0.002),
    ],
    nearest: TrustBasis.SeenError(
      title: "8B on one H100", latencyErrors: [0.1, -0.05, 0.03], throughputErrors: [0.02], differences: ["model size"],
      isOfThisEngine: true))

  private static func run(_ policy: String, _ basis: TrustBasis? = basis, replication: Int = 0) -> RunResult {
    var run = Fixture.run(policy: policy, replication: replication, slowness: policy == "aqua" ? 1 : 3)
    run.engines[0].iterations = 1000
    run.engines[0].promptTokens = 1024 * 100
    run.deployments[0].trust = basis
    return run
  }

  private func results(_ text: String) throws -> [[String: Any]] {
    let json = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    return try #require(json["results"] as? [[String: Any]])
  }

  /// 1,000 iterations of 8 ms and 100 prompts of 24 ms more: 6 + 2.4 s of 10.4 on kernels.
  private static let measured = 8.4 / 10.4

  @Test("shares and the nearest recording are in JSON, CSV and the table")
  func everywhere() throws {
    let set = try ResultSet([Self.run("aqua")])
    let first = try #require(try results(ResultsJSON.text(set)).first)
    let share = try #require(first["measured_time_fraction"] as? Double)
    #expect(abs(share - Self.measured) < 1e-12)
    #expect(first["interpolated_time_fraction"] is NSNull)
    #expect(abs(try #require(first["mean_recorded_error_fraction"] as? Double) - 0.06) < 1e-12)
    let json = try #require(
      JSONSerialization.jsonObject(with: Data(ResultsJSON.text(set).utf8)) as? [String: Any])
    #expect(json["model_errors"] == nil)
    let trust = try #require(((json["runs"] as? [[String: Any]])?.first?["trust"] as? [[String: Any]])?.first)
    let nearest = try #require(trust["nearest_recording"] as? [String: Any])
    #expect(nearest["title"] as? String == "8B on one H100" && nearest["differs_in"] as? [String] == ["model size"])
    #expect(nearest["max_error"] as? Double == 0.1 && nearest["runs"] as? Int == 1)
    let lines = ResultsCSV.text(set).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let column = try #require(lines[0].firstIndex(of: "measured_time_fraction"))
    #expect(abs((Double(lines[1][column]) ?? 0) - Self.measured) < 1e-12)
    #expect(ComparisonTable.text(set).contains("81 % on kernels measured in these shapes, 19 % on the engine's own"))
  }

  @Test("a single replication has the model's error as its interval, and says so")
  func single() throws {
    let set = try ResultSet([Self.run("aqua")], withModelError: true)
    let summary = try #require(
      try results(ResultsJSON.text(set)).first { $0["replication"] as? String == "summary" })
    let mean = try #require(summary["mean_ttft_ms"] as? Double)
    #expect(abs(mean / (summary["mean_ttft_ms_upper"] as? Double ?? 0) - 0.9) < 1e-12)
    #expect(summary["kv_utilization_half_width"] is NSNull)
    let table = ComparisonTable.text(set, width: 1000)
    #expect(table.contains("± is what the model may be wrong by"))
    #expect(
      table.contains("the model's error is in the intervals: 10.0 % of latencies, by 3 figures, 2.0 % of throughput"))
    #expect(table.contains("those of a neighbour"))
    #expect(ResultsCSV.text(set).contains("mean_ttft_ms_half_width"))
  }

  @Test("ratios on one engine are not widened; those of another engine are, and the table says which")
  func ratios() throws {
    func interval(_ set: ResultSet) throws -> Interval {
      try #require(set.comparison(.latency(.ttft, .mean), of: 1, baseline: 0, group: 0)?.ratioInterval)
    }
    var other = Self.basis
    other.parts[0].decode = 0.004
    func runs(_ basis: TrustBasis) -> [RunResult] {
      (0..<3).flatMap { [Self.run("vllm-v1", replication: $0), Self.run("aqua", basis, replication: $0)] }
    }
    let plain = try interval(ResultSet(runs(Self.basis)))
    let same = try ResultSet(runs(Self.basis), withModelError: true)
    #expect(try interval(same) == plain)
    #expect(try RatioTable.text(same, baseline: "vllm-v1", width: 1000).contains("largely cancels"))
    let apart = try ResultSet(runs(other), withModelError: true)
    #expect(try interval(apart).halfWidth > plain.halfWidth + 0.03)
    let table = try RatioTable.text(apart, baseline: "vllm-v1", width: 1000)
    #expect(table.contains("have both engines' errors in their intervals: aqua."))
    #expect(table.contains("chat, vllm-v1") && table.contains("chat, aqua"))
  }

  @Test("points of a sweep tell what they rest on, and widen their intervals")
  func sweep() throws {
    func row(_ modelError: Bool, _ basis: TrustBasis?) -> SweepRow {
      let view = GroupView(Self.run("aqua", basis), group: 0)
      return SweepRow(
        Alternative(policy: "aqua", variant: nil), deployment: "chat", requestClass: "online",
        values: [MetricKey.all.map { $0.value(in: view) }], trust: (basis, nil), withModelError: modelError,
        confidence: 0.95)
    }
    let report = SweepReport(name: "s", rows: [row(true, Self.basis)], figures: ["p99_ttft_ms"])
    #expect(report.csv.contains("nearest_recording") && report.csv.contains("8B on one H100"))
    #expect(report.json(spillwayVersion: "1", missing: 0).contains("p99_ttft_ms_half_width"))
    let text = report.document().styled(width: 1000).rendered(.plain)
    #expect(text.contains("1 point: of iterations' time about 81 % on kernels") && text.contains("wrong by"))
    let plain = SweepReport(name: "s", rows: [row(false, nil)], figures: ["p99_ttft_ms"])
    #expect(!plain.csv.contains("half_width"))
    #expect(!plain.document().styled(width: 1000).rendered(.plain).contains(TrustList.heading))
  }
}
