import Models
import TextIO
import Workload

/// What a benchmark's client saw of a server: requests with their times, but nothing of the engine.
public struct BenchResults: Sendable {
  /// The client, as people call it.
  public var client: String
  /// Of several measurements in one file, which; empty for the only one.
  public var name: String
  /// Times are seconds from the first request that was sent.
  public var requests: [MeasuredRequest]
  /// Milliseconds between successive tokens of a request, as they reached the client; empty when not recorded.
  public var tokenGaps: [Double] = []
  /// What the file lacks, and what was made of it, one sentence each.
  public var notes: [String] = []
}

/// Reads what benchmark clients write.
///
/// Names of fields were checked against the published packages of the versions named.
///
/// - `vllm bench serve --save-result --save-detailed`: `vllm/benchmarks/serve.py` of vLLM 0.20.2 (`start_times`; older
///   files without them have no arrival times).
/// - GuideLLM's `benchmarks.json`: `GenerativeRequestStats` and `RequestTimings` of 0.4.0, 0.5.0 and 0.8.1, and the
///   fields that 0.3.1 had in their place (`start_time`, `first_token_time`, `last_token_time`).
/// - AIPerf's `profile_export.jsonl`, one record per line: `MetricRecordInfo` of 0.2.0 and 0.13.0.
public enum BenchReader {
  /// Reads a file, plain or gzip.
  ///
  /// - Throws: `KitError` with place and reason, `WorkloadError` for a file that cannot be read.
  public static func read(path: String) throws -> [BenchResults] {
    let bytes = try FileContents.bytes(path: path)
    // Of JSON lines the first is a document of its own.
    let first = bytes.firstIndex(of: UInt8(ascii: "\n")).map { Array(bytes[..<$0]) }
    if path.contains(".jsonl"), let first, let record = try? KitJSON.parse(first, file: path),
      !record["metadata"].isMissing
    {
      return [try AIPerfReader.results(bytes, file: path)]
    }
    let document: KitJSON
    do {
      document = try KitJSON.parse(bytes, file: path)
    } catch {
      guard let first, (try? KitJSON.parse(first, file: path)) != nil else { throw error }
      return [try AIPerfReader.results(bytes, file: path)]
    }
    if !document["benchmarks"].isMissing { return try GuideLLMReader.results(document) }
    if !document["metadata"].isMissing, !document["metrics"].isMissing {
      return [try AIPerfReader.results(bytes, file: path)]
    }
    if !document["request_latency"].isMissing || !document["input_config"].isMissing {
      throw document.error(
        "has aggregates alone, no requests: give AIPerf's 'profile_export.jsonl', which is beside it")
    }
    if !document["config"].isMissing, !document["experiments"].isMissing {
      throw document.error("is a kit, which names its own engine: leave '--engine-args' out")
    }
    guard !document["completed"].isMissing || !document["input_lens"].isMissing else {
      throw document.error(
        "is no result of 'vllm bench serve' ('input_lens', 'ttfts'), GuideLLM ('benchmarks') or AIPerf ('metadata')")
    }
    return [try VLLMBenchReader.results(document)]
  }

  /// What every client's file lacks.
  static let common =
    "a client's file says nothing of the engine: neither steps, preemptions and KV blocks nor which prompts begin "
    + "alike; every prompt is simulated as new"

  /// Requests with times from the first that was sent.
  ///
  /// - Throws: `KitError` for a time that no run can have.
  static func fromFirst(_ requests: [MeasuredRequest], of file: String) throws -> [MeasuredRequest] {
    let start = requests.map(\.arrival).min() ?? 0
    for request in requests {
      for time in [request.arrival, request.firstToken, request.lastToken].compactMap({ $0 })
      where !CheckedTable.seconds.contains(abs(time - start)) {
        throw KitError(file: file, "request '\(Printable.line(request.id))' lies more than 50 days from the first")
      }
    }
    return requests.map { request in
      var moved = request
      moved.arrival -= start
      moved.firstToken = request.firstToken.map { $0 - start }
      moved.lastToken = request.lastToken.map { $0 - start }
      return moved
    }.inOrderOfArrival
  }

  static func failures(_ count: Int) -> [String] {
    count == 0 ? [] : ["\(count) requests failed or were cut off: they are left out, and so is the load that they were"]
  }
}

