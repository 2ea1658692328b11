import SimCore

/// Decode attention of one layer against sequences and their total context, from measured points.
struct LayerDecodeTimes: Sendable {
  private struct Row: Sendable {
    let sequences: Double
    /// Seconds against total context tokens.
    let curve: PiecewiseLinear
    let slope: Double
  }

  private let rows: [Row]
  /// Context lengths of one sequence that were measured.
  let lengths: [Double]

  /// - Parameter points: all of one kind; at least one.
  init(_ points: [LayerTables.AttentionPoint]) {
    lengths = Set(points.map(\.decodeContext)).sorted().map(Double.init)
    rows = Dictionary(grouping: points, by: \.decodes).sorted { $0.key < $1.key }.map { sequences, points in
      let sorted = points.sorted { $0.decodeContext < $1.decodeContext }
      let x = sorted.map { Double($0.decodeContext * sequences) }
      let y = nonDecreasing(sorted.map(\.seconds))
      let last = x.count - 1
      let slope = last > 0 ? (y[last] - y[last - 1]) / (x[last] - x[last - 1]) : 0
      return Row(sequences: Double(sequences), curve: PiecewiseLinear(x, y), slope: slope)
    }
  }

  /// Seconds for `n` sequences that hold `contextTokens` in all; numbers of sequences between those measured lie on
  /// straight lines at equal total context.
  func seconds(sequences n: Double, contextTokens: Double) -> Double {
    func at(_ row: Row) -> Double { row.curve.linear(at: contextTokens, beyond: row.slope) }
    if n <= rows[0].sequences { return at(rows[0]) }
    for (low, high) in zip(rows, rows.dropFirst()) where n <= high.sequences {
      let below = at(low)
      return below + (n - low.sequences) / (high.sequences - low.sequences) * (at(high) - below)
    }
    // More sequences than were measured: each costs what the last ones did, at the same total context.
    let last = rows[rows.count - 1]
    guard rows.count > 1 else { return at(last) }
    let before = rows[rows.count - 2]
    let each = max(0, (last.curve.y[0] - before.curve.y[0]) / (last.sequences - before.sequences))
    return at(last) + each * (n - last.sequences)
  }
}

/// Attention of one layer as a sum: of decoding sequences, of chunks, and of the room that decoding sequences are given
/// beside a chunk.
struct LayerAttention: Sendable {
  /// A launch that does next to nothing, seconds; once in every iteration.
  let floor: Double
  let decode: LayerDecodeTimes
  /// Decode attention beside the smallest chunk measured, without the chunk's own; `nil` when no mixed iterations were
  /// measured.
  let mixed: LayerDecodeTimes?
  /// Seconds each decoding sequence adds beside a chunk, against the chunk's tokens.
  private let besideChunk: PiecewiseLinear
  /// Seconds beyond the floor for each token of a chunk without context, against the chunk's tokens.
  private let chunkPerToken: PiecewiseLinear
  /// Seconds for each cached token, against the chunk's tokens.
  private let chunkPerContextToken: PiecewiseLinear

  /// - Parameter typicalContext: what chunks find cached when they find anything, tokens; the cost of a cached token is
  ///   taken there.
  init(_ points: [LayerTables.AttentionPoint], typicalContext: Int) {
    let alone = points.filter { $0.chunk > 0 && $0.decodes == 0 }
    let whole = alone.filter { $0.chunkContext == 0 }.sorted { $0.chunk < $1.chunk }
    let least = min(whole.map(\.seconds).min() ?? 0, points.map(\.seconds).min() ?? 0)
    floor = least
    decode = LayerDecodeTimes(points.filter { $0.chunk == 0 && $0.decodes > 0 })
    chunkPerToken = PiecewiseLinear(
      [0] + whole.map { Double($0.chunk) },
      [0] + nonDecreasing(whole.map { ($0.seconds - least) / Double($0.chunk) }))
    let slopes = whole.compactMap { start -> (Double, Double)? in
      let behind = alone.filter { $0.chunk == start.chunk && $0.chunkContext > 0 }
      let near = behind.filter { $0.chunkContext <= typicalContext }.max { $0.chunkContext < $1.chunkContext }
      guard let end = near ?? behind.min(by: { $0.chunkContext < $1.chunkContext }) else { return nil }
      return (Double(start.chunk), max(0, end.seconds - start.seconds) / Double(end.chunkContext))
    }
    chunkPerContextToken =
      slopes.isEmpty ? PiecewiseLinear([0], [0]) : PiecewiseLinear(slopes.map(\.0), nonDecreasing(slopes.map(\.1)))
    let together = points.filter { $0.chunk > 0 && $0.chunkContext == 0 && $0.decodes > 0 }
    let smallest = together.map(\.chunk).min() ?? 0
    let base = together.filter { $0.chunk == smallest }
    let own = max(0, (whole.first { $0.chunk == smallest }?.seconds ?? least) - least)
    mixed =
      base.isEmpty
      ? nil
      : LayerDecodeTimes(
        base.map { point in
          var decode = point
          decode.seconds = max(least, point.seconds - own)
          return decode
        })
    besideChunk = Self.roomBesideChunks(together, base: base, whole: whole)
  }

