import Models
import StepTime
import Workload

extension SuiteReader {
  /// LLM-Inference-Bench: fixed batches, prompts as long as outputs, 16-bit weights, engines of mid-2024.
  static let staticBatches = SuiteReader(
    accepts: { $0.has("hardware", "framework", "input_len_eq_output_len", "batch_size", "latency_s") },
    read: { table in
      table.points("LLM-Inference-Bench") { row in
        let length = try row.count("input_len_eq_output_len")
        return try benchPoint(
          row, gpu: row.text("hardware"), gpus: try row.count("num_gpus"), framework: row.text("framework"),
          model: row.text("model"), input: length, output: length, batch: try row.count("batch_size"),
          measured: try row.measurements([("latency_s", .makespan)]))
      }
    })

  /// LLM-Inference-Bench: the time of the first token of such batches.
  static let prefillOnly = SuiteReader(
    accepts: { $0.has("Hardware", "Num of Hardware", "Framework", "Input Length", "TTFT Latency") },
    read: { table in
      table.points("LLM-Inference-Bench") { row in
        try benchPoint(
          row, gpu: row.text("Hardware"), gpus: try row.count("Num of Hardware"), framework: row.text("Framework"),
          model: row.text("Model"), input: try row.count("Input Length"), output: try row.count("Output Length"),
          batch: try row.count("Batch Size"),
          measured: try row.measurements([("TTFT Latency", .makespan)]))
      }
    })

  /// TensorRT-LLM's published offline throughput.
  static let tensorRTOverview = SuiteReader(
    accepts: { $0.has("model", "gpu", "tp", "isl", "osl", "num_requests", "total_output_tok_per_s") },
    read: { table in
      table.points("TensorRT-LLM overview") { row in
        let (input, output) = (try row.count("isl"), try row.count("osl"))
        let (count, degree) = (try row.count("num_requests"), try row.count("tp"))
        let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in
          SuiteExperiment(
            model: try SuiteModels.find(
              row.text("model"), weights: row.text("precision").lowercased() == "fp8" ? .fp8 : nil
            ).get(), machine: try suiteMachine(row.text("gpu"), gpus: degree), tensorParallel: degree,
            serving: .tensorRT(.tensorRTOffline, promised: output, cacheType: .fp8),
            load: SuiteLoad(
              arrivals: .together, requests: count,
              lengths: .independent(prompt: .fixed(input), output: .fixed(output)), meanOutput: output))
        }
        return SuitePoint(
          source: "TensorRT-LLM overview", place: row.place, model: row.text("model"), gpu: row.text("gpu"),
          tensorParallel: degree, engine: "trtllm 1.0", workload: "\(count) at once, \(input) in, \(output) out",
          measured: try row.measurements([("total_output_tok_per_s", .outputThroughput)]), set: setting)
      }
    })
}

private func benchPoint(
  _ row: SuiteRow, gpu: String, gpus: Int, framework: String, model: String, input: Int, output: Int, batch: Int,
  measured: [SuitePoint.Measurement]
) throws -> SuitePoint {
  let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in
    let architecture = try SuiteModels.find(model, weights: nil).get()
    let serving: SuiteServing
    switch framework.lowercased() {
    case "vllm":
      // The default budget of vLLM 0.4 and 0.5: the longest sequence, at least 2048 tokens.
      serving = .vllmV0(
        architecture.sharesHeads ? .vllmV0Grouped : .vllmV0,
        maxBatchedTokens: min(max(2048, architecture.maximumContext), 8192))
    case "tensorrt-llm":
      serving = .tensorRT(.tensorRTEngine, maxSequences: batch, maxBatchedTokens: 8192, promised: output)
    default: throw SuiteObstacle("the engine '\(framework)' is not modelled")
    }
    return SuiteExperiment(
      model: architecture, machine: try suiteMachine(gpu, gpus: gpus), tensorParallel: gpus, serving: serving,
      load: SuiteLoad(
        arrivals: .together, requests: batch, lengths: .independent(prompt: .fixed(input), output: .fixed(output)),
        meanOutput: output))
  }
  let name = gpu.split(separator: " ").dropFirst().first.map(String.init) ?? gpu
  return SuitePoint(
    source: "LLM-Inference-Bench", place: row.place, model: model, gpu: name, tensorParallel: gpus,
    engine: "\(framework) 2024", workload: "\(batch) at once, \(input) in, \(output) out", measured: measured,
    set: setting)
}

extension ModelArchitecture {
  /// Several query heads share a key-value head.
  fileprivate var sharesHeads: Bool {
    if case .grouped(let attention) = attention { attention.keyValueHeads < attention.heads } else { true }
  }
}
