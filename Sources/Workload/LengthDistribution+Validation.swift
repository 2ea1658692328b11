import CGSL

extension LengthDistribution {
  /// Everything wrong with the distribution, in words.
  public func problems() -> [WorkloadProblem] {
    var found = shape.problems()
    let low = minimum ?? 1
    let high = maximum ?? Self.largest
    found.expect(Self.isLength(low), "minimum", "a length is between 1 and \(Self.largest), found \(low)")
    found.expect(Self.isLength(high), "maximum", "a length is between 1 and \(Self.largest), found \(high)")
    found.expect(low <= high, "maximum", "the maximum, \(high), is below the minimum, \(low)")
    if found.isEmpty, outside == .redraw {
      let share = probability(from: low, through: high)
      found.expect(
        share >= 1e-3, "outside",
        "only \(inWords(share)) of draws fall between \(low) and \(high); 'redraw' needs at least 0.001, use 'clip' "
          + "or wider limits")
    }
    return found
  }

  static func isLength(_ tokens: Int) -> Bool { tokens >= 1 && tokens <= largest }

  /// The probability that a draw, once rounded, is at least `low` and at most `high`.
  func probability(from low: Int, through high: Int) -> Double {
    _ = gslErrorsAreReturned
    let from = Double(low) - 0.5
    let to = Double(high) + 0.5
    switch shape {
    case .fixed(let tokens): return tokens >= low && tokens <= high ? 1 : 0
    case .uniform(let first, let last):
      return Double(max(0, min(last, high) - max(first, low) + 1)) / Double(last - first + 1)
    case .logNormal, .logNormalByMean, .logNormalByMedian:
      let parameters = shape.logNormalParameters!
      if parameters.sigma == 0 { return (from...to).contains(exponential(parameters.mu)) ? 1 : 0 }
      return gsl_cdf_lognormal_P(to, parameters.mu, parameters.sigma)
        - gsl_cdf_lognormal_P(from, parameters.mu, parameters.sigma)
    case .gamma(let mean, let cv):
      let shape = 1 / (cv * cv)
      return gsl_cdf_gamma_P(to, shape, mean / shape) - gsl_cdf_gamma_P(from, shape, mean / shape)
    case .zipf(let exponent, let first, let last):
      guard max(first, low) <= min(last, high) else { return 0 }
      return ZipfSampler.weight(max(first, low)...min(last, high), exponent)
        / ZipfSampler.weight(first...last, exponent)
    case .quantiles(let points): return Self.share(of: points, below: to) - Self.share(of: points, below: from)
    case .sample(let sample):
      let inside = sample.tokens.count { $0 >= low && $0 <= high }
      return Double(inside) / Double(sample.tokens.count)
    }
  }

  private static func share(of points: [QuantilePoint], below tokens: Double) -> Double {
    guard tokens > points[0].tokens else { return 0 }
    for (low, high) in zip(points, points.dropFirst()) where tokens <= high.tokens {
      return low.p + (high.p - low.p) * (tokens - low.tokens) / (high.tokens - low.tokens)
    }
    return 1
  }
}

extension LengthDistribution.Shape {
  func problems() -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    switch self {
    case .fixed(let tokens): found.checkLength(tokens, "tokens")
    case .uniform(let low, let high): found.checkRange(low, high)
    case .logNormal(let mu, let sigma):
      found.expect(abs(mu) <= 50, "mu", "mu is between -50 and 50, found \(inWords(mu))")
      found.expect(sigma >= 0 && sigma <= 20, "sigma", "sigma is between 0 and 20, found \(inWords(sigma))")
    case .logNormalByMean(let mean, let cv), .gamma(let mean, let cv):
      found.checkMean(mean, "mean")
      found.expect(
        cv >= 0.01 && cv <= 100, "cv", "a coefficient of variation is between 0.01 and 100, found \(inWords(cv))")
    case .logNormalByMedian(let median, let p90):
      found.checkMean(median, "median")
      found.checkMean(p90, "p90")
      found.expect(p90 >= median, "p90", "p90, \(inWords(p90)), is below the median, \(inWords(median))")
    case .zipf(let exponent, let low, let high):
      found.expect(
        exponent >= 0 && exponent <= 20, "exponent", "an exponent is between 0 and 20, found \(inWords(exponent))")
      found.checkRange(low, high)
    case .quantiles(let points): found += Self.problems(of: points)
    case .sample(let sample):
      found.expect(!sample.tokens.isEmpty, "file", "'\(sample.source)' holds no lengths")
      found.expect(
        sample.tokens.allSatisfy { LengthDistribution.isLength(Int($0)) }, "file",
        "'\(sample.source)' holds lengths outside 1 to \(LengthDistribution.largest)")
    }
    return found
  }

  private static func problems(of points: [QuantilePoint]) -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    guard points.count >= 2 else { return [WorkloadProblem("points", "at least two points are needed")] }
    found.expect(points[0].p == 0, "points[0].p", "the first point is at p = 0, found \(inWords(points[0].p))")
    let last = points.count - 1
    found.expect(
      points[last].p == 1, "points[\(last)].p", "the last point is at p = 1, found \(inWords(points[last].p))")
    for (index, point) in points.enumerated() {
      found.checkMean(point.tokens, "points[\(index)].tokens")
      guard index > 0 else { continue }
      found.expect(
        point.p > points[index - 1].p, "points[\(index)].p",
        "shares increase, found \(inWords(point.p)) after \(inWords(points[index - 1].p))")
      found.expect(
        point.tokens >= points[index - 1].tokens, "points[\(index)].tokens",
        "lengths don't decrease, found \(inWords(point.tokens)) after \(inWords(points[index - 1].tokens))")
    }
    return found
  }
}

extension [WorkloadProblem] {
  fileprivate mutating func checkLength(_ tokens: Int, _ key: String) {
    expect(
      LengthDistribution.isLength(tokens), key,
      "a length is between 1 and \(LengthDistribution.largest) tokens, found \(tokens)")
  }

  fileprivate mutating func checkRange(_ low: Int, _ high: Int) {
    checkLength(low, "low")
    checkLength(high, "high")
    expect(low <= high, "high", "the highest length, \(high), is below the lowest, \(low)")
  }

  fileprivate mutating func checkMean(_ tokens: Double, _ key: String) {
    expect(
      tokens > 0 && tokens <= Double(LengthDistribution.largest), key,
      "a number of tokens is above 0 and at most \(LengthDistribution.largest), found \(inWords(tokens))")
  }
}
