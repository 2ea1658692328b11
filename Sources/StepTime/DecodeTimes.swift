/// Measured decode attention of a batch in one layer.
///
/// The measured grid is ragged: large batches were not measured at long contexts. Each row (number of sequences) is
/// therefore continued at the rate per context token that its configuration shows where it reads from memory.
struct DecodeTimes: Sendable {
  private struct Row: Sendable {
    let sequences: Double
    /// Seconds against total context tokens.
    let curve: PiecewiseLinear
    let slope: Double
  }

  private struct Configuration: Sendable {
    let heads: Int
    let keyValueHeads: Int
    var rows: [Row]
  }

  private let configurations: [Configuration]

  /// - Throws: ``ProfileError`` when a configuration of heads has times for a single number of sequences, or comes
  ///   twice: what one more sequence costs could not be told.
  init(_ section: ProfileSection, file: String, memoryBandwidth: Double) throws(ProfileError) {
    var grouped: [Configuration] = []
    var firstLine = 0
    func checkLast() throws(ProfileError) {
      guard let last = grouped.last, last.rows.count < 2 else { return }
      throw ProfileError(
        file: file, line: firstLine,
        message: "'@decode' wants times for two numbers of sequences at least of each configuration; "
          + "\(last.heads) heads with \(last.keyValueHeads) kv_heads have one")
    }
    for row in section.rows {
      if grouped.last?.heads != row.keys[0] || grouped.last?.keyValueHeads != row.keys[1] {
        try checkLast()
        if grouped.contains(where: { $0.heads == row.keys[0] && $0.keyValueHeads == row.keys[1] }) {
          throw ProfileError(
            file: file, line: row.line,
            message: "'@decode' wants the rows of a configuration of heads one after another")
        }
        grouped.append(Configuration(heads: row.keys[0], keyValueHeads: row.keys[1], rows: []))
        firstLine = row.line
      }
      let sequences = Double(row.keys[2])
      if let before = grouped.last?.rows.last?.sequences, before >= sequences {
        throw ProfileError(
          file: file, line: row.line, message: "'sequences' must rise from row to row, found \(row.keys[2])")
      }
      let curve = PiecewiseLinear(
        row.points.map { $0.x * sequences }, nonDecreasing(row.points.map(\.seconds)))
      grouped[grouped.count - 1].rows.append(Row(sequences: sequences, curve: curve, slope: 0))
    }
    try checkLast()
    configurations = grouped.map { Self.withSlopes($0, memoryBandwidth: memoryBandwidth) }
  }

  /// Gives each row the rate at which it continues: that of its own last stretch when it lies in memory, or else the
  /// configuration's median rate over all points that do.
  private static func withSlopes(_ configuration: Configuration, memoryBandwidth: Double) -> Configuration {
    let bytesPerToken = Double(configuration.keyValueHeads * 128 * 2 * 2)
    let beyondCaches = 256e6 / bytesPerToken  // tokens; several times any L2
    var rates: [Double] = []
    for row in configuration.rows {
      for (context, time) in zip(row.curve.x, row.curve.y) where context >= beyondCaches {
        rates.append((time - row.curve.y[0]) / context)
      }
    }
    rates.sort()
    let typical = rates.isEmpty ? bytesPerToken / (0.9 * memoryBandwidth) : rates[rates.count / 2]
    var result = configuration
    result.rows = configuration.rows.map { row in
      let count = row.curve.x.count
      var slope = typical
      if count > 1, row.curve.x[count - 2] >= beyondCaches {
        slope = (row.curve.y[count - 1] - row.curve.y[count - 2]) / (row.curve.x[count - 1] - row.curve.x[count - 2])
      }
      return Row(sequences: row.sequences, curve: row.curve, slope: max(slope, 0))
    }
    return result
  }

  /// Bytes per second at which decode attention reads KV that the second-level cache holds; nil where the table does
  /// not show it.
  ///
  /// The table's kernels were timed in a loop, so that a small cache stays where the time before left it. Taken from
  /// batches that keep half of the multiprocessors busy: the rate between the smallest caches and those that fill a
  /// third to three quarters of the second level. Many of them still wait for latencies, so the upper quartile stands
  /// for what the cache gives.
  ///
  /// - Parameter cacheBytes: the size of the second-level cache.
  func cachedRate(cacheBytes: Double) -> Double? {
    var rates: [Double] = []
    for configuration in configurations {
      let bytesPerToken = Double(configuration.keyValueHeads * 128 * 2 * 2)
      for row in configuration.rows where row.sequences * Double(configuration.keyValueHeads) >= 64 {
        let points = zip(row.curve.x, row.curve.y).map { (tokens: $0, bytes: $0 * bytesPerToken, seconds: $1) }
          .filter { $0.tokens >= 128 * row.sequences }
        guard let small = points.first, small.bytes <= 0.3 * cacheBytes,
          let large = points.last(where: { (0.35...0.75).contains($0.bytes / cacheBytes) }),
          large.seconds > small.seconds
        else { continue }
        rates.append((large.bytes - small.bytes) / (large.seconds - small.seconds))
      }
    }
    rates.sort()
    return rates.isEmpty ? nil : rates[rates.count * 3 / 4]
  }

