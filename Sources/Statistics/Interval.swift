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

  /// The interval of the mean of one long correlated series, by batch means.
  ///
  /// The series is cut into `batches` equal parts (the remainder at the front is left out, being nearest the
  /// start-up); the parts' means are treated as independent. Twenty to forty batches are customary (Law, Simulation
  /// Modeling and Analysis, 5th edition, 9.5.3).
  ///
  /// - Returns: nil when there are fewer than two batches, or fewer values than batches.
  public static func ofBatchMeans(_ series: [Double], batches: Int = 30, confidence: Double = 0.95) -> Interval? {
    guard batches >= 2, series.count >= batches else { return nil }
    let length = series.count / batches
    let first = series.count - length * batches
    let means = (0..<batches).map { batch in
      Sample.mean(Array(series[first + batch * length..<first + (batch + 1) * length]))
    }
    return ofMean(means, confidence: confidence)
  }
}
