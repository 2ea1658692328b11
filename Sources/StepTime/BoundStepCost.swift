import SimCore

/// What one engine iteration costs for a given (GPU, model, tensor-parallel degree, engine), as integer tables.
///
/// An iteration with `n` decoding sequences that hold `C` context tokens in all, and prefill chunks of `m_i` new
/// tokens over `c_i` cached ones, takes
///
///     linear(n + Σ m_i) + sequences(n + chunks) + decodeAttention(n, C) + Σ prefillAttention(m_i, c_i)
///
/// where decode attention may cost more beside prefill
/// (``mixedDecodeAttention(sequences:contextTokens:chunkTokens:)``).
///
/// Every coefficient is a whole multiple of ``tickPicoseconds``, so k decode iterations of an unchanged batch have an
/// exact closed form, and so have iterations stretched by a factor in 64ths. A class, immutable, because engines ask it
/// in every decision and a value of six arrays would be retained and released six-fold.
public final class BoundStepCost: Sendable {
  /// The quantum of every coefficient, in picoseconds.
  public static let tickPicoseconds: Int64 = 64

  /// The largest number of tokens ``linear(tokens:graph:)`` is defined for.
  public let maxBatchedTokens: Int
  /// The largest number of sequences in one iteration.
  public let maxSequences: Int

  @usableFromInline let eager: ContiguousArray<SimDuration>
  @usableFromInline let captured: ContiguousArray<SimDuration>
  @usableFromInline let perSequenceCount: ContiguousArray<SimDuration>
  @usableFromInline let chunkAlone: ContiguousArray<SimDuration>
  @usableFromInline let chunkPerContextToken: ContiguousArray<SimDuration>
  @usableFromInline let chunkPerWindowToken: ContiguousArray<SimDuration>
  @usableFromInline let window: Int
  @usableFromInline let decodePieces: ContiguousArray<DecodeAttentionPiece>
  @usableFromInline let piecesPerRow: Int
  /// The same for iterations that also prefill; empty when decode attention costs no more in them.
  @usableFromInline let mixedPieces: ContiguousArray<DecodeAttentionPiece>
  @usableFromInline let mixedPiecesPerRow: Int
  @usableFromInline let perSequenceBesideChunks: ContiguousArray<SimDuration>
  /// Of ``linear(tokens:graph:)``, what the collectives of 0, 1, 2, ... tokens take; empty for one GPU.
  public let collectives: ContiguousArray<SimDuration>
  /// What the host adds to iterations; nil where that is not known.
  public let host: BoundHost?
  /// Its times at the usual pace, when it plans ahead.
  let aheadTimes: AheadTimes?
  /// What context costs that several decoding sequences attend to.
  public let rereads: RereadCost

