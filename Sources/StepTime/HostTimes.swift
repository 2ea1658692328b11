/// What an engine's host usually spends by itself in an iteration, and what an iteration takes longer when it is slower.
///
/// The same machine's host is faster and slower by a third for seconds on end: its processor is shared, its clock
/// changes. Where a recording says what the host spent by itself (scheduling before the kernels, bookkeeping after them),
/// the ratio to what is usual says how fast it was, and the recording can be predicted under that.
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

  public init(perStep: Double, perDecode: Double, perChunk: Double, perPromptToken: Double, slowdown: Double) {
    self.perStep = perStep
    self.perDecode = perDecode
    self.perChunk = perChunk
    self.perPromptToken = perPromptToken
    self.slowdown = slowdown
  }

  /// Usual host time of an iteration, seconds.
  public func usual(decodes: Int, chunks: Int, promptTokens: Int) -> Double {
    perStep + perDecode * Double(decodes) + perChunk * Double(chunks) + perPromptToken * Double(promptTokens)
  }
}

extension EngineCosts {
  /// What an iteration takes longer than with the usual host, seconds; 0 for an engine whose host was not measured.
  ///
  /// - Parameters:
  ///   - speed: the host's time over its usual time: 2 takes twice as long.
  ///   - layers: of the model.
  public func hostExtra(_ speed: Double, sequences: Int, prefills: Bool, layers: Int) -> Double {
    guard let host else { return 0 }
    let perLayer = prefills && !captureSizes.isEmpty ? prefillPerLayer * Double(layers) : 0
    return (speed - 1) * (host.slowdown + perSequence * Double(sequences) + perLayer)
  }
}
