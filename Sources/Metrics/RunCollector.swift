import SimCore

/// Folds a run's requests into statistics as they leave, so that memory does not grow with their number.
public struct RunCollector: Sendable {
  /// One collector per (deployment, request class), in the order the run was built with.
  public private(set) var groups: [GroupCollector]
  /// Requests that arrived before this time are left out of the groups.
  public let warmUpEnd: SimTime
  /// Mixes in every request, warm-up included, in the order they are recorded.
  public private(set) var fingerprint = Fingerprint()
  /// Called with every request, warm-up included; costs nothing when nil.
  public var sink: (@Sendable (RequestOutcome) -> Void)?

  /// Every request recorded, warm-up included.
  public private(set) var recorded: Int64 = 0
  /// Requests left out because they arrived during the warm-up.
  public private(set) var warmUpRequests: Int64 = 0
  /// The same by group, in the order of `groups`.
  public private(set) var warmUpRequestsOfGroups: [Int64]
  /// Every request that completed, was rejected, was unfinished; warm-up included.
  public private(set) var completed: Int64 = 0
  public private(set) var rejected: Int64 = 0
  public private(set) var unfinished: Int64 = 0
  /// The summed time in system of completed requests, warm-up included.
  private var completedResidence: Int128 = 0
  /// The summed arrival times of unfinished requests.
  private var unfinishedArrivals: Int128 = 0

  public init(
    groups: [GroupCollector], warmUpEnd: SimTime = .zero, sink: (@Sendable (RequestOutcome) -> Void)? = nil
  ) {
    self.groups = groups
    warmUpRequestsOfGroups = groups.map { _ in 0 }
    self.warmUpEnd = warmUpEnd
    self.sink = sink
  }

  /// Whether a request that arrived at `arrival` is counted; the engine asks before it records inter-token latencies.
  @inline(__always) public func counts(arrival: SimTime) -> Bool { arrival >= warmUpEnd }

  /// Takes a request that leaves, or one still there when the run ends.
  ///
  /// - Parameters:
  ///   - outcome: with its arrival in the engine's queue, by which it is counted.
  ///   - frontEnd: how much earlier its client sent it: what latencies are counted from.
  public mutating func record(_ outcome: RequestOutcome, group: Int, frontEnd: SimDuration = .zero) {
    var asSeen = outcome
    if frontEnd > .zero {
      asSeen.arrival = outcome.arrival - frontEnd
      if outcome.status != .rejected {
        let spent = outcome.timeSpent
        asSeen.timeSpent = TimeSplit(waiting: spent.waiting + frontEnd, running: spent.running, offGPU: spent.offGPU)
      }
    }
    fingerprint.combine(asSeen)
    if let sink { sink(asSeen) }
    recorded += 1
    switch outcome.status {
    case .completed:
      completed += 1
      completedResidence += Int128((outcome.finished - outcome.arrival).picoseconds)
    case .rejected: rejected += 1
    case .unfinished:
      unfinished += 1
      unfinishedArrivals += Int128(outcome.arrival.picoseconds)
    }
    if counts(arrival: outcome.arrival) {
      groups[group].record(asSeen)
    } else {
      warmUpRequests += 1
      warmUpRequestsOfGroups[group] += 1
    }
  }

  /// Takes the inter-token latencies of a segment: `sequences` counted sequences made a token in each of `iterations`
  /// iterations, the first `first` long, each later one `step` longer.
  public mutating func recordInterTokenLatencies(
    group: Int, first: SimDuration, step: SimDuration, iterations: Int64, sequences: Int64
  ) {
    groups[group].itl.addProgression(first: first, step: step, terms: iterations, weight: sequences)
  }

  /// Takes one inter-token latency, for example the gap across a preemption.
  public mutating func recordInterTokenLatency(group: Int, _ latency: SimDuration, count: Int64 = 1) {
    groups[group].itl.add(latency, count: count)
  }

  /// The integral over time of the number of requests in the system, in request·picoseconds, as the outcomes tell it:
  /// the summed stay of completed requests, and of unfinished ones until `end`. Rejected requests do not stay.
  public func residence(until end: SimTime) -> Int128 {
    completedResidence + Int128(unfinished) * Int128(end.picoseconds) - unfinishedArrivals
  }
}
