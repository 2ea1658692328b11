import CGSL

extension Observations {
  /// Fits the coefficients.
  ///
  /// - Parameter nonNegative: terms whose coefficients may not be below zero. Those that the data want negative are
  ///   held at zero and the rest fitted without them; a held term is taken back when the fit improves by letting it
  ///   grow (the active-set method of Lawson and Hanson, Solving Least Squares Problems, chapter 23, on the method's
  ///   final weights).
  public func fit(
    _ method: RegressionMethod = .leastSquares, nonNegative: Set<String> = []
  ) throws(RegressionError) -> LinearFit {
    precondition(nonNegative.isSubset(of: terms), "a bound names a term")
    var free = Array(terms.indices)
    var seen: Set<[Int]> = []
    while true {
      let solution = try Solution(self, columns: free, method: method)
      seen.insert(free)
      let negative = free.indices.filter { solution.estimates[$0] < 0 && nonNegative.contains(terms[free[$0]]) }
      if let worst = negative.min(by: { solution.tScore($0) < solution.tScore($1) }) {
        free.remove(at: worst)
        guard !free.isEmpty else { throw .failed("every coefficient would be negative") }
        continue
      }
      // A held term whose gradient says that growing it would help comes back, unless that was tried.
      let held = terms.indices.filter { !free.contains($0) }
      let returning = held.map { (column: $0, gain: solution.gradient(of: $0, in: self)) }
        .filter { $0.gain > 1e-9 }.max { $0.gain < $1.gain }
      if let returning {
        let candidate = (free + [returning.column]).sorted()
        if !seen.contains(candidate) {
          free = candidate
          continue
        }
      }
      return LinearFit(solution, of: self, free: free)
    }
  }
}

/// One unconstrained fit of some of the columns.
private struct Solution {
  var estimates: [Double] = []
  var errors: [Double] = []
  var residuals: [Double] = []
  /// The method's own weights: 1 for least squares.
  var robustWeights: [Double] = []
  var scale = 0.0

  func tScore(_ index: Int) -> Double { estimates[index] / max(errors[index], .leastNormalMagnitude) }

  /// The weighted correlation of a column with the residuals.
  func gradient(of column: Int, in data: Observations) -> Double {
    var product = 0.0
    var length = 0.0
    var rest = 0.0
    for index in 0..<data.count {
      let weight = data.weights[index] * robustWeights[index]
      let term = data.row(index)[data.row(index).startIndex + column]
      product += weight * term * residuals[index]
      length += weight * term * term
      rest += weight * residuals[index] * residuals[index]
    }
    let norm = (length * rest).squareRoot()
    return norm > 0 ? product / norm : 0
  }

  init(_ data: Observations, columns: [Int], method: RegressionMethod) throws(RegressionError) {
    _ = handlerIsOff
    let rows = data.count
    let width = columns.count
    guard rows > width else { throw .tooFewRows(rows: rows, coefficients: width) }
    guard let matrix = gsl_matrix_calloc(rows, width), let target = gsl_vector_alloc(rows),
      let result = gsl_vector_alloc(width), let covariance = gsl_matrix_alloc(width, width)
    else { throw .failed("out of memory") }
    defer {
      gsl_matrix_free(matrix)
      gsl_vector_free(target)
      gsl_vector_free(result)
      gsl_matrix_free(covariance)
    }
    // Rows by the root of their weights, columns to unit length: then one tolerance serves every problem.
    var lengths = [Double](repeating: 0, count: width)
    for index in 0..<rows {
      let root = data.weights[index].squareRoot()
      let row = data.row(index)
      for (position, column) in columns.enumerated() {
        let value = root * row[row.startIndex + column]
        gsl_matrix_set(matrix, index, position, value)
        lengths[position] += value * value
      }
      gsl_vector_set(target, index, root * data.targets[index])
    }
    let empty = columns.indices.filter { lengths[$0] == 0 }
    guard empty.isEmpty else { throw .indistinguishable(empty.map { data.terms[columns[$0]] }) }
    for position in columns.indices {
      lengths[position] = lengths[position].squareRoot()
      for index in 0..<rows {
        gsl_matrix_set(matrix, index, position, gsl_matrix_get(matrix, index, position) / lengths[position])
      }
    }
    try Self.checkRank(matrix, rows, names: columns.map { data.terms[$0] })
    robustWeights = [Double](repeating: 1, count: rows)
    switch method {
    case .leastSquares: try leastSquares(matrix, target, result, covariance, rows, width)
    case .bisquare:
      try bisquare(matrix, target, result, covariance, rows, width, data.acceptsSwingingWeights)
    }
    for position in columns.indices {
      estimates.append(gsl_vector_get(result, position) / lengths[position])
      errors.append(max(0, gsl_matrix_get(covariance, position, position)).squareRoot() / lengths[position])
    }
    for index in 0..<rows {
      let row = data.row(index)
      var fitted = 0.0
      for (position, column) in columns.enumerated() { fitted += estimates[position] * row[row.startIndex + column] }
      residuals.append(data.targets[index] - fitted)
    }
    guard estimates.allSatisfy(\.isFinite), errors.allSatisfy(\.isFinite) else {
      throw .failed("a coefficient is not a number")
    }
  }

