/// What an engine's host does for an iteration, and how long that takes.
///
/// The same machine's host is faster and slower by a third for seconds on end: its processor is shared, its clock
/// changes. Where a recording says what the host spent by itself (scheduling before the kernels, bookkeeping after
/// them), the ratio to what is usual says how fast it was, and the recording can be predicted under that.
public struct HostTimes: Hashable, Sendable {
  /// Usual time of scheduling and bookkeeping in any iteration, seconds.
  public var perStep: Double
  /// Of each decoding sequence, seconds.
  public var perDecode: Double
  /// Of each prompt or chunk, seconds.
  public var perChunk: Double
  /// Of each prompt token, seconds.
  public var perPromptToken: Double
  /// What an iteration takes longer, beyond what sequences and layers cost, when the host takes twice its usual time,
  /// seconds.
  public var slowdown: Double
  /// How much longer the host's work takes while the GPU is busy, in an engine that plans ahead: it keeps books of
  /// tokens that are not there yet, and a thread of its own waits for them.
  public var aheadSlowdown: Double
  /// What the host takes longer, beyond that, for each sequence of an iteration with prompts that it prepares while the
  /// GPU is busy, seconds.
  public var aheadPerSequence: Double
  /// Of launching one layer without a graph, seconds: the kernels of an iteration with more tokens than the largest
  /// captured graph take at least this for every layer, however short they are.
  public var launchPerLayer: Double
  /// Of launching one layer whose graph is broken at its attention, as that of an iteration with prefill is, seconds.
  public var launchPerBrokenLayer: Double
  /// What launching takes longer for a number of tokens beyond the largest graph that the engine has not met before:
  /// libraries look for kernels then, seconds.
  public var launchOfNewSize: Double
  /// What is different where several GPUs share each layer; nil where that was not measured.
  public var workers: WorkerTimes?

  public init(
    perStep: Double, perDecode: Double, perChunk: Double, perPromptToken: Double, slowdown: Double,
    aheadSlowdown: Double = 1, aheadPerSequence: Double = 0, launchPerLayer: Double = 0,
    launchPerBrokenLayer: Double = 0, launchOfNewSize: Double = 0, workers: WorkerTimes? = nil
  ) {
    self.perStep = perStep
    self.perDecode = perDecode
    self.perChunk = perChunk
    self.perPromptToken = perPromptToken
    self.slowdown = slowdown
    self.aheadSlowdown = aheadSlowdown
    self.aheadPerSequence = aheadPerSequence
    self.launchPerLayer = launchPerLayer
    self.launchPerBrokenLayer = launchPerBrokenLayer
    self.launchOfNewSize = launchOfNewSize
    self.workers = workers
  }

  /// Usual host time of an iteration, seconds.
  public func usual(decodes: Int, chunks: Int, promptTokens: Int) -> Double {
    perStep + perDecode * Double(decodes) + perChunk * Double(chunks) + perPromptToken * Double(promptTokens)
  }
}

/// What is different where several GPUs share each layer: each has a process of its own that prepares and launches for
/// itself, and the scheduler's process sends them every iteration and waits for its tokens.
public struct WorkerTimes: Hashable, Sendable {
  /// What messages to and from the workers add to every iteration, seconds.
  public var perStep: Double
  /// What each sequence adds to them, seconds.
  public var perSequence: Double
  /// What a collective takes inside an engine beyond its measured time: the last GPU comes later than the first, and
  /// the next kernel waits for it, seconds.
  public var collectiveGap: Double
  /// ``HostTimes/launchPerLayer`` of the slowest worker.
  public var launchPerLayer: Double
  /// ``HostTimes/launchPerBrokenLayer`` of the slowest worker.
  public var launchPerBrokenLayer: Double

  public init(
    perStep: Double, perSequence: Double, collectiveGap: Double, launchPerLayer: Double, launchPerBrokenLayer: Double
  ) {
    self.perStep = perStep
    self.perSequence = perSequence
    self.collectiveGap = collectiveGap
    self.launchPerLayer = launchPerLayer
    self.launchPerBrokenLayer = launchPerBrokenLayer
  }
}

extension EngineCosts {
  /// The same engine on so many GPUs that share each layer.
  func sharing(over degree: Int) -> EngineCosts {
    guard degree > 1, let workers = host?.workers else { return self }
    var engine = self
    engine.perStep += workers.perStep
    engine.perSequence += workers.perSequence
    engine.collectiveGap = workers.collectiveGap
    engine.host?.launchPerLayer = workers.launchPerLayer
    engine.host?.launchPerBrokenLayer = workers.launchPerBrokenLayer
    return engine
  }
}
