import SimCore

/// What the host does to an engine's iterations, in seconds: ``HostTimes`` bound to an engine and a model.
///
/// Of an iteration the host does c before the kernels begin (scheduling, preparing inputs, messages, bookkeeping) and
/// then launches for l; the kernels take K. An engine that plans each iteration when the last one has ended takes
///
///     c + max(K, l)
///
/// One that plans ahead does c and l while the GPU works on the iteration before. If the host had h of that one's time
/// to itself, it is late by w = max(0, c + l - h), and the iteration takes
///
///     max(K + max(0, w - l), w + c)
///
/// from the end of the last: kernels follow each other without a gap unless the host is late, and the host must have
/// launched the iteration after, too, before it looks at this one's tokens. Its start on the next is what is left of
/// that after w. In truth a late launch lengthens the iteration before, whose tokens are looked at after it; together
/// they last the same.
public struct BoundHost: Sendable, Hashable {
  /// What an iteration takes longer when the host takes twice its usual time; less, when it is faster.
  public var slowdown: Double
  /// The same for each of its sequences.
  public var perSequence: Double
  /// The same for an iteration with prefill.
  public var withPrefill: Double
  /// The host's own work beside the kernels: c.
  public var work: Work
  /// The host's time to launch the kernels of iterations with prefill: l.
  public var launch: Launch
  /// Whether an iteration is planned while the one before it runs.
  public var plansAhead: Bool

  /// Seconds of the host's work for an iteration.
  public struct Work: Sendable, Hashable {
    public var perStep: Double
    public var perSequence: Double
    /// Of an iteration with prefill, beyond that.
    public var withPrefill: Double
    /// Of each sequence of an iteration with prefill, beyond all that.
    public var perSequenceWithPrefill: Double

    public init(
      perStep: Double = 0, perSequence: Double = 0, withPrefill: Double = 0, perSequenceWithPrefill: Double = 0
    ) {
      self.perStep = perStep
      self.perSequence = perSequence
      self.withPrefill = withPrefill
      self.perSequenceWithPrefill = perSequenceWithPrefill
    }
  }

  /// Seconds to launch an iteration with prefill.
  public struct Launch: Sendable, Hashable {
    /// Up to the largest captured graph.
    public var broken: Double
    /// Beyond it.
    public var whole: Double
    /// Beyond it, for a number of tokens that was not met before, in addition.
    public var newSize: Double
    /// Tokens of the largest captured graph; nil without graphs, where the engine's costs say what launching takes.
    public var largestGraph: Int?

    public init(broken: Double = 0, whole: Double = 0, newSize: Double = 0, largestGraph: Int? = nil) {
      self.broken = broken
      self.whole = whole
      self.newSize = newSize
      self.largestGraph = largestGraph
    }

    /// - Parameter isNew: whether that many tokens were never met before.
    func seconds(tokens: Int, isNew: Bool) -> Double {
      guard let largestGraph else { return 0 }
      return tokens <= largestGraph ? broken : whole + (isNew ? newSize : 0)
    }
  }

  /// - Parameters:
  ///   - slowdown: seconds, as are the next two.
  ///   - plansAhead: whether an iteration is planned while the one before it runs.
  public init(
    slowdown: Double, perSequence: Double, withPrefill: Double, work: Work = Work(), launch: Launch = Launch(),
    plansAhead: Bool = false
  ) {
    self.slowdown = slowdown
    self.perSequence = perSequence
    self.withPrefill = withPrefill
    self.work = work
    self.launch = launch
    self.plansAhead = plansAhead
  }

  /// - Parameters:
  ///   - host: the engine's.
  ///   - engine: its costs on the GPUs that share each layer.
  ///   - layers: of the model.
  init(_ host: HostTimes, _ engine: EngineCosts, layers: Int, isShared: Bool, plansAhead: Bool) {
    let depth = Double(layers)
    let withPrefill = engine.captureSizes.isEmpty ? 0 : engine.prefillPerLayer * depth
    let slower = plansAhead ? host.aheadSlowdown : 1
    // Of the workers' hosts nothing is logged: what is known to go by the scheduler's pace is its own work.
    self.init(
      slowdown: isShared ? host.perStep : host.slowdown, perSequence: isShared ? host.perDecode : engine.perSequence,
      withPrefill: isShared ? 0 : withPrefill,
      work: Work(
        perStep: slower * engine.perStep, perSequence: slower * engine.perSequence, withPrefill: slower * withPrefill,
        perSequenceWithPrefill: plansAhead ? host.aheadPerSequence : 0),
      launch: Launch(
        broken: host.launchPerBrokenLayer * depth, whole: host.launchPerLayer * depth, newSize: host.launchOfNewSize,
        largestGraph: engine.captureSizes.last),
      plansAhead: plansAhead)
  }

