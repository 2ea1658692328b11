/// Host-side and scheduling costs of a serving engine, apart from the kernels it launches, and what lies between it and
/// its clients.
///
/// Values come from catalogue files below `engines` and from sections `@engine` of profiles; none stands in a source
/// file.
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
  /// What a collective takes beyond its measured time whatever the number of GPUs, seconds: ``WorkerTimes``.
  public var collectiveGap = 0.0
  /// Decode attention deals out pairs of sequence and key-value head whatever their numbers, as FlashAttention 3 with a
  /// plan made for each iteration: few heads of many sequences take as long as many heads of few.
  public var spreadsPairs = false
  /// The engine chooses its kernels by trying them out: a product is padded where more rows go faster, and collectives
  /// change algorithm without a jump.
  public var tunesKernels: Bool
  /// Share of peak memory bandwidth that norms, rotary embedding and activations reach.
  public var elementwiseEfficiency: Double
  /// What the host spends by itself, where that was measured; iterations are simulated with the usual host unless told
  /// otherwise.
  public var host: HostTimes?
  /// What the host does for the next iteration while the GPU runs this one; zero where nothing is ever waited for.
  public var overlap: OverlappedHost
  /// Time from a client's sending of a request to its arrival in the engine's queue, and of a token back: HTTP,
  /// tokenisation, hand-over between processes, seconds.
  public var frontEnd: Double
  /// Where the numbers come from, one sentence each.
  public var provenance: [String]

  /// - Parameter captureSizes: increasing; empty in eager mode.
  public init(
    name: String, perStep: Double, perLayer: Double, perSequence: Double, prefillPerLayer: Double = 0,
    eagerLaunchPerLayer: Double, captureSizes: [Int], capturesMixedIterations: Bool, matrixStretch: Double = 1,
    fullClock: Double = 0, decodeAttentionStretch: Double = 1, mixedDecodeStretch: Double = 1,
    contextsDiffer: Bool = true, prefillAttentionStretch: Double = 1, collectiveWait: Double = 0,
    tunesKernels: Bool = false, elementwiseEfficiency: Double, overlap: OverlappedHost = .none, frontEnd: Double = 0,
    provenance: [String]
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
    self.overlap = overlap
    self.frontEnd = frontEnd
    self.provenance = provenance
  }

  /// The same engine without graphs.
  ///
  /// - Parameters:
  ///   - launchPerLayer: host time to launch one layer's kernels one by one, seconds.
  ///   - source: where that comes from, in words.
  public func withoutGraphs(launchPerLayer: Double, source: String) -> EngineCosts {
    var engine = self
    engine.name += "-eager"
    engine.prefillPerLayer = 0
    engine.eagerLaunchPerLayer = launchPerLayer
    engine.captureSizes = []
    engine.capturesMixedIterations = false
    engine.provenance.append(source)
    return engine
  }
}
