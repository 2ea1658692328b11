import SimCore
import Testing
import Workload

@Suite struct RequestSourceTests {
  @Test func `One seed, one stream; another seed, replication or name, another`() throws {
    let description = stream(.gamma(rate: 2, cv: 3, endsAtMean: false), requests: 500)
    let first = try requests(description)
    #expect(try requests(description) == first)
    #expect(try requests(description, seed: 2) != first)
    #expect(try requests(description, replication: 1) != first)
    #expect(try requests(stream(description.arrivals, requests: 500, name: "code")) != first)
  }

  @Test func `Lengths don't move arrivals, prompts don't move outputs`() throws {
    let long = LengthDistribution(.gamma(mean: 900, cv: 1))
    let other = LengthDistribution(.zipf(exponent: 1.2, low: 1, high: 4000), minimum: 10, outside: .redraw)
    let a = try requests(stream(.poisson(rate: 5), requests: 500, prompt: long, output: long))
    let b = try requests(stream(.poisson(rate: 5), requests: 500, prompt: other, output: long))
    #expect(a.map(\.arrival) == b.map(\.arrival))
    #expect(a.map(\.outputTokens) == b.map(\.outputTokens))
    #expect(a.map(\.promptTokens) != b.map(\.promptTokens))
  }

  @Test func `A higher rate brings the same requests sooner`() throws {
    let slow = try requests(stream(.poisson(rate: 1), requests: 100))
    let fast = try requests(stream(.poisson(rate: 2), requests: 100))
    for (a, b) in zip(slow, fast) { #expect(abs(a.arrival.seconds - 2 * b.arrival.seconds) < 1e-6) }
  }

  @Test func `Users of a closed loop wait, think and send again`() throws {
    let loop = ClosedLoop(users: 3, thinkTime: .fixed(seconds: 2), firstRequests: .together)
    let source = try RequestSource(stream(.closedLoop(loop), requests: 5), number: 4, seed: 1, replication: 0)
    #expect(source.nextTime == .zero)
    let users = try (0..<3).map { _ in try source.take().user }
    #expect(users == [0, 1, 2])
    #expect(source.nextTime == .never)
    source.completed(user: 1, at: SimTime(seconds: 10))
    #expect(source.nextTime == SimTime(seconds: 12))
    source.completed(user: 0, at: SimTime(seconds: 9))
    #expect(source.nextTime == SimTime(seconds: 11))
    let next = try source.take()
    #expect(next.user == 0 && next.id == 3 && next.stream == 4 && next.arrival == SimTime(seconds: 11))
    #expect(try source.take().user == 1)
    source.completed(user: 2, at: SimTime(seconds: 30))
    #expect(source.nextTime == .never, "the limit of five requests has been reached")
  }

  @Test func `A user's requests don't depend on the order in which others finish`() throws {
    let loop = ClosedLoop(users: 8, thinkTime: .exponential(mean: 1), firstRequests: .afterThinkTime)
    let lengths = LengthDistribution(.gamma(mean: 100, cv: 1))
    func lengthsByUser(_ serviceTime: (Request) -> Double) throws -> [[Int32]] {
      let source = try RequestSource(
        stream(.closedLoop(loop), requests: 800, prompt: lengths), number: 0, seed: 1, replication: 0)
      var result = [[Int32]](repeating: [], count: 8)
      while source.nextTime != .never {
        let request = try source.take()
        result[Int(request.user)].append(request.promptTokens)
        source.completed(user: request.user, at: request.arrival + .seconds(serviceTime(request)))
      }
      return result
    }
    let even = try lengthsByUser { _ in 1 }
    let uneven = try lengthsByUser { $0.user % 2 == 0 ? 0.1 : 5 }
    for (a, b) in zip(even, uneven) {
      let shared = min(a.count, b.count)
      #expect(shared > 5 && a.prefix(shared) == b.prefix(shared))
    }
    // With service of 1 s and thinking of 1 s on average, 8 users send 4 requests per second.
    #expect(even.map(\.count).reduce(0, +) == 800)
  }

  @Test func `Spread first requests come evenly`() throws {
    let loop = ClosedLoop(users: 4, thinkTime: .fixed(seconds: 1), firstRequests: .spread(over: .seconds(8)))
    let all = try requests(stream(.closedLoop(loop)))
    #expect(all.map(\.arrival.seconds) == [0, 2, 4, 6])
  }

  @Test func `Users who have not sent cost nothing`() throws {
    let users = 10_000_000
    let loop = ClosedLoop(users: users, thinkTime: .fixed(seconds: 0), firstRequests: .together)
    let source = try RequestSource(stream(.closedLoop(loop), requests: 6), number: 0, seed: 1, replication: 0)
    #expect(try (0..<3).map { _ in try source.take().user } == [0, 1, 2])
    source.completed(user: 1, at: .zero)
    #expect(try (0..<3).map { _ in try source.take().user } == [1, 3, 4], "of those at one time the first number")
  }

  @Test func `Users who come one after the other mix with those who come back`() throws {
    let loop = ClosedLoop(users: 4, thinkTime: .fixed(seconds: 1), firstRequests: .spread(over: .seconds(8)))
    let source = try RequestSource(stream(.closedLoop(loop), requests: 7), number: 0, seed: 1, replication: 0)
    var taken: [Int32] = []
    while source.nextTime != .never {
      let request = try source.take()
      taken.append(request.user)
      source.completed(user: request.user, at: request.arrival)
    }
    // Firsts at 0, 2, 4 and 6 s, everybody back after a second each time.
    #expect(taken == [0, 0, 0, 1, 0, 1, 0])
  }

  @Test func `Mistakes are all named`() {
    var description = stream(.gamma(rate: -1, cv: 500, endsAtMean: true), prompt: .fixed(0))
    description.name = ""
    description.components[0].weight = .nan
    #expect(
      description.problems().map(\.description) == [
        "arrivals.rate: a rate is between 1e-09 and 1000000 requests per second, found -1",
        "arrivals.cv: a coefficient of variation is between 0.01 and 100, found 500",
        "name: a stream needs a name",
        "requests: ending at the mean rate needs a number of requests; give one, or leave it out",
        "weight: a weight is a number above 0, found nan",
        "prompt_tokens.tokens: a length is between 1 and 1000000000 tokens, found 0",
      ])
    #expect(throws: WorkloadError.self) { try requests(description) }
  }

