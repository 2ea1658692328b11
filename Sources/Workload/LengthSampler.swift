import SimCore

/// A length distribution made ready for drawing: parameters turned into the ones the algorithms want.
struct LengthSampler: Sendable {
  private enum Kind: Sendable {
    case fixed
    case uniform(low: Int, count: Int)
    case logNormal(mu: Double, sigma: Double)
    case gamma(shape: Double, scale: Double)
    case zipf(ZipfSampler)
    case quantiles([QuantilePoint])
    case sample([Int32])
  }

  private let kind: Kind
  private let minimum: Int32
  private let maximum: Int32
  private let redraws: Bool
  private let fixed: Int32

  /// - Precondition: the distribution has no problems.
  init(_ distribution: LengthDistribution) {
    minimum = Int32(max(1, distribution.minimum ?? 1))
    maximum = Int32(distribution.maximum ?? LengthDistribution.largest)
    redraws = distribution.outside == .redraw
    var constant: Int32 = 0
    switch distribution.shape {
    case .fixed(let tokens):
      kind = .fixed
      constant = Int32(tokens)
    case .uniform(let low, let high): kind = .uniform(low: low, count: high - low + 1)
    case .logNormal, .logNormalByMean, .logNormalByMedian:
      let parameters = distribution.shape.logNormalParameters!
      kind = .logNormal(mu: parameters.mu, sigma: parameters.sigma)
    case .gamma(let mean, let cv): kind = .gamma(shape: 1 / (cv * cv), scale: mean * cv * cv)
    case .zipf(let exponent, let low, let high): kind = .zipf(ZipfSampler(exponent: exponent, low: low, high: high))
    case .quantiles(let points): kind = .quantiles(points)
    case .sample(let sample): kind = .sample(sample.tokens)
    }
    fixed = constant
  }

  /// Whether a length takes anything from the stream.
  var draws: Bool { if case .fixed = kind { false } else { true } }

  /// Draws one length within the limits.
  func draw(_ stream: inout RandomStream) -> Int32 {
    if case .fixed = kind { return min(max(fixed, minimum), maximum) }
    var tokens = drawUnlimited(&stream)
    if redraws && (tokens < minimum || tokens > maximum) {
      // Validation saw to it that at least one draw in a thousand is inside: this many failures don't happen.
      var attempts = 0
      repeat {
        tokens = drawUnlimited(&stream)
        attempts += 1
      } while (tokens < minimum || tokens > maximum) && attempts < 100_000
    }
    return min(max(tokens, minimum), maximum)
  }

  private func drawUnlimited(_ stream: inout RandomStream) -> Int32 {
    switch kind {
    case .fixed: return fixed
    case .uniform(let low, let count): return Int32(low + stream.below(count))
    case .logNormal(let mu, let sigma): return Self.whole(stream.logNormal(mu: mu, sigma: sigma))
    case .gamma(let shape, let scale): return Self.whole(stream.gamma(shape: shape, scale: scale))
    case .zipf(let sampler): return Int32(sampler.draw(&stream))
    case .quantiles(let points): return Self.whole(Self.interpolate(points, at: stream.uniform()))
    case .sample(let tokens): return tokens[stream.below(tokens.count)]
    }
  }

  private static func whole(_ value: Double) -> Int32 {
    value >= Double(LengthDistribution.largest) ? Int32(LengthDistribution.largest) : Int32(value.rounded())
  }

  /// The value of the piecewise linear inverse distribution function at `p`.
  static func interpolate(_ points: [QuantilePoint], at p: Double) -> Double {
    var low = 0
    var high = points.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if points[middle].p <= p { low = middle } else { high = middle }
    }
    let share = (p - points[low].p) / (points[high].p - points[low].p)
    return points[low].tokens + share * (points[high].tokens - points[low].tokens)
  }
}

extension LengthDistribution.Shape {
  /// The z with P(Normal ≤ z) = 0.9.
  private static var normalP90: Double { 1.281_551_565_544_600_4 }

  /// mu and sigma of a log-normal shape, nil for the others.
  var logNormalParameters: (mu: Double, sigma: Double)? {
    switch self {
    case .logNormal(let mu, let sigma): return (mu, sigma)
    case .logNormalByMean(let mean, let cv): return logNormalParametersOf(mean: mean, cv: cv)
    case .logNormalByMedian(let median, let p90):
      return (logarithm(median), (logarithm(p90) - logarithm(median)) / Self.normalP90)
    default: return nil
    }
  }
}
