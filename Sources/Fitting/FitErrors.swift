import Statistics

/// How far predicted durations are from measured ones.
public struct FitErrors: Sendable {
  public let count: Int
  /// Predicted over measured, less 1, by step.
  public let relative: [Double]
  /// Quantiles of the absolute relative errors.
  public let median: Double
  public let p95: Double
  /// The median of the signed errors.
  public let bias: Double
  /// All predicted durations together over all measured ones, less 1.
  public let total: Double

  /// - Precondition: as many of each, at least one, measured above zero.
  public init(measured: [Double], predicted: [Double]) {
    precondition(measured.count == predicted.count && !measured.isEmpty)
    relative = zip(predicted, measured).map { $0 / $1 - 1 }
    count = measured.count
    let absolute = Quantiles(relative.map(abs))
    median = absolute(0.5)
    p95 = absolute(0.95)
    bias = Quantiles(relative)(0.5)
    total = predicted.reduce(0, +) / measured.reduce(0, +) - 1
  }

  /// A quantile of the signed relative errors.
  public func quantile(_ p: Double) -> Double { Quantiles(relative)(p) }
}