  /// Builds the tables from their rows; every value is rounded to the nearest tick.
  ///
  /// - Parameters:
  ///   - linear: cost of an iteration over 0, 1, 2, ... tokens launched kernel by kernel.
  ///   - linearInGraph: the same for pure-decode iterations that replay a captured graph; sizes beyond the last
  ///     entry fall back on `linear`. Empty when the engine captures no graphs.
  ///   - sequences: cost that grows with the number of sequences, for 0, 1, 2, ... of them.
  ///   - chunkAlone: prefill attention of 0, 1, 2, ... new tokens without cached context.
  ///   - chunkPerContextToken: what each cached token adds to a chunk of 0, 1, 2, ... new tokens.
  ///   - chunkPerWindowToken: the same for layers whose attention slides; empty when none does.
  ///   - window: how many cached tokens a sliding layer looks at.
  ///   - decode: for 0, 1, 2, ... sequences, the cost of decode attention against total context tokens.
  ///   - mixed: how decode attention differs in iterations that also prefill; `nil` when it does not.
  ///   - collectives: of `linear`, what collectives take; empty for one GPU.
  ///   - host: what the host adds to iterations; `nil` where that is not known.
  ///   - rereads: what context costs that several decoding sequences attend to.
  public init(
    linear: [SimDuration], linearInGraph: [SimDuration], sequences: [SimDuration], chunkAlone: [SimDuration],
    chunkPerContextToken: [SimDuration], chunkPerWindowToken: [SimDuration] = [], window: Int = 0,
    decode: [DecodeAttentionCurve], mixed: MixedAttention? = nil, collectives: [SimDuration] = [],
    host: BoundHost? = nil, rereads: RereadCost = .full
  ) {
    self.host = host
    self.rereads = rereads
    self.collectives = ContiguousArray(collectives)
    precondition(!linear.isEmpty && !sequences.isEmpty && !decode.isEmpty, "a step cost needs at least one entry")
    precondition(chunkAlone.count == linear.count && chunkPerContextToken.count == linear.count)
    precondition(chunkPerWindowToken.isEmpty || chunkPerWindowToken.count == linear.count)
    precondition(decode.count == sequences.count, "one decode curve per number of sequences")
    maxBatchedTokens = linear.count - 1
    maxSequences = sequences.count - 1
    aheadTimes = host.flatMap { $0.plansAhead ? AheadTimes($0, maxSequences: sequences.count - 1) : nil }
    eager = ContiguousArray(linear.map(\.roundedToTick))
    captured = ContiguousArray(linearInGraph.map(\.roundedToTick))
    perSequenceCount = ContiguousArray(sequences.map(\.roundedToTick))
    self.chunkAlone = ContiguousArray(chunkAlone.map(\.roundedToTick))
    self.chunkPerContextToken = ContiguousArray(chunkPerContextToken.map(\.roundedToTick))
    self.chunkPerWindowToken = ContiguousArray(chunkPerWindowToken.map(\.roundedToTick))
    self.window = window
    (decodePieces, piecesPerRow) = Self.rows(decode)
    precondition(mixed.map { $0.decode.count == decode.count && $0.perSequence.count == linear.count } ?? true)
    (mixedPieces, mixedPiecesPerRow) = Self.rows(mixed?.decode ?? [])
    perSequenceBesideChunks = ContiguousArray((mixed?.perSequence ?? []).map(\.roundedToTick))
  }

  /// The pieces of all curves in rows of equal length.
  private static func rows(
    _ curves: [DecodeAttentionCurve]
  ) -> (pieces: ContiguousArray<DecodeAttentionPiece>, width: Int) {
    let width = curves.map { $0.knots.count + 1 }.max() ?? 1
    var pieces = ContiguousArray<DecodeAttentionPiece>()
    pieces.reserveCapacity(width * curves.count)
    for curve in curves { pieces.append(contentsOf: curve.pieces(count: width)) }
    return (pieces, width)
  }

  /// Everything that depends only on how many tokens an iteration processes: GEMMs, norms, collectives, host time
  /// per step and per layer.
  ///
  /// - Parameters:
  ///   - tokens: 0 ... ``maxBatchedTokens``.
  ///   - graph: the iteration is decode only and may replay a captured graph, padded to a capture size.
  @inlinable public func linear(tokens: Int, graph: Bool) -> SimDuration {
    graph && tokens < captured.count ? captured[tokens] : eager[tokens]
  }

  /// The output head over, and the host time of, `count` sequences in the iteration (0 ... ``maxSequences``).
  @inlinable public func sequences(_ count: Int) -> SimDuration { perSequenceCount[count] }

  /// Decode attention of `n` sequences that hold `C` context tokens in all: `fixed + perToken * C`.
  ///
  /// The piece holds while the total stays at or below its `contextLimit`; ask again beyond.
  @inlinable @inline(__always)
  public func decodeAttention(sequences n: Int, contextTokens C: Int64) -> DecodeAttentionPiece {
    var index = n * piecesPerRow
    while C > decodePieces[index].contextLimit { index += 1 }
    return decodePieces[index]
  }

  /// Decode attention of `n` sequences that hold `C` context tokens in all, in an iteration that also processes
  /// `chunkTokens` prompt tokens (at least one).
  @inlinable @inline(__always)
  public func mixedDecodeAttention(
    sequences n: Int, contextTokens C: Int64, chunkTokens: Int
  ) -> DecodeAttentionPiece {
    guard !mixedPieces.isEmpty else { return decodeAttention(sequences: n, contextTokens: C) }
    var index = n * mixedPiecesPerRow
    while C > mixedPieces[index].contextLimit { index += 1 }
    let piece = mixedPieces[index]
    return DecodeAttentionPiece(
      fixed: piece.fixed + perSequenceBesideChunks[chunkTokens] * n, perToken: piece.perToken,
      contextLimit: piece.contextLimit)
  }

