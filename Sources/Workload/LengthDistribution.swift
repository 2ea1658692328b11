import SimCore

/// How many tokens a prompt or an answer has.
///
/// Drawn values are rounded to the nearest whole number, then the limits are applied; the result is never below 1.
public struct LengthDistribution: Hashable, Sendable {
  public enum Shape: Hashable, Sendable {
    case fixed(Int)
    /// Every whole number from `low` to `high`, both included, equally likely.
    case uniform(low: Int, high: Int)
    /// exp(Normal(mu, sigma²)).
    case logNormal(mu: Double, sigma: Double)
    case logNormalByMean(mean: Double, cv: Double)
    case logNormalByMedian(median: Double, p90: Double)
    case gamma(mean: Double, cv: Double)
    /// P(k) proportional to k^-exponent for whole k from `low` to `high`.
    case zipf(exponent: Double, low: Int, high: Int)
    /// Linear interpolation between points of the inverse distribution function, from p = 0 to p = 1.
    case quantiles([QuantilePoint])
    /// One of the recorded values, each equally likely.
    case sample(LengthSample)
  }

  /// What happens to a value outside `minimum ... maximum`.
  public enum OutsideRule: String, CaseIterable, Hashable, Sendable {
    /// It becomes the nearer limit (probability piles up there).
    case clip
    /// It is drawn again (the distribution is truncated).
    case redraw
  }

  public var shape: Shape
  public var minimum: Int?
  public var maximum: Int?
  public var outside: OutsideRule

  public init(_ shape: Shape, minimum: Int? = nil, maximum: Int? = nil, outside: OutsideRule = .clip) {
    self.shape = shape
    self.minimum = minimum
    self.maximum = maximum
    self.outside = outside
  }

  public static func fixed(_ tokens: Int) -> LengthDistribution { LengthDistribution(.fixed(tokens)) }

  /// The most tokens a length may have: what fits the request's 32-bit fields with room to add prompt and output.
  public static let largest = 1_000_000_000
}

/// A point of an inverse distribution function: a share `p` of lengths is at most `tokens`.
public struct QuantilePoint: Hashable, Sendable {
  public var p: Double
  public var tokens: Double

  public init(p: Double, tokens: Double) {
    self.p = p
    self.tokens = tokens
  }
}

/// Recorded lengths, read once and shared by every run that uses them.
public struct LengthSample: Hashable, Sendable {
  /// The file they come from, for messages.
  public var source: String
  public var tokens: [Int32]

  public init(source: String, tokens: [Int32]) {
    self.source = source
    self.tokens = tokens
  }
}

/// Recorded pairs of prompt and output length, drawn together so that their dependence is kept.
public struct LengthPairSample: Hashable, Sendable {
  public struct Pair: Hashable, Sendable, BitwiseCopyable {
    public var prompt: Int32
    public var output: Int32

    public init(prompt: Int32, output: Int32) {
      self.prompt = prompt
      self.output = output
    }
  }

  public var source: String
  public var pairs: [Pair]

  public init(source: String, pairs: [Pair]) {
    self.source = source
    self.pairs = pairs
  }
}