/// `vllm bench serve --save-detailed`.
enum VLLMBenchReader {
  static func results(_ document: KitJSON) throws -> BenchResults {
    guard !document["input_lens"].isMissing, !document["ttfts"].isMissing else {
      throw document.error("has no 'input_lens' and 'ttfts': run 'vllm bench serve' with '--save-detailed'")
    }
    let prompts = try document["input_lens"].list()
    let outputs = try document["output_lens"].list()
    let firsts = try document["ttfts"].list()
    let gaps = document["itls"].isMissing ? [] : try document["itls"].list()
    let latencies = document["latencies"].isMissing ? [] : try document["latencies"].list()
    let errors = document["errors"].isMissing ? [] : try document["errors"].list()
    var notes: [String] = []
    let starts = try self.starts(document, count: prompts.count, &notes)
    for (name, list) in [("output_lens", outputs), ("ttfts", firsts), ("itls", gaps), ("latencies", latencies)]
    where list.count != prompts.count && !list.isEmpty {
      throw document[name].error("has \(list.count) values, and 'input_lens' has \(prompts.count)")
    }
    if outputs.isEmpty { throw document.error("has no 'output_lens'") }
    var results = BenchResults(client: "vllm bench serve", name: "", requests: [])
    var failed = 0
    var bundled = 0
    var unmatched = 0
    for index in prompts.indices {
      let output = try outputs[index].integer()
      let isFailed = index < errors.count ? try errors[index].optionalText()?.isEmpty == false : false
      if output == 0 || isFailed {
        failed += 1
        continue
      }
      var request = MeasuredRequest(
        id: "\(index)", arrival: starts[index], promptTokens: try prompts[index].integer(1...Int(Int32.max)),
        outputTokens: output)
      let first = try firsts[index].seconds()
      let between = index < gaps.count ? try gaps[index].list().map { try $0.seconds() } : []
      request.firstToken = request.arrival + first
      if index < latencies.count {
        request.lastToken = try latencies[index].optionalSeconds().map { request.arrival + $0 }
      } else if !gaps.isEmpty {
        request.lastToken = request.arrival + first + between.reduce(0, +)
      }
      if !gaps.isEmpty, between.count < output - 1 { bundled += 1 }
      if request.lastToken == nil { unmatched += 1 }
      results.tokenGaps += between.map { $0 * 1e3 }
      results.requests.append(request)
    }
    if results.requests.isEmpty { throw document.error("has no request that succeeded") }
    results.requests = try BenchReader.fromFirst(results.requests, of: document.file)
    if gaps.isEmpty { notes.append("the file has no 'itls': inter-token latencies are not compared") }
    if unmatched > 0 { notes.append("\(unmatched) requests have no last token, and no end-to-end latency") }
    if bundled > 0 {
      notes.append(
        "in \(bundled) requests several tokens came in one message: inter-token latencies are those of messages")
    }
    if let limit = try document["max_concurrency"].optionalInteger() {
      notes.append(
        "the client kept at most \(limit) requests at once, so arrivals depended on the server: they are replayed as "
          + "they were sent")
    }
    results.notes = notes + BenchReader.failures(failed) + [BenchReader.common]
    return results
  }

  /// When each request was sent, on the client's clock.
  private static func starts(_ document: KitJSON, count: Int, _ notes: inout [String]) throws -> [Double] {
    if !document["start_times"].isMissing {
      let starts = try document["start_times"].list().map { start -> Double in
        guard let seconds = try start.optionalNumber() else { throw start.error("wants a number of seconds") }
        return seconds
      }
      guard starts.count == count else {
        throw document["start_times"].error("has \(starts.count) values, and 'input_lens' has \(count)")
      }
      return starts
    }
    // 'inf' is text in some versions; JSON has no such number.
    let rate = document["request_rate"].value?.string
    if rate == "inf", document["max_concurrency"].isMissing {
      notes.append("the file has no 'start_times'; at a request rate of 'inf' all requests are taken to arrive at once")
      return Array(repeating: 0, count: count)
    }
    throw document.error(
      "has no 'start_times': when requests arrived is not known; vLLM 0.11 and later write them with '--save-detailed'")
  }
}

/// GuideLLM's `benchmarks.json`.
enum GuideLLMReader {
  static func results(_ document: KitJSON) throws -> [BenchResults] {
    let all = try document["benchmarks"].list()
    if all.isEmpty { throw document.error("has no benchmark") }
    return try all.enumerated().map { index, benchmark in
      let requests = benchmark["requests"]
      guard !requests["successful"].isMissing else {
        throw requests.error("has no 'successful' requests: GuideLLM keeps them unless it is told to sample none")
      }
      var results = BenchResults(
        client: "GuideLLM", name: all.count > 1 ? "benchmark-\(index + 1)" : "", requests: [])
      var untimed = 0
      for (number, request) in try requests["successful"].list().enumerated() {
        guard let read = try self.request(request, number) else {
          untimed += 1
          continue
        }
        results.requests.append(read)
      }
      if results.requests.isEmpty { throw requests.error("has no request with its times and token counts") }
      results.requests = try BenchReader.fromFirst(results.requests, of: document.file)
      let lost = ["incomplete", "errored"].reduce(0) { $0 + (requests[$1].value?.array?.count ?? 0) }
      results.notes =
        (untimed == 0 ? [] : ["\(untimed) requests have no token counts or times, and are left out"])
        + BenchReader.failures(lost)
        + [
          "GuideLLM's file has only the average gap between a request's tokens: inter-token latencies are not compared",
          BenchReader.common,
        ]
      return results
    }
  }

