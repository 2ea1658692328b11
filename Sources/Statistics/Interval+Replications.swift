import Foundation

extension Interval {
  /// The interval of the expectation of a figure that was measured once in each of several independent replications.
  ///
  /// Waits and their percentiles are skewed to the right from one replication to the next, as a lognormal is, and most
  /// so under load: Student's t then puts both ends too low, and five replications cover 88 to 92 % of the time. So the
  /// ends are those of a lognormal's mean by the modified Cox interval (Olsson, Journal of Statistics Education 13,
  /// 2005), which needs no large number of values: with ȳ and s² of the logarithms,
  /// ȳ + s²/2 ± t √(s²/n + s⁴/2(n − 1)). On the side of the longer tail it is not shorter than Willink's
  /// (Communications in Statistics: Theory and Methods 34, 2005), which corrects Student's t by the sample's own
  /// skewness: for values that no lognormal resembles. Values of which some are not positive have
  /// ``ofSkewed(_:confidence:)``. `make coverage` measures the coverage.
  ///
  /// Values that are all the same leave no width.
  ///
  /// - Returns: nil with fewer than two values, a value that is not finite, or a confidence outside (0, 1). Two values
  ///   say nothing of skewness: theirs is Student's.
  public static func ofReplications(_ values: [Double], confidence: Double = 0.95) -> Interval? {
    guard let wider = ofSkewed(values, confidence: confidence) else { return nil }
    guard values.count > 2, wider.halfWidth > 0, let willink = willink(values, confidence: confidence),
      values.allSatisfy({ $0 > 0 }), var interval = lognormal(values, confidence: confidence)
    else { return wider }
    if Sample.thirdMoment(values) > 0 {
      interval.upper = max(interval.upper, willink.upper)
    } else {
      interval.lower = min(interval.lower, willink.lower)
    }
    // Far out, the estimate itself must still be inside.
    interval.lower = min(interval.lower, interval.estimate)
    interval.upper = max(interval.upper, interval.estimate)
    return interval
  }

  /// The interval of the mean of values of any sign, such as differences or logarithms of ratios: on no side shorter
  /// than Student's or Willink's (see ``ofReplications(_:confidence:)``), and the same mirrored for the values
  /// negated. Logarithms of ratios of waits are skewed too: Student's alone covers 91 to 94 %.
  ///
  /// - Returns: nil with fewer than two values, a value that is not finite, or a confidence outside (0, 1). Two values
  ///   say nothing of skewness: theirs is Student's.
  public static func ofSkewed(_ values: [Double], confidence: Double = 0.95) -> Interval? {
    guard var interval = ofMean(values, confidence: confidence) else { return nil }
    guard values.count > 2, interval.halfWidth > 0, let willink = willink(values, confidence: confidence) else {
      return interval
    }
    interval.lower = min(interval.lower, willink.lower)
    interval.upper = max(interval.upper, willink.upper)
    return interval
  }

  /// Willink's interval: x̄ − G(±t) s/√n with G(r) = (∛(1 + 6a(r − a)) − 1)/2a and a the estimate of skewness/6√n.
  private static func willink(_ values: [Double], confidence: Double) -> Interval? {
    let n = Double(values.count)
    let deviation = Sample.variance(values).squareRoot()
    guard let t = Distributions.studentTQuantile((1 + confidence) / 2, degreesOfFreedom: n - 1) else { return nil }
    let a = Sample.thirdMoment(values) / (6 * n.squareRoot() * deviation * deviation * deviation)
    func g(_ r: Double) -> Double { abs(a) < 1e-9 ? r : (cbrt(1 + 6 * a * (r - a)) - 1) / (2 * a) }
    let mean = Sample.mean(values)
    let scale = deviation / n.squareRoot()
    return Interval(
      estimate: mean, lower: mean - g(t) * scale, upper: mean - g(-t) * scale, confidence: confidence,
      count: values.count)
  }

  /// The modified Cox interval of a lognormal's mean.
  private static func lognormal(_ values: [Double], confidence: Double) -> Interval? {
    let n = Double(values.count)
    let logarithms = values.map { log($0) }
    let variance = Sample.variance(logarithms)
    guard let t = Distributions.studentTQuantile((1 + confidence) / 2, degreesOfFreedom: n - 1) else { return nil }
    let center = Sample.mean(logarithms) + variance / 2
    let half = t * (variance / n + variance * variance / (2 * (n - 1))).squareRoot()
    return Interval(
      estimate: Sample.mean(values), lower: exp(center - half),
      upper: min(exp(center + half), .greatestFiniteMagnitude), confidence: confidence, count: values.count)
  }
}
