import Models
import Scheduling
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
          let weights: NumberType? = row.text("precision").lowercased() == "fp8" ? .fp8 : nil
          let model = try SuiteModels.find(row.text("model"), weights: weights).get()
          let machine = try suiteMachine(row.text("gpu"), gpus: degree)
          return SuiteExperiment(
            model: model, machine: machine, tensorParallel: degree,
            serving: try SuiteServing("tensorrt-llm", "1.0", variant: "offline", on: machine, model: model)
              .with(["max_output_tokens": .integer(output)]).storingCache(as: .fp8),
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
    let isVLLM = framework.lowercased() == "vllm"
    guard isVLLM || framework.lowercased() == "tensorrt-llm" else {
      throw SuiteObstacle("the engine '\(framework)' is not modelled")
    }
    let machine = try suiteMachine(gpu, gpus: gpus)
    let serving =
      isVLLM
      ? try SuiteServing("vllm", "0.4", on: machine, model: architecture)
      : try SuiteServing("tensorrt-llm", "0.8", on: machine, model: architecture).limited(sequences: batch)
        .with(["max_output_tokens": .integer(output)])
    return SuiteExperiment(
      model: architecture, machine: machine, tensorParallel: gpus, serving: serving,
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
