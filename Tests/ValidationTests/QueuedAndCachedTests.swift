import Cluster
import Foundation
import Metrics
import SimCore
import Testing
import Validation

/// What kits of any layout may say of prefixes, of planning ahead and of when a request counts as come.
struct QueuedAndCachedTests {
  /// Two prompts alike, the second while the first decodes.
  private func folder(_ settings: String, latencyFrom moment: String = "arrival") throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }
    try write(
      "kit.yaml",
      """
      name: alike
      model: llama-3.1-8b
      gpu: NVIDIA H200
      engine:
        max_num_seqs: 16
        max_num_batched_tokens: 2048
        num_gpu_blocks: 1000
      \(settings)
      latency_from: \(moment)
      """)
    let blocks = (0..<64).map(String.init).joined(separator: " ")
    let start = moment == "queued" ? "queued_s" : "arrival_s"
    try write(
      "requests.csv",
      """
      \(start),prompt_tokens,output_tokens,prefix_blocks
      0,1024,200,\(blocks)
      0.5,1030,10,\(blocks)
      """)
    return folder
  }

  private func run(_ folder: String) throws -> (MeasuredExperiment, PredictedRun) {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let experiment = try #require(try KitReader.read(path: folder).experiments.first)
    return (experiment, try experiment.predict(try experiment.bound()))
  }

  private func processed(_ run: PredictedRun) -> [Int] { run.iterations.flatMap { $0.chunks.map(\.tokens) } }

  @Test("the blocks that two prompts share are processed once, where the engine caches prefixes")
  func prefixes() throws {
    let (cached, cachedRun) = try run(try folder("  enable_prefix_caching: true"))
    #expect(cached.requests[1].prefixBlocks.count == 64)
    #expect(!cached.notes.contains { $0.contains("every prompt is new") })
    #expect(processed(cachedRun) == [1024, 6])
    #expect(processed(try run(try folder("  enable_prefix_caching: false")).1) == [1024, 1030])
  }

  @Test("an engine that plans ahead takes a request an iteration later")
  func plansAhead() throws {
    let (sync, atOnce) = try run(try folder(""))
    let (ahead, later) = try run(try folder("  async_scheduling: true"))
    #expect(ahead.engine.plansAhead && !sync.engine.plansAhead)
    let step = atOnce.iterations.first { $0.decodes == 1 }.map(\.cost.seconds) ?? 0
    let wait = later.requests[1].firstToken.seconds - atOnce.requests[1].firstToken.seconds
    #expect(step > 0 && abs(wait - step) < 0.1 * step)
  }

  @Test("counted from the queue, a request comes at the next boundary between iterations")
  func queued() throws {
    let (experiment, counted) = try run(try folder("", latencyFrom: "queued"))
    #expect(experiment.arrivalsAreQueued)
    let (_, plain) = try run(try folder(""))
    let boundary = try #require(plain.iterations.map(\.start).first { $0 >= plain.requests[1].arrival })
    #expect(plain.requests[1].arrival.seconds == 0.5)
    #expect(counted.requests[1].arrival == boundary)
    #expect(counted.requests[1].firstToken == plain.requests[1].firstToken)
    #expect(counted.requests[0].arrival == .zero, "an idle engine takes it up at once")
  }

  @Test("blocks that are no numbers are refused with file and line")
  func mistake() throws {
    let folder = try folder("  enable_prefix_caching: true")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "arrival_s,prompt_tokens,output_tokens,prefix_blocks\n0,32,4,1 x\n".write(
      toFile: folder + "/requests.csv", atomically: true, encoding: .utf8)
    #expect {
      _ = try KitReader.read(path: folder)
    } throws: { error in
      "\(error)".contains(
        "requests.csv:2: error: 'prefix_blocks' wants whole numbers from 0 apart by spaces, found 'x'")
    }
  }
}
