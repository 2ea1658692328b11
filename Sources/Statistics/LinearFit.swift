/// How coefficients are estimated.
public enum RegressionMethod: String, Sendable, Hashable, CaseIterable {
  /// Weighted least squares.
  case leastSquares
  /// Iteratively reweighted least squares with Tukey's bisquare weights (tuning constant 4.685, scale by the median
  /// absolute deviation): outliers count little or nothing, at 95 % efficiency when there are none.
  ///
  /// Source: Holland and Welsch, Communications in Statistics A6 (1977); GSL, `gsl_multifit_robust`.
  case bisquare
}

/// An estimated coefficient.
public struct Coefficient: Sendable, Hashable {
  /// The term it belongs to.
  public let name: String
  public let estimate: Double
  /// The standard error of the estimate; 0 when it was held at a bound.
  public let standardError: Double
  /// The 95 % confidence interval by Student's t.
  public let interval: ClosedRange<Double>
  /// The data wanted it negative and it was held at zero, so it has no interval of its own.
  public let heldAtZero: Bool
}

/// A fitted linear model.
public struct LinearFit: Sendable {
  /// One per term, in the order of the terms.
  public let coefficients: [Coefficient]
  /// Observed minus fitted, one per row, unweighted.
  public let residuals: [Double]
  /// The standard deviation of a residual of weight 1; by the method's own robust estimate for `bisquare`.
  public let scale: Double
  /// Rows less free coefficients.
  public let degreesOfFreedom: Int
  /// The share of rows that the method gave less than half weight; 0 for least squares.
  public let outliers: Double

  /// The coefficient of a term.
  ///
  /// - Precondition: there is a term of that name.
  public subscript(_ name: String) -> Coefficient {
    guard let found = coefficients.first(where: { $0.name == name }) else { preconditionFailure("no term '\(name)'") }
    return found
  }

  /// The value at a row of terms.
  public func predict(_ row: some Collection<Double>) -> Double {
    zip(coefficients, row).reduce(0) { $0 + $1.0.estimate * $1.1 }
  }
}

/// Why a model cannot be fitted.
public enum RegressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Fewer rows than coefficients, or as many.
  case tooFewRows(rows: Int, coefficients: Int)
  /// The named terms cannot be told apart, or are zero in every row.
  case indistinguishable([String])
  /// The library gave up, for the reason stated.
  case failed(String)

  public var description: String {
    switch self {
    case .tooFewRows(let rows, let coefficients):
      "\(rows) observations for \(coefficients) coefficients; more observations than coefficients are wanted"
    case .indistinguishable(let names):
      "the data cannot tell these apart, or do not contain them: \(names.joined(separator: ", "))"
    case .failed(let reason): "the regression failed: \(reason)"
    }
  }
}
