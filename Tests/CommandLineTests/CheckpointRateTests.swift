import CommandLineTool
import Foundation
import Testing

/// The figure that T20 is judged by is what the links say.
@Suite struct CheckpointRateTests {
  /// T20: 37 GB/s, and so 7.3 ms for the KV of 2,048 tokens of Llama-3.1-8B.
  @Test("the checkpoint stream has the published rate")
  func rate() async throws {
    let outcome = await spillway(
      "run", scenarioFolder + "/conserve/t20.yaml", "--no-store", "--quiet", "--format", "json", "--set",
      "duration=2 s")
    #expect(outcome.status == .done, "\(outcome.error)")
    let run = try #require((try outcome.json()["runs"] as? [[String: Any]])?.first)
    let links = try #require(run["links"] as? [[String: Any]])
    let busiest = try #require(links.max { ($0["bytes"] as? Double ?? 0) < ($1["bytes"] as? Double ?? 0) })
    let bytes = try #require(busiest["bytes"] as? Double)
    let busy = try #require(busiest["busy_seconds"] as? Double)
    #expect(abs(bytes / busy / 37e9 - 1) < 0.1, "\(bytes / busy / 1e9) GB/s")
    #expect(2048 * 131_072 / (bytes / busy) < 7.3e-3 * 1.1)
    let results = try #require((try outcome.json()["results"] as? [[String: Any]])?.first)
    let told = try #require(results["checkpoint_bandwidth"] as? Double)
    #expect(abs(told / (bytes / busy) - 1) < 0.01, "\(told / 1e9) GB/s")
    let longest = try #require(results["max_checkpoint_ms"] as? Double)
    #expect(abs(longest - 2048 * 131_072 / told * 1e3) < 0.05, "\(longest) ms for 2,048 tokens")
  }
}