  private mutating func leastSquares(
    _ matrix: UnsafeMutablePointer<gsl_matrix>, _ target: UnsafeMutablePointer<gsl_vector>,
    _ result: UnsafeMutablePointer<gsl_vector>, _ covariance: UnsafeMutablePointer<gsl_matrix>, _ rows: Int,
    _ width: Int
  ) throws(RegressionError) {
    guard let work = gsl_multifit_linear_alloc(rows, width) else { throw .failed("out of memory") }
    defer { gsl_multifit_linear_free(work) }
    var squares = 0.0
    let status = gsl_multifit_linear(matrix, target, result, covariance, &squares, work)
    guard status == 0 else { throw .failed(String(cString: gsl_strerror(status))) }
    scale = (squares / Double(rows - width)).squareRoot()
  }

  private mutating func bisquare(
    _ matrix: UnsafeMutablePointer<gsl_matrix>, _ target: UnsafeMutablePointer<gsl_vector>,
    _ result: UnsafeMutablePointer<gsl_vector>, _ covariance: UnsafeMutablePointer<gsl_matrix>, _ rows: Int,
    _ width: Int, _ acceptsSwinging: Bool
  ) throws(RegressionError) {
    guard let work = gsl_multifit_robust_alloc(spillway_bisquare(), rows, width) else { throw .failed("out of memory") }
    defer { gsl_multifit_robust_free(work) }
    gsl_multifit_robust_maxiter(1000, work)
    let status = gsl_multifit_robust(matrix, target, result, covariance, work)
    guard status == 0 || (acceptsSwinging && status == Int32(GSL_EMAXITER)) else {
      throw .failed(String(cString: gsl_strerror(status)))
    }
    let statistics = gsl_multifit_robust_statistics(work)
    for index in 0..<rows { robustWeights[index] = gsl_vector_get(statistics.weights, index) }
    if status == 0 {
      scale = statistics.sigma
    } else {
      // One of the two sets is as good as the other.
      try weighted(matrix, statistics.weights, target, result, covariance, rows, width)
    }
  }

  /// Least squares with the weights given.
  private mutating func weighted(
    _ matrix: UnsafeMutablePointer<gsl_matrix>, _ weights: UnsafePointer<gsl_vector>,
    _ target: UnsafeMutablePointer<gsl_vector>, _ result: UnsafeMutablePointer<gsl_vector>,
    _ covariance: UnsafeMutablePointer<gsl_matrix>, _ rows: Int, _ width: Int
  ) throws(RegressionError) {
    guard let work = gsl_multifit_linear_alloc(rows, width) else { throw .failed("out of memory") }
    defer { gsl_multifit_linear_free(work) }
    var squares = 0.0
    let status = gsl_multifit_wlinear(matrix, weights, target, result, covariance, &squares, work)
    guard status == 0 else { throw .failed(String(cString: gsl_strerror(status))) }
    // The covariance is of rows whose variance is one over their weight.
    let variance = squares / Double(rows - width)
    gsl_matrix_scale(covariance, variance)
    scale = variance.squareRoot()
  }

  /// Terms that are combinations of others are found by what a fit without them loses: nothing.
  private static func checkRank(
    _ matrix: UnsafeMutablePointer<gsl_matrix>, _ rows: Int, names: [String]
  ) throws(RegressionError) {
    guard names.count > 1 else { return }
    guard let work = gsl_multifit_linear_alloc(rows, names.count) else { throw .failed("out of memory") }
    defer { gsl_multifit_linear_free(work) }
    let status = gsl_multifit_linear_svd(matrix, work)
    guard status == 0 else { throw .failed(String(cString: gsl_strerror(status))) }
    let smallest = gsl_vector_get(work.pointee.S, names.count - 1)
    guard smallest < 1e-9 * gsl_vector_get(work.pointee.S, 0) else { return }
    let last = names.count - 1  // the right singular vector of the smallest value names the combination
    let involved = names.indices.filter { abs(gsl_matrix_get(work.pointee.Q, $0, last)) > 1e-3 }
    throw .indistinguishable(involved.map { names[$0] })
  }
}

/// GSL ends the process on an error unless its handler is off; touched before every call into it.
private let handlerIsOff: Void = { _ = gsl_set_error_handler_off() }()

extension LinearFit {
  fileprivate init(_ solution: Solution, of data: Observations, free: [Int]) {
    let freedom = data.count - free.count
    let t = gsl_cdf_tdist_Pinv(0.975, Double(freedom))
    coefficients = data.terms.indices.map { term in
      guard let position = free.firstIndex(of: term) else {
        return Coefficient(name: data.terms[term], estimate: 0, standardError: 0, interval: 0...0, heldAtZero: true)
      }
      let estimate = solution.estimates[position]
      let half = t * solution.errors[position]
      return Coefficient(
        name: data.terms[term], estimate: estimate, standardError: solution.errors[position],
        interval: estimate - half...estimate + half, heldAtZero: false)
    }
    residuals = solution.residuals
    scale = solution.scale
    degreesOfFreedom = freedom
    outliers = Double(solution.robustWeights.count { $0 < 0.5 }) / Double(data.count)
  }
}
