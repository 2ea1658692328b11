import SimCore

/// How the hosts of machines differ, and how one host changes its pace: what is random in a run that nobody has made.
///
/// The pace of an interval is 1 + a + b, where a is drawn once for a replica's run and b for each interval, both normal
/// (sums of twelve uniform numbers, so that they are the same bits everywhere), and is kept between a half and two and
/// a half times the usual one. Each interval's pace follows from its number alone: a run of any length needs no table.
public struct HostVariation: Sendable, Hashable {
  /// Standard deviation of a run's mean pace.
  public var betweenRuns: Double
  /// Standard deviation of the pace in the course of a run.
  public var withinRun: Double
  /// How long a pace lasts; positive.
  public var interval: SimDuration
  /// What it is drawn with, and the replica's own deviation; nil until a run is made.
  private var drawn: Drawn?

  private struct Drawn: Sendable, Hashable {
    var seed: UInt64
    var mean: Double
  }

  /// What recordings of vLLM on H200 and H100 show (`Results/validation/deployed.md`): a deviation of 0.12 between
  /// runs, deviations of 0.05 to 0.25 within them, and a pace that lasts a second or two.
  public static let measured = HostVariation(betweenRuns: 0.12, withinRun: 0.18, interval: .seconds(2))

  /// - Parameters: standard deviations of the pace, at least 0, and how long one lasts, positive.
  public init(betweenRuns: Double, withinRun: Double, interval: SimDuration) {
    precondition(interval > .zero, "a pace lasts for some time")
    self.betweenRuns = betweenRuns
    self.withinRun = withinRun
    self.interval = interval
  }

  /// The least and the greatest pace.
  public static let paces = 0.5...2.5

  /// The same with everything drawn.
  func drawn(_ random: RandomStream) -> HostVariation {
    var random = random
    var variation = self
    variation.drawn = Drawn(seed: random.next(), mean: betweenRuns * Self.normal(&random))
    return variation
  }

  /// The pace at a time; the usual one before it is drawn.
  func pace(at time: SimTime) -> Double {
    guard let drawn else { return 1 }
    var random = RandomStream(seed: drawn.seed, replication: Int(number(at: time)), purpose: "interval")
    let pace = 1 + drawn.mean + withinRun * Self.normal(&random)
    return min(max(pace, Self.paces.lowerBound), Self.paces.upperBound)
  }

  /// When the next pace begins.
  func nextChange(after time: SimTime) -> SimTime {
    guard drawn != nil else { return .never }
    return SimTime(picoseconds: (number(at: time) + 1) * interval.picoseconds)
  }

  private func number(at time: SimTime) -> Int64 { time.picoseconds / interval.picoseconds }

  /// A normal number of mean 0 and standard deviation 1.
  private static func normal(_ random: inout RandomStream) -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + random.uniform() }
  }
}
