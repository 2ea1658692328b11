import Metrics

/// What recordings say that a prediction may be wrong by, beside the luck of its random numbers.
///
/// The share is the one that so many of the recorded errors do not exceed, without regard to their sign: the
/// ⌈(n + 1) c⌉-th smallest of n, as split conformal prediction has it (Lei et al., Journal of the American Statistical
/// Association 113, 2018). Where there are too few errors for the confidence c, it is the largest. The twelve figures
/// of a run are not independent, so it covers less than it says; how much less nobody can tell from so few runs.
public struct ModelError: Sendable, Hashable {
  /// What recordings were compared in.
  public enum Kind: Sendable, Hashable { case latency, throughput }

  /// Of time to first token, time per output token and end-to-end latency, as a share of the measured figure.
  public let latency: Double
  /// Of throughput.
  public let throughput: Double
  /// The recording.
  public let seen: TrustBasis.SeenError

  /// - Parameter confidence: of the intervals, for example 0.95.
  /// - Returns: nil where the recording is of another kind of GPU or another serving stack, or has no errors.
  public init?(_ seen: TrustBasis.SeenError, confidence: Double) {
    guard seen.isOfThisEngine, !seen.latencyErrors.isEmpty, !seen.throughputErrors.isEmpty else { return nil }
    latency = Self.bound(seen.latencyErrors, confidence: confidence)
    throughput = Self.bound(seen.throughputErrors, confidence: confidence)
    self.seen = seen
  }

  public func share(of kind: Kind) -> Double {
    switch kind {
    case .latency: latency
    case .throughput: throughput
    }
  }

  /// The absolute error that a share of at least `confidence` of exchangeable errors does not exceed.
  static func bound(_ errors: [Double], confidence: Double) -> Double {
    let sizes = errors.map(abs).sorted()
    let rank = (Double(sizes.count + 1) * confidence).rounded(.up)
    return sizes[min(sizes.count, max(1, Int(rank))) - 1]
  }

  /// How far below and above a predicted value the true one may be when the prediction is off by up to a share: it is
  /// predicted / (1 + e).
  static func distances(of value: Double, share: Double) -> (below: Double, above: Double) {
    let share = min(share, mostShare)
    return (value - value / (1 + share), value / (1 - share) - value)
  }

  /// Beyond it the true value could be anything.
  private static let mostShare = 0.95
}

/// Deployments whose figures cannot be given with the model's error, since none was seen on such an engine.
public struct UnseenEngines: Error, Sendable, Hashable, CustomStringConvertible {
  /// One sentence for each.
  public var problems: [String]

  public var description: String { problems.joined(separator: "; ") }

  /// - Parameter deployments: with what their step times rest on.
  /// - Returns: nil where every one is on a kind of GPU and a serving stack of which there is a recording.
  public init?(among deployments: some Sequence<(name: String, trust: TrustBasis?)>) {
    problems = []
    for deployment in deployments {
      if let seen = deployment.trust?.nearest, ModelError(seen, confidence: 0.5) != nil { continue }
      var problem = "deployment '\(deployment.name)': no prediction of this GPU and serving stack was held against a "
      problem += "recording, so nobody knows what the model is wrong by"
      if let nearest = deployment.trust?.nearest, !nearest.differences.isEmpty {
        problem += "; the nearest, \(nearest.title), differs in \(nearest.differences.joined(separator: ", "))"
      }
      if !problems.contains(problem) { problems.append(problem) }
    }
    if problems.isEmpty { return nil }
  }
}

extension MetricKey {
  /// What kind of recorded error goes with the figure; nil for figures that recordings were not compared in.
  ///
  /// The 95th percentile lies between the 90th and the 99th, which were compared.
  public var recordedError: ModelError.Kind? { Self.recordedErrors[name] }

  private static let recordedErrors: [String: ModelError.Kind] = {
    var kinds: [String: ModelError.Kind] = [:]
    for latency in [LatencyKind.ttft, .tpot, .e2el] {
      for statistic in [Statistic.mean, .median, .p90, .p95, .p99] {
        kinds[MetricKey.latency(latency, statistic).name] = .latency
      }
    }
    for name in ["request_throughput", "output_throughput", "total_token_throughput", "processed_token_throughput"] {
      kinds[name] = .throughput
    }
    return kinds
  }()
}

extension Interval {
  /// With other deviations that have nothing to do with these: on each side the root of the sum of squares.
  func combined(with others: [(below: Double, above: Double)]) -> Interval {
    var below = (estimate - lower) * (estimate - lower)
    var above = (upper - estimate) * (upper - estimate)
    for other in others {
      below += other.below * other.below
      above += other.above * other.above
    }
    var interval = self
    interval.lower = estimate - below.squareRoot()
    interval.upper = estimate + above.squareRoot()
    return interval
  }
}

extension Summary {
  /// The same with an interval that has the model's error in it; with a single replication that alone.
  ///
  /// - Parameter error: nil leaves everything as it is.
  public func widened(by error: ModelError?, for key: MetricKey, confidence: Double) -> Summary {
    guard let error, let kind = key.recordedError else { return self }
    let own = interval ?? Interval(estimate: mean, lower: mean, upper: mean, confidence: confidence, count: count)
    var interval = own.combined(with: [ModelError.distances(of: mean, share: error.share(of: kind))])
    // No such figure is negative.
    if own.lower >= 0 { interval.lower = max(0, interval.lower) }
    var summary = self
    summary.interval = interval
    return summary
  }
}

/// The errors of the models behind the two sides of a ratio.
public struct ComparedModelErrors: Sendable, Hashable {
  public var own: ModelError
  public var baseline: ModelError

  /// - Returns: nil where both sides have the same step times, on the same machine: what the model is wrong by is then
  ///   in both, and a ratio has little of it. How little was not measured, so nothing is added.
  public init?(_ own: ModelError?, _ trust: TrustBasis?, baseline: ModelError?, _ other: TrustBasis?) {
    guard let own, let baseline, let trust, let other, trust != other else { return nil }
    self.own = own
    self.baseline = baseline
  }
}

extension Comparison {
  /// The same with intervals that have both sides' errors in them, as if these had nothing in common.
  ///
  /// - Parameters:
  ///   - values: the means of both sides.
  ///   - errors: nil leaves everything as it is.
  public func widened(
    by errors: ComparedModelErrors?, for key: MetricKey, values: (own: Double, baseline: Double), confidence: Double
  ) -> Comparison {
    guard let errors, let kind = key.recordedError else { return self }
    let (own, base) = (errors.own.share(of: kind), errors.baseline.share(of: kind))
    func known(_ interval: Interval?, _ estimate: Double) -> Interval {
      interval
        ?? Interval(estimate: estimate, lower: estimate, upper: estimate, confidence: confidence, count: pairs)
    }
    let subtracted = ModelError.distances(of: values.baseline, share: base)
    var comparison = self
    comparison.differenceInterval = known(differenceInterval, difference).combined(with: [
      ModelError.distances(of: values.own, share: own), (below: subtracted.above, above: subtracted.below),
    ])
    if let ratio {
      // The baseline stands below the line: what makes it greater makes the ratio smaller.
      var interval = known(ratioInterval, ratio).combined(with: [
        ModelError.distances(of: ratio, share: own), (below: ratio * base, above: ratio * base),
      ])
      interval.lower = max(0, interval.lower)
      comparison.ratioInterval = interval
    }
    return comparison
  }
}
