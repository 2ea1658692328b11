import CGSL
import SimCore

/// Continuous distributions drawn from a stream by GSL's algorithms; the stream advances, nothing is allocated.
///
/// Parameters are checked where descriptions are validated; these functions trust them.
extension RandomStream {
  /// In place of one that nothing is drawn from.
  static let unused = RandomStream(seed: 0, replication: 0, purpose: "nothing")

  /// Exponential with the given mean.
  mutating func exponential(mean: Double) -> Double {
    withWords { spillway_random_exponential($0, mean) }
  }

  /// Gamma with mean `shape * scale` (Marsaglia and Tsang, ACM TOMS 26, 2000).
  mutating func gamma(shape: Double, scale: Double) -> Double {
    withWords { spillway_random_gamma($0, shape, scale) }
  }

  /// Weibull: P(X > x) = exp(-(x / scale)^shape).
  mutating func weibull(shape: Double, scale: Double) -> Double {
    withWords { spillway_random_weibull($0, scale, shape) }
  }

  /// The exponential of a normal variable with mean `mu` and standard deviation `sigma`.
  mutating func logNormal(mu: Double, sigma: Double) -> Double {
    withWords { spillway_random_lognormal($0, mu, sigma) }
  }

  @inline(__always)
  private mutating func withWords(_ draw: (UnsafeMutablePointer<UInt64>) -> Double) -> Double {
    withUnsafeMutablePointer(to: &words) {
      $0.withMemoryRebound(to: UInt64.self, capacity: 4, draw)
    }
  }
}

/// Turns off GSL's default error handler, which ends the process; touched before any GSL function that can fail.
let gslErrorsAreReturned: Void = { _ = gsl_set_error_handler_off() }()
