import Cluster
import Configuration
import Foundation
import Metrics
import Scenario
import Scheduling
import SimCore
import Testing

/// Prefixes from traces, and what a scenario says of graphs, hosts and kernel times.
@Suite struct PrefixTests {
  private static let trace = """
    {"timestamp": 0, "input_length": 1024, "output_length": 300, "hash_ids": [3, 8]}
    {"timestamp": 900, "input_length": 1030, "output_length": 5, "hash_ids": [3, 8, 11]}
    {"timestamp": 1800, "input_length": 1100, "output_length": 5, "hash_ids": [3, 9, 12]}

    """

  /// Prompt tokens that were processed.
  private func processed(_ engine: String, other: String = "", stepping: Stepping = .segment) throws -> Int64 {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spillway-prefix-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Self.trace.write(toFile: folder + "/t.jsonl", atomically: true, encoding: .utf8)
    let file = folder + "/s.yaml"
    try """
    server: hgx-h100-8
    policies: [vllm-v1]
    deployments: [{name: m, model: llama-3.1-8b, gpus: [0], engine: {\(engine)}}]
    workload:
      - {name: one, trace: {file: t.jsonl}}
    \(other)
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let diagnostics = Diagnostics()
    let read = try ScenarioReader.read(path: file, policies: .builtIn, metrics: [], into: diagnostics)
    let scenario = try #require(read, "\(diagnostics.all)")
    let run = try #require(try Planner.runs(of: scenario, stepping: stepping, spillwayVersion: "").first)
    let result = try Simulation.run(run.plan, provenance: run.provenance, policy: run.policyName)
    return result.engines.reduce(0) { $0 + $1.prefillTokens }
  }

  @Test(arguments: Stepping.allCases)
  func blocksThatATraceNamesAreProcessedOnce(stepping: Stepping) throws {
    let all: Int64 = 1024 + 1030 + 1100
    #expect(try processed("enable_prefix_caching: false", stepping: stepping) == all)
    // Of the second prompt two blocks of 512 tokens are there, of the third one.
    #expect(try processed("enable_prefix_caching: true", stepping: stepping) == all - 1024 - 512)
    #expect(try processed("block_size: 1024", stepping: stepping) == all - 1024, "vLLM's default is to cache")
    #expect(try processed("stack: tensorrt-llm, version: \"0.8\"", stepping: stepping) == all, "TensorRT-LLM's is not")
  }

  @Test func streamsOfOneFileShareAndThoseOfOthersDoNot() throws {
    let again = "  - {name: two, start: 5 s, trace: {file: t.jsonl}}"
    let all: Int64 = 1024 + 1030 + 1100
    // The second time everything is found but what a prompt has beyond its last full block, or its last token.
    #expect(try processed("", other: again) == all - 1024 - 512 + 16 + 6 + 12)
    let copy = "  - {name: two, start: 5 s, trace: {file: t.jsonl, hash_block: 256}}"
    #expect(try processed("", other: copy) == (all - 1024 - 512) + (all - 512 - 256))
  }

  @Test func sizesThatDoNotDivideAreRefused() throws {
    let error = #expect(throws: (any Error).self) { try processed("block_size: 48") }
    #expect("\(String(describing: error))".contains("names blocks of 512 tokens, the engine's hold 48"))
  }
}
