import Metrics

/// One figure of a running server beside the model's.
public struct DriftFinding: Sendable {
  public enum Verdict: String, Sendable {
    case fits, drifted
    /// Too few values, or the server's buckets are too coarse.
    case unclear = "cannot be told"
  }

  public var metric: String
  public var statistic: String
  public var unit: String
  /// What the server says: a value, or the bounds of the bucket that it lies in.
  public var measured: ClosedRange<Double>
  public var predicted: Double
  /// Half of the 95 % interval of the prediction, over replications.
  public var halfWidth: Double
  public var verdict: Verdict
  /// How far the measured figure is beyond what fits, as a share of the prediction; 0 where it fits.
  public var drift: Double

  /// Values fewer than these say little of their mean, and less of a percentile.
  static let fewest = 30.0

  /// - Parameters:
  ///   - tolerance: what may differ besides the prediction's own interval, as a share.
  ///   - count: how many values were measured.
  public init(
    metric: String, statistic: String, unit: String, measured: ClosedRange<Double>, predicted: Double,
    halfWidth: Double, tolerance: Double, count: Double
  ) {
    self.metric = metric
    self.statistic = statistic
    self.unit = unit
    self.measured = measured
    self.predicted = predicted
    self.halfWidth = halfWidth
    let allowed = halfWidth + tolerance * predicted
    let distance =
      predicted < measured.lowerBound
      ? measured.lowerBound - predicted : predicted > measured.upperBound ? measured.upperBound - predicted : 0
    let isFar = abs(distance) > allowed
    let isCoarse = measured.upperBound > 2 * measured.lowerBound && measured.lowerBound < measured.upperBound
    verdict = count < Self.fewest ? .unclear : isFar ? .drifted : isCoarse ? .unclear : .fits
    drift = isFar && predicted > 0 ? distance / predicted : 0
  }
}
