import SimCore

extension WorkloadStream {
  /// Everything wrong with the description, in words; empty when a source can be built from it.
  public func problems() -> [WorkloadProblem] {
    var found = arrivals.problems().below("arrivals")
    found.expect(!name.isEmpty, "name", "a stream needs a name")
    found.expect(start >= .zero && start <= Self.longest, "start", "a start is between 0 s and 50 days")
    if let requestLimit { found.expect(requestLimit >= 0, "requests", "a number of requests is at least 0") }
    if let durationLimit {
      found.expect(
        durationLimit >= .zero && durationLimit <= Self.longest, "duration", "a duration is between 0 s and 50 days")
    }
    if case .gamma(let rate, _, true) = arrivals {
      if let requestLimit {
        found.expect(
          !(Double(requestLimit) / rate > Self.longest.seconds), "requests",
          "\(requestLimit) requests at \(inWords(rate)) per second last longer than 50 days")
      } else {
        found.append(
          WorkloadProblem("requests", "ending at the mean rate needs a number of requests; give one, or leave it out"))
      }
    }
    found += sharedPrefix?.problems().below("shared_prefix") ?? []
    found += adapters?.problems().below("adapters") ?? []
    found += conversations?.problems().below("sessions") ?? []
    found.expect(!components.isEmpty, "components", "a stream needs at least one kind of request")
    var isTrace = false
    switch arrivals {
    case .trace, .listed: isTrace = true
    default: break
    }
    found.expect(
      !isTrace || sharedPrefix == nil, "shared_prefix",
      "a trace says itself what its prompts begin with, by its columns 'prefix_tokens' and 'prefix_group'")
    if case .clients = arrivals {
      found.expect(
        conversations == nil, "sessions", "clients send requests, not sessions: their tables have nothing of turns")
    }
    found.expect(
      !isTrace || conversations == nil, "sessions",
      "the times of all turns are in the trace; its column 'session' says which requests are turns of one session")
    if case .closedLoop = arrivals {
      found.expect(
        conversations == nil, "sessions",
        "users of a closed loop send one request after another; sessions are started by arrivals with a rate")
    }
    for (index, component) in components.enumerated() {
      let key = components.count == 1 ? "" : "components[\(index)]"
      found += component.problems(arrivalsHaveLengths: arrivals.haveLengths).map { key.isEmpty ? $0 : $0.below(key) }
    }
    return found
  }

  static var longest: SimDuration { SimDuration(seconds: 4_320_000) }
}

extension ArrivalProcess {
  /// Whether requests come with their lengths.
  fileprivate var haveLengths: Bool {
    switch self {
    case .trace, .listed: true
    case .clients(let population): population.hasLengths
    default: false
    }
  }
}

extension WorkloadComponent {
  func problems(arrivalsHaveLengths: Bool) -> [WorkloadProblem] {
    var found: [WorkloadProblem] = []
    found.expect(
      weight.isFinite && weight > 0, "weight", "a weight is a number above 0, found \(inWords(weight))")
    if let tenant { found.expect(tenant >= 0, "tenant", "a tenant is a number from 0, found \(tenant)") }
    if let deadline {
      found.expect(
        deadline > .zero && deadline <= WorkloadStream.longest, "deadline",
        "a deadline is more than 0 s after the arrival, and at most 50 days")
    }
    switch lengths {
    case .independent(let prompt, let output):
      found += prompt.problems().below("prompt_tokens")
      found += output.problems().below("output_tokens")
    case .pairs(let sample):
      found.expect(!sample.pairs.isEmpty, "lengths", "'\(sample.source)' holds no pairs of lengths")
      found.expect(
        sample.pairs.allSatisfy { $0.prompt >= 1 && $0.output >= 1 }, "lengths",
        "'\(sample.source)' holds lengths below 1")
    case .recorded:
      found.expect(
        arrivalsHaveLengths, "lengths",
        "recorded lengths need a trace, or clients with lengths; give prompt and output lengths")
    }
    return found
  }
}
