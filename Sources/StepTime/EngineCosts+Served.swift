/// A serving stack as clients see it: the engine's costs and what lies between a client and the engine.
public struct ServedEngine: Hashable, Sendable {
  public var costs: EngineCosts
  /// Host work beside the GPU's; zero when none can be waited for.
  public var host = OverlappedHost(perStep: 0, perSequence: 0)
  /// Time from a client's sending of a request to its arrival in the engine's queue, and of a token back: HTTP,
  /// tokenisation, hand-over between processes, seconds.
  public var frontEnd: Double

  /// - Parameter frontEnd: seconds, at least 0.
  public init(
    costs: EngineCosts, host: OverlappedHost = OverlappedHost(perStep: 0, perSequence: 0), frontEnd: Double
  ) {
    self.costs = costs
    self.host = host
    self.frontEnd = frontEnd
  }
}

/// The stacks that published measurements were taken with. Their constants come from `spillway validate --suite DIR --fit`,
/// which also says on which points each is fitted; everything else of the suite is predicted with them.
extension ServedEngine {
  /// vLLM V1 with asynchronous scheduling: the host prepares the next iteration while this one runs.
  public static let vllmV1Async = ServedEngine(
    costs: EngineCosts(
      name: "vllm-v1-async", perStep: 0, perLayer: 15.5e-6, perSequence: 7.3e-6, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes, capturesMixedIterations: true, matrixStretch: 1.088,
      collectiveWait: 2.03e-6, elementwiseEfficiency: 0.7,
      provenance: [
        "per layer, per sequence, collectives, products, front end: fitted on InferenceX, Llama-3.1-70B in 8 bits, H100, "
          + "1024 tokens in and out, TP 2, 4 and 8 (15 points of 2025-10-29), with the kernels of h100-vllm-0.19",
        elementwise,
      ]), frontEnd: 15.9e-3)

  /// vLLM V1 with synchronous scheduling.
  public static let vllmV1 = ServedEngine(costs: .vllmV1, frontEnd: 15.9e-3)

  /// vLLM V0 of 0.4 to 0.7: Python schedules between iterations.
  public static let vllmV0 = ServedEngine(
    costs: EngineCosts(
      name: "vllm-v0", perStep: 1.74e-3, perLayer: 0, perSequence: 45.4e-6, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes.filter { $0 <= 256 }, capturesMixedIterations: false,
      decodeAttentionStretch: 1.083, collectiveWait: 11.5e-6, elementwiseEfficiency: 0.7,
      provenance: [
        "per step, per sequence, collectives, decode attention: fitted on LLM-Inference-Bench, Llama-2-7b, vLLM, H100, "
          + "TP 1, 2 and 4 (61 points)", elementwise,
      ]), frontEnd: 15.9e-3)

  /// The same with the decode attention of early 2024 (PagedAttention's own kernel), which reads a shared key-value head
  /// once for every query head that shares it; for models with grouped heads.
  public static let vllmV0Grouped = vllmV0.named(
    "vllm-v0-grouped", host: vllmV0.host, frontEnd: vllmV0.frontEnd,
    "decode attention of grouped heads: fitted on LLM-Inference-Bench, Qwen2-7B, vLLM, H100, TP 1 (21 points); the rest as "
      + "vllm-v0", decodeAttentionStretch: 1.85)

  /// TensorRT-LLM's PyTorch executor: Python prepares the next iteration beside the GPU.
  public static let tensorRT = ServedEngine(
    costs: EngineCosts(
      name: "tensorrt-llm", perStep: 0, perLayer: -5.7e-6, perSequence: 0, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes, capturesMixedIterations: true, matrixStretch: 1.01,
      collectiveWait: 2.62e-6, tunesKernels: true, elementwiseEfficiency: 0.7,
      provenance: [
        "per layer (negative: launches that the tables hold overlap), collectives, host, products, front end: fitted on "
          + "InferenceX, Llama-3.1-70B in 8 bits, H200, 1024 tokens in and out, TP 2 and 8 (12 points of 2025-10-29), with "
          + "the kernels of h200-vllm-0.19",
        "kernels chosen by trial, collectives without a jump between algorithms: assumption", elementwise,
      ]), host: OverlappedHost(perStep: 5.42e-3, perSequence: 104.5e-6), frontEnd: 36.7e-3)

  /// The same engine without a streaming server before it, as benchmarks that call it directly: its own host work alone.
  public static let tensorRTDirect = tensorRT.named(
    "tensorrt-llm-direct", host: OverlappedHost(perStep: 2.76e-3, perSequence: 49e-6), frontEnd: 5e-3,
    "host: fitted on NVIDIA's gap-analysis runs, Llama-3.1-8B, TensorRT-LLM 1.0.0rc3, H100, TP 8, time per output "
      + "token (35 points); a front end of 5 ms: assumption; the rest as tensorrt-llm")

  /// The same engine fed from a queue, nothing streamed: no host work that could be waited for.
  public static let tensorRTOffline = tensorRT.named(
    "tensorrt-llm-offline", host: OverlappedHost(perStep: 0, perSequence: 0), frontEnd: 0,
    "no overlapped host work, no front end: assumption for offline throughput; the rest as tensorrt-llm")

  /// TensorRT-LLM's compiled engines of 2024, scheduled in C++.
  public static let tensorRTEngine = ServedEngine(
    costs: EngineCosts(
      name: "tensorrt-llm-2024", perStep: 1.256e-3, perLayer: 0, perSequence: 5e-6, eagerLaunchPerLayer: 0,
      captureSizes: [], capturesMixedIterations: false, decodeAttentionStretch: 0.952, collectiveWait: 4.5e-6,
      tunesKernels: true, elementwiseEfficiency: 0.7,
      provenance: [
        "per step, per sequence, collectives, decode attention: fitted on LLM-Inference-Bench, Llama-2-7b, TensorRT-LLM, "
          + "H100, TP 1, 2 and 4 (61 points)", elementwise,
      ]), frontEnd: 0)

  /// SGLang with its overlap scheduler.
  public static let sglang = ServedEngine(
    costs: EngineCosts(
      name: "sglang", perStep: 0, perLayer: 20.9e-6, perSequence: 18.4e-6, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes, capturesMixedIterations: true, collectiveWait: -0.14e-6,
      elementwiseEfficiency: 0.7,
      provenance: [
        "per layer, per sequence, collectives: fitted on NVIDIA's gap-analysis runs, Qwen3-32B, SGLang, H100, TP 4, time per "
          + "output token (18 points)", "front end: assumption, as vLLM's", elementwise,
      ]), frontEnd: 15.9e-3)

  private func named(
    _ name: String, host: OverlappedHost, frontEnd: Double, _ provenance: String, decodeAttentionStretch: Double? = nil
  ) -> ServedEngine {
    var engine = self
    engine.costs.name = name
    engine.costs.provenance.insert(provenance, at: 0)
    engine.costs.decodeAttentionStretch = decodeAttentionStretch ?? costs.decodeAttentionStretch
    engine.host = host
    engine.frontEnd = frontEnd
    return engine
  }

  private static let elementwise = "elementwise kernels at 0.7 of memory bandwidth: assumption"
}
