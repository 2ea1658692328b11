import Foundation
import Testing
import Validation

/// What benchmark clients write, read as requests.
struct BenchReaderTests {
  static let vllm = """
    {"date": "20261120-101500", "endpoint_type": "openai", "model_id": "m", "request_rate": 10.0,
     "max_concurrency": null, "duration": 0.9, "completed": 2, "failed": 1,
     "input_lens": [100, 200, 50], "output_lens": [3, 1, 0], "ttfts": [0.02, 0.03, 0.0],
     "itls": [[0.01, 0.02], [], []], "start_times": [1000.5, 1000.0, 1001.0],
     "generated_texts": ["a", "b", ""], "errors": ["", "", "HTTP 500"]}
    """

  @Test("vllm bench serve: times count from the first request; failures are left out and said")
  func vllmBench() throws {
    let folder = try KitFolder()
    let results = try BenchReader.read(path: try folder.file("bench.json", Self.vllm))
    let bench = try #require(results.first)
    #expect(results.count == 1 && bench.client == "vllm bench serve" && bench.requests.map(\.id) == ["1", "0"])
    #expect(bench.requests.map(\.arrival) == [0, 0.5] && bench.requests.map(\.outputTokens) == [1, 3])
    #expect(abs((bench.requests[1].firstToken ?? 0) - 0.52) < 1e-9)
    #expect(abs((bench.requests[1].lastToken ?? 0) - 0.55) < 1e-9)
    #expect(bench.tokenGaps == [10, 20])
    #expect(bench.notes.contains { $0.hasPrefix("1 requests failed") })
    #expect(bench.notes.contains { $0.contains("neither steps, preemptions and KV blocks") })
  }

  @Test("what a file of vllm bench serve lacks is said, with its place")
  func lacking() throws {
    let folder = try KitFolder()
    func message(_ edit: (String) -> String) throws -> String {
      let path = try folder.file("bench.json", edit(Self.vllm))
      do {
        _ = try BenchReader.read(path: path)
        return ""
      } catch let error as KitError { return error.description }
    }
    #expect(try message { $0.replacing("\"ttfts\"", with: "\"t\"") }.contains("'--save-detailed'"))
    let late = try message { $0.replacing("\"start_times\"", with: "\"s\"") }
    #expect(late.contains("vLLM 0.11") && late.contains("bench.json:1:1: error:"))
    #expect(try message { $0.replacing("[0.02, 0.03, 0.0]", with: "[0.02]") }.contains("'ttfts': has 1 values"))
    #expect(try message { $0.replacing("[3, 1, 0]", with: "[3, \"x\", 0]") }.contains("bench.json:3:"))
    #expect(try message { _ in "{\"request_latency\": {\"avg\": 3}}" }.contains("profile_export.jsonl"))
    #expect(try message { _ in "{\"config\": {}, \"experiments\": {}}" }.contains("leave '--engine-args' out"))
    #expect(try message { _ in "{\"a\": 1}" }.contains("no result of 'vllm bench serve'"))
    let all = try BenchReader.read(
      path: try folder.file(
        "all.json",
        Self.vllm.replacing("\"start_times\"", with: "\"s\"").replacing("10.0", with: "\"inf\"")))
    #expect(all[0].requests.allSatisfy { $0.arrival == 0 } && all[0].notes.contains { $0.contains("at once") })
  }

  @Test("GuideLLM: the fields of each version")
  func guideLLM() throws {
    let folder = try KitFolder()
    let text = """
      {"benchmarks": [
        {"requests": {"successful": [
           {"request_id": "a", "prompt_tokens": 100, "output_tokens": 11, "time_to_first_token_ms": 50.0,
            "info": {"timings": {"request_start": 10.0, "first_token_iteration": 10.05,
                                 "last_token_iteration": 10.25, "request_end": 10.26}}},
           {"request_id": "n", "prompt_tokens": null, "output_tokens": 4, "request_start_time": 11.0}],
          "incomplete": [{}], "errored": []}},
        {"requests": {"successful": [
           {"prompt_tokens": 7, "output_tokens": 2, "start_time": 3.0, "first_token_time": 3.5,
            "last_token_time": 4.0}],
          "incomplete": [], "errored": []}}]}
      """
    let results = try BenchReader.read(path: try folder.file("benchmarks.json", text))
    #expect(results.map(\.name) == ["benchmark-1", "benchmark-2"] && results.map(\.requests.count) == [1, 1])
    let first = results[0].requests[0]
    #expect(first.arrival == 0 && abs((first.firstToken ?? 0) - 0.05) < 1e-9)
    #expect(abs((first.lastToken ?? 0) - 0.25) < 1e-9 && first.promptTokens == 100)
    #expect(results[0].notes.contains { $0.hasPrefix("1 requests have no token counts") })
    #expect(results[0].notes.contains { $0.hasPrefix("1 requests failed") })
    #expect(results[1].requests[0].lastToken == 1)
    #expect(first.id == "a" && results[1].requests[0].id == "0")
  }

  @Test("AIPerf: one record per line, sessions by their correlation id, a bad line by its number")
  func aiPerf() throws {
    let folder = try KitFolder()
    func record(_ start: Int, turn: Int, error: String = "null", cancelled: Bool = false) -> String {
      """
      {"metadata": {"x_request_id": "r\(turn)", "x_correlation_id": "s", "turn_index": \(turn), "request_start_ns": \
      \(start), "benchmark_phase": "profiling", "was_cancelled": \(cancelled)}, "metrics": \
      {"input_sequence_length": {"value": 500, "unit": "tokens"}, \
      "output_sequence_length": {"value": 3, "unit": "tokens"}, "time_to_first_token": {"value": 40.5, "unit": "ms"}, \
      "request_latency": {"value": 60.5, "unit": "ms"}, "inter_chunk_latency": {"value": [9.5, 10.5], "unit": "ms"}}, \
      "error": \(error)}
      """
    }
    let lines = [
      record(1_759_813_207_532_900_363, turn: 0), record(1_759_813_208_532_900_363, turn: 1),
      record(1_759_813_209_532_900_363, turn: 2, error: "{\"code\": 499}"),
      record(1_759_813_210_532_900_363, turn: 3, cancelled: true), "",
    ]
    let bench = try BenchReader.read(
      path: try folder.file("profile_export.jsonl", lines.joined(separator: "\n")))[0]
    #expect(bench.requests.count == 2 && bench.tokenGaps.count == 4 && bench.client == "AIPerf")
    #expect(abs(bench.requests[1].arrival - 1) < 1e-6 && bench.requests[1].session == 0 && bench.requests[1].turn == 1)
    #expect(abs((bench.requests[0].firstToken ?? 0) - 0.0405) < 1e-9)
    let broken = try folder.file("b.jsonl", lines[0] + "\n{\"metadata\": 3\n")
    #expect { try BenchReader.read(path: broken) } throws: { "\($0)".contains("b.jsonl:2:") }
  }
}