  private static func request(_ request: KitJSON, _ number: Int) throws -> MeasuredRequest? {
    /// The first of several names, of which each version has one.
    func value(_ names: [[String]]) throws -> Double? {
      for path in names {
        if let found = try path.reduce(request, { $0[$1] }).optionalNumber() { return found }
      }
      return nil
    }
    let timings = ["info", "timings"]
    guard let start = try value([timings + ["request_start"], ["request_start_time"], ["start_time"]]),
      let prompt = try value([
        ["prompt_tokens"], ["input_metrics", "total_tokens"], ["input_metrics", "text_tokens"],
      ]),
      let output = try value([
        ["output_tokens"], ["output_metrics", "total_tokens"], ["output_metrics", "text_tokens"],
      ]),
      prompt >= 1, output >= 1, prompt <= Double(Int32.max), output <= Double(Int32.max)
    else { return nil }
    var read = MeasuredRequest(
      id: try request["request_id"].optionalText() ?? "\(number)", arrival: start, promptTokens: Int(prompt),
      outputTokens: Int(output))
    read.firstToken =
      try value([timings + ["first_token_iteration"], timings + ["first_iteration"], ["first_token_time"]])
      ?? value([["time_to_first_token_ms"]]).map { start + $0 / 1e3 }
    read.lastToken = try value([
      timings + ["last_token_iteration"], timings + ["last_iteration"], ["last_token_time"], timings + ["request_end"],
      ["request_end_time"], ["end_time"],
    ])
    return read
  }
}

/// AIPerf's `profile_export.jsonl`.
enum AIPerfReader {
  static func results(_ bytes: [UInt8], file: String) throws -> BenchResults {
    var results = BenchResults(client: "AIPerf", name: "", requests: [])
    var failed = 0
    var warmUp = 0
    var sessions: [String: Int] = [:]
    var first: Double?
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) { continue }
      let record = try KitJSON.parse(Array(line), file: file, line: index + 1)
      let about = record["metadata"]
      let metrics = record["metrics"]
      if about.isMissing || metrics.isMissing {
        throw record.error("is no record of AIPerf's 'profile_export.jsonl': it lacks 'metadata' or 'metrics'")
      }
      if let phase = try about["benchmark_phase"].optionalText(), phase != "profiling" {
        warmUp += 1
        continue
      }
      func value(_ name: String) throws -> Double? { try metrics[name]["value"].optionalNumber() }
      let isCancelled = about["was_cancelled"].value?.boolean == true
      guard record["error"].isMissing, !isCancelled, let start = try about["request_start_ns"].optionalNumber(),
        let prompt = try value("input_sequence_length"),
        let output = try value("output_sequence_length") ?? value("output_token_count"), prompt >= 1, output >= 1,
        prompt <= Double(Int32.max), output <= Double(Int32.max)
      else {
        failed += 1
        continue
      }
      // Nanoseconds since 1970 have more digits than a double keeps seconds of: the first one is taken off before.
      let arrival = (start - (first ?? start)) / 1e9
      first = first ?? start
      var request = MeasuredRequest(
        id: try about["x_request_id"].optionalText() ?? "line \(index + 1)", arrival: arrival,
        promptTokens: Int(prompt), outputTokens: Int(output))
      request.firstToken = try milliseconds(metrics["time_to_first_token"]).map { arrival + $0 / 1e3 }
      request.lastToken = try milliseconds(metrics["request_latency"]).map { arrival + $0 / 1e3 }
      if let turn = try about["turn_index"].optionalInteger() {
        request.turn = turn
        if let session = try about["x_correlation_id"].optionalText() {
          request.session = sessions[session] ?? sessions.count
          sessions[session] = request.session
        }
      }
      if let gaps = metrics["inter_chunk_latency"]["value"].value?.array {
        results.tokenGaps += gaps.compactMap(\.number)
      }
      results.requests.append(request)
    }
    if results.requests.isEmpty { throw KitError(file: file, "has no request that succeeded") }
    // Prompts of a session extend each other only where there are several turns.
    if !results.requests.contains(where: { $0.turn > 0 }) {
      for index in results.requests.indices { results.requests[index].session = nil }
    }
    let isSession = results.requests.contains { $0.session != nil }
    results.requests = try BenchReader.fromFirst(results.requests, of: file)
    if results.tokenGaps.isEmpty {
      results.notes.append("the file has no 'inter_chunk_latency': inter-token latencies are not compared")
    } else {
      results.notes.append("inter-token latencies are those between messages, of which some hold several tokens")
    }
    if warmUp > 0 { results.notes.append("\(warmUp) requests of the warm-up are left out") }
    results.notes += BenchReader.failures(failed)
    results.notes.append(
      isSession
        ? "turns of a session are taken to extend each other; the file says nothing of the engine's steps and KV blocks"
        : BenchReader.common)
    return results
  }

  private static func milliseconds(_ metric: KitJSON) throws -> Double? {
    guard let value = try metric["value"].optionalNumber() else { return nil }
    switch try metric["unit"].optionalText() ?? "ms" {
    case "ms": return value
    case "s", "sec": return value * 1e3
    case "ns": return value / 1e6
    case let unit: throw metric["unit"].error("wants ms, s or ns, found '\(unit)'")
    }
  }
}
