import Assembly
import Foundation
import Models
import Scheduling
import StepTime
import Workload

/// What the serving benchmark of vLLM reports, by its columns.
private let benchmarkColumns: [(String, SuiteMetric)] = [
  ("mean_ttft_ms", .ttftMean), ("median_ttft_ms", .ttftMedian), ("p99_ttft_ms", .ttftP99),
  ("mean_tpot_ms", .tpotMean), ("median_tpot_ms", .tpotMedian), ("p99_tpot_ms", .tpotP99),
]

extension SuiteReader {
  /// dstack's sweep of request rates: vLLM 0.6.3, Llama-3.1-405B in 8 bits on eight H100.
  static let dstackSweep = SuiteReader(
    accepts: { $0.has("qps", "num-scheduler-step", "max-num-batched-tokens", "mean_ttft_ms") },
    read: { table in
      table.points("dstack") { row in
        let rate = try row.required("request_rate")
        let requests = try row.count("num_prompts")
        let output = max(1, Int(try row.required("total_output_tokens")) / requests)
        let input = max(1, Int(try row.required("total_input_tokens")) / requests)
        var measured = try row.measurements(benchmarkColumns)
        measured += try row.measurements([("output_throughput", .outputThroughput), ("duration", .makespan)])
        let steps = try row.count("num-scheduler-step")
        let sequences = try row.count("max-num-seqs")
        let tokens = try row.count("max-num-batched-tokens")
        let chunked = row.text("enable-chunked-prefill") == "True"
        let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in
          if steps > 1 { throw SuiteObstacle("several iterations per scheduling step are not modelled") }
          return try dstack405B(
            arrivals: .poisson(rate: rate), requests: requests,
            lengths: .independent(prompt: shareGPT(mean: input), output: shareGPT(mean: output)), meanOutput: output,
            sequences: sequences, tokens: chunked ? tokens : 8192, chunked: chunked)
        }
        return dstackPoint(
          row,
          workload: "Poisson \(rate)/s, \(input) in, \(output) out, \(steps) steps"
            + (chunked ? ", chunks of \(tokens)" : "") + ", \(sequences) sequences", measured, setting)
      }
    })

  /// dstack's per-request record of one such run.
  static let dstackRequests = SuiteReader(
    accepts: { $0.has("prompt_tokens", "output_tokens", "ttft_ms", "decode_ms", "n_itl") },
    read: { table in
      guard let first = table.rows.first else { return [] }
      // The rate is in the file's name only: `..._requests_qps16.csv.gz`.
      guard
        let rate = table.name.range(of: "_qps").flatMap({
          Double(table.name[$0.upperBound...].prefix { $0.isNumber || $0 == "." }.trimmingSuffix("."))
        }), rate > 0
      else {
        return [.unreadable(table.name, "the file's name does not say the request rate, as in 'requests_qps16.csv'")]
      }
      var ttft: [Double] = []
      var tpot: [Double] = []
      var pairs: [LengthPairSample.Pair] = []
      for row in table.rows {
        let output = Int(try row.number("output_tokens") ?? 0)
        pairs.append(.init(prompt: Int32(try row.count("prompt_tokens")), output: Int32(max(1, output))))
        if let value = try row.number("ttft_ms"), value > 0 { ttft.append(value) }
        if let decode = try row.number("decode_ms"), output > 1, decode > 0 { tpot.append(decode / Double(output - 1)) }
      }
      let outputs = pairs.reduce(0) { $0 + Int($1.output) }
      let measured =
        SampleFigures(ttft).measurements(.ttftMean, .ttftMedian, .ttftP99)
        + SampleFigures(tpot).measurements(.tpotMean, .tpotMedian, .tpotP99)
      let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in
        try dstack405B(
          arrivals: .poisson(rate: rate), requests: pairs.count,
          lengths: .pairs(LengthPairSample(source: table.name, pairs: pairs)), meanOutput: outputs / pairs.count,
          sequences: 512, tokens: 512)
      }
      return [dstackPoint(first, workload: "Poisson \(rate)/s, recorded lengths", measured, setting)]
    })

  /// dstack's ratios of prefill to decode workers.
  static let disaggregated = SuiteReader(
    accepts: { $0.has("prefill", "decode", "conc", "isl", "osl", "mean_ttft_ms") },
    read: { table in
      table.points("dstack") { row in
        SuitePoint(
          source: "dstack", place: row.place, model: row.text("model_id"), gpu: "H200", tensorParallel: 2,
          engine: "sglang",
          workload: "closed loop \(row.text("conc")), \(row.text("isl")) in, \(row.text("osl")) out, "
            + "\(row.text("prefill")) prefill and \(row.text("decode")) decode workers",
          measured: try row.measurements(benchmarkColumns),
          set: .notModelled("prefill and decode on separate workers are not modelled"))
      }
    })

  /// dstack's offline runs of the same engine.
  static let dstackOffline = SuiteReader(
    accepts: { $0.has("input_len", "output_len", "num_prompts", "elapsed_s") },
    read: { table in
      table.points("dstack") { row in
        let (input, output) = (try row.count("input_len"), try row.count("output_len"))
        let count = try row.count("num_prompts")
        let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in
          try dstack405B(
            arrivals: .together, requests: count,
            lengths: .independent(prompt: .fixed(input), output: .fixed(output)), meanOutput: output,
            tokens: 512)
        }
        return dstackPoint(
          row, workload: "\(count) at once, \(input) in, \(output) out",
          try row.measurements([("elapsed_s", .makespan)]), setting)
      }
    })

  /// Points of request rates from several publishers.
  static let servingPoints = SuiteReader(
    accepts: { $0.has("source", "engine", "workload", "request_rate", "num_requests", "ttft_p50_ms") },
    read: { table in table.points("serving points") { try ServingRow($0).point } })
}

