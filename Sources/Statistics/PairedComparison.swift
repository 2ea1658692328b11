import Foundation

/// Two policies on the same requests: replication i of one against replication i of the other.
///
/// Common random numbers make the pairs move together, so the interval of the pairwise difference or ratio is far
/// narrower than two separate intervals would suggest.
public enum PairedComparison {
  /// The mean of `value − baseline` over the pairs, with its interval (``Interval/ofSkewed(_:confidence:)``).
  ///
  /// - Returns: nil with fewer than two pairs or unequal lengths.
  public static func difference(_ values: [Double], baseline: [Double], confidence: Double = 0.95) -> Interval? {
    guard values.count == baseline.count else { return nil }
    return .ofSkewed(zip(values, baseline).map { $0 - $1 }, confidence: confidence)
  }

  /// The geometric mean of `value / baseline` over the pairs, with its interval.
  ///
  /// The interval is formed for the mean of ln(value/baseline) (``Interval/ofSkewed(_:confidence:)``) and mapped back,
  /// so it is positive, not symmetric, and turning the comparison round gives the reciprocal. (Fieller's interval, for
  /// a ratio of means, can be unbounded; latency ratios are products of factors, which the logarithm suits.)
  ///
  /// - Returns: nil with fewer than two pairs, unequal lengths, or a value that is not positive: report the
  ///   difference then.
  public static func ratio(_ values: [Double], baseline: [Double], confidence: Double = 0.95) -> Interval? {
    guard values.count == baseline.count, (values + baseline).allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let logarithms = zip(values, baseline).map { log($0 / $1) }
    guard let mean = Interval.ofSkewed(logarithms, confidence: confidence) else { return nil }
    return Interval(
      estimate: exp(mean.estimate), lower: exp(mean.lower), upper: exp(mean.upper),
      confidence: confidence, count: mean.count)
  }
}
