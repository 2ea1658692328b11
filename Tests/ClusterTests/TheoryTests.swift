import Cluster
import Hardware
import Metrics
import Replica
import Scheduling
import SimCore
import Statistics
import StepTime
import Synchronization
import TestSupport
import Testing
import Workload

/// The whole stack with an engine so simple that queueing theory knows the answer.
///
/// A prompt has one token, so that a request of N output tokens takes N iterations; iterations take a fixed time, or a
/// fixed time per sequence. Every expectation is a closed formula; the simulated mean is asked to cover it with the 99
/// % Student-t interval of twenty replications. Seeds are fixed, so a test that passes passes always.
struct TheoryTests {
  /// One token is 50 us of service throughout; 200 of them, the mean request, are 10 ms.
  private static let meanTokens = 200
  private static let token = SimDuration.microseconds(50)

  /// Service times in tokens and their first two moments.
  private struct Service {
    var lengths: LengthDistribution
    var mean: Double
    var meanSquare: Double

    static func constant(_ tokens: Int) -> Service {
      Service(lengths: .fixed(tokens), mean: Double(tokens), meanSquare: Double(tokens * tokens))
    }

    /// Exponential, rounded to whole tokens and at least one, as drawn; the moments are those of the rounded values.
    static func exponential(_ mean: Double) -> Service {
      func tail(_ x: Double) -> Double { exponentialTail(x / mean) }
      var first = 1 - tail(1.5)
      var second = first
      for tokens in 2...Int(40 * mean) {
        let n = Double(tokens)
        let p = tail(n - 0.5) - tail(n + 0.5)
        first += n * p
        second += n * n * p
      }
      return Service(
        lengths: LengthDistribution(.gamma(mean: mean, cv: 1), maximum: Int(40 * mean)), mean: first,
        meanSquare: second)
    }

    /// Short ones and long ones, half each.
    static func mixed(_ short: Int, _ long: Int) -> Service {
      Service(
        lengths: LengthDistribution(.sample(LengthSample(source: "two", tokens: [Int32(short), Int32(long)]))),
        mean: Double(short + long) / 2, meanSquare: Double(short * short + long * long) / 2)
    }

    /// Mean service time in seconds.
    var seconds: Double { mean * token.seconds }
    var squareSeconds: Double { meanSquare * token.seconds * token.seconds }
  }

  /// e^-x by its continued halving and Taylor series, so that the expectation rests on no library under test.
  private static func exponentialTail(_ x: Double) -> Double {
    var y = -x
    var halvings = 0
    while y < -0.01 {
      y /= 2
      halvings += 1
    }
    var result = 1 + y * (1 + y / 2 * (1 + y / 3 * (1 + y / 4 * (1 + y / 5))))
    for _ in 0..<halvings { result *= result }
    return result
  }

  /// One engine and one or two Poisson streams.
  private struct Queue {
    var service: Service
    /// Arrivals per second; with two, the first is more urgent.
    var rates: [Double]
    var servers = 1
    /// Whether an iteration's time is shared by its sequences, or the same for any number of them.
    var shared = false
    var requests = 2_500
    var parameters: [String: ParameterValue] = [:]

    /// The outcomes of one replication, in order of arrival, without its start and its end.
    func outcomes(_ replication: Int) throws -> [RequestOutcome] {
      let cost =
        shared
        ? BoundStepCost(perStep: .zero, perSequence: token, maxBatchedTokens: servers + 8, maxSequences: servers)
        : BoundStepCost(perStep: token, maxBatchedTokens: servers + 8, maxSequences: servers)
      let limits = EngineLimits(
        maxBatchedTokens: servers + 8, maxSequences: servers, blockSize: 16, kvBlocks: 1_000_000,
        maxModelLength: 1_000_000, layers: 1)
      let deployment = DeploymentPlan(
        name: "queue", model: "toy", replicas: [ReplicaPlan(gpus: [0])],
        policy: PolicyChoice(VLLMv1Policy.self, parameters), limits: limits, cost: cost, blockBytesPerGPU: 1,
        fragmentBytes: 1)
      let total = rates.reduce(0, +)
      let streams = rates.enumerated().map { index, rate in
        let component = WorkloadComponent(
          requestClass: .online, priority: Int32(index),
          lengths: .independent(prompt: .fixed(1), output: service.lengths))
        return StreamPlan(
          stream: WorkloadStream(
            name: "s\(index)", arrivals: .poisson(rate: rate), components: [component],
            durationLimit: .seconds(Double(requests) / total)),
          deployment: 0)
      }
      let rows = Mutex<[RequestOutcome]>([])
      _ = try Simulation.run(
        ClusterPlan(
          servers: [ToyServer(gpus: 1, fabric: .none).spec], deployments: [deployment], streams: streams, seed: 77,
          replication: replication),
        provenance: RandomPlan.provenance, policy: "theory", sink: { row in rows.withLock { $0.append(row) } })
      let sorted = rows.withLock { $0 }.sorted { $0.id < $1.id }
      return Array(sorted[sorted.count / 5..<sorted.count * 19 / 20])
    }

