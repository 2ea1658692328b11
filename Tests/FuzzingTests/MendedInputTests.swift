import CommandLineTool
import Scheduling
import Testing

@testable import Fuzzing

/// Inputs that once broke something, made small: each is refused, or read, as everything is.
struct MendedInputTests {
  private static let server = InputFile(
    "s.yaml",
    """
    server: hgx-h100-8
    policies: [vllm-v1]
    deployments: [{name: small, model: llama-3.1-8b, gpus: [0]}]
    workload: {rate: 4/s, requests: 3, prompt_tokens: 10, output_tokens: 5}

    """)

  private func check(_ file: InputFile, _ command: String...) async throws -> InputCheck {
    let folder = try Folder()
    try InputPart.write(file, in: folder.path)
    return await InputPart.run(command, in: folder.path, names: [file.name])
  }

  /// The fitted process would change its rate once in months.
  @Test func aTraceOfYearsIsFitted() async throws {
    let rows = (0..<120).map { "\(Double($0 * $0) * 300),\(40 + $0),5\n" }.joined()
    let file = InputFile("t.csv", "arrival_s,prompt_tokens,output_tokens\n" + rows)
    let found = try await check(file, "trace", "fit", "@t.csv", "--sort-window", "200")
    #expect(found.problem == nil)
  }

  @Test func anEmptyListOfServersIsToldOfOnce() async throws {
    let text = String(decoding: Self.server.bytes, as: UTF8.self)
      .replacing("server: hgx-h100-8", with: "servers: [hgx-h100-8]").replacing("gpus: [0]", with: "servers: [1e-400]")
    let found = try await check(InputFile("s.yaml", text), "explain", "@s.yaml")
    #expect(found.status == .badInput && found.problem == nil)
  }

  @Test(arguments: ["request_start_ns\": 1e60", "request_start_ns\": 17598132075329003630000"])
  func aRequestBeforeAllTimeIsRefused(start: String) async throws {
    func record(_ start: String) -> String {
      """
      {"metadata": {"x_request_id": "r", "\(start)}, "metrics": {"input_sequence_length": {"value": 500}, \
      "output_sequence_length": {"value": 3}, "time_to_first_token": {"value": 40.5, "unit": "ms"}, \
      "request_latency": {"value": 60.5, "unit": "ms"}}, "error": null}

      """
    }
    let file = InputFile("a.jsonl", record("request_start_ns\": 1759813207532900363") + record(start))
    let found = try await check(
      file, "validate", "@a.jsonl", "--engine-args", "vllm serve llama-3.1-8b", "--server", "hgx-h100-8")
    #expect(found.status == .badInput && found.problem == nil && found.error.contains("50 days"))
  }

  @Test func aLogThatTellsOfNoCostIsRefused() async throws {
    let rows = String(repeating: "0.01,,0,0\n", count: 60)
    let found = try await check(
      InputFile("l.csv", "duration,prefill,decode_seqs,decode_ctx\n" + rows), "fit", "@l.csv", "--model",
      "llama-3.1-8b",
      "--gpu", "h200-sxm-141gb")
    #expect(found.status == .badInput && found.problem == nil)
  }

  @Test func aMessageAboutAVeryLongNameIsShort() async throws {
    let text = String(decoding: Self.server.bytes, as: UTF8.self)
    let file = InputFile("s.yaml", text.replacing("llama-3.1-8b", with: String(repeating: "a", count: 200_000)))
    let found = try await check(file, "explain", "@s.yaml")
    #expect(found.status == .badInput && found.error.utf8.count < 10_000 && found.error.contains(" … "))
  }

  /// What is expected of a sweep is not part of the text of a point, which has none.
  @Test func canonicalTextsOfTrendsAreRead() async throws {
    let session = FuzzSession(policies: .builtIn, metrics: ["mean_ttft_ms"], seconds: 3_600)
    let text =
      String(decoding: Self.server.bytes, as: UTF8.self)
      + "sweep: {grid: {workload.rate: [2/s, 4/s]}}\nexpect: [{metric: mean_ttft_ms, falls: workload.rate}]\n"
    let outcome = await session.check.outcome(of: text)
    guard case .ran = outcome else {
      Issue.record("\(outcome)")
      return
    }
  }

  @Test(arguments: ["{metric: mean_ttft_ms, reported: true}", "{metric: mean_ttft_ms, below: 1 s}"])
  func canonicalTextsOfExpectationsAreRead(entry: String) async throws {
    let session = FuzzSession(policies: .builtIn, metrics: ["mean_ttft_ms"], seconds: 3_600)
    let text = String(decoding: Self.server.bytes, as: UTF8.self) + "expect: [\(entry)]\n"
    switch await session.check.outcome(of: text) {
    case .ran: break
    case .tooLong: Issue.record("\(entry): too long")
    case .refused(let messages): Issue.record("\(entry): \(messages)")
    case .broken(let reason): Issue.record("\(entry): \(reason)")
    }
  }
}