/// Prompt lengths of the ShareGPT prompts that serving benchmarks sample: coefficient of variation 1.13 (1,000 prompts
/// of dstack's record); outputs 1.36 there.
func shareGPT(mean: Int) -> LengthDistribution {
  LengthDistribution(.gamma(mean: Double(mean), cv: 1.2), minimum: 1, maximum: 2048)
}

private func dstackPoint(
  _ row: SuiteRow, workload: String, _ measured: [SuitePoint.Measurement],
  _ setting: SuitePoint.Setting
) -> SuitePoint {
  SuitePoint(
    source: "dstack", place: row.place, model: "Llama-3.1-405B-FP8", gpu: "H100", tensorParallel: 8,
    engine: "vllm 0.6.3", workload: workload, measured: measured, set: setting)
}

private func dstack405B(
  arrivals: SuiteLoad.Arrivals, requests: Int, lengths: LengthModel, meanOutput: Int, sequences: Int = 256, tokens: Int,
  chunked: Bool = true
) throws(SuiteObstacle) -> SuiteExperiment {
  let model = try SuiteModels.find("Llama-3.1-405B-FP8", weights: .fp8).get()
  let machine = try suiteMachine("H100", gpus: 8)
  return SuiteExperiment(
    model: model, machine: machine, tensorParallel: 8,
    serving: try SuiteServing("vllm", "0.6.3", on: machine, model: model).limited(sequences: sequences, tokens: tokens)
      .with(["chunked_prefill": .boolean(chunked)]),
    load: SuiteLoad(arrivals: arrivals, requests: requests, lengths: lengths, meanOutput: meanOutput))
}

/// One row of the collected points of request rates.
private struct ServingRow {
  let row: SuiteRow
  let tensorParallel: Int
  let requests: Int

  init(_ row: SuiteRow) throws {
    self.row = row
    tensorParallel = try row.count("tp")
    requests = try row.count("num_requests")
  }

