/// An estimate with the range that covers the true value with the stated confidence.
public struct Interval: Sendable, Hashable {
  /// The estimate: a mean, or for ratios a geometric mean.
  public var estimate: Double
  public var lower: Double
  public var upper: Double
  /// For example 0.95.
  public var confidence: Double
  /// How many replications, pairs or batches it rests on.
  public var count: Int

  public init(estimate: Double, lower: Double, upper: Double, confidence: Double, count: Int) {
    self.estimate = estimate
    self.lower = lower
    self.upper = upper
    self.confidence = confidence
    self.count = count
  }

  /// Half the length of the range: the number after ±.
  public var halfWidth: Double { (upper - lower) / 2 }

  /// Cuts off what the figure cannot be, such as a share above 1: the rest covers as well.
  public mutating func keepWithin(_ range: ClosedRange<Double>?) {
    guard let range else { return }
    lower = max(lower, min(range.lowerBound, estimate))
    upper = min(upper, max(range.upperBound, estimate))
  }

  public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

extension Interval {
  /// The Student-t interval of the mean of independent values: x̄ ± t(1 − α/2, n − 1) · s/√n.
  ///
  /// - Returns: nil with fewer than two values, a value that is not finite, or a confidence outside (0, 1).
  public static func ofMean(_ values: [Double], confidence: Double = 0.95) -> Interval? {
    let n = values.count
    guard n >= 2, values.allSatisfy(\.isFinite), confidence > 0 else { return nil }
    let upperTail = 1 - (1 - confidence) / 2
    guard let t = Distributions.studentTQuantile(upperTail, degreesOfFreedom: Double(n - 1)) else { return nil }
    let mean = Sample.mean(values)
    let half = t * (Sample.variance(values) / Double(n)).squareRoot()
    return Interval(estimate: mean, lower: mean - half, upper: mean + half, confidence: confidence, count: n)
  }
}
