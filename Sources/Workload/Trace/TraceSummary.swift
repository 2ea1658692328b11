import SimCore

/// What a trace is like.
public struct TraceSummary: Hashable, Sendable {
  /// Lengths in tokens. A quantile is the smallest value that at least that share of rows doesn't exceed.
  public struct Lengths: Hashable, Sendable {
    public var mean: Double
    public var p50: Int32
    public var p90: Int32
    public var p99: Int32
    public var maximum: Int32
  }

  /// Counts of arrivals in windows of equal length; a last window that isn't full is left out.
  public struct Windows: Hashable, Sendable {
    public var length: SimDuration
    public var count: Int
    public var fewest: Int
    public var most: Int
    /// Variance over mean of the counts: 1 for Poisson, more for bursts. nil with fewer than two windows.
    public var indexOfDispersion: Double?
  }

  public var rows: Int
  /// From the first row to the last.
  public var duration: SimDuration
  /// Gaps per second of duration; nil when all rows come at once.
  public var rate: Double?
  /// Standard deviation over mean of the gaps (population); nil when all rows come at once.
  public var gapCV: Double?
  public var prompt: Lengths
  public var output: Lengths
  /// Windows of 1 s, 10 s and 60 s from the first row on.
  public var windows: [Windows]
  public var report: TraceReport
}

/// Builds a summary row by row.
struct TraceSummaryBuilder {
  private var prompt = TokenCounts()
  private var output = TokenCounts()
  private var first: SimTime?
  private var last = SimTime.zero
  private var gaps = GapVariation()
  private var counters = [1, 10, 60].map { ArrivalWindows(length: .seconds($0)) }

  mutating func add(_ row: TraceRecord) {
    prompt.add(row.promptTokens)
    output.add(row.outputTokens)
    if first != nil {
      gaps.add((row.arrival - last).seconds)
    } else {
      first = row.arrival
    }
    last = row.arrival
    let elapsed = row.arrival - first!
    for index in counters.indices { counters[index].add(elapsed) }
  }

  func summary(_ report: TraceReport) -> TraceSummary {
    let duration = last - (first ?? last)
    let isSpread = duration > .zero
    return TraceSummary(
      rows: prompt.total, duration: duration, rate: isSpread ? Double(gaps.count) / duration.seconds : nil,
      gapCV: isSpread ? gaps.variation : nil, prompt: Self.lengths(prompt),
      output: Self.lengths(output), windows: counters.map(\.result), report: report)
  }

  private static func lengths(_ counts: TokenCounts) -> TraceSummary.Lengths {
    let quantiles = counts.quantiles([0.5, 0.9, 0.99, 1])
    return TraceSummary.Lengths(
      mean: counts.mean, p50: quantiles[0], p90: quantiles[1], p99: quantiles[2], maximum: quantiles[3])
  }
}
