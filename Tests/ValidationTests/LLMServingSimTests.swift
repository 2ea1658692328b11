import Assembly
import Cluster
import Foundation
import Metrics
import SimCore
import StepTime
import TestSupport
import Testing

@testable import Validation

/// Profiles in the layout of LLMServingSim.
struct LLMServingSimTests {
  @Test("a lone decode is as long as all; of many, the longest is far beyond the mean")
  func spread() {
    let spread = ContextSpread([(prompt: 100, output: 100), (prompt: 900, output: 100)])
    #expect(spread.longestOverMean(1) == 1)
    // Contexts are 100 to 200 or 900 to 1000, as often; the mean is 550.
    #expect(abs(spread.longestOverMean(200) - 1000 / 550) < 0.01)
    #expect(abs(spread.longestOverMean(2) - (0.25 * 166.7 + 0.75 * 958.3) / 550) < 0.03)
  }

  @Test("mistakes in a profile name file and line")
  func mistakes() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }
    func message() -> String {
      do {
        _ = try LayerMeasurements(folder: folder, tensorParallel: 1)
        return ""
      } catch { return "\(error)" }
    }
    #expect(message().contains("lacks profile_tp1_dense.csv"))
    try write("profile_tp1_dense.csv", "layer,tokens,time_us\nqkv_proj,1,ten\n")
    #expect(message().contains("profile_tp1_dense.csv:2: error: 'time_us' wants a number, found 'ten'"))
    try write("profile_tp1_dense.csv", "layer,tokens,time_us\nqkv_proj,1,10\n")
    try write("profile_tp1_per_sequence.csv", "layer,sequences,time_us\nlm_head,1,10\n")
    try write("profile_tp1_attention.csv", "prefill_chunk,kv_prefill,n_decode,time_us\n")
    #expect(message().contains("lacks the column 'kv_decode'"))
    try write("profile_tp1_attention.csv", "prefill_chunk,kv_prefill,n_decode,kv_decode,time_us\n0,0,1,16,9\n")
    #expect(message().isEmpty)
    try write("profile_meta.yaml", "skew_fit:\n  enabled: true\n  per_tp:\n    1:\n      alpha_default: 7\n")
    #expect(message().contains("'skew_fit.per_tp.1.alpha_default' wants a number from 0 to 1, found '7'"))
    try write("profile_meta.yaml", "skew_fit:\n  enabled: true\n  per_tp:\n    1:\n      alpha_default: 0.05\n")
    #expect(try LayerMeasurements(folder: folder, tensorParallel: 1).imbalanceShare == 0.05)
    try write("profile_meta.yaml", "skew_fit:\n  enabled: false\n")
    #expect(try LayerMeasurements(folder: folder, tensorParallel: 1).imbalanceShare == nil)
  }
}

/// Kits of LLMServingSim, where they have been fetched.
struct LLMServingSimDataTests {
  private static let kits = "llmservingsim/"

  private func experiment(_ kit: String) throws -> MeasuredExperiment {
    let path = try #require(RecordedData.published(Self.kits + kit))
    return try #require(try KitReader.read(path: path).experiments.first)
  }

  @Test(
    "the kit with published times is predicted from its profile: latencies within 5 %, throughput within 2 %",
    has(kits + "kit_RTXPRO6000_Llama-3.1-8B"))
  func predictsKit() throws {
    let comparison = try ExperimentComparison(try experiment("kit_RTXPRO6000_Llama-3.1-8B"))
    #expect(comparison.figures.count { [.ttft, .tpot, .e2el].contains($0.metric) } == 12)
    for figure in comparison.figures {
      let error = figure.predicted / figure.measured - 1
      switch figure.metric {
      case .ttft, .tpot, .itl, .e2el: #expect(abs(error) < 0.05, "\(figure)")
      case .makespan, .throughput: #expect(abs(error) < 0.02, "\(figure)")
      case .preemptions: #expect(figure.predicted == figure.measured)
      }
    }
  }

  @Test(
    "the other kits are bound and simulated to the end",
    has(kits + "kit_RTX4090_Llama-3.1-8B"),
    arguments: ["kit_RTX4090_Llama-3.1-8B", "kit_RTXPRO6000_Qwen3-32B", "kit_RTXPRO6000_Qwen3-30B-A3B-Instruct-2507"])
  func simulatesKit(kit: String) throws {
    let experiment = try experiment(kit)
    let bound = try experiment.bound()
    #expect((bound.engine.bound.lockStep != nil) == kit.contains("A3B"))
    if kit.contains("4090") { #expect(bound.kvBlocks == 2587, "one block of the recorded 2,588 is vLLM's own") }
    let run = try experiment.predict(bound)
    #expect(run.requests.count == 300 && run.requests.allSatisfy { $0.finished != .never })
    #expect((run.preemptions > 0) == kit.contains("4090"), "only 24 GB are too few")
    // Less is prefilled than was sent: prompts begin alike.
    let sent = experiment.requests.reduce(0) { $0 + $1.promptTokens }
    let dropped = run.requests.reduce(0) { $0 + Int($1.recomputedTokens) }
    let processed = run.iterations.reduce(0) { $0 + $1.chunks.reduce(0) { $0 + $1.tokens } }
    #expect(processed < sent + dropped)
  }

  /// Vouches for the form of the step cost: sums of what sequences and chunks cost, and nothing of both.
  @Test(
    "sums of decode and chunk attention are near the measured iterations with both",
    has(kits + "kit_RTX4090_Llama-3.1-8B"),
    arguments: [
      ("kit_RTX4090_Llama-3.1-8B", 1), ("kit_RTXPRO6000_Llama-3.1-8B", 1), ("kit_RTXPRO6000_Qwen3-32B", 2),
      ("kit_RTXPRO6000_Qwen3-30B-A3B-Instruct-2507", 1),
    ])
  func sumOfAttention(kit: String, degree: Int) throws {
    let profile = try LayerMeasurements(
      folder: try #require(RecordedData.published(Self.kits + kit)), tensorParallel: degree)
    let errors = profile.tables.mixedAttentionErrors(typicalContext: 2048)
    #expect(errors.count > 3000)
    func quantile(_ share: Double, _ errors: [(point: LayerTables.AttentionPoint, error: Double)]) -> Double {
      let sizes = errors.map { abs($0.error) }.sorted()
      return sizes[Int(share * Double(sizes.count - 1))]
    }
    #expect(quantile(0.5, errors) < 0.06)
    #expect(quantile(0.9, errors) < 0.27)
    // Where serving is: several sequences of some hundred tokens, prompts that find no more cached than they are long.
    let usual = errors.filter { error in
      error.point.decodes >= 8 && (256...2048).contains(error.point.decodeContext)
        && error.point.chunkContext <= error.point.chunk
    }
    #expect(quantile(0.5, usual) < 0.03)
    #expect(quantile(0.9, usual) < 0.09)
  }
}
