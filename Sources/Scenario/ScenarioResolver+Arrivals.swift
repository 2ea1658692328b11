import Configuration
import SimCore
import TextIO
import Workload

extension ScenarioResolver {
  /// The arrival process of a stream without a trace; `nil` where it is wrong.
  func resolveArrivals(_ map: CheckedMap) -> ArrivalProcess? {
    let rate = map.number("rate")
    guard let arrivals = map.map("arrivals") else { return nil }
    switch arrivals.section.name {
    case "poisson": return rate.map { .poisson(rate: $0) }
    case "constant": return rate.map { .constant(gap: Self.gap(rate: $0)) }
    case "batch": return map.integer("requests").map { .batch(count: $0) }
    case "gamma":
      guard let rate, let cv = arrivals.number("cv"), let ends = arrivals.boolean("ends_at_mean") else { return nil }
      if ends, map["requests"] == nil {
        error(arrivals.position(of: "ends_at_mean"), "'ends_at_mean' wants 'requests' beside 'arrivals'")
        return nil
      }
      return .gamma(rate: rate, cv: cv, endsAtMean: ends)
    case "weibull": return weibull(arrivals, rate: rate)
    case "on-off": return onOff(arrivals)
    case "bursts": return bursts(arrivals, base: rate)
    case "piecewise": return piecewise(arrivals)
    case "closed-loop": return closedLoop(arrivals)
    case "pool":
      return arrivals.integer("depth").map {
        .closedLoop(ClosedLoop(users: $0, thinkTime: .fixed(seconds: 0), firstRequests: .together))
      }
    case "clients": return clients(arrivals)
    default: preconditionFailure("no arrival process '\(arrivals.section.name)'")
    }
  }

  private static func gap(rate: Double) -> SimDuration { SimDuration(seconds: min(1 / rate, 9e6)) }

  private func weibull(_ map: CheckedMap, rate: Double?) -> ArrivalProcess? {
    switch (map.number("shape"), map.number("cv")) {
    case (let shape?, nil) where !map.isWritten("cv"): return rate.map { .weibull(rate: $0, shape: shape) }
    case (nil, let cv?) where !map.isWritten("shape"):
      guard let shape = ArrivalProcess.weibullShape(cv: cv) else {
        error(map.position(of: "cv"), "no Weibull distribution that can be used has 'cv' \(map["cv"]?.yaml ?? "")")
        return nil
      }
      return rate.map { .weibull(rate: $0, shape: shape) }
    case (.some, .some): error(map.position, "'shape' and 'cv' exclude each other")
    default:
      if !map.isWritten("shape"), !map.isWritten("cv") {
        error(map.position, "\(map.subject) wants a 'shape' or a 'cv'")
      }
    }
    return nil
  }

  private func onOff(_ map: CheckedMap) -> ArrivalProcess? {
    guard
      let onRate = map.number("on_rate"), let offRate = map.number("off_rate"), let on = map.duration("on_time"),
      let off = map.duration("off_time"), let durations = map.text("durations").flatMap(OnOffRates.Durations.init)
    else { return nil }
    return .onOff(
      OnOffRates(onRate: onRate, offRate: offRate, onDuration: on, offDuration: off, durations: durations))
  }

  private func bursts(_ map: CheckedMap, base: Double?) -> ArrivalProcess? {
    let bursts = map.list("bursts").compactMap { value -> Burst? in
      guard
        let map = value.map, let start = map.duration("start"), let duration = map.duration("duration"),
        let rate = map.number("rate")
      else { return nil }
      return Burst(start: start, duration: duration, rate: rate)
    }
    guard let base, let cv = map.number("cv"), !bursts.isEmpty, bursts.count == map.list("bursts").count else {
      return nil
    }
    return .bursts(base: base, bursts: bursts, cv: cv)
  }

  private func piecewise(_ map: CheckedMap) -> ArrivalProcess? {
    let values = map.list("steps")
    let steps = values.compactMap { value -> RateStep? in
      guard let map = value.map, let from = map.duration("from"), let rate = map.number("rate") else { return nil }
      return RateStep(from: from, rate: rate)
    }
    guard !steps.isEmpty, steps.count == values.count, let cv = map.number("cv") else { return nil }
    if steps.allSatisfy({ $0.rate == 0 }) { error(map.position, "every step has rate 0, so nothing ever arrives") }
    return .piecewise(steps: steps, cv: cv)
  }

  private func closedLoop(_ map: CheckedMap) -> ArrivalProcess? {
    guard let users = map.integer("users"), let think = map["think_time"].flatMap({ thinkTime($0) }) else { return nil }
    let first: ClosedLoop.FirstRequests
    switch map.text("first_requests") {
    case "together": first = .together
    case "after-think-time": first = .afterThinkTime
    case "spread":
      guard let spread = map.duration("spread") else {
        if !map.isWritten("spread") { error(map.position, "'first_requests: spread' wants 'spread', a duration") }
        return nil
      }
      first = .spread(over: spread)
    default: return nil
    }
    if map.isWritten("spread"), map.text("first_requests") != "spread" {
      error(map.position(of: "spread"), "'spread' belongs to 'first_requests: spread'")
    }
    return .closedLoop(ClosedLoop(users: users, thinkTime: think, firstRequests: first))
  }

  func thinkTime(_ value: CheckedValue) -> ThinkTime? {
    if let duration = value.duration { return .fixed(seconds: duration.seconds) }
    guard let map = value.map, let mean = map.duration("mean")?.seconds else { return nil }
    switch map.section.name {
    case "exponential": return .exponential(mean: mean)
    case "gamma": return map.number("cv").map { .gamma(mean: mean, cv: $0) }
    case "lognormal": return map.number("cv").map { .logNormal(mean: mean, cv: $0) }
    default: preconditionFailure("no think time '\(map.section.name)'")
    }
  }

  /// The trace of a stream; `nil` where it is wrong.
  func resolveTrace(_ map: CheckedMap) -> ArrivalProcess? {
    guard
      let trace = map.map("trace"), let file = trace.text("file"), let format = trace.text("format"),
      let timeScale = trace.number("time_scale"), let rateScale = trace.number("rate_scale"),
      let from = trace.duration("from"), let sample = trace.number("sample"),
      let maximum = trace.integer("max_tokens"), let skips = trace.boolean("skip_bad_rows"),
      let window = trace.integer("sort_window"), let spread = trace.duration("spread")
    else { return nil }
    var shard = TraceShard.whole
    if let text = trace.text("shard") {
      if let part = TraceShard(text) {
        shard = part
      } else {
        error(trace.position(of: "shard"), "'shard' \(TraceShard.expectation), found '\(text)'")
      }
    } else if trace.isWritten("shard") {
      return nil
    }
    let located = input(file)
    checkReadable(located, at: trace.position(of: "file"))
    var description = TraceDescription(
      path: located, format: TraceFormat(rawValue: format), timeScale: timeScale, rateScale: rateScale, from: from,
      to: trace.duration("to"), shard: shard, sampleFraction: sample, maximumTokens: maximum, skipsBadRows: skips,
      sortWindow: window, spread: spread, origin: trace.text("origin").flatMap(TraceDescription.Origin.init))
    description.blockTokens = trace.integer("hash_block")
    return .trace(description)
  }

  /// Reports a named file that cannot be opened; its content is read later.
  func checkReadable(_ file: String, at position: Position) {
    do throws(UnreadableFile) {
      try ReadableFile.check(file)
    } catch {
      diagnostics.unreadable(at: position, "'\(file)' cannot be read: \(error.reason)")
    }
  }
}