  var point: SuitePoint {
    get throws {
      let measured = try row.measurements([
        ("ttft_mean_ms", .ttftMean), ("ttft_p50_ms", .ttftMedian), ("ttft_p99_ms", .ttftP99),
        ("tpot_mean_ms", .tpotMean), ("tpot_p50_ms", .tpotMedian), ("tpot_p99_ms", .tpotP99),
        ("e2e_mean_ms", .latencyMean), ("e2e_p50_ms", .latencyMedian), ("req_per_s", .requestThroughput),
        ("out_tok_per_s", .outputThroughput),
      ])
      let lengths = try lengths()
      let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in
        try experiment(lengths)
      }
      return SuitePoint(
        source: "serving points: " + row.text("source").prefix { $0 != "/" && $0 != " " }, place: row.place,
        model: row.text("model"), gpu: row.text("gpu"), tensorParallel: tensorParallel,
        engine: row.text("engine") + " " + row.text("version"),
        workload: row.text("workload") + ", " + row.text("request_rate") + "/s", measured: measured,
        set: setting)
    }
  }

  private func experiment(_ lengths: (model: LengthModel, output: Int)) throws(SuiteObstacle) -> SuiteExperiment {
    if let stages = Double(row.text("pp")), stages > 1 { throw SuiteObstacle("pipeline parallelism is not modelled") }
    if row.text("version").contains("scheduler-steps") {
      throw SuiteObstacle("several iterations per scheduling step are not modelled")
    }
    let model = try SuiteModels.find(row.text("model"), weights: row.text("precision") == "fp8" ? .fp8 : nil).get()
    let machine = try suiteMachine(row.text("gpu"), gpus: tensorParallel)
    let serving: SuiteServing
    switch row.text("engine").lowercased() {
    case "sglang": serving = try SuiteServing("sglang", version(or: "0.4"), on: machine, model: model)
    case "vllm": serving = try SuiteServing("vllm", version(or: "0.8"), on: machine, model: model)
    case "tensorrt-llm", "trtllm":
      serving = try SuiteServing("tensorrt-llm", "0.8", on: machine, model: model)
        .with(["max_output_tokens": .integer(lengths.output)])
    case let other: throw SuiteObstacle("the engine '\(other)' is not modelled")
    }
    let rate = Double(row.text("request_rate")).flatMap { $0.isFinite ? $0 : nil }
    return SuiteExperiment(
      model: model, machine: machine, tensorParallel: tensorParallel, serving: serving,
      load: SuiteLoad(
        arrivals: rate.map { .poisson(rate: $0) } ?? .together, requests: requests, lengths: lengths.model,
        meanOutput: lengths.output))
  }

  /// The stated version, at the beginning of the words on it.
  private func version(or unstated: String) -> String {
    let number = VersionNumber(row.text("version"))
    return number.parts.count >= 2 ? number.description : unstated
  }

  /// The lengths the workload's words describe, with the measured means where there are some.
  private func lengths() throws -> (model: LengthModel, output: Int) {
    let words = row.text("workload")
    if words.contains("random") {
      let numbers = words.split { !$0.isNumber }.compactMap { Int($0) }
      if numbers.count >= 2 {
        return (
          .independent(prompt: SuiteLoad.uniform(numbers[0], from: 0), output: SuiteLoad.uniform(numbers[1], from: 0)),
          numbers[1] / 2
        )
      }
    }
    // ShareGPT as vLLM and SGLang sample it: about 220 tokens in and 200 out (the means that datacrunch publishes).
    let input = Int(try row.number("mean_in") ?? 220)
    var output = try row.number("mean_out") ?? 195
    if let tokens = try row.number("out_tok_per_s"), let rate = try row.number("req_per_s"), rate > 0 {
      output = tokens / rate
    }
    return (.independent(prompt: shareGPT(mean: input), output: shareGPT(mean: Int(output))), Int(output))
  }
}

/// Mean and percentiles of raw values.
private struct SampleFigures {
  let sorted: [Double]

  init(_ values: [Double]) { sorted = values.sorted() }

  func measurements(_ mean: SuiteMetric, _ median: SuiteMetric, _ p99: SuiteMetric) -> [SuitePoint.Measurement] {
    guard !sorted.isEmpty else { return [] }
    func at(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
    return [
      .init(metric: mean, value: sorted.reduce(0, +) / Double(sorted.count)), .init(metric: median, value: at(0.5)),
      .init(metric: p99, value: at(0.99)),
    ]
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ suffix: String) -> Substring { hasSuffix(suffix) ? dropLast(suffix.count) : self }
}
