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

extension EngineCosts {
  /// What an iteration takes with a host that is faster or slower than usual, seconds.
  ///
  /// - Parameters:
  ///   - usual: what it takes with the usual host, seconds.
  ///   - speed: the host's time over its usual time: 2 takes twice as long.
  ///   - layers: of the model.
  public func seconds(
    usual: Double, hostSpeed speed: Double, decodes: Int, chunks: Int, promptTokens: Int, layers: Int
  ) -> Double {
    guard let host else { return usual }
    let depth = Double(layers)
    let perLayer = chunks > 0 && !captureSizes.isEmpty ? prefillPerLayer * depth : 0
    let extra = (speed - 1) * (host.slowdown + perSequence * Double(decodes + chunks) + perLayer)
    // However fast the host, the kernels are left.
    let time = max(usual + extra, usual / 2)
    guard chunks > 0, let largest = captureSizes.last, decodes + promptTokens > largest else { return time }
    return max(time, speed * (perStep + host.launchPerLayer * depth))
  }
}
