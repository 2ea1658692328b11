import CGSL

/// Statistics of a few values held in memory, by the GNU Scientific Library.
public enum Sample {
  /// The arithmetic mean; NaN without values.
  public static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : gsl_stats_mean(values, 1, values.count)
  }

  /// The unbiased variance (divisor n − 1); zero with fewer than two values.
  public static func variance(_ values: [Double]) -> Double {
    values.count < 2 ? 0 : gsl_stats_variance(values, 1, values.count)
  }

  /// The unbiased third central moment, n Σ(x − x̄)³ / (n − 1)(n − 2); zero with fewer than three values.
  public static func thirdMoment(_ values: [Double]) -> Double {
    guard values.count > 2 else { return 0 }
    let n = Double(values.count)
    let mean = mean(values)
    let sum = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) }
    return n * sum / ((n - 1) * (n - 2))
  }

  /// The quantile at `fraction` (0 … 1), interpolated linearly between neighbours, as NumPy does by default.
  ///
  /// - Returns: nil without values or outside 0 … 1.
  public static func quantile(_ values: [Double], _ fraction: Double) -> Double? {
    guard !values.isEmpty, fraction >= 0, fraction <= 1 else { return nil }
    return gsl_stats_quantile_from_sorted_data(values.sorted(), 1, values.count, fraction)
  }
}

/// The result of a chi-square test of observed against expected counts.
public struct ChiSquareTest: Sendable, Hashable {
  /// Σ (observed − expected)² / expected.
  public var statistic: Double
  public var degreesOfFreedom: Double
  /// The probability of a statistic at least as great when the expectation is right.
  public var pValue: Double

  /// - Parameters:
  ///   - observed: the counts seen.
  ///   - expected: the counts expected, every one positive.
  ///   - fitted: how many parameters of the expectation were fitted to the same data.
  /// - Returns: nil when the two differ in length or no degree of freedom is left.
  public init?(observed: [Double], expected: [Double], fitted: Int = 0) {
    guard observed.count == expected.count, expected.allSatisfy({ $0 > 0 }) else { return nil }
    let freedom = Double(observed.count - 1 - fitted)
    let statistic = zip(observed, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1 }
    guard let tail = Distributions.chiSquareUpperTail(statistic, degreesOfFreedom: freedom) else { return nil }
    self.statistic = statistic
    degreesOfFreedom = freedom
    pValue = tail
  }
}
