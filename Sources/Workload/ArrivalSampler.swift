import SimCore

/// The arrival times of an open process, one at a time.
struct ArrivalSampler: Sendable {
  /// Gaps of mean 1.
  enum UnitGap: Sendable {
    case exponential
    case gamma(shape: Double)
    case weibull(shape: Double, scale: Double)

    mutating func draw(_ stream: inout RandomStream) -> Double {
      switch self {
      case .exponential: return stream.exponential(mean: 1)
      case .gamma(let shape): return stream.gamma(shape: shape, scale: 1 / shape)
      case .weibull(let shape, let scale): return stream.weibull(shape: shape, scale: scale)
      }
    }

    /// Gamma with the given coefficient of variation; exponential when that is 1.
    static func withCV(_ cv: Double) -> UnitGap { cv == 1 ? .exponential : .gamma(shape: 1 / (cv * cv)) }
  }

  private enum TimeMap: Sendable {
    /// Gaps times this many nanoseconds.
    case steady(nanosecondsPerUnit: Double)
    case varying(RateProfile)
    case constant(gap: Int64)
    case batch
    /// Steady, then stretched so that the sum of all gaps becomes `target`.
    case rescaled(nanosecondsPerUnit: Double, sum: Int64, target: Int64)
  }

  /// Past this a time can't be told from "never": 50 days, inside the clock's range.
  static let horizonSeconds = 4_320_000.0

  private var stream: RandomStream
  private var unit: UnitGap
  private var clock: TimeMap
  private var elapsed: Int64 = 0
  private var count: Int64 = 0

  /// - Precondition: the process is open (no closed loop, no trace) and has no problems.
  init(_ process: ArrivalProcess, requestLimit: Int?, stream: RandomStream, phases: RandomStream) {
    self.stream = stream
    unit = .exponential
    func steady(_ rate: Double) -> TimeMap { .steady(nanosecondsPerUnit: 1e9 / rate) }
    switch process {
    case .poisson(let rate): clock = steady(rate)
    case .gamma(let rate, let cv, let endsAtMean):
      unit = .withCV(cv)
      clock = steady(rate)
      if endsAtMean, let requestLimit { rescale(count: requestLimit, rate: rate) }
    case .weibull(let rate, let shape):
      unit = .weibull(shape: shape, scale: 1 / gammaFunction(1 + 1 / shape))
      clock = steady(rate)
    case .onOff(let rates): clock = .varying(RateProfile(onOff: rates, phases: phases))
    case .bursts(let base, let bursts, let cv):
      unit = .withCV(cv)
      clock = .varying(RateProfile(steps: Self.steps(base: base, bursts: bursts), phases: phases))
    case .piecewise(let steps, let cv):
      unit = .withCV(cv)
      clock = .varying(RateProfile(steps: steps, phases: phases))
    case .constant(let gap): clock = .constant(gap: gap.picoseconds)
    case .batch: clock = .batch
    case .closedLoop, .trace, .clients, .listed:
      preconditionFailure("closed loops, traces, clients and listed requests have sources of their own")
    }
  }

  /// Picoseconds from the start to the next arrival; nil when none comes within the clock's range.
  mutating func next() -> Int64? {
    defer { count += 1 }
    switch clock {
    case .steady(let nanosecondsPerUnit):
      elapsed += Self.picoseconds(unit.draw(&stream) * nanosecondsPerUnit)
      return elapsed < Self.horizon ? elapsed : nil
    case .varying(var profile):
      // Give the payload back before it is changed, so that it isn't copied.
      clock = .batch
      let seconds = profile.advance(by: unit.draw(&stream), horizon: Self.horizonSeconds)
      clock = .varying(profile)
      return seconds < Self.horizonSeconds ? Self.picoseconds(seconds * 1e9) : nil
    case .constant(let gap):
      let (time, overflow) = gap.multipliedReportingOverflow(by: count)
      return overflow || time >= Self.horizon ? nil : time
    case .batch: return 0
    case .rescaled(let nanosecondsPerUnit, let sum, let target):
      elapsed += Self.picoseconds(unit.draw(&stream) * nanosecondsPerUnit)
      // Exact: the last of the counted requests comes at `target` to the picosecond.
      return sum == 0 ? target : Int64((Int128(elapsed) * Int128(target) + Int128(sum / 2)) / Int128(sum))
    }
  }

  private static var horizon: Int64 { Int64(horizonSeconds * 1e12) }

  /// Whole nanoseconds, in picoseconds: far coarser than the last bit of a logarithm, so that C libraries which
  /// differ there still give the same arrivals.
  private static func picoseconds(_ nanoseconds: Double) -> Int64 {
    nanoseconds >= horizonSeconds * 1e9 ? horizon : Int64(nanoseconds.rounded()) * 1000
  }

  private mutating func rescale(count: Int, rate: Double) {
    guard case .steady(var nanosecondsPerUnit) = clock else { return }
    // The scale of the gaps drops out in the end; a long span is rehearsed on a short one, far from the horizon.
    if Double(count) / rate > 86_400 { nanosecondsPerUnit = max(60e9 / Double(count), 1e4) }
    clock = .steady(nanosecondsPerUnit: nanosecondsPerUnit)
    var rehearsal = self
    var sum: Int64 = 0
    for _ in 0..<count {
      guard let time = rehearsal.next() else { return }
      sum = time
    }
    let target = SimDuration(seconds: Double(count) / rate).picoseconds
    clock = .rescaled(nanosecondsPerUnit: nanosecondsPerUnit, sum: sum, target: target)
  }

  /// Base rate and bursts as one list of steps.
  static func steps(base: Double, bursts: [Burst]) -> [RateStep] {
    var steps = [RateStep(from: .zero, rate: base)]
    for burst in bursts.sorted(by: { $0.start < $1.start }) {
      if steps[steps.count - 1].from == burst.start { steps.removeLast() }
      steps.append(RateStep(from: burst.start, rate: burst.rate))
      steps.append(RateStep(from: burst.start + burst.duration, rate: base))
    }
    return steps
  }
}
