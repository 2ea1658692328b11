/// What is compared.
public enum ComparedMetric: String, CaseIterable, Sendable, Hashable {
  /// Time to first token: from arrival to the first output token.
  case ttft
  /// Time per output token: from the first output token to the last, over the tokens after the first.
  case tpot
  /// Between successive output tokens of a request, as they reach the client.
  case itl
  /// From arrival to the last output token.
  case e2el
  /// From the first arrival to the last output token of all.
  case makespan
  /// Output tokens of finished requests per second of makespan.
  case throughput
  /// How often sequences lost their place, all together.
  case preemptions

  /// The unit of its values.
  public var unit: String {
    switch self {
    case .ttft, .tpot, .itl, .e2el: "ms"
    case .makespan: "s"
    case .throughput: "tokens/s"
    case .preemptions: "preemptions"
    }
  }

  /// The statistics it is compared by.
  public var statistics: [ComparedStatistic] {
    switch self {
    case .ttft, .tpot, .itl, .e2el: [.mean, .p50, .p90, .p99]
    case .makespan, .throughput, .preemptions: [.value]
    }
  }
}

/// How many values become one. Percentiles are interpolated linearly between neighbours.
public enum ComparedStatistic: String, CaseIterable, Sendable, Hashable {
  case mean, p50, p90, p99
  /// There is one value.
  case value
}

/// One figure, measured and predicted.
public struct ComparedFigure: Sendable, Hashable {
  public var experiment: String
  public var metric: ComparedMetric
  public var statistic: ComparedStatistic
  /// In the metric's unit.
  public var measured: Double
  /// In the metric's unit.
  public var predicted: Double

  public init(
    experiment: String, metric: ComparedMetric, statistic: ComparedStatistic, measured: Double, predicted: Double
  ) {
    self.experiment = experiment
    self.metric = metric
    self.statistic = statistic
    self.measured = measured
    self.predicted = predicted
  }

  /// The prediction's excess as a share of what was measured; nil where nothing was measured but something predicted.
  public var error: Double? {
    if measured == 0 { return predicted == 0 ? 0 : nil }
    return (predicted - measured) / measured
  }
}

/// How far predictions may be off.
public struct ErrorBounds: Sendable, Hashable {
  /// The largest error, as a share of what was measured.
  public var share: [ComparedMetric: Double]
  /// What a time to first token may be off in any case, milliseconds.
  public var smallestTTFT: Double

  public init(share: [ComparedMetric: Double], smallestTTFT: Double) {
    self.share = share
    self.smallestTTFT = smallestTTFT
  }

  /// What the simulator aims at: latencies within 5 %, makespan and throughput within 2 %, preemptions within 10 %.
  /// Times to first token below 100 ms are a few iterations, each with the machine's own scatter: within 10 % or 3 ms.
  public static let target = ErrorBounds(
    share: [.ttft: 0.05, .tpot: 0.05, .itl: 0.05, .e2el: 0.05, .makespan: 0.02, .throughput: 0.02, .preemptions: 0.1],
    smallestTTFT: 3)

  /// Below this, milliseconds, a time to first token is short.
  static let shortTTFT = 100.0
  static let shareOfShortTTFT = 0.1

  /// Whether a comparison is within its bound.
  public func holds(_ comparison: ComparedFigure) -> Bool {
    guard let share = share[comparison.metric] else { return true }
    let difference = abs(comparison.predicted - comparison.measured)
    if comparison.metric == .ttft, comparison.measured < Self.shortTTFT {
      return difference <= max(smallestTTFT, max(share, Self.shareOfShortTTFT) * comparison.measured)
    }
    // One preemption more or less is no difference of behaviour.
    if comparison.metric == .preemptions, difference <= 1 { return true }
    return difference <= share * comparison.measured
  }
}
