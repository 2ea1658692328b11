import SimCore

extension ArrivalProcess {
  /// The highest rate, in requests per second: gaps are whole nanoseconds, so a mean gap has to be many of them.
  public static let highestRate = 1e6

  /// The lowest rate but 0: once in thirty years.
  public static let lowestRate = 1e-9

  /// Everything wrong with the process, in words.
  public func problems() -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    switch self {
    case .poisson(let rate): found.checkRate(rate)
    case .gamma(let rate, let cv, _):
      found.checkRate(rate)
      found.checkCV(cv)
    case .weibull(let rate, let shape):
      found.checkRate(rate)
      found.expect(
        Self.weibullShapes.contains(shape), "shape",
        "a Weibull shape is between \(inWords(Self.weibullShapes.lowerBound)) and "
          + "\(inWords(Self.weibullShapes.upperBound)), found \(inWords(shape))")
    case .onOff(let rates):
      found.checkRate(rates.onRate, "on_rate")
      found.checkRate(rates.offRate, "off_rate", allowsZero: true)
      for (duration, key) in [(rates.onDuration, "on_time"), (rates.offDuration, "off_time")] {
        found.expect(
          duration >= OnOffRates.shortestPeriod && duration <= WorkloadStream.longest, key,
          "a period is between 1 ms and 50 days, found \(inWords(duration.seconds)) s")
      }
    case .bursts(let base, let bursts, let cv):
      found.checkRate(base, "rate", allowsZero: true)
      found.checkCV(cv)
      found.expect(!bursts.isEmpty, "bursts", "at least one burst is needed")
      for (index, burst) in bursts.enumerated() {
        found.checkRate(burst.rate, "bursts[\(index)].rate", allowsZero: true)
        found.checkDuration(burst.start, "bursts[\(index)].start", allowsZero: true)
        found.checkDuration(burst.duration, "bursts[\(index)].duration")
      }
      let order = bursts.indices.sorted { (bursts[$0].start, $0) < (bursts[$1].start, $1) }
      for (earlier, later) in zip(order, order.dropFirst()) where found.isEmpty {
        found.expect(
          bursts[earlier].start + bursts[earlier].duration <= bursts[later].start, "bursts[\(later)]",
          "the burst starts at \(inWords(bursts[later].start.seconds)) s, inside the one that starts at "
            + "\(inWords(bursts[earlier].start.seconds)) s; bursts may not overlap")
      }
    case .piecewise(let steps, let cv):
      found.checkCV(cv)
      found.expect(!steps.isEmpty, "steps", "at least one step is needed")
      found.expect(
        steps.isEmpty || steps[0].from == .zero, "steps[0].from",
        "the first step starts at 0 s, found \(inWords(steps.first?.from.seconds ?? 0)) s")
      for (index, step) in steps.enumerated() {
        found.checkRate(step.rate, "steps[\(index)].rate", allowsZero: true)
        found.checkDuration(step.from, "steps[\(index)].from", allowsZero: true)
        if index > 0 {
          found.expect(
            step.from > steps[index - 1].from, "steps[\(index)].from",
            "steps come in order of time, found \(inWords(step.from.seconds)) s after "
              + "\(inWords(steps[index - 1].from.seconds)) s")
        }
      }
    case .constant(let gap): found.checkDuration(gap, "gap")
    case .closedLoop(let loop): found += loop.problems()
    case .batch(let count): found.expect(count >= 0, "count", "a number of requests is at least 0, found \(count)")
    case .trace(let trace): found += trace.problems()
    case .clients(let population): found += population.problems()
    case .listed(let requests): found += Self.problems(of: requests)
    }
    return found
  }

  private static func problems(of requests: [Request]) -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    var last = SimTime.zero
    for (index, request) in requests.enumerated() where found.isEmpty {
      found.expect(
        request.promptTokens >= 1 && request.outputTokens >= 1, "requests[\(index)]", "lengths are at least 1 token")
      found.expect(
        request.arrival >= last && request.arrival <= .zero + WorkloadStream.longest, "requests[\(index)]",
        "requests come in order of time, between 0 s and 50 days, found \(inWords(request.arrival.seconds)) s after "
          + "\(inWords(last.seconds)) s")
      last = request.arrival
    }
    return found
  }
}

extension ClosedLoop {
  func problems() -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    found.expect(
      (1...10_000_000).contains(users), "users", "a number of users is between 1 and 10000000, found \(users)")
    if case .spread(let over) = firstRequests { found.checkDuration(over, "spread", allowsZero: true) }
    return found + thinkTime.problems().below("think_time")
  }
}

extension ThinkTime {
  func problems() -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    switch self {
    case .fixed(let seconds):
      found.expect(
        seconds >= 0 && seconds <= ArrivalSampler.horizonSeconds, "",
        "a think time is between 0 s and 50 days, found \(inWords(seconds)) s")
    case .exponential(let mean): found.checkMean(mean)
    case .gamma(let mean, let cv), .logNormal(let mean, let cv):
      found.checkMean(mean)
      found.checkCV(cv, "cv")
    }
    return found
  }
}

extension [WorkloadProblem] {
  fileprivate mutating func checkRate(_ rate: Double, _ key: String = "rate", allowsZero: Bool = false) {
    expect(
      (rate >= ArrivalProcess.lowestRate || (allowsZero && rate == 0)) && rate <= ArrivalProcess.highestRate, key,
      "a rate is \(allowsZero ? "0, or " : "")between \(inWords(ArrivalProcess.lowestRate)) and "
        + "\(inWords(ArrivalProcess.highestRate)) requests per second, found \(inWords(rate))")
  }

  fileprivate mutating func checkCV(_ cv: Double, _ key: String = "cv") {
    expect(
      cv >= 0.01 && cv <= 100, key, "a coefficient of variation is between 0.01 and 100, found \(inWords(cv))")
  }

  fileprivate mutating func checkMean(_ mean: Double) {
    expect(
      mean > 0 && mean <= ArrivalSampler.horizonSeconds, "mean",
      "a mean think time is above 0 s and at most 50 days, found \(inWords(mean)) s")
  }

  fileprivate mutating func checkDuration(_ duration: SimDuration, _ key: String, allowsZero: Bool = false) {
    expect(
      (duration > .zero || (allowsZero && duration == .zero)) && duration <= WorkloadStream.longest, key,
      "a time here is \(allowsZero ? "from 0 s" : "above 0 s") to 50 days, found \(inWords(duration.seconds)) s")
  }
}
