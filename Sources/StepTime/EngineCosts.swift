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
  /// Time of every layer that an iteration with prefill adds when graphs are replayed: its graphs are broken at each
  /// attention, which is launched by itself, seconds.
  public var prefillPerLayer: Double
  /// Host time to launch one layer's kernels one by one; the iteration takes at least this times the layers when no
  /// graph is replayed, seconds. Zero when launches always hide behind the kernels.
  public var eagerLaunchPerLayer: Double
  /// Batch sizes for which graphs are captured, increasing; empty in eager mode.
  public var captureSizes: [Int]
  /// Iterations with prefill also replay graphs (of everything but attention) and pad to a captured size.
  public var capturesMixedIterations: Bool
  /// How much longer compute-bound matrix products take inside an engine than measured alone: sustained load lowers
  /// clocks. 1 for no difference.
  public var matrixStretch: Double
  /// Seconds of compute-bound products in an iteration that run at full clock all the same: it takes a while until the
  /// power limit lowers it.
  public var fullClock: Double
  /// How much longer decode attention takes inside an engine, where blocks are scattered and lengths differ, than
  /// measured alone. 1 for no difference.
  public var decodeAttentionStretch: Double
  /// How much longer decode attention takes in an iteration that also prefills than in one that does not: one kernel
  /// for any number of queries takes the place of one made for a single query. 1 for no difference.
  public var mixedDecodeStretch: Double
  /// Whether the decoding sequences differ in context, as in mixed traffic; the measured tables are of equal ones. See
  /// ``AttentionTimes/tail(sequences:)``.
  public var contextsDiffer: Bool
  /// How much longer prefill attention takes inside an engine than measured alone. 1 for no difference.
  public var prefillAttentionStretch: Double
  /// Time that each collective takes longer for every doubling of the GPUs: waiting for the last of them, gaps before
  /// the next kernel, seconds.
  public var collectiveWait: Double
  /// The engine chooses its kernels by trying them out: a product is padded where more rows go faster, and collectives
  /// change algorithm without a jump.
  public var tunesKernels: Bool
  /// Share of peak memory bandwidth that norms, rotary embedding and activations reach.
  public var elementwiseEfficiency: Double
  /// What the host spends by itself, where that was measured; iterations are simulated with the usual host unless told
  /// otherwise.
  public var host: HostTimes?
  /// Where the numbers come from, one sentence each.
  public var provenance: [String]

  /// - Parameter captureSizes: increasing; empty in eager mode.
  public init(
    name: String, perStep: Double, perLayer: Double, perSequence: Double, prefillPerLayer: Double = 0,
    eagerLaunchPerLayer: Double, captureSizes: [Int], capturesMixedIterations: Bool, matrixStretch: Double = 1,
    fullClock: Double = 0, decodeAttentionStretch: Double = 1, mixedDecodeStretch: Double = 1,
    contextsDiffer: Bool = true, prefillAttentionStretch: Double = 1, collectiveWait: Double = 0,
    tunesKernels: Bool = false, elementwiseEfficiency: Double, provenance: [String]
  ) {
    self.name = name
    self.perStep = perStep
    self.perLayer = perLayer
    self.perSequence = perSequence
    self.prefillPerLayer = prefillPerLayer
    self.eagerLaunchPerLayer = eagerLaunchPerLayer
    self.captureSizes = captureSizes
    self.capturesMixedIterations = capturesMixedIterations
    self.matrixStretch = matrixStretch
    self.fullClock = fullClock
    self.decodeAttentionStretch = decodeAttentionStretch
    self.mixedDecodeStretch = mixedDecodeStretch
    self.contextsDiffer = contextsDiffer
    self.prefillAttentionStretch = prefillAttentionStretch
    self.collectiveWait = collectiveWait
    self.tunesKernels = tunesKernels
    self.elementwiseEfficiency = elementwiseEfficiency
    self.provenance = provenance
  }

  /// The batch sizes vLLM V1 captures by default: 1, 2, 4, every 8 up to 256, every 16 up to 512.
  public static let defaultCaptureSizes: [Int] =
    [1, 2, 4] + stride(from: 8, through: 256, by: 8) + stride(from: 272, through: 512, by: 16)

  /// vLLM V1 with compiled layers and captured graphs, as `spillway fit` found it: `engines/vllm-v1.csv` in the
  /// catalogue, with where it comes from. Its capture sizes are those that vLLM 0.20 reports.
  public static let vllmV1 = embedded("vllm-v1")

  /// vLLM without graphs (`--enforce-eager`), as V0 and V1 alike run it: V1's costs where they are the same.
  public static let vllmEager = vllmV1.withoutGraphs

  /// The same engine without graphs.
  private var withoutGraphs: EngineCosts {
    var engine = self
    engine.name = "vllm-eager"
    engine.prefillPerLayer = 0
    engine.eagerLaunchPerLayer = 0.3e-3
    engine.captureSizes = []
    engine.capturesMixedIterations = false
    engine.provenance.append(
      "launching a layer kernel by kernel takes the host 0.3 ms: assumption; an eager Llama-3.1-8B decodes at 17.7 ms "
        + "per step on 2 and on 4 A100 alike (CS5470 homework logs), which bounds it at 0.55 ms per layer")
    return engine
  }

  /// vLLM with graphs or without: as fitted on top of the kernel times of `profile`, where that was done, or else on top
  /// of published tables.
  public static func vllm(isEager: Bool, profile: StepTimeProfile?) -> EngineCosts {
    if let fitted = profile?.engines.first(where: { $0.captureSizes.isEmpty == isEager }) { return fitted }
    let graphs = profile?.engines.first ?? vllmV1
    return isEager ? graphs.withoutGraphs : graphs
  }

  /// The measured kernels and the overheads that inference-sim (BLIS) publishes, nothing fitted here.
  public static let inferenceSim = EngineCosts(
    name: "inference-sim", perStep: 126e-6, perLayer: 32e-6, perSequence: 4e-6, eagerLaunchPerLayer: 0,
    captureSizes: defaultCaptureSizes, capturesMixedIterations: true, elementwiseEfficiency: 0.7,
    provenance: [
      "126 us per step, 32 us per layer and 4 us per request: inference-sim (Apache-2.0), fitted on vLLM, H100",
      "elementwise kernels at 0.7 of memory bandwidth: assumption",
    ])

  /// The engines there are, by name.
  public static let all = [vllmV1, vllmEager, inferenceSim]
}
