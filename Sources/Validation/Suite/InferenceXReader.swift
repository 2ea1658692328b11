import Assembly
import Models
import Scheduling
import StepTime
import Workload

extension SuiteReader {
  /// Closed-loop points of InferenceX and of NVIDIA's own runs as aiconfigurator collects them.
  static let inferenceX = SuiteReader(
    accepts: { $0.has("system", "backend", "isl", "osl", "concurrency", "tp_size", "ttft_ms", "tpot_ms") },
    read: { table in table.points("InferenceX") { try InferenceXRow($0).point } })
}

/// One row of those points.
private struct InferenceXRow {
  let row: SuiteRow
  let isl: Int
  let osl: Int
  let concurrency: Int
  let tensorParallel: Int

  init(_ row: SuiteRow) throws {
    self.row = row
    isl = try row.count("isl")
    osl = try row.count("osl")
    // Disaggregated rows need not state it.
    concurrency = Int(try row.number("concurrency") ?? 0)
    // Disaggregated rows state the decode workers' degree.
    let stated = Int(try row.number("tp_size") ?? row.number("decode_tp_size") ?? 1)
    // Where experts are split over all GPUs of the group, upstream multiplied the two sizes: 8 GPUs read as 64.
    let (within, across) = (Int(try row.number("moe_tp_size") ?? 1), Int(try row.number("moe_ep_size") ?? 1))
    tensorParallel = stated > 8 && within == across && within * across == stated ? within : stated
  }

  private var isHarness: Bool { row.text("source").hasPrefix("InferenceX") }

  var point: SuitePoint {
    get throws {
      let measured = try row.measurements([("ttft_ms", .ttftMean), ("tpot_ms", .tpotMean)])
      let setting = SuitePoint.Setting.of { () throws(SuiteObstacle) in try experiment() }
      let version = row.text("backend_version")
      return SuitePoint(
        source: isHarness ? "InferenceX" : "NVIDIA gap analysis", place: row.place, model: row.text("model"),
        gpu: row.text("system").split(separator: "_").first.map { $0.uppercased() } ?? "",
        tensorParallel: tensorParallel, engine: row.text("backend") + (version.isEmpty ? "" : " " + version),
        workload: "closed loop \(concurrency), \(isl) in, \(osl) out", measured: measured, set: setting)
    }
  }

  private func experiment() throws(SuiteObstacle) -> SuiteExperiment {
    if row.text("mode") != "agg" { throw SuiteObstacle("prefill and decode on separate workers are not modelled") }
    for (column, what) in [("pp_size", "pipeline parallelism"), ("attention_dp_size", "data-parallel attention")] {
      if let size = Double(row.text(column)), size > 1 { throw SuiteObstacle("\(what) is not modelled") }
    }
    if concurrency < 1 { throw SuiteObstacle("the row does not say how many requests were under way") }
    if row.text("image").lowercased().contains("mtp") { throw SuiteObstacle("speculative decoding is not modelled") }
    let machine = try suiteMachine(row.text("system"), gpus: tensorParallel)
    let model = try SuiteModels.find(row.text("model"), weights: try weights).get()
    // The harness draws lengths from 0.8 of the nominal ones; of the other runs fixed lengths are assumed.
    let share = isHarness ? 0.8 : 1
    return SuiteExperiment(
      model: model, machine: machine, tensorParallel: tensorParallel, serving: try serving(model, machine),
      load: SuiteLoad(
        arrivals: .closedLoop(users: concurrency), requests: 10 * concurrency,
        lengths: .independent(
          prompt: SuiteLoad.uniform(isl, from: share), output: SuiteLoad.uniform(osl, from: share)),
        meanOutput: Int(Double(osl) * (1 + share) / 2)))
  }

  private var weights: NumberType? {
    get throws(SuiteObstacle) {
      let text = row.text("gemm_quant_mode").isEmpty ? row.text("precision") : row.text("gemm_quant_mode")
      switch text.lowercased() {
      case "": return nil
      case "bf16", "bfloat16", "fp16", "float16": return .bfloat16
      case "fp8", "fp8_block", "fp8_static": return .fp8
      default: throw SuiteObstacle("weights stored as '\(text)' are not modelled")
      }
    }
  }

  /// The stated version; rows without one were measured on 2025-10-29, with vLLM 0.11 and TensorRT-LLM 1.1.
  private func version(or unstated: String) -> String {
    let stated = row.text("backend_version")
    return VersionNumber(stated).parts.isEmpty ? unstated : stated
  }

  private func serving(
    _ model: ModelArchitecture, _ machine: SuiteMachine
  ) throws(SuiteObstacle) -> SuiteServing {
    // What the harness' launch scripts ask for (SemiAnalysisAI/InferenceX, benchmarks/).
    let dense = model.experts == nil
    switch row.text("backend").lowercased() {
    case "vllm":
      // --max-num-seqs $CONC, 8192 batched tokens, asynchronous scheduling.
      return try SuiteServing(
        "vllm", version(or: "0.11"), variant: isHarness ? "asynchronous" : nil, on: machine, model: model
      ).limited(sequences: max(concurrency, 1), tokens: 8192)
    case "trtllm":
      guard isHarness else {
        return try SuiteServing("tensorrt-llm", "1.0", variant: "direct", on: machine, model: model)
          .limited(sequences: max(concurrency, 1)).with(["max_output_tokens": .integer(osl)])
      }
      return try tensorRT(SuiteServing("tensorrt-llm", "1.0", on: machine, model: model), dense: dense)
    case "sglang":
      let chunk = isHarness ? 32768 : 8192
      var serving = try SuiteServing("sglang", version(or: "0.5"), on: machine, model: model)
        .limited(sequences: min(max(concurrency, 1), chunk), tokens: chunk)
      if isHarness { serving.memory.share = 0.82 }
      return serving
    default: throw SuiteObstacle("the engine '\(row.text("backend"))' is not modelled")
    }
  }

  /// TensorRT-LLM as the harness runs it: the budget is the longest sequence of a dense model, and one prompt beside
  /// the decodes of a mixture of experts; short prompts on fewer than eight GPUs wait for company.
  private func tensorRT(_ standard: SuiteServing, dense: Bool) -> SuiteServing {
    let budget = dense ? isl + osl : (concurrency + isl + 64 + 63) / 64 * 64
    let serving = standard.limited(sequences: max(concurrency, 1), tokens: budget)
      .with(["max_output_tokens": .integer(osl * 9 / 10)]).storingCache(as: .fp8)
    guard dense, isl == 1024, osl == 1024, tensorParallel < 8 else { return serving }
    return serving.with(["batch_wait_iterations": .integer(20), "batch_wait_ratio": .number(0.9)])
  }
}