  /// An iteration's composition, as far as the host goes by it.
  public struct Iteration: Sendable, Hashable {
    public var decodes: Int
    public var chunks: Int
    public var chunkTokens: Int
    /// Whether that many tokens were never met before.
    public var isNewSize: Bool

    public init(decodes: Int, chunks: Int = 0, chunkTokens: Int = 0, isNewSize: Bool = false) {
      self.decodes = decodes
      self.chunks = chunks
      self.chunkTokens = chunkTokens
      self.isNewSize = isNewSize
    }
  }

  /// What an iteration takes under a host of some pace.
  public struct IterationTime: Sendable, Hashable {
    /// Whole ticks.
    public var time: SimDuration
    /// Of that, how long the host was late: no start on the next iteration.
    public var wait: SimDuration
    /// Whether the time is the kernels' and a part that goes by the pace and the composition alone, so that iterations
    /// of one batch are as much apart as their kernels.
    public var isShifted: Bool
    /// What the host takes in any case, where that is all that counts: kernels that take less change nothing.
    public var floor: SimDuration?
  }

  /// What an iteration takes.
  ///
  /// - Parameters:
  ///   - kernels: what it takes with the usual host, were nothing to be launched; what the GPU takes, when planned
  ///     ahead.
  ///   - pace: the host's time over its usual time: 2 takes twice as long.
  ///   - start: how long the host has had for it while the GPU worked on the iteration before; nil for as long as it
  ///     takes. Of no matter unless planned ahead.
  public func iteration(
    kernels: SimDuration, pace: Double, _ iteration: Iteration, start: SimDuration? = nil
  ) -> IterationTime {
    plansAhead
      ? ahead(kernels, pace, iteration, start: start) : inTurn(kernels, pace, iteration)
  }

  fileprivate func work(_ iteration: Iteration, withPrefill: Bool) -> Double {
    let sequences = Double(iteration.decodes + iteration.chunks)
    return work.perStep + work.perSequence * sequences
      + (withPrefill && iteration.chunks > 0 ? work.withPrefill + work.perSequenceWithPrefill * sequences : 0)
  }

  fileprivate func launchTime(_ iteration: Iteration) -> Double {
    guard iteration.chunks > 0 else { return 0 }
    return launch.seconds(tokens: iteration.decodes + iteration.chunkTokens, isNew: iteration.isNewSize)
  }

  /// What a host of another pace takes longer or less.
  private func slower(_ pace: Double, _ iteration: Iteration) -> Double {
    guard pace != 1 else { return 0 }
    let sequences = Double(iteration.decodes + iteration.chunks)
    return (pace - 1) * (slowdown + perSequence * sequences + (iteration.chunks > 0 ? withPrefill : 0))
  }

  private func inTurn(_ kernels: SimDuration, _ pace: Double, _ iteration: Iteration) -> IterationTime {
    var time = kernels
    var isShifted = true
    let slower = slower(pace, iteration)
    if pace != 1 {
      time += SimDuration(seconds: slower).roundedToTick
      // However fast the host, the kernels are left.
      let least = SimDuration(picoseconds: kernels.picoseconds / 2).roundedToTick
      if time < least { (time, isShifted) = (least, false) }
    }
    let launching = launchTime(iteration)
    if launching > 0 {
      let least = SimDuration(seconds: work(iteration, withPrefill: true) + slower + launching).roundedToTick
      if time < least { (time, isShifted) = (least, false) }
    }
    return IterationTime(time: time, wait: .zero, isShifted: isShifted, floor: nil)
  }

  private func ahead(
    _ kernels: SimDuration, _ pace: Double, _ iteration: Iteration, start: SimDuration?
  ) -> IterationTime {
    AheadTimes.Parts(self, iteration, slower: slower(pace, iteration)).iteration(kernels: kernels, start: start)
  }
}

/// What a host that plans ahead takes at its usual pace, for every number of sequences in an iteration: decisions ask
/// for nothing else as long as the host is as fast as usual, and the sums and roundings are always the same.
struct AheadTimes: Sendable {
  /// The host's parts in an iteration's time, in whole ticks.
  struct Parts: Sendable, BitwiseCopyable {
    /// Its work for the iteration after.
    var next: SimDuration
    /// Its work for this one.
    var work: SimDuration
    var launching: SimDuration

