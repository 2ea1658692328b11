import SimCore

/// What an engine's host usually spends by itself in an iteration, and what an iteration takes longer when it is
/// slower.
///
/// The same machine's host is faster and slower by a third for seconds on end: its processor is shared, its clock
/// changes. Where a recording says what the host spent by itself (scheduling before the kernels, bookkeeping after
/// them), the ratio to what is usual says how fast it was, and the recording can be predicted under that.
public struct HostTimes: Hashable, Sendable {
  /// Usual host time of any iteration, seconds.
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
  /// Of launching one layer without a graph, seconds: an iteration with more tokens than the largest captured graph
  /// takes at least the engine's time per step and this for every layer, however short its kernels.
  public var launchPerLayer: Double

  public init(
    perStep: Double, perDecode: Double, perChunk: Double, perPromptToken: Double, slowdown: Double,
    launchPerLayer: Double = 0
  ) {
    self.perStep = perStep
    self.perDecode = perDecode
    self.perChunk = perChunk
    self.perPromptToken = perPromptToken
    self.slowdown = slowdown
    self.launchPerLayer = launchPerLayer
  }

  /// Usual host time of an iteration, seconds.
  public func usual(decodes: Int, chunks: Int, promptTokens: Int) -> Double {
    perStep + perDecode * Double(decodes) + perChunk * Double(chunks) + perPromptToken * Double(promptTokens)
  }
}

/// What the host does to an engine's iterations, in seconds: ``HostTimes`` bound to an engine and a model.
public struct BoundHost: Sendable, Hashable {
  /// What an iteration takes longer when the host takes twice its usual time; less, when it is faster.
  public var slowdown: Double
  /// The same for each of its sequences.
  public var perSequence: Double
  /// The same for an iteration with prefill.
  public var withPrefill: Double
  /// What an iteration with prefill and more tokens than the largest captured graph takes at least, with the usual
  /// host.
  public var launch: Double
  /// Tokens of the largest captured graph; nil without graphs, where the engine's costs say what launching takes.
  public var largestGraph: Int?

  /// - Parameters: seconds, but for `largestGraph`.
  public init(slowdown: Double, perSequence: Double, withPrefill: Double, launch: Double, largestGraph: Int?) {
    self.slowdown = slowdown
    self.perSequence = perSequence
    self.withPrefill = withPrefill
    self.launch = launch
    self.largestGraph = largestGraph
  }

  /// - Parameters:
  ///   - host: the engine's.
  ///   - layers: of the model.
  init(_ host: HostTimes, _ engine: EngineCosts, layers: Int) {
    let depth = Double(layers)
    self.init(
      slowdown: host.slowdown, perSequence: engine.perSequence,
      withPrefill: engine.captureSizes.isEmpty ? 0 : engine.prefillPerLayer * depth,
      launch: host.launchPerLayer > 0 ? engine.perStep + host.launchPerLayer * depth : 0,
      largestGraph: engine.captureSizes.last)
  }

  /// What an iteration takes under a host of this pace.
  ///
  /// - Parameters:
  ///   - kernels: what it takes with the usual host, were nothing to be launched.
  ///   - pace: the host's time over its usual time: 2 takes twice as long.
  /// - Returns: whole ticks, and whether that is the kernels' time and a part that goes by the pace and the composition
  ///   alone, so that iterations of one batch are as much apart as their kernels.
  public func iteration(
    kernels: SimDuration, pace: Double, decodes: Int, chunks: Int, chunkTokens: Int
  ) -> (time: SimDuration, isShifted: Bool) {
    var time = kernels
    var isShifted = true
    if pace != 1 {
      let extra = (pace - 1) * (slowdown + perSequence * Double(decodes + chunks) + (chunks > 0 ? withPrefill : 0))
      time += SimDuration(seconds: extra).roundedToTick
      // However fast the host, the kernels are left.
      let least = SimDuration(picoseconds: kernels.picoseconds / 2).roundedToTick
      if time < least { (time, isShifted) = (least, false) }
    }
    if chunks > 0, launch > 0, let largestGraph, decodes + chunkTokens > largestGraph {
      let least = SimDuration(seconds: pace * launch).roundedToTick
      if time < least { (time, isShifted) = (least, false) }
    }
    return (time, isShifted)
  }
}

/// The host's pace in the course of a run: its time over its usual time. 1.2 is a fifth slower.
public struct HostPace: Sendable, Hashable {
  /// A pace, and from when on it holds.
  public struct Change: Sendable, Hashable {
    public var time: SimTime
    public var pace: Double

    public init(time: SimTime, pace: Double) {
      self.time = time
      self.pace = pace
    }
  }

  /// In order of time; the first holds before its time too.
  public let changes: [Change]

  /// The usual host throughout.
  public static let usual = HostPace(1)

  /// The same pace throughout.
  public init(_ pace: Double) { changes = [Change(time: .zero, pace: pace)] }

  /// - Parameter changes: in order of time, at least one; of several of one time the last holds.
  public init(_ changes: [Change]) {
    precondition(!changes.isEmpty, "a host has a pace")
    var kept: [Change] = []
    for change in changes {
      if let last = kept.last, last.time == change.time { kept.removeLast() }
      if let last = kept.last, last.pace == change.pace { continue }
      kept.append(change)
    }
    self.changes = kept
  }

  /// Whether it ever changes.
  public var varies: Bool { changes.count > 1 }

  /// The pace at a time.
  public func pace(at time: SimTime) -> Double { changes[max(0, changesBegun(at: time) - 1)].pace }

  /// When the pace next changes; `.never` when it does not.
  public func nextChange(after time: SimTime) -> SimTime {
    let next = max(1, changesBegun(at: time))
    return next < changes.count ? changes[next].time : .never
  }

  private func changesBegun(at time: SimTime) -> Int {
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle].time <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension EngineCosts {
  /// What the host does to iterations of a model with so many layers; nil where it was not measured.
  func boundHost(layers: Int) -> BoundHost? { host.map { BoundHost($0, self, layers: layers) } }
}