    /// The 99 % intervals of the means of what `measures` takes from each request.
    func intervals(_ measures: [(RequestOutcome) -> Double?]) throws -> [Interval] {
      var means = [[Double]](repeating: [], count: measures.count)
      for replication in 0..<20 {
        let outcomes = try outcomes(replication)
        for (index, measure) in measures.enumerated() {
          means[index].append(Sample.mean(outcomes.compactMap(measure)))
        }
      }
      return means.map { Interval.ofMean($0, confidence: 0.99)! }
    }
  }

  private static let wait: @Sendable (RequestOutcome) -> Double? = { (row: RequestOutcome) in row.queueTime?.seconds }
  private static let stay: @Sendable (RequestOutcome) -> Double? = { (row: RequestOutcome) in
    row.endToEndLatency?.seconds
  }

  private func expect(
    _ interval: Interval, covers value: Double, _ what: String, within precision: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      interval.contains(value), "\(what): \(value) is not in \(interval.lower) ... \(interval.upper)",
      sourceLocation: sourceLocation)
    // An interval as wide as a barn door would prove nothing.
    #expect(
      interval.halfWidth < precision * value, "\(what): \(interval.halfWidth) is too wide for \(value)",
      sourceLocation: sourceLocation)
  }

  /// Pollaczek and Khinchine: W = lambda E[S^2] / 2 (1 - rho). An arrival at an idle engine starts at once, and one at
  /// a busy engine when the request before it ends, so whole iterations cost nothing here.
  @Test("M/D/1, M/M/1 and M/G/1 waits are Pollaczek and Khinchine's", arguments: [0, 1, 2])
  func singleServer(kind: Int) throws {
    let service = [Service.constant(Self.meanTokens), .exponential(Double(Self.meanTokens)), .mixed(40, 360)][kind]
    let queue = Queue(service: service, rates: [65])
    let rho = 65 * service.seconds
    let measured = try queue.intervals([Self.wait, Self.stay, { $0.queueTime == .zero ? 1 : 0 }])
    let expected = 65 * service.squareSeconds / (2 * (1 - rho))
    expect(measured[0], covers: expected, "wait", within: 0.12)
    expect(measured[1], covers: expected + service.seconds, "stay", within: 0.08)
    expect(measured[2], covers: 1 - rho, "share that does not wait", within: 0.07)
  }

  /// Cobham: with R = lambda E[S^2] / 2, the urgent wait R / (1 - rho1), the others R / ((1 - rho1)(1 - rho)).
  @Test("two priorities wait as Cobham says")
  func priorities() throws {
    let service = Service.constant(Self.meanTokens)
    let queue = Queue(service: service, rates: [30, 35], parameters: ["order": .choice("priority")])
    let residual = 65 * service.squareSeconds / 2
    let urgent = 30 * service.seconds
    let rho = 65 * service.seconds
    let measured = try queue.intervals([
      { $0.stream == 0 ? $0.queueTime?.seconds : nil }, { $0.stream == 1 ? $0.queueTime?.seconds : nil },
    ])
    expect(measured[0], covers: residual / (1 - urgent), "urgent", within: 0.07)
    expect(measured[1], covers: residual / ((1 - urgent) * (1 - rho)), "others", within: 0.15)
  }

  /// Iterations take the same time for any number of sequences, so each sequence is a server of its own. A request that
  /// finds a free one waits for the end of the iteration under way, half of one on average, unless the engine is idle.
  @Test("M/M/c waits are Erlang's", arguments: [2, 4])
  func manyServers(servers: Int) throws {
    let service = Service.exponential(Double(Self.meanTokens))
    let rate = 75 * Double(servers)
    let queue = Queue(service: service, rates: [rate], servers: servers, requests: 5_000)
    let load = rate * service.seconds
    // Erlang B by its recursion, then Erlang C.
    var blocked = 1.0
    for count in 1...servers { blocked = load * blocked / (Double(count) + load * blocked) }
    let utilisation = load / Double(servers)
    let delayed = blocked / (1 - utilisation * (1 - blocked))
    let wait = delayed * service.seconds / (Double(servers) * (1 - utilisation))
    let measured = try queue.intervals([Self.wait])
    expect(measured[0], covers: wait + 0.5 * Self.token.seconds, "wait", within: 0.15)
  }

  /// An iteration of n sequences takes n times as long, so each gets a 1/n share: the mean stay is E[S] / (1 - rho),
  /// whatever the distribution of S; iterations blur it by a two-hundredth.
  @Test("processor sharing: the mean stay depends on the mean service alone", arguments: [0, 1, 2])
  func processorSharing(kind: Int) throws {
    let service = [Service.constant(Self.meanTokens), .exponential(Double(Self.meanTokens)), .mixed(40, 360)][kind]
    let queue = Queue(service: service, rates: [60], servers: 120, shared: true)
    let measured = try queue.intervals([Self.stay])
    expect(measured[0], covers: service.seconds / (1 - 60 * service.seconds), "stay", within: 0.06)
  }

  /// Under processor sharing a request of x stays x / (1 - rho) on average: slowdown is the same for short and long.
  @Test("processor sharing slows short and long requests alike")
  func fairSlowdown() throws {
    let service = Service.mixed(40, 360)
    let queue = Queue(service: service, rates: [60], servers: 120, shared: true)
    func stretch(_ tokens: Int32) -> (RequestOutcome) -> Double? {
      { row in row.outputTokens == tokens ? row.endToEndLatency!.seconds / (Double(tokens) * Self.token.seconds) : nil }
    }
    let measured = try queue.intervals([stretch(40), stretch(360)])
    expect(measured[0], covers: 1 / (1 - 60 * service.seconds), "short", within: 0.08)
    expect(measured[1], covers: 1 / (1 - 60 * service.seconds), "long", within: 0.06)
  }
}

