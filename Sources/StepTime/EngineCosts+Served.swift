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

extension ServedEngine {
  /// vLLM V1 with asynchronous scheduling: the host prepares the next iteration while this one runs.
  public static let vllmV1Async = ServedEngine(
    costs: EngineCosts(
      name: "vllm-v1-async", perStep: 0, perLayer: 6.7e-6, perSequence: 12e-6, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes, capturesMixedIterations: true, collectiveWait: 1.4e-6,
      elementwiseEfficiency: 0.7,
      provenance: ["fitted"]), frontEnd: 16e-3)
  /// vLLM V1 with synchronous scheduling.
  public static let vllmV1 = ServedEngine(costs: .vllmV1, frontEnd: 20e-3)
  /// vLLM V0 of 0.4 to 0.7: Python schedules between iterations.
  public static let vllmV0 = ServedEngine(
    costs: EngineCosts(
      name: "vllm-v0", perStep: 3e-3, perLayer: 20e-6, perSequence: 40e-6, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes.filter { $0 <= 256 }, capturesMixedIterations: false,
      elementwiseEfficiency: 0.7, provenance: ["fitted"]), frontEnd: 20e-3)
  /// TensorRT-LLM.
  public static let tensorRT = ServedEngine(
    costs: EngineCosts(
      name: "tensorrt-llm", perStep: 0, perLayer: 0, perSequence: 0, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes, capturesMixedIterations: true, tunesKernels: true,
      elementwiseEfficiency: 0.7, provenance: ["fitted"]), host: OverlappedHost(perStep: 4e-3, perSequence: 80e-6),
    frontEnd: 20e-3)
  /// TensorRT-LLM's compiled engines of 2024, scheduled in C++.
  public static let tensorRTEngine = ServedEngine(
    costs: EngineCosts(
      name: "tensorrt-llm-2024", perStep: 0, perLayer: 0, perSequence: 0, eagerLaunchPerLayer: 0,
      captureSizes: [], capturesMixedIterations: false, tunesKernels: true,
      elementwiseEfficiency: 0.7, provenance: ["fitted"]), frontEnd: 0)
  /// SGLang with its overlap scheduler.
  public static let sglang = ServedEngine(
    costs: EngineCosts(
      name: "sglang", perStep: 0.5e-3, perLayer: 10e-6, perSequence: 0, eagerLaunchPerLayer: 0,
      captureSizes: EngineCosts.defaultCaptureSizes, capturesMixedIterations: true, elementwiseEfficiency: 0.7,
      provenance: ["fitted"]), frontEnd: 20e-3)
}
