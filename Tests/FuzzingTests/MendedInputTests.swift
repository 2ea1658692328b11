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

  /// Nearly all steps are one and the same: the weights of a robust fit would swing for ever.
  @Test func aLogOfOneStepOverAndOverIsRefused() async throws {
    let steps = (1...60).map { "\(0.01 + Double($0 % 7) * 0.003),\(40 * $0)@0,\($0 % 5),\($0 * 90)\n" }.joined()
    let rows = String(repeating: "0.03,1131@0,0,0\n", count: 14_000)
    let file = InputFile("l.csv", "duration,prefill,decode_seqs,decode_ctx\n" + steps + rows)
    let found = try await check(file, "fit", "@l.csv", "--model", "llama-3.1-8b", "--gpu", "h200-sxm-141gb")
    #expect(found.status == .badInput && found.problem == nil && found.error.contains("steps are the same few"))
  }

  /// The scenario that is made of a command is no file: what is wrong with it has a place in the command.
  @Test(arguments: ["me\u{FEFF}ta-llama/Llama-3.1-8B", "'a\nb: c'", "'a: {'"])
  func aModelThatNoScenarioCanNameHasItsPlaceInTheCommand(model: String) async throws {
    let file = InputFile("c.sh", "vllm serve \\\n  \(model) --max-num-seqs 64\n")
    let found = try await check(file, "import", "@c.sh", "--server", "hgx-h100-8")
    #expect(found.status == .badInput && found.problem == nil, "\(found.error)")
    #expect(found.error.contains("c.sh:2:3: error"), "\(found.error)")
  }

  @Test func theLeastOfAllNumbersIsNoNumberOfSequences() async throws {
    let file = InputFile("c.sh", "vllm serve meta-llama/Llama-3.1-8B --max-num-seqs -9223372036854775808\n")
    let found = try await check(file, "import", "@c.sh", "--server", "hgx-h100-8")
    #expect(found.status == .badInput && found.problem == nil && found.error.contains("wants a whole number"))
  }

  /// One request that ends as it comes: it took no time, so that there is no throughput to compare.
  @Test func requestsThatTookNoTimeHaveNoThroughput() async throws {
    let file = InputFile(
      "g.json",
      """
      {"benchmarks": [{"requests": {"successful": [{"request_id": "a", "prompt_tokens": 100, "output_tokens": 11,
        "time_to_first_token_ms": 50.0, "info": {"timings": {"request_start": 10.0, "first_token_iteration": 10.05,
        "last_token_iteration": 10.0, "request_end": 10.26}}}], "incomplete": [], "errored": []}}]}

      """)
    let found = try await check(
      file, "validate", "@g.json", "--engine-args", "vllm serve llama-3.1-8b", "--server", "hgx-h100-8")
    #expect(found.problem == nil && !found.output.contains("throughput"), "\(found.output)")
  }

  @Test func aCommandBehindAByteOrderMarkIsRead() async throws {
    let file = InputFile("c.sh", "\u{FEFF}vllm serve meta-llama/Llama-3.1-8B\n")
    #expect(try await check(file, "import", "@c.sh", "--server", "hgx-h100-8").status == .done)
  }

  /// Requests of a trace have no other arrivals, so that the text with every default has none either.
  @Test func canonicalTextsOfTracesAreRead() async throws {
    let session = FuzzSession(policies: .builtIn, metrics: [], seconds: 3_600)
    let text = String(decoding: Self.server.bytes, as: UTF8.self)
      .replacing("rate: 4/s, requests: 3, prompt_tokens: 10, output_tokens: 5", with: "trace: {file: t.csv}")
    guard case .ran(let requests, _) = await session.check.outcome(of: text) else {
      Issue.record("it does not run")
      return
    }
    #expect(requests == 16)
  }

  /// The time of four GPUs leaves the range of a clock before the stream's start: that is told, and no fault.
  @Test func aRunBeyondTheClockIsRefused() async throws {
    let session = FuzzSession(policies: .builtIn, metrics: [], seconds: 3_600)
    let text = String(decoding: Self.server.bytes, as: UTF8.self).replacing("rate: 4/s", with: "rate: 4/s, start: 50 d")
      .replacing("gpus: [0]", with: "gpus: [0, 1, 2, 3], tensor_parallel: 4")
    guard case .refused(let messages) = await session.check.outcome(of: text) else {
      Issue.record("it is not refused")
      return
    }
    #expect(messages.count == 1 && messages[0].contains("26 days"), "\(messages)")
  }

  /// A stream's start may be the latest there is; requests that are written down may not come after it.
  @Test func requestsAfterTheLatestStartAreNotWrittenDown() async throws {
    let session = FuzzSession(policies: .builtIn, metrics: [], seconds: 3_600)
    let text = String(decoding: Self.server.bytes, as: UTF8.self).replacing("rate: 4/s", with: "rate: 4/s, start: 50 d")
    guard case .ran(let requests, let rules) = await session.check.outcome(of: text) else {
      Issue.record("it does not run")
      return
    }
    #expect(requests >= 0 && !rules.contains("the same requests under another seed"))
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

  /// What is expected of variants is not part of the text of one of them.
  @Test(arguments: ["ratio: [fast, slow], below: 9", "variant: fast, below: 5 s", "policy: slow, below: 5 s"])
  func canonicalTextsOfVariantsAreRead(entry: String) async throws {
    let session = FuzzSession(policies: .builtIn, metrics: ["mean_ttft_ms"], seconds: 3_600)
    let text =
      String(decoding: Self.server.bytes, as: UTF8.self)
      + "variants: [{name: fast, workload.rate: 8/s}, {name: slow, workload.rate: 2/s}]\n"
      + "expect: [{metric: mean_ttft_ms, \(entry)}]\n"
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
