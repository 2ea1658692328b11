import Cluster
import Metrics
import SimCore
import Workload

/// What must hold of the requests that streams bring, whatever serves them.
enum ArrivalRules {
  static let rate = "twice the rate"
  static let common = "common random numbers"

  /// Twice the rate, and periods of half the length, bring the same requests in half the time: a gap is rounded to
  /// whole nanoseconds, so that an arrival is off by one and a half for each before it at most.
  ///
  /// - Returns: whether the rule says anything of the plan, and what does not hold.
  static func rateProblem(of plan: ClusterPlan) throws -> (applies: Bool, problem: String?) {
    var applies = false
    for (index, stream) in plan.streams.map(\.stream).enumerated() {
      guard let arrivals = stream.arrivals.twiceAsFast else { continue }
      var fast = stream
      fast.arrivals = arrivals
      guard fast.problems().isEmpty, let slowly = try stream.requests(number: index, of: plan),
        let quickly = try fast.requests(number: index, of: plan)
      else { continue }
      applies = true
      func problem(_ words: String) -> (Bool, String?) { (true, "\(rate): stream \(index) \(words)") }
      if quickly.count < slowly.count { return problem("has \(quickly.count) requests, not \(slowly.count)") }
      for (number, (slow, quick)) in zip(slowly, quickly).enumerated() {
        var same = quick
        same.arrival = slow.arrival
        if same != slow { return problem("brings another request as number \(number)") }
        let start = SimTime.zero + stream.start
        let error = abs(2 * (quick.arrival - start).picoseconds - (slow.arrival - start).picoseconds)
        if error > 2_000 * Int64(number + 1) { return problem("has request \(number) off by \(error) ps") }
      }
    }
    return (applies, nil)
  }

  /// Two policies see the same requests of streams that do not depend on answers.
  static func commonProblem(_ plans: [ClusterPlan], _ rows: (Int) -> [RequestOutcome]) -> (Bool, String?) {
    guard let first = plans.first else { return (false, nil) }
    var applies = false
    for (index, stream) in first.streams.enumerated() where stream.stream.isOpen {
      func requests(_ run: Int) -> [[Int64]] {
        rows(run).filter { $0.stream == Int32(index) }.sorted { $0.id < $1.id }.map {
          [$0.arrival.picoseconds, Int64($0.promptTokens), Int64($0.outputTokens), Int64($0.tenant)]
        }
      }
      for (run, plan) in plans.enumerated().dropFirst() where Self.sends(plan, first) {
        applies = true
        if requests(run) != requests(0) { return (true, "\(common): stream \(index) differs in run \(run)") }
      }
    }
    return (applies, nil)
  }
}

extension ArrivalRules {
  /// Whether two plans send the same: equal streams, on equal ways to the engines, so that runs that end at a time of
  /// their own see as many.
  fileprivate static func sends(_ one: ClusterPlan, _ other: ClusterPlan) -> Bool {
    one.streams.map(\.stream) == other.streams.map(\.stream)
      && one.deployments.map(\.frontEnd) == other.deployments.map(\.frontEnd)
  }
}

extension ArrivalProcess {
  /// The process with twice the rates, and periods of half the length; nil where it has no rate, or a file's.
  fileprivate var twiceAsFast: ArrivalProcess? {
    func half(_ duration: SimDuration) -> SimDuration { SimDuration(picoseconds: duration.picoseconds / 2) }
    switch self {
    // Moved to end at the mean rate, every arrival has the rounding of all.
    case .gamma(_, _, endsAtMean: true): return nil
    case .poisson, .gamma, .weibull: return scaled(by: 2)
    case .constant(let gap): return .constant(gap: half(gap))
    case .onOff(var rates):
      rates.onRate *= 2
      rates.offRate *= 2
      rates.onDuration = half(rates.onDuration)
      rates.offDuration = half(rates.offDuration)
      return .onOff(rates)
    case .bursts(let base, var bursts, let cv):
      for index in bursts.indices {
        bursts[index].rate *= 2
        bursts[index].start = half(bursts[index].start)
        bursts[index].duration = half(bursts[index].duration)
      }
      return .bursts(base: base * 2, bursts: bursts, cv: cv)
    case .piecewise(var steps, let cv):
      for index in steps.indices {
        steps[index].rate *= 2
        steps[index].from = half(steps[index].from)
      }
      return .piecewise(steps: steps, cv: cv)
    case .trace, .clients, .closedLoop, .batch, .listed: return nil
    }
  }
}
