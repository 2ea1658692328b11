import SimCore

/// KV, and weights if asked, that stay off the GPU and are brought to it layer by layer: FlexGen's way to serve one
/// long prompt (Sheng et al., ICML 2023).
///
/// While a layer is computed, what the next one needs is loaded and what the one before it made is stored; then all
/// wait for each other. A layer takes
///
///     max(load, compute, store) + synchronise
///
/// where compute is an equal part of the iteration. All times are seconds, on one GPU of a replica.
public struct LayerOffload: Hashable, Sendable {
  public var layers: Int
  /// To load the KV of a layer, whatever the context: the latency and the issue of its copies.
  public var loadPerLayer: Double
  /// To load the KV of a layer, for each token of context.
  public var loadPerToken: Double
  /// To store a layer's new KV: for the copies, and for each token.
  public var storePerLayer: Double
  public var storePerToken: Double
  /// To load the weights of a layer; 0 where they stay on the GPU.
  public var weightsPerLayer: Double
  /// What waiting for each other, and launching, adds to a layer.
  public var synchronise: Double

  public init(
    layers: Int, loadPerLayer: Double, loadPerToken: Double, storePerLayer: Double, storePerToken: Double,
    weightsPerLayer: Double = 0, synchronise: Double
  ) {
    self.layers = layers
    self.loadPerLayer = loadPerLayer
    self.loadPerToken = loadPerToken
    self.storePerLayer = storePerLayer
    self.storePerToken = storePerToken
    self.weightsPerLayer = weightsPerLayer
    self.synchronise = synchronise
  }

  private func all(_ perLayer: Double) -> SimDuration { SimDuration(seconds: Double(layers) * perLayer) }

  /// Decode attention so that an iteration takes what it takes with its KV off the GPU.
  ///
  /// - Parameter rest: what one token's iteration takes besides attention.
  func decode(_ curve: DecodeAttentionCurve, rest: Double) -> DecodeAttentionCurve {
    let share = rest / Double(layers)
    let loading = curve.atLeast(
      line: all(loadPerLayer + weightsPerLayer - share), perToken: all(loadPerToken))
    return loading.atLeast(line: all(storePerLayer + storePerToken - share), perToken: .zero)
      .later(by: all(synchronise))
  }

  /// Prefill attention of a chunk of new tokens likewise.
  ///
  /// - Parameters:
  ///   - alone: without context.
  ///   - rest: what the chunk's iteration takes besides attention.
  func chunk(tokens: Int, alone: Double, rest: Double) -> Double {
    let moved = max(storePerLayer + storePerToken * Double(tokens), weightsPerLayer) * Double(layers)
    return max(alone, moved - rest) + synchronise * Double(layers)
  }

  /// What each token of context adds to a chunk: its attention or its loading, whichever is more (which is too much for
  /// a chunk that is bound by the other; one chunk for a whole prompt has no context).
  func chunkPerContextToken(_ attention: Double) -> Double { max(attention, loadPerToken * Double(layers)) }
}

extension DecodeAttentionCurve {
  /// The curve where it is above a straight line, and the line elsewhere.
  ///
  /// Exact to a token: a crossing is put at the first whole token that reaches it.
  func atLeast(line lineStart: SimDuration, perToken: SimDuration) -> DecodeAttentionCurve {
    var (newKnots, newSlopes): ([Int64], [SimDuration]) = ([], [])
    func turn(at token: Int64, to slope: SimDuration) {
      if newSlopes.last == slope { return }
      if newSlopes.isEmpty || token <= (newKnots.last ?? 0) {
        if !newSlopes.isEmpty { newSlopes.removeLast() }
      } else {
        newKnots.append(token)
      }
      newSlopes.append(slope)
    }
    var (value, line) = (start.picoseconds, lineStart.picoseconds)
    var from: Int64 = 0
    for (index, slope) in slopes.enumerated() {
      let end = index < knots.count ? knots[index] : Int64.max
      let isAbove = value >= line
      turn(at: from, to: isAbove ? slope : perToken)
      let closing = (isAbove ? perToken - slope : slope - perToken).picoseconds
      if closing > 0 {
        let tokens = (abs(value - line) + closing - 1) / closing
        if tokens < end - from { turn(at: from + tokens, to: isAbove ? perToken : slope) }
      }
      if end == .max { break }
      value += slope.picoseconds * (end - from)
      line += perToken.picoseconds * (end - from)
      from = end
    }
    return DecodeAttentionCurve(start: max(start, lineStart), knots: newKnots, slopes: newSlopes)
  }

  /// The curve with a time added everywhere.
  func later(by time: SimDuration) -> DecodeAttentionCurve {
    DecodeAttentionCurve(start: start + time, knots: knots, slopes: slopes)
  }
}
