import Statistics
import Testing

/// Fits of lines that are known.
@Suite struct LinearFitTests {
  /// A deterministic spread of errors: uniform in (-1, 1), no two neighbours related.
  static func noise(_ index: Int) -> Double {
    let x = (Double(index) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1)
    return 2 * x - 1
  }

  static func line(outliers: Bool) -> Observations {
    var points = Observations(terms: ["latency", "slope"])
    for index in 0..<200 {
      let x = Double(index)
      let wild = outliers && index % 10 == 3 ? 500.0 : 0
      points.append([1, x], target: 7 + 0.25 * x + 0.1 * noise(index) + wild)
    }
    return points
  }

  @Test func leastSquaresOfTheTextbook() throws {
    // Anscombe's first set (The American Statistician 27, 1973): 3.0001 + 0.5001 x, errors 1.1247 and 0.1179.
    let x: [Double] = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    var points = Observations(terms: ["constant", "x"])
    for (a, b) in zip(x, y) { points.append([1, a], target: b) }
    let fit = try points.fit()
    #expect(abs(fit["constant"].estimate - 3.00009) < 1e-4)
    #expect(abs(fit["x"].estimate - 0.50009) < 1e-4)
    #expect(abs(fit["constant"].standardError - 1.1247) < 1e-4)
    #expect(abs(fit["x"].standardError - 0.1179) < 1e-4)
    #expect(abs(fit["x"].interval.lowerBound - 0.2334) < 1e-3 && abs(fit["x"].interval.upperBound - 0.7668) < 1e-3)
    #expect(abs(fit.scale - 1.2366) < 1e-3)
    #expect(fit.degreesOfFreedom == 9)
  }

  @Test func bisquareShrugsOffWhatLeastSquaresDoesNot() throws {
    let points = Self.line(outliers: true)
    let robust = try points.fit(.bisquare)
    let plain = try points.fit(.leastSquares)
    #expect(abs(robust["latency"].estimate - 7) < 0.03)
    #expect(abs(robust["slope"].estimate - 0.25) < 0.0005)
    #expect(robust["latency"].interval.contains(7) && robust["slope"].interval.contains(0.25))
    #expect(abs(robust.outliers - 0.1) < 0.005)
    #expect(abs(plain["latency"].estimate - 7) > 10)
  }

  @Test func withoutOutliersTheMethodsAgree() throws {
    let points = Self.line(outliers: false)
    let robust = try points.fit(.bisquare)
    let plain = try points.fit()
    #expect(abs(robust["slope"].estimate - plain["slope"].estimate) < 1e-4)
    #expect(plain.outliers == 0)
  }

  @Test func aWeightCountsLikeRepeatedRows() throws {
    var weighted = Observations(terms: ["constant", "x"])
    var repeated = Observations(terms: ["constant", "x"])
    for index in 0..<20 {
      let target = 2 + Double(index) + Self.noise(index)
      weighted.append([1, Double(index)], target: target, weight: index == 4 ? 5 : 1)
      for _ in 0..<(index == 4 ? 5 : 1) { repeated.append([1, Double(index)], target: target) }
    }
    #expect(abs(try weighted.fit()["x"].estimate - repeated.fit()["x"].estimate) < 1e-12)
  }

  @Test func unitsDoNotMatter() throws {
    var points = Observations(terms: ["seconds", "seconds per byte"])
    for index in 1...40 {
      let bytes = Double(index * index) * 1e6
      let seconds = 5e-6 + bytes / 450e9
      points.append([1, bytes], target: seconds * (1 + 0.01 * Self.noise(index)), weight: 1 / (seconds * seconds))
    }
    for method in RegressionMethod.allCases {
      let fit = try points.fit(method)
      #expect(abs(1 / fit["seconds per byte"].estimate / 450e9 - 1) < 0.01)
      #expect(abs(fit["seconds"].estimate / 5e-6 - 1) < 0.1)
    }
  }

  @Test func aBoundHoldsAndTheRestIsFittedWithout() throws {
    var points = Observations(terms: ["a", "b"])
    for index in 0..<50 {
      points.append([1, Double(index)], target: 10 - 0.01 * Double(index) + 0.1 * Self.noise(index))
    }
    let free = try points.fit()
    #expect(free["b"].estimate < 0)
    let bounded = try points.fit(nonNegative: ["a", "b"])
    #expect(bounded["b"].estimate == 0 && bounded["b"].heldAtZero && !bounded["a"].heldAtZero)
    #expect(abs(bounded["a"].estimate - points.targets.reduce(0, +) / 50) < 1e-9)
    #expect(bounded.degreesOfFreedom == 49)
  }

  /// Two terms that would both be negative: dropping one turns the other positive, and it must be let back.
  @Test func theBoundedFitIsNoWorseThanAnySubset() throws {
    var points = Observations(terms: ["p", "q", "r"])
    for index in 0..<60 {
      let p = 1 + Self.noise(index)
      let q = p + 0.3 * Self.noise(3 * index + 1)
      let r = q + 0.3 * Self.noise(7 * index + 2)
      points.append([p, q, r], target: 2 * p - 0.5 * q + 0.2 * r + 0.05 * Self.noise(11 * index))
    }
    let bounded = try points.fit(nonNegative: ["p", "q", "r"])
    #expect(bounded.coefficients.allSatisfy { $0.estimate >= 0 })
    func squares(_ fit: LinearFit) -> Double { fit.residuals.reduce(0) { $0 + $1 * $1 } }
    for subset in [["p"], ["q"], ["r"], ["p", "q"], ["p", "r"], ["q", "r"]] {
      var part = Observations(terms: subset)
      for index in 0..<points.count {
        let row = Array(points.row(index))
        part.append(subset.map { row[points.terms.firstIndex(of: $0)!] }, target: points.targets[index])
      }
      let fit = try part.fit()
      if fit.coefficients.allSatisfy({ $0.estimate >= 0 }) { #expect(squares(bounded) <= squares(fit) + 1e-9) }
    }
  }

  @Test func whatCannotBeToldApartIsNamed() {
    var points = Observations(terms: ["per step", "per layer", "x"])
    for index in 0..<10 { points.append([1, 32, Double(index)], target: Double(index)) }
    #expect(throws: RegressionError.indistinguishable(["per step", "per layer"])) { try points.fit(.bisquare) }
    var absent = Observations(terms: ["a", "never"])
    for index in 0..<10 { absent.append([Double(index), 0], target: 1) }
    #expect(throws: RegressionError.indistinguishable(["never"])) { try absent.fit() }
    var few = Observations(terms: ["a", "b"])
    few.append([1, 2], target: 3)
    few.append([2, 1], target: 3)
    #expect(throws: RegressionError.tooFewRows(rows: 2, coefficients: 2)) { try few.fit() }
  }

  @Test func anExactLineIsFoundByBothMethods() throws {
    var points = Observations(terms: ["constant", "x"])
    for index in 0..<10 { points.append([1, Double(index)], target: 3 + 2 * Double(index)) }
    for method in RegressionMethod.allCases {
      let fit = try points.fit(method)
      #expect(abs(fit["x"].estimate - 2) < 1e-9 && abs(fit.predict([1, 100]) - 203) < 1e-6)
    }
  }
}
