import CommandLineTool
import Foundation
import Testing

/// `--with-model-error`, and what figures rest on, from the command line.
struct ModelErrorOptionTests {
  private static let on = quickScenario.replacing("server: hgx-h100-8", with: "server: hgx-a100-8")

  @Test("intervals hold the errors of recordings of this GPU and stack; ratios of one engine do not")
  func widened() async throws {
    let folder = try Folder()
    let path = try folder.file("s.yaml", synchronousScenario)
    let plain = await spillway("run", path, "--no-store", "--format", "json")
    #expect(try plain.json()["model_errors"] == nil)
    let run = await spillway("run", path, "--no-store", "--format", "json", "--with-model-error")
    #expect(run.status == .done, "\(run.error)")
    let error = try #require((try run.json()["model_errors"] as? [[String: Any]])?.first)
    // The largest of the 24 figures of two runs of this model on one H100.
    #expect(error["latency"] as? Double == 0.127 && error["throughput"] as? Double == 0.008)
    let results = try #require(try run.json()["results"] as? [[String: Any]])
    let summary = try #require(results.first { $0["replication"] as? String == "summary" })
    let mean = try #require(summary["mean_tpot_ms"] as? Double)
    #expect(abs(mean / (try #require(summary["mean_tpot_ms_lower"] as? Double)) - 1.127) < 1e-9)
    let compare = await spillway(
      "compare", path, "--no-store", "--with-model-error", "--policies", "vllm-v1,vllm-v0", "--replications", "3")
    #expect(compare.status == .done && compare.output.contains("largely cancels"), "\(compare.error)")
    #expect(compare.output.contains("What the step times rest on"))
  }

  @Test("it refuses where no error was seen, and names a neighbour where one was")
  func unseen() async throws {
    let folder = try Folder()
    let away = await spillway("run", try folder.file("a.yaml", Self.on), "--no-store", "--with-model-error")
    #expect(away.status == .badInput && away.error.contains("deployment 'chat'") && away.error.contains("GPU"))
    #expect(away.output.isEmpty)
    let other = quickScenario.replacing("model: llama-3.1-8b", with: "model: qwen-2.5-14b")
    let near = await spillway("run", try folder.file("b.yaml", other), "--no-store", "--with-model-error")
    #expect(near.status == .done && near.output.contains("those of a neighbour"), "\(near.error)")
  }

  @Test("a sweep tells what its points rest on, from the store too")
  func sweep() async throws {
    let folder = try Folder()
    let text = quickScenario + "sweep: {grid: {workload.rate: [2/s, 4/s]}}\n"
    let path = try folder.file("s.yaml", text)
    let arguments = ["sweep", path, "--store", folder["s.sqlite"], "--with-model-error"]
    let first = await spillway(arguments)
    #expect(first.status == .done && first.output.contains("2 points: of iterations' time about"), "\(first.error)")
    let again = await spillway(arguments + ["--format", "csv"])
    #expect(again.output.contains("nearest_recording") && again.output.contains("Llama-3.1-8B on one H100"))
    #expect(again.output.contains("p99_ttft_ms_half_width"))
  }

  @Test("a sweep refuses before it runs anything")
  func unseenSweep() async throws {
    let folder = try Folder()
    let path = try folder.file("s.yaml", Self.on + "sweep: {grid: {workload.rate: [2/s, 4/s]}}\n")
    let away = await spillway("sweep", path, "--store", folder["s.sqlite"], "--with-model-error")
    #expect(away.status == .badInput && away.error.contains("deployment 'chat'"), "\(away.error)")
    #expect(!away.error.contains("to be made") && away.output.isEmpty)
  }

  @Test("a bound within the model's error is undecided however many replications there are; a baseline has none")
  func gate() async throws {
    let folder = try Folder()
    let json = try (await spillway("run", try folder.file("r.yaml", quickScenario), "--no-store", "--format", "json"))
      .json()
    let mean = try #require((json["results"] as? [[String: Any]])?.first?["mean_tpot_ms"] as? Double)
    let bound = "expect:\n  - {metric: mean_tpot_ms, below: \(1.05 * mean) ms}\n"
    let path = try folder.file("s.yaml", quickScenario + bound)
    let plain = await spillway("check", path, "--quiet")
    #expect(plain.status == .done, "\(plain.output)\(plain.error)")
    let widened = await spillway("check", path, "--quiet", "--with-model-error", "--max-replications", "5")
    #expect(widened.status == .undecided, "\(widened.output)\(widened.error)")
    let both = await spillway("check", path, "--with-model-error", "--baseline", folder["b.json"])
    #expect(both.status == .usage, "\(both.error)")
  }

  @Test("capacity tells what its answers rest on")
  func capacity() async throws {
    let folder = try Folder()
    let path = try folder.file("s.yaml", quickScenario + "  slo: {ttft: 1 s}\n")
    let table = await spillway("capacity", path, "--quiet")
    #expect(table.status == .done && table.output.contains("What the step times rest on"), "\(table.error)")
    let json = try (await spillway("capacity", path, "--quiet", "--format", "json")).json()
    let row = try #require((json["alternatives"] as? [[String: Any]])?.first)
    let trust = try #require((row["trust"] as? [[String: Any]])?.first)
    #expect(trust["measured_time_fraction"] is Double && trust["nearest_recording"] is [String: Any])
  }
}