    /// - Parameter slower: what a host of another pace takes longer, in seconds.
    init(_ host: BoundHost, _ iteration: BoundHost.Iteration, slower: Double) {
      func ticks(_ seconds: Double) -> SimDuration { SimDuration(seconds: max(0, seconds)).roundedToTick }
      next = ticks(host.work(iteration, withPrefill: false) + slower)
      work = ticks(host.work(iteration, withPrefill: true) + slower)
      launching = ticks(host.launchTime(iteration))
    }

    /// What an iteration takes whose kernels take so long: see ``BoundHost``.
    @inline(__always) func iteration(kernels: SimDuration, start: SimDuration?) -> BoundHost.IterationTime {
      var wait = SimDuration.zero
      if let start { wait = max(.zero, work + launching - start) }
      let gap = max(.zero, wait - launching)
      let time = max(kernels + gap, wait + next)
      if wait > .zero { return BoundHost.IterationTime(time: time, wait: wait, isShifted: false, floor: nil) }
      return BoundHost.IterationTime(
        time: time, wait: .zero, isShifted: kernels >= next, floor: kernels >= next ? nil : next)
    }
  }

  /// By sequences, of iterations of decode alone and of others up to the largest captured graph.
  private var decodes: ContiguousArray<Parts> = []
  private var chunks: ContiguousArray<Parts> = []
  /// Launching beyond that graph: of a number of tokens that was met before, and of a new one.
  private var whole = SimDuration.zero
  private var new = SimDuration.zero
  private let largestGraph: Int

  init(_ host: BoundHost, maxSequences: Int) {
    largestGraph = host.launch.largestGraph ?? .max
    for count in 0...maxSequences {
      decodes.append(Parts(host, BoundHost.Iteration(decodes: count), slower: 0))
      chunks.append(Parts(host, BoundHost.Iteration(decodes: count - 1, chunks: 1), slower: 0))
    }
    guard host.launch.largestGraph != nil else { return }
    func launching(isNew: Bool) -> SimDuration {
      let beyond = BoundHost.Iteration(decodes: 0, chunks: 1, chunkTokens: largestGraph + 1, isNewSize: isNew)
      return Parts(host, beyond, slower: 0).launching
    }
    (whole, new) = (launching(isNew: false), launching(isNew: true))
  }

  @inline(__always) func iteration(
    kernels: SimDuration, _ iteration: BoundHost.Iteration, start: SimDuration?
  ) -> BoundHost.IterationTime {
    let sequences = iteration.decodes + iteration.chunks
    if iteration.chunks == 0 { return decodes[sequences].iteration(kernels: kernels, start: start) }
    var parts = chunks[sequences]
    if iteration.decodes + iteration.chunkTokens > largestGraph { parts.launching = iteration.isNewSize ? new : whole }
    return parts.iteration(kernels: kernels, start: start)
  }
}

extension BoundStepCost {
  /// What an iteration takes under the host, where it is known: ``BoundHost/iteration(kernels:pace:_:start:)``.
  ///
  /// - Precondition: ``host`` is known.
  public func iteration(
    kernels: SimDuration, pace: Double, _ iteration: BoundHost.Iteration, start: SimDuration?
  ) -> BoundHost.IterationTime {
    if pace == 1, let aheadTimes { return aheadTimes.iteration(kernels: kernels, iteration, start: start) }
    guard let host else { preconditionFailure("nothing is known of the host") }
    return host.iteration(kernels: kernels, pace: pace, iteration, start: start)
  }
}

extension EngineCosts {
  /// What the host does to iterations of a model with so many layers; nil where it was not measured.
  ///
  /// - Parameter isShared: whether several GPUs share each layer.
  func boundHost(layers: Int, isShared: Bool, plansAhead: Bool) -> BoundHost? {
    host.map { BoundHost($0, self, layers: layers, isShared: isShared, plansAhead: plansAhead) }
  }

  /// What is left for the GPU when the host's work is done while it runs: the costs of an engine that plans ahead, of
  /// which the host is then told apart (``BoundHost``). Time per step is the host's, time per layer the kernels' and
  /// what lies between them.
  func withoutHost() -> EngineCosts {
    var engine = self
    engine.perStep = 0
    engine.perSequence = 0
    engine.prefillPerLayer = 0
    return engine
  }
}
