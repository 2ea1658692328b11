import StepTime

extension SuiteFit {
  /// What each serving stack's constants are fitted on. Everything else is predicted.
  static let tasks: [Task] = [
    Task(
      engine: "vllm-v1-async", subset: "InferenceX, Llama-3.1-70B, H100, 1024 in and out, TP 2, 4 and 8 (15 points)",
      constants: [.perLayer, .perSequence, .collectiveWait, .matrixStretch, .frontEnd],
      includes: {
        $0.isHarness("Llama-3.1-70B", "vllm-v1-async") && $0.gpu == "H100" && $0.workload.hasSuffix("1024 in, 1024 out")
      }),
    Task(
      engine: "tensorrt-llm", subset: "InferenceX, Llama-3.1-70B, H200, 1024 in and out, TP 2 and 8 (12 points)",
      constants: [.perLayer, .collectiveWait, .hostPerStep, .hostPerSequence, .matrixStretch, .frontEnd],
      includes: { point in
        point.isHarness("Llama-3.1-70B", "tensorrt-llm") && point.workload.hasSuffix("1024 in, 1024 out")
          && [2, 8].contains(point.tensorParallel)
      }),
    Task(
      engine: "vllm-v0", subset: "LLM-Inference-Bench, Llama-2-7b, vLLM, H100, TP 1, 2 and 4 (61 points)",
      constants: [.perStep, .perSequence, .collectiveWait, .decodeStretch],
      includes: { $0.isBench("Llama-2-7b", "vllm-v0") }),
    Task(
      engine: "vllm-v0-grouped", subset: "LLM-Inference-Bench, Qwen2-7B, vLLM, H100, TP 1 (21 points)",
      constants: [.decodeStretch],
      includes: { $0.isBench("Qwen2-7B", "vllm-v0-grouped") && $0.tensorParallel == 1 }),
    Task(
      engine: "tensorrt-llm-direct",
      subset: "NVIDIA gap analysis, Llama-3.1-8B, TensorRT-LLM, H100, TP 8, time per output token (35 points)",
      constants: [.hostPerStep, .hostPerSequence], firstTokenWeight: 0,
      includes: {
        $0.source == "NVIDIA gap analysis" && $0.model.contains("Llama-3.1-8B") && $0.stack == "tensorrt-llm-direct"
          && $0.tensorParallel == 8
      }),
    Task(
      engine: "tensorrt-llm-2024",
      subset: "LLM-Inference-Bench, Llama-2-7b, TensorRT-LLM, H100, TP 1, 2 and 4 (61 points)",
      constants: [.perStep, .perSequence, .collectiveWait, .decodeStretch],
      includes: { $0.isBench("Llama-2-7b", "tensorrt-llm-2024") }),
    Task(
      engine: "sglang", subset: "NVIDIA gap analysis, Qwen3-32B, SGLang, H100, TP 4, time per output token (18 points)",
      constants: [.perLayer, .perSequence, .collectiveWait], firstTokenWeight: 0,
      includes: {
        $0.source == "NVIDIA gap analysis" && $0.model.contains("Qwen3-32B") && $0.stack == "sglang"
          && $0.tensorParallel == 4
      }),
  ]

  /// Fits every stack, or those named.
  ///
  /// - Throws: what reading the folder and simulating throw.
  public static func run(folder: String, engines: [String]? = nil) throws -> [SuiteFit] {
    let points = try SuiteFolder.points(in: folder)
    return try tasks.filter { engines?.contains($0.engine) ?? true }.map { try fit($0, points: points) }
  }
}

extension SuitePoint {
  fileprivate func isHarness(_ name: String, _ engine: String) -> Bool {
    source == "InferenceX" && model.contains(name) && stack == engine
  }

  fileprivate func isBench(_ name: String, _ engine: String) -> Bool {
    source == "LLM-Inference-Bench" && model.contains(name) && gpu == "H100" && stack == engine
  }
}