  /// Prefill attention of `m` new tokens over `c` tokens that are already in the cache.
  @inlinable public func prefillAttention(chunk m: Int, context c: Int) -> SimDuration {
    let cost = chunkAlone[m] + chunkPerContextToken[m] * c
    return chunkPerWindowToken.isEmpty ? cost : cost + chunkPerWindowToken[m] * min(c, window)
  }
}

/// How decode attention differs in iterations that also prefill: kernels made for one query per sequence give way to
/// one for any number of queries.
public struct MixedAttention: Hashable, Sendable {
  /// For 0, 1, 2, ... decoding sequences, the cost of their attention against total context tokens.
  public let decode: [DecodeAttentionCurve]
  /// What each decoding sequence adds beside 0, 1, 2, ... prompt tokens, as when every sequence is given room for as
  /// many queries as the prompt has.
  public let perSequence: [SimDuration]

  public init(decode: [DecodeAttentionCurve], perSequence: [SimDuration]) {
    self.decode = decode
    self.perSequence = perSequence
  }
}

/// One straight piece of decode-attention cost: `fixed + perToken * contextTokens`, up to `contextLimit`.
public struct DecodeAttentionPiece: Hashable, Sendable, BitwiseCopyable {
  /// The part that does not depend on context; may be negative, the sum over the piece's range is not.
  public let fixed: SimDuration
  /// What each context token in the batch adds.
  public let perToken: SimDuration
  /// The largest total of context tokens the piece is good for; `Int64.max` on the last one.
  public let contextLimit: Int64

  /// - Parameter contextLimit: the largest total of context tokens the piece is good for.
  public init(fixed: SimDuration, perToken: SimDuration, contextLimit: Int64) {
    self.fixed = fixed
    self.perToken = perToken
    self.contextLimit = contextLimit
  }

  /// The cost at `contextTokens` tokens.
  @inlinable public func cost(contextTokens: Int64) -> SimDuration {
    SimDuration(picoseconds: fixed.picoseconds + perToken.picoseconds * contextTokens)
  }
}

/// Decode-attention cost of a fixed number of sequences as a continuous, non-decreasing, piecewise-linear function
/// of their total context tokens.
public struct DecodeAttentionCurve: Hashable, Sendable {
  /// The cost at no context.
  public let start: SimDuration
  /// Totals of context tokens at which the slope changes, increasing.
  public let knots: [Int64]
  /// The slope before each knot and, last, beyond them all: one more than there are knots.
  public let slopes: [SimDuration]

  /// - Precondition: one slope more than knots; slopes not negative; knots increasing.
  public init(start: SimDuration, knots: [Int64] = [], slopes: [SimDuration] = [.zero]) {
    precondition(slopes.count == knots.count + 1, "a curve has one slope more than knots")
    precondition(slopes.allSatisfy { $0 >= .zero }, "decode cost may not fall with context")
    precondition(zip(knots, knots.dropFirst()).allSatisfy(<), "knots must increase")
    self.start = start
    self.knots = knots
    self.slopes = slopes
  }

  /// The curve's pieces in ticks, chained so that neighbours meet exactly; padded to `count` with the last piece.
  func pieces(count: Int) -> [DecodeAttentionPiece] {
    var pieces: [DecodeAttentionPiece] = []
    var fixed = start.roundedToTick
    for (index, slope) in slopes.enumerated() {
      let rounded = slope.roundedToTick
      let limit = index < knots.count ? knots[index] : Int64.max
      pieces.append(DecodeAttentionPiece(fixed: fixed, perToken: rounded, contextLimit: limit))
      if index < knots.count {
        let next = slopes[index + 1].roundedToTick
        fixed.picoseconds += (rounded.picoseconds - next.picoseconds) * knots[index]
      }
    }
    while pieces.count < count { pieces.append(pieces[pieces.count - 1]) }
    return pieces
  }
}

extension SimDuration {
  /// The nearest whole multiple of ``BoundStepCost/tickPicoseconds``, halves away from zero.
  public var roundedToTick: SimDuration {
    let tick = BoundStepCost.tickPicoseconds
    let half = picoseconds >= 0 ? tick / 2 : -tick / 2
    return SimDuration(picoseconds: (picoseconds + half) / tick * tick)
  }
}
