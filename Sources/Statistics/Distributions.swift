import CGSL

/// Quantiles and tails of the distributions that intervals and tests need, by the GNU Scientific Library.
public enum Distributions {
  /// GSL ends the process on a domain error unless its handler is off; touched before every call into it.
  private static let handlerIsOff: Void = { _ = gsl_set_error_handler_off() }()

  private static func checked(_ value: Double) -> Double? { value.isFinite ? value : nil }

  /// The `p`-quantile of Student's t distribution; nil unless 0 < p < 1 and there is a degree of freedom.
  public static func studentTQuantile(_ p: Double, degreesOfFreedom: Double) -> Double? {
    guard p > 0, p < 1, degreesOfFreedom > 0 else { return nil }
    _ = handlerIsOff
    return checked(gsl_cdf_tdist_Pinv(p, degreesOfFreedom))
  }

  /// The `p`-quantile of the standard normal distribution; nil unless 0 < p < 1.
  public static func normalQuantile(_ p: Double) -> Double? {
    guard p > 0, p < 1 else { return nil }
    _ = handlerIsOff
    return checked(gsl_cdf_ugaussian_Pinv(p))
  }

  /// The `p`-quantile of the chi-square distribution; nil unless 0 < p < 1 and there is a degree of freedom.
  public static func chiSquareQuantile(_ p: Double, degreesOfFreedom: Double) -> Double? {
    guard p > 0, p < 1, degreesOfFreedom > 0 else { return nil }
    _ = handlerIsOff
    return checked(gsl_cdf_chisq_Pinv(p, degreesOfFreedom))
  }

  /// The probability that a chi-square value exceeds `statistic`; nil for a negative one or no degree of freedom.
  public static func chiSquareUpperTail(_ statistic: Double, degreesOfFreedom: Double) -> Double? {
    guard statistic >= 0, degreesOfFreedom > 0 else { return nil }
    _ = handlerIsOff
    return checked(gsl_cdf_chisq_Q(statistic, degreesOfFreedom))
  }
}
