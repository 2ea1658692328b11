import SimCore

/// An arrival process with parameters found from recorded times, and how far its own arrivals look like those.
public struct ArrivalFit: Sendable {
  /// The process by its name in scenarios.
  public var name: String
  public var process: ArrivalProcess
  /// How many numbers were fitted.
  public var parameters: Int
  /// In the order of ``ArrivalFits/scales``, as far as the trace is long enough.
  public var marks: [Mark]

  /// A property of recorded arrivals beside what the process gives.
  public struct Mark: Sendable {
    /// The length of the windows in which arrivals are counted.
    public var window: SimDuration
    /// Variance over mean of the counts: 1 for a Poisson process, more for bursts.
    public var recorded: Double
    /// The middle 95 % of what the process gives over as long a time.
    public var low: Double
    public var high: Double
    /// The middle one of these.
    public var median: Double

    public var isInside: Bool { low <= recorded && recorded <= high }
  }

  /// How many of the marks the process gives.
  public var marksInside: Int { marks.filter(\.isInside).count }

  /// The sum over all marks of the squared logarithm of recorded over median.
  var distance: Double {
    marks.reduce(0) { sum, mark in
      guard mark.recorded > 0, mark.median > 0 else { return sum + 25 }
      let difference = logarithm(mark.recorded / mark.median)
      return sum + difference * difference
    }
  }
}

/// Arrival processes fitted to the times of a trace.
///
/// A process is judged by how its counts vary over windows of 0.1 s to 10 min, for that is what queues feel: a hundred
/// traces of the same length are drawn from it, and the recorded index of dispersion should be among the middle 95 %
/// of theirs at every length (Cox and Lewis, *The Statistical Analysis of Series of Events*, 1966, chapter 4). The
/// simplest process with the most lengths right is best.
public struct ArrivalFits: Sendable {
  /// Lengths of windows, seconds; those with fewer than eight windows in the trace are left out.
  public static let scales = [0.1, 1, 10, 60, 600]

  /// Fewer arrivals say little about bursts.
  public static let fewestArrivals = 100

  /// Best first.
  public var fits: [ArrivalFit]
  public var arrivals: Int
  /// From the first arrival to the last, seconds.
  public var seconds: Double
  /// The tick in which times were recorded, where it is coarser than the mean gap: bursts shorter than that are gone.
  public var tick: SimDuration?

  /// - Parameters:
  ///   - times: in order; at least `fewestArrivals`, not all at once.
  ///   - draws: how many traces are drawn from each process.
  public init(times: [SimTime], seed: UInt64, draws: Int = 100) {
    precondition(times.count >= Self.fewestArrivals && times[times.count - 1] > times[0])
    arrivals = times.count
    let start = times[0]
    let elapsed = times.map { ($0 - start).seconds }
    let seconds = elapsed[elapsed.count - 1]
    self.seconds = seconds
    tick = Self.tick(of: times)
    let recorded = Dispersion(elapsed, seconds: seconds)
    fits = ArrivalCandidates(elapsed, seconds: seconds).all.map { candidate in
      var drawn: [[Double]] = recorded.indices.map { _ in [] }
      for draw in 0..<draws {
        let times = Self.times(of: candidate.process, seconds: seconds, seed: seed, draw: draw)
        for (place, index) in Dispersion(times, seconds: seconds).indices.enumerated() { drawn[place].append(index) }
      }
      let marks = recorded.indices.indices.map { place in
        let sorted = drawn[place].sorted()
        func quantile(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
        return ArrivalFit.Mark(
          window: SimDuration(seconds: recorded.windows[place]), recorded: recorded.indices[place],
          low: quantile(0.025), high: quantile(0.975), median: quantile(0.5))
      }
      return ArrivalFit(
        name: candidate.name, process: candidate.process, parameters: candidate.parameters, marks: marks)
    }
    // Of several fits of one process that differ in how they were found, the nearest.
    var best: [ArrivalFit] = []
    for fit in fits.sorted(by: { ($0.marksInside, -$0.distance) > ($1.marksInside, -$1.distance) })
    where !best.contains(where: { $0.name == fit.name }) {
      best.append(fit)
    }
    fits = best.sorted { ($1.marksInside, $0.parameters, $0.distance) < ($0.marksInside, $1.parameters, $1.distance) }
  }

  private static func times(of process: ArrivalProcess, seconds: Double, seed: UInt64, draw: Int) -> [Double] {
    var sampler = ArrivalSampler(
      process, requestLimit: nil, stream: RandomStream(seed: seed, replication: draw, purpose: "arrivals/fit"),
      phases: RandomStream(seed: seed, replication: draw, purpose: "phases/fit"))
    var times: [Double] = []
    while let time = sampler.next(), Double(time) * 1e-12 < seconds { times.append(Double(time) * 1e-12) }
    return times
  }

  /// The greatest time that all recorded times are multiples of, where most neighbours share one and it is longer than
  /// the mean gap.
  private static func tick(of times: [SimTime]) -> SimDuration? {
    let gaps = zip(times.dropFirst(), times).map { ($0 - $1).picoseconds }
    let apart = gaps.filter { $0 > 0 }
    guard apart.count < gaps.count / 2 else { return nil }
    let divisor = apart.reduce(Int64(0)) { first, second in
      var (a, b) = (first, second)
      while b != 0 { (a, b) = (b, a % b) }
      return a
    }
    let mean = (times[times.count - 1] - times[0]).picoseconds / Int64(gaps.count)
    return divisor > mean ? SimDuration(picoseconds: divisor) : nil
  }
}

/// How counts of arrivals vary, by the length of the windows they are counted in.
private struct Dispersion {
  var windows: [Double] = []
  /// Variance over mean of the counts; 0 where there is no arrival.
  var indices: [Double] = []

  init(_ times: [Double], seconds: Double) {
    for window in ArrivalFits.scales where seconds >= 8 * window {
      var counts = ArrivalWindows(length: SimDuration(seconds: window))
      for time in times { counts.add(SimDuration(seconds: time)) }
      counts.close(before: SimDuration(seconds: seconds))
      windows.append(window)
      indices.append(counts.result.indexOfDispersion ?? 0)
    }
  }
}
