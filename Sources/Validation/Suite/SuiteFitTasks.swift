import StepTime

extension SuiteFit {
  /// What each serving stack's constants are fitted on. Everything else is predicted.
  static let tasks: [Task] = [
    Task(
      engine: .vllmV1Async, subset: "InferenceX, Llama-3.1-70B, H100, 1024 in and out, 4 to 64 at once, TP 2, 4 and 8",
      constants: [.perLayer, .perSequence, .collectiveWait, .matrixStretch, .frontEnd],
      includes: {
        $0.isHarness("Llama-3.1-70B", "vllm-v1-async") && $0.gpu == "H100" && $0.workload.hasSuffix("1024 in, 1024 out")
      }),
    Task(
      engine: .tensorRT, subset: "InferenceX, Llama-3.1-70B, H200, 1024 in and out, 4 to 128 at once, TP 8",
      constants: [.perLayer, .perSequence, .collectiveWait, .matrixStretch, .decodeStretch, .frontEnd],
      includes: {
        $0.isHarness("Llama-3.1-70B", "tensorrt-llm") && $0.tensorParallel == 8
          && $0.workload.hasSuffix("1024 in, 1024 out")
      }),
    Task(
      engine: .tensorRT, subset: "T2",
      constants: [.perLayer, .collectiveWait, .hostPerStep, .hostPerSequence, .matrixStretch, .frontEnd],
      includes: {
        let point = $0
        return point.isHarness("Llama-3.1-70B", "tensorrt-llm") && point.workload.hasSuffix("1024 in, 1024 out")
      }),
    Task(
      engine: .vllmV1Async, subset: "V2",
      constants: [.perLayer, .perSequence, .collectiveWait, .matrixStretch, .frontEnd],
      includes: {
        $0.isHarness("Llama-3.1-70B", "vllm-v1-async")
          && ($0.workload.contains("loop 4,") || $0.workload.contains("loop 64,"))
      }),
    Task(
      engine: .vllmV1Async, subset: "VALL",
      constants: [.perLayer, .perSequence, .collectiveWait, .matrixStretch, .decodeStretch, .frontEnd],
      includes: { $0.isHarness("Llama-3.1-70B", "vllm-v1-async") }),
    Task(
      engine: .tensorRT, subset: "TALL",
      constants: [.perLayer, .perSequence, .collectiveWait, .matrixStretch, .decodeStretch, .frontEnd],
      includes: {
        $0.isHarness("Llama-3.1-70B", "tensorrt-llm")
      }),
  ]

  /// Fits every stack, or those named.
  ///
  /// - Throws: what reading the folder and simulating throw.
  public static func run(folder: String, engines: [String]? = nil, subsets: String? = nil) throws -> [SuiteFit] {
    let points = try SuiteFolder.points(in: folder)
    return try tasks.filter { engines?.contains($0.engine.costs.name) ?? true }.filter {
      subsets == nil || $0.subset.hasPrefix(subsets!)
    }.map { try fit($0, points: points) }
  }
}

extension SuitePoint {
  fileprivate func isHarness(_ name: String, _ engine: String) -> Bool {
    source == "InferenceX" && model.contains(name) && stack == engine
  }
}