  /// Decode attention of a configuration of heads per GPU.
  ///
  /// Work is a sum over (sequence, key-value head) pairs, which a kernel that deals them out does not tell apart. So a
  /// configuration with more key-value heads than were measured is asked as one with fewer heads and proportionally
  /// more sequences. Between measured numbers of query heads per key-value head, the answer is interpolated.
  ///
  /// - Parameter spreadsPairs: whether the engine's kernel deals pairs out whatever their numbers. Then, where more
  ///   heads
  ///   were measured to be faster with proportionally fewer sequences, the same pairs over the same contexts, that time
  ///   is taken: tables of few heads were made by launches that left multiprocessors idle.
  func surface(heads: Int, keyValueHeads: Int, spreadsPairs: Bool) -> DecodeSurface {
    let measured = Set(configurations.map(\.keyValueHeads)).sorted()
    let nearest = measured.last { $0 <= keyValueHeads } ?? measured[0]
    var surface = surface(heads: heads, keyValueHeads: keyValueHeads, askedAs: nearest)
    guard spreadsPairs else { return surface }
    surface.alternatives = measured.filter { $0 > keyValueHeads && $0 % keyValueHeads == 0 }.map {
      self.surface(heads: heads, keyValueHeads: keyValueHeads, askedAs: $0)
    }.filter { $0.basis == .measured }
    return surface
  }

  private func surface(heads: Int, keyValueHeads: Int, askedAs measuredHeads: Int) -> DecodeSurface {
    let scale = Double(keyValueHeads) / Double(measuredHeads)
    let wanted = Double(heads) / scale
    let same = configurations.filter { $0.keyValueHeads == measuredHeads }.sorted { $0.heads < $1.heads }
    let lower = same.last { Double($0.heads) <= wanted } ?? same[0]
    let upper = same.first { Double($0.heads) >= wanted } ?? same[same.count - 1]
    let span = Double(upper.heads - lower.heads)
    let weight = span > 0 ? (wanted - Double(lower.heads)) / span : 0
    let exact = scale <= 1 && span == 0 && Double(lower.heads) == wanted
    let outside = wanted < Double(lower.heads) || wanted > Double(upper.heads)
    return DecodeSurface(
      lower: lower.rows.map { ($0.sequences, $0.curve, $0.slope) },
      upper: upper.rows.map { ($0.sequences, $0.curve, $0.slope) }, weight: weight, scale: scale,
      basis: exact ? .measured : outside ? .extrapolated : .interpolated,
      description: "\(lower.heads)" + (span > 0 ? " and \(upper.heads)" : "")
        + " query and \(measuredHeads) key-value heads per GPU"
        + (scale == 1 ? "" : ", \(keyValueHeads) heads taken as more sequences"))
  }
}

/// Time of one decode step's attention in one layer, against sequences and total context tokens.
struct DecodeSurface: Sendable {
  typealias Row = (sequences: Double, curve: PiecewiseLinear, slope: Double)

  let lower: [Row]
  let upper: [Row]
  let weight: Double
  let scale: Double
  let basis: Basis
  let description: String
  /// The same pairs as fewer sequences of more key-value heads, where that was measured.
  var alternatives: [DecodeSurface] = []

  /// Seconds for `sequences` sequences that hold `contextTokens` tokens in all.
  func seconds(sequences: Double, contextTokens: Double) -> Double {
    let n = sequences * scale
    let tokens = contextTokens * scale
    let low = Self.seconds(lower, n, tokens)
    let time = weight == 0 ? low : low + weight * (Self.seconds(upper, n, tokens) - low)
    return alternatives.reduce(time) { least, other in
      // Less than a sequence was never measured.
      sequences * other.scale < 1
        ? least : min(least, other.seconds(sequences: sequences, contextTokens: contextTokens))
    }
  }

  /// Seconds of a launch that does next to nothing.
  var floor: Double { seconds(sequences: 1 / scale, contextTokens: 1 / scale) }

  private static func seconds(_ rows: [Row], _ n: Double, _ tokens: Double) -> Double {
    func at(_ row: Row) -> Double { row.curve.linear(at: tokens, beyond: row.slope) }
    if n <= rows[0].sequences { return at(rows[0]) }
    for (low, high) in zip(rows, rows.dropFirst()) where n <= high.sequences {
      let share = (n - low.sequences) / (high.sequences - low.sequences)
      let below = at(low)
      return below + share * (at(high) - below)
    }
    // More sequences than were measured: each costs what the last ones did, at the same total context.
    let last = rows[rows.count - 1]
    let before = rows[rows.count - 2]
    let each = max(0, (last.curve.y[0] - before.curve.y[0]) / (last.sequences - before.sequences))
    return at(last) + each * (n - last.sequences)
  }
}
