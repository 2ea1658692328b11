import Foundation

/// Two sets of replications that have nothing in common: other requests, another seed.
public enum IndependentComparison {
  /// The ratio of the geometric means, `values` over `baseline`, with its interval: Welch's for the difference of the
  /// logarithms' means (Biometrika 34, 1947), mapped back.
  ///
  /// - Returns: nil with fewer than two values on either side, or a value that is not positive.
  public static func ratio(_ values: [Double], baseline: [Double], confidence: Double = 0.95) -> Interval? {
    guard (values + baseline).allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    guard
      let difference = difference(values.map { log($0) }, baseline: baseline.map { log($0) }, confidence: confidence)
    else { return nil }
    return Interval(
      estimate: exp(difference.estimate), lower: exp(difference.lower), upper: exp(difference.upper),
      confidence: confidence, count: difference.count)
  }

  /// The difference of the means, `values` less `baseline`, with Welch's interval; its degrees of freedom are
  /// Satterthwaite's.
  ///
  /// - Returns: nil with fewer than two values on either side, or one that is not finite.
  public static func difference(_ values: [Double], baseline: [Double], confidence: Double = 0.95) -> Interval? {
    guard values.count > 1, baseline.count > 1, (values + baseline).allSatisfy(\.isFinite) else { return nil }
    let a = Sample.variance(values) / Double(values.count)
    let b = Sample.variance(baseline) / Double(baseline.count)
    let estimate = Sample.mean(values) - Sample.mean(baseline)
    let count = min(values.count, baseline.count)
    guard a + b > 0 else {
      return Interval(estimate: estimate, lower: estimate, upper: estimate, confidence: confidence, count: count)
    }
    let freedom = (a + b) * (a + b) / (a * a / Double(values.count - 1) + b * b / Double(baseline.count - 1))
    guard let t = Distributions.studentTQuantile((1 + confidence) / 2, degreesOfFreedom: freedom) else { return nil }
    let half = t * (a + b).squareRoot()
    return Interval(
      estimate: estimate, lower: estimate - half, upper: estimate + half, confidence: confidence, count: count)
  }
}