/// The laws that every run is held to at its end notice what is wrong.
struct LawTests {
  private func collector() -> RunCollector {
    var collector = RunCollector(
      groups: [GroupCollector(deployment: 0, requestClass: .online)], warmUpEnd: .zero, sink: nil)
    for id in Int64(0)..<3 {
      collector.record(
        RequestOutcome(
          id: id, stream: 0, deployment: 0, replica: 0, requestClass: .online, tenant: 0,
          status: id == 2 ? .unfinished : .completed, arrival: SimTime(picoseconds: id * 10),
          scheduled: SimTime(picoseconds: id * 10), firstToken: SimTime(picoseconds: 40),
          finished: id == 2 ? .never : SimTime(picoseconds: 50), promptTokens: 1, outputTokens: 2, generatedTokens: 2),
        group: 0)
    }
    return collector
  }

  /// Stays of 50, 40 and, to the end at 100, 80.
  @Test("Little's law holds for the right integral and for no other")
  func littlesLaw() {
    let end = SimTime(picoseconds: 100)
    #expect(collector().checkLittlesLaw(requestTime: 170, until: end) == nil)
    for wrong in [0, 169, 171, 340] as [Int128] {
      #expect(collector().checkLittlesLaw(requestTime: wrong, until: end)?.description.contains("\(wrong)") == true)
    }
    #expect(collector().checkLittlesLaw(requestTime: 170, until: SimTime(picoseconds: 101)) != nil)
  }

  @Test("a request lost or made up is noticed")
  func conservation() {
    #expect(collector().checkConservation(injected: 3) == nil)
    #expect(collector().checkConservation(injected: 2) != nil)
    #expect(collector().checkConservation(injected: 4) != nil)
  }
}
