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
  private struct WindowCounter {
    let length: Int64
    var index: Int64 = 0
    var inWindow = 0
    var windows = 0
    var fewest = Int.max
    var most = 0
    var sum = 0.0
    var squares = 0.0

    /// An arrival `elapsed` after the first one; closes the windows before it.
    mutating func add(_ elapsed: Int64) {
      close(before: elapsed / length)
      inWindow += 1
    }

    mutating func close(before next: Int64) {
      guard next > index else { return }
      count(inWindow, times: 1)
      if next - index > 1 { count(0, times: next - index - 1) }
      index = next
      inWindow = 0
    }

    private mutating func count(_ arrivals: Int, times: Int64) {
      windows += Int(times)
      fewest = min(fewest, arrivals)
      most = max(most, arrivals)
      sum += Double(arrivals) * Double(times)
      squares += Double(arrivals) * Double(arrivals) * Double(times)
    }

    var result: TraceSummary.Windows {
      let mean = windows == 0 ? 0 : sum / Double(windows)
      let variance = windows < 2 ? 0 : (squares - sum * mean) / Double(windows - 1)
      return TraceSummary.Windows(
        length: SimDuration(picoseconds: length), count: windows, fewest: windows == 0 ? 0 : fewest, most: most,
        indexOfDispersion: windows < 2 || mean == 0 ? nil : variance / mean)
    }
  }

  private var prompt = TokenCounts()
  private var output = TokenCounts()
  private var first: SimTime?
  private var last = SimTime.zero
  private var gaps = 0
  private var gapMean = 0.0
  private var gapSquares = 0.0
  private var counters = [1, 10, 60].map { WindowCounter(length: $0 * 1_000_000_000_000) }

  mutating func add(_ row: TraceRecord) {
    prompt.add(row.promptTokens)
    output.add(row.outputTokens)
    if first != nil {
      // Welford's update of mean and squared deviations.
      let gap = (row.arrival - last).seconds
      gaps += 1
      let difference = gap - gapMean
      gapMean += difference / Double(gaps)
      gapSquares += difference * (gap - gapMean)
    } else {
      first = row.arrival
    }
    last = row.arrival
    let elapsed = (row.arrival - first!).picoseconds
    for index in counters.indices { counters[index].add(elapsed) }
  }

  func summary(_ report: TraceReport) -> TraceSummary {
    let duration = last - (first ?? last)
    let isSpread = duration > .zero
    return TraceSummary(
      rows: prompt.total, duration: duration, rate: isSpread ? Double(gaps) / duration.seconds : nil,
      gapCV: isSpread ? (gapSquares / Double(gaps)).squareRoot() / gapMean : nil, prompt: Self.lengths(prompt),
      output: Self.lengths(output), windows: counters.map(\.result), report: report)
  }

  private static func lengths(_ counts: TokenCounts) -> TraceSummary.Lengths {
    let quantiles = counts.quantiles([0.5, 0.9, 0.99, 1])
    return TraceSummary.Lengths(
      mean: counts.mean, p50: quantiles[0], p90: quantiles[1], p99: quantiles[2], maximum: quantiles[3])
  }
}