  @Test(arguments: [
    (ArrivalProcess.poisson(rate: .infinity), "rate"),
    (.poisson(rate: .nan), "rate"),
    (.poisson(rate: 1e-300), "rate"),
    (.weibull(rate: 1, shape: 0.01), "shape"),
    (
      .onOff(
        OnOffRates(
          onRate: 1, offRate: 0, onDuration: SimDuration(picoseconds: 1), offDuration: .seconds(1), durations: .fixed)),
      "on_time"
    ),
    (.constant(gap: .zero), "gap"),
    (.piecewise(steps: [RateStep(from: .seconds(1), rate: 1)], cv: 1), "steps[0].from"),
    (.piecewise(steps: [RateStep(from: .zero, rate: 1), RateStep(from: .zero, rate: 2)], cv: 1), "steps[1].from"),
    (
      .bursts(
        base: 1,
        bursts: [
          Burst(start: .seconds(5), duration: .seconds(5), rate: 2),
          Burst(start: .seconds(1), duration: .seconds(5), rate: 2),
        ], cv: 1), "bursts[0]"
    ),
    (.batch(count: -1), "count"),
    (.closedLoop(ClosedLoop(users: 0, thinkTime: .fixed(seconds: 1), firstRequests: .together)), "users"),
    (.closedLoop(ClosedLoop(users: 1, thinkTime: .fixed(seconds: -1), firstRequests: .together)), "think_time"),
    (.trace(TraceDescription(path: "x", timeScale: 2, rateScale: 2)), "rate_scale"),
    (.trace(TraceDescription(path: "x", sampleFraction: 0)), "sample"),
    (.trace(TraceDescription(path: "x", from: .seconds(2), to: .seconds(1))), "to"),
  ]) func `A wrong process names the key`(process: ArrivalProcess, key: String) {
    #expect(process.problems().map(\.key) == [key])
  }

  @Test(arguments: [
    (LengthDistribution(.uniform(low: 9, high: 3)), "high"),
    (LengthDistribution(.logNormalByMedian(median: 9, p90: 3)), "p90"),
    (LengthDistribution(.zipf(exponent: -1, low: 1, high: 3)), "exponent"),
    (LengthDistribution(.quantiles([QuantilePoint(p: 0, tokens: 1)])), "points"),
    (
      LengthDistribution(.quantiles([QuantilePoint(p: 0, tokens: 9), QuantilePoint(p: 1, tokens: 5)])),
      "points[1].tokens"
    ),
    (LengthDistribution(.sample(LengthSample(source: "f", tokens: []))), "file"),
    (LengthDistribution(.fixed(5), minimum: 9, maximum: 8), "maximum"),
    (LengthDistribution(.gamma(mean: 10, cv: 0.1), minimum: 1000, outside: .redraw), "outside"),
    (LengthDistribution(.zipf(exponent: 3, low: 1, high: 1000), minimum: 900, outside: .redraw), "outside"),
  ]) func `A wrong distribution names the key`(distribution: LengthDistribution, key: String) {
    #expect(distribution.problems().map(\.key) == [key])
  }
}