  /// What each decoding sequence adds beside chunks larger than the smallest: the median over the measured batches of
  /// what is left when decode attention and the chunk's own are taken away. Batches too small to show it are left out.
  private static func roomBesideChunks(
    _ together: [LayerTables.AttentionPoint], base: [LayerTables.AttentionPoint], whole: [LayerTables.AttentionPoint]
  ) -> PiecewiseLinear {
    guard let smallest = base.first?.chunk, let smallestAlone = whole.first(where: { $0.chunk == smallest }) else {
      return PiecewiseLinear([0], [0])
    }
    let many = (base.map(\.decodes).max() ?? 0) / 4
    var beside: [SIMD2<Int>: Double] = [:]
    for point in base { beside[SIMD2(point.decodes, point.decodeContext)] = point.seconds }
    var x = [Double(smallest)]
    var y = [0.0]
    for chunk in whole where chunk.chunk > smallest {
      let own = chunk.seconds - smallestAlone.seconds
      let left = together.filter { $0.chunk == chunk.chunk && $0.decodes >= many }.compactMap { point -> Double? in
        guard let least = beside[SIMD2(point.decodes, point.decodeContext)] else { return nil }
        return (point.seconds - least - own) / Double(point.decodes)
      }.sorted()
      guard !left.isEmpty else { continue }
      x.append(Double(chunk.chunk))
      y.append(max(0, left[left.count / 2]))
    }
    return PiecewiseLinear(x, nonDecreasing(y))
  }

  /// Seconds beyond the floor of a chunk without cached context.
  func chunkAlone(_ tokens: Int) -> Double { chunkPerToken.proportional(at: Double(tokens)) * Double(tokens) }

  /// Seconds for each cached token under a chunk.
  func perContextToken(_ tokens: Int) -> Double { chunkPerContextToken.proportional(at: Double(tokens)) }

  /// Seconds that each decoding sequence adds beside chunks of so many tokens in all.
  func perSequence(besideTokens tokens: Int) -> Double { besideChunk.proportional(at: Double(tokens)) }

  /// Seconds of one layer by the sum, for comparison with a measured point.
  func seconds(_ point: LayerTables.AttentionPoint) -> Double {
    let sequences = Double(point.decodes)
    let context = Double(point.decodes * point.decodeContext)
    if point.chunk == 0 { return decode.seconds(sequences: sequences, contextTokens: context) }
    let chunk = chunkAlone(point.chunk) + perContextToken(point.chunk) * Double(point.chunkContext)
    guard point.decodes > 0 else { return floor + chunk }
    return (mixed ?? decode).seconds(sequences: sequences, contextTokens: context) + chunk
      + perSequence(besideTokens: point.chunk) * sequences
  }
}

extension LayerTables {
  /// How far the sum of decode and chunk attention is from each measured iteration with both: predicted over measured
  /// less one, with the point.
  public func mixedAttentionErrors(typicalContext: Int) -> [(point: AttentionPoint, error: Double)] {
    let model = LayerAttention(attention, typicalContext: typicalContext)
    return attention.filter { $0.chunk > 0 && $0.decodes > 0 }.map { ($0, model.seconds($0) / $0.seconds - 1) }
  }
}
