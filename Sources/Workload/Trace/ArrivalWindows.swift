import SimCore

/// Counts arrivals in windows of equal length; a last window that isn't full is left out.
struct ArrivalWindows {
  private let length: SimDuration
  private var index: Int64 = 0
  private var inWindow = 0
  private var windows = 0
  private var fewest = Int.max
  private var most = 0
  private var sum = 0.0
  private var squares = 0.0

  init(length: SimDuration) {
    self.length = length
  }

  /// An arrival `elapsed` after the first one, none of which comes before those that were added; closes the windows
  /// before it.
  mutating func add(_ elapsed: SimDuration) {
    close(before: elapsed)
    inWindow += 1
  }

  /// Counts the windows that end until then.
  mutating func close(before elapsed: SimDuration) {
    let next = elapsed.picoseconds / length.picoseconds
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
      length: length, count: windows, fewest: windows == 0 ? 0 : fewest, most: most,
      indexOfDispersion: windows < 2 || mean == 0 ? nil : variance / mean)
  }
}

/// Standard deviation over mean of gaps, as they come (Welford's update of mean and squared deviations).
struct GapVariation {
  private(set) var count = 0
  private var mean = 0.0
  private var squares = 0.0

  init(_ gaps: some Sequence<Double> = EmptyCollection()) {
    for gap in gaps { add(gap) }
  }

  mutating func add(_ gap: Double) {
    count += 1
    let difference = gap - mean
    mean += difference / Double(count)
    squares += difference * (gap - mean)
  }

  /// Of the gaps as a whole population; nil where all are 0, or none was added.
  var variation: Double? { mean > 0 ? (squares / Double(count)).squareRoot() / mean : nil }
}
