import SimCore

extension LatencyHistogram {
  /// The least value; nil when empty. Exact.
  public var min: SimDuration? { count == 0 ? nil : SimDuration(picoseconds: least) }

  /// The greatest value; nil when empty. Exact.
  public var max: SimDuration? { count == 0 ? nil : SimDuration(picoseconds: greatest) }

  /// The arithmetic mean in picoseconds, from exact sums; nil when empty.
  public var mean: Double? {
    if count == 0 { return nil }
    let (quotient, remainder) = sum.quotientAndRemainder(dividingBy: Int128(count))
    return Double(quotient) + Double(remainder) / Double(count)
  }

  /// The population standard deviation in picoseconds (divisor n, as NumPy's `std`), from exact sums; nil when empty.
  ///
  /// With m the whole part of the mean, Σ(v − m)² = Σv² − 2m·Σv + n·m² is an integer; it is formed in 256 bits, so
  /// equal values give exactly zero and nothing cancels.
  public var std: Double? {
    if count == 0 { return nil }
    let n = UInt128(count)
    let (whole, remainder) = UInt128(sum).quotientAndRemainder(dividingBy: n)
    var squares = sumOfSquares
    squares += WideUnsigned(whole * whole, times: n)
    squares -= WideUnsigned(UInt128(sum), times: 2 * whole)
    let fraction = Double(remainder) / Double(count)
    return Swift.max(0, squares.double / Double(count) - fraction * fraction).squareRoot()
  }

  /// The `p`-th percentile in picoseconds, 0 … 100; nil when empty.
  ///
  /// NumPy's linear method, as in `vllm bench serve`: position p/100 · (n − 1) in the sorted values, interpolated
  /// between the two neighbours. Each neighbour is known to within `relativeErrorBound` (its bucket's midpoint, kept
  /// inside the exact least and greatest value), and so is the result.
  public func percentile(_ p: Double) -> Double? {
    precondition(p >= 0 && p <= 100, "a percentile is between 0 and 100")
    if count == 0 { return nil }
    let position = p / 100 * Double(count - 1)
    let lowerRank = Int64(position.rounded(.down))
    let fraction = position - Double(lowerRank)
    let lower = orderStatistic(lowerRank)
    if fraction == 0 || lowerRank + 1 >= count { return lower }
    return lower + fraction * (orderStatistic(lowerRank + 1) - lower)
  }

  /// The value of a rank, from 0, in the sorted values.
  private func orderStatistic(_ rank: Int64) -> Double {
    if rank <= 0 { return Double(least) }
    if rank >= count - 1 { return Double(greatest) }
    var seen: Int64 = 0
    for (index, held) in counts.enumerated() where held > 0 {
      seen += held
      if seen > rank {
        let (lower, width) = Self.extent(of: base + index)
        let midpoint = Double(lower) + Double(width - 1) / 2
        return Swift.min(Swift.max(midpoint, Double(least)), Double(greatest))
      }
    }
    return Double(greatest)
  }
}

extension LatencyHistogram: Equatable {
  /// Whether both hold the same values as far as either can tell: the room kept for empty buckets does not matter.
  public static func == (a: Self, b: Self) -> Bool {
    guard
      a.count == b.count, a.sum == b.sum, a.sumOfSquares == b.sumOfSquares, a.least == b.least,
      a.greatest == b.greatest
    else { return false }
    return a.occupied.elementsEqual(b.occupied, by: ==)
  }

  /// The buckets that hold anything, in order of value.
  var occupied: [(bucket: Int, count: Int64)] {
    counts.enumerated().compactMap { $1 > 0 ? (base + $0, $1) : nil }
  }
}
