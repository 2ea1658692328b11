import SimCore

/// When requests arrive: what a scenario says of one stream.
///
/// Random processes without a stated start have their first arrival one gap after the stream's start. Rates are
/// requests per second. Drawn gaps are rounded to whole nanoseconds.
public enum ArrivalProcess: Hashable, Sendable {
  /// Independent exponential gaps.
  case poisson(rate: Double)
  /// Independent Gamma gaps with mean 1/rate and the given coefficient of variation.
  ///
  /// `endsAtMean` rescales all arrivals so that the last of N comes exactly at N/rate, as `vllm bench serve` does
  /// (its `burstiness` is 1/cv²); it needs a limit on the number of requests.
  case gamma(rate: Double, cv: Double, endsAtMean: Bool)
  /// Independent Weibull gaps with mean 1/rate; `weibullShape(cv:)` finds the shape for a coefficient of variation.
  case weibull(rate: Double, shape: Double)
  /// A Poisson process whose rate switches between two values.
  case onOff(OnOffRates)
  /// A base rate with bursts on top of it.
  case bursts(base: Double, bursts: [Burst], cv: Double)
  /// A rate that changes at given times; the last one lasts for ever. The first step starts at 0.
  case piecewise(steps: [RateStep], cv: Double)
  /// One request at the start and one every `gap` after it.
  case constant(gap: SimDuration)
  /// A fixed population of users, each of which thinks, sends, waits for the answer, and thinks again.
  case closedLoop(ClosedLoop)
  /// `count` requests at the stream's start.
  case batch(count: Int)
  /// What was recorded in a file.
  case trace(TraceDescription)
  /// Clients that come and go, each with a rate and gaps of its own; their lengths too, where the tables have them.
  case clients(ClientPopulation)
  /// These requests, with their times from the stream's start, lengths, classes and priorities. In order of time; ids,
  /// streams and users are the source's own.
  case listed([Request])
}

/// A rate that alternates between "on" and "off", starting on.
public struct OnOffRates: Hashable, Sendable {
  /// Requests per second while on.
  public var onRate: Double
  /// Requests per second while off; may be 0.
  public var offRate: Double
  /// The length of an on period, or its mean.
  public var onDuration: SimDuration
  /// The length of an off period, or its mean.
  public var offDuration: SimDuration
  /// The shortest period, or mean of one, that is accepted.
  public static let shortestPeriod = SimDuration.milliseconds(1)

  /// Whether period lengths are exponential (a Markov-modulated Poisson process) or fixed.
  public var durations: Durations

  public enum Durations: String, CaseIterable, Hashable, Sendable {
    case fixed, exponential
  }

  public init(
    onRate: Double, offRate: Double, onDuration: SimDuration, offDuration: SimDuration, durations: Durations
  ) {
    self.onRate = onRate
    self.offRate = offRate
    self.onDuration = onDuration
    self.offDuration = offDuration
    self.durations = durations
  }
}

/// A span of time with a rate of its own, in place of the base rate.
public struct Burst: Hashable, Sendable {
  /// Seconds from the stream's start to the burst's.
  public var start: SimDuration
  public var duration: SimDuration
  /// Requests per second during the burst, the base rate included.
  public var rate: Double

  public init(start: SimDuration, duration: SimDuration, rate: Double) {
    self.start = start
    self.duration = duration
    self.rate = rate
  }
}

/// From a time on, a rate.
public struct RateStep: Hashable, Sendable {
  /// From the stream's start.
  public var from: SimDuration
  /// Requests per second.
  public var rate: Double

  public init(from: SimDuration, rate: Double) {
    self.from = from
    self.rate = rate
  }
}

/// Users who wait for each answer before they send again.
public struct ClosedLoop: Hashable, Sendable {
  public var users: Int
  /// The time between an answer and the same user's next request.
  public var thinkTime: ThinkTime
  public var firstRequests: FirstRequests

  /// When users send for the first time.
  public enum FirstRequests: Hashable, Sendable {
    /// All at the stream's start.
    case together
    /// Each after one think time.
    case afterThinkTime
    /// User u of n at u/n of this duration.
    case spread(over: SimDuration)
  }

  public init(users: Int, thinkTime: ThinkTime, firstRequests: FirstRequests) {
    self.users = users
    self.thinkTime = thinkTime
    self.firstRequests = firstRequests
  }
}

/// The distribution of think times, in seconds.
public enum ThinkTime: Hashable, Sendable {
  case fixed(seconds: Double)
  case exponential(mean: Double)
  case gamma(mean: Double, cv: Double)
  case logNormal(mean: Double, cv: Double)
}
