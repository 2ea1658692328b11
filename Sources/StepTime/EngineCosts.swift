/// Host-side and scheduling costs of a serving engine, apart from the kernels it launches.
public struct EngineCosts: Hashable, Sendable {
  /// What the costs describe, for example `vllm-v1`.
  public var name: String
  /// Time of every iteration that no kernel accounts for, seconds.
  public var perStep: Double
  /// Time of every layer that the measured kernels do not account for: small kernels and gaps, seconds.
  public var perLayer: Double
  /// Time that each sequence in the batch adds: scheduling, sampling, bookkeeping, seconds.
  public var perSequence: Double
  /// Host time to launch one layer's kernels one by one; the iteration takes at least this times the layers when no
  /// graph is replayed, seconds. Zero when launches always hide behind the kernels.
  public var eagerLaunchPerLayer: Double
  /// Batch sizes for which graphs are captured, increasing; empty in eager mode.
  public var captureSizes: [Int]
  /// Iterations with prefill also replay graphs (of everything but attention) and pad to a captured size.
  public var capturesMixedIterations: Bool
  /// Share of peak memory bandwidth that norms, rotary embedding and activations reach.
  public var elementwiseEfficiency: Double
  /// Where the numbers come from, one sentence each.
  public var provenance: [String]

  /// - Parameter captureSizes: increasing; empty in eager mode.
  public init(
    name: String, perStep: Double, perLayer: Double, perSequence: Double, eagerLaunchPerLayer: Double,
    captureSizes: [Int], capturesMixedIterations: Bool, elementwiseEfficiency: Double, provenance: [String]
  ) {
    self.name = name
    self.perStep = perStep
    self.perLayer = perLayer
    self.perSequence = perSequence
    self.eagerLaunchPerLayer = eagerLaunchPerLayer
    self.captureSizes = captureSizes
    self.capturesMixedIterations = capturesMixedIterations
    self.elementwiseEfficiency = elementwiseEfficiency
    self.provenance = provenance
  }

  private static let inferenceSim =
    "126 us per step, 32 us per layer and 4 us per request: inference-sim (BLIS, Apache-2.0), fitted on vLLM, H100"
  private static let elementwise =
    "elementwise kernels at 0.7 of memory bandwidth: assumption"

  /// The batch sizes vLLM V1 captures by default: 1, 2, 4, every 8 up to 256, every 16 up to 512.
  public static let defaultCaptureSizes: [Int] =
    [1, 2, 4] + stride(from: 8, through: 256, by: 8) + stride(from: 272, through: 512, by: 16)

  /// vLLM V1 with compiled layers and captured graphs.
  public static let vllmV1 = EngineCosts(
    name: "vllm-v1", perStep: 126e-6, perLayer: 32e-6, perSequence: 4e-6, eagerLaunchPerLayer: 0,
    captureSizes: defaultCaptureSizes, capturesMixedIterations: true, elementwiseEfficiency: 0.7,
    provenance: [
      inferenceSim, elementwise,
      "capture sizes: the ones vLLM 0.20 reports (cudagraph_sizes), graphs for mixed iterations too",
    ])

  /// vLLM without graphs (`--enforce-eager`), as V0 and V1 alike run it.
  public static let vllmEager = EngineCosts(
    name: "vllm-eager", perStep: 126e-6, perLayer: 32e-6, perSequence: 4e-6, eagerLaunchPerLayer: 0.3e-3,
    captureSizes: [], capturesMixedIterations: false, elementwiseEfficiency: 0.7,
    provenance: [
      inferenceSim, elementwise,
      "launching a layer kernel by kernel takes the host 0.3 ms: assumption; an eager Llama-3.1-8B decodes at 17.7 ms "
        + "per step on 2 and on 4 A100 alike (CS5470 homework logs), which bounds it at 0.55 ms per layer",
    ])
}
