import CGSL

/// The Gamma function, for positive arguments.
func gammaFunction(_ x: Double) -> Double {
  _ = gslErrorsAreReturned
  return exponential(gsl_sf_lngamma(x))
}

extension ArrivalProcess {
  /// The shapes that `weibull` accepts: outside, means and variances leave the range of a `Double`.
  public static let weibullShapes: ClosedRange<Double> = 0.1...50

  /// The Weibull shape whose coefficient of variation is `cv`, nil when none in `weibullShapes` has it.
  ///
  /// cv² = Γ(1 + 2/k) / Γ(1 + 1/k)² − 1 falls with k; k is found by bisection.
  public static func weibullShape(cv: Double) -> Double? {
    _ = gslErrorsAreReturned
    func cvOf(_ shape: Double) -> Double {
      (exponential(gsl_sf_lngamma(1 + 2 / shape) - 2 * gsl_sf_lngamma(1 + 1 / shape)) - 1).squareRoot()
    }
    var low = weibullShapes.lowerBound
    var high = weibullShapes.upperBound
    guard cv.isFinite, cv <= cvOf(low), cv >= cvOf(high) else { return nil }
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if cvOf(middle) > cv { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
