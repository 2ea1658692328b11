import Cluster
import Foundation
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

/// How often the intervals of results cover what they should: `make coverage`, which writes `Results/coverage.md`.
///
/// A thousand experiments of twenty replications, each a run of 400 requests that starts empty; the truth is the mean
/// of 100,000 other replications. The engine serves one request at a time, so that theory knows the mean wait. Every
/// test run does a small part of it on a queue without an engine (`ReplicationIntervalTests`).
struct CoverageTests {
  static let variable = "SPILLWAY_COVERAGE"
  private static var path: String? { ProcessInfo.processInfo.environment[variable] }
  /// How many experiments, and how many replications the truth is made of; less with `SPILLWAY_COVERAGE_SHARE`.
  private static let share =
    ProcessInfo.processInfo.environment["SPILLWAY_COVERAGE_SHARE"].flatMap(Double.init).map { min(max($0, 0.001), 1) }
    ?? 1
  private static var experiments: Int { Int(1_000 * share) }
  private static var truths: Int { Int(100_000 * share) }

  private static let requests = 400
  private static let load = 0.74
  private static let token = SimDuration.microseconds(50)

  /// A queue: how long answers are, and what theory expects of the mean wait in milliseconds.
  private struct Queue: Sendable {
    var name: String
    var lengths: LengthDistribution
    var tokens: Double
    var expectedWait: Double
  }

  private static let queues = [
    Queue(
      name: "M/D/1", lengths: .fixed(200), tokens: 200,
      expectedWait: 10 * Spitzer.meanWait(customers: requests, load: load, step: Spitzer.constantService)),
    Queue(
      name: "M/M/1", lengths: LengthDistribution(.gamma(mean: 200, cv: 1), maximum: 20_000), tokens: 200,
      expectedWait: 10 * Spitzer.meanWait(customers: requests, load: load, step: Spitzer.exponentialService)),
  ]

  /// What is looked at in a run: the mean wait, the 99th percentile of the time to the first token, and the mean wait
  /// over that of the same requests at 5 % more speed.
  private struct Figures: Sendable {
    var wait = 0.0
    var p99 = 0.0
    var ratio = 0.0
  }

  @Test(.enabled(if: path != nil, "see 'make coverage'"))
  func intervalsCover() async throws {
    let path = try #require(Self.path)
    var lines = [String]()
    for queue in Self.queues {
      let truth = await Self.figures(queue, seeds: 1_000_000..<1_000_000 + UInt64(Self.truths / 20))
      let wait = Sample.mean(truth.joined().map(\.wait))
      let precision = (Sample.variance(truth.joined().map(\.wait)) / Double(Self.truths)).squareRoot()
      // Lengths are whole tokens: 0.5 % off a continuous service.
      #expect(abs(wait / queue.expectedWait - 1) < 0.005 + 4 * precision / wait, "\(queue.name): \(wait)")
      lines.append(
        "| \(queue.name) | mean wait by theory \(text(queue.expectedWait, 2)) ms, of \(Self.truths) replications "
          + "\(text(wait, 2)) ± \(text(1.96 * precision, 2)) ms | | | | | |")
      let samples = await Self.figures(queue, seeds: 0..<UInt64(Self.experiments))
      let logarithm = Sample.mean(truth.joined().map { log($0.ratio) })
      for count in [5, 10, 20] {
        let cases: [(name: String, truth: Double, values: (Figures) -> Double)] = [
          ("mean wait", wait, \.wait), ("p99 TTFT", Sample.mean(truth.joined().map(\.p99)), \.p99),
          ("ratio of mean waits", exp(logarithm), \.ratio),
        ]
        for (name, truth, value) in cases {
          let isRatio = name.hasPrefix("ratio")
          let values = samples.map { $0.prefix(count).map(value) }
          let ours = Coverage(
            values.compactMap {
              isRatio
                ? PairedComparison.ratio($0, baseline: $0.map { _ in 1 }) : Interval.ofReplications($0)
            }, of: truth)
          let student = Coverage(
            isRatio
              ? values.compactMap { Interval.ofMean($0.map { log($0) }) }
              : values.compactMap { Interval.ofMean($0) }, of: isRatio ? log(truth) : truth)
          lines.append(
            "| \(queue.name) | \(name) | \(count) | \(ours.text) | \(text(100 * ours.tooHigh, 1)) | "
              + "\(text(100 * ours.tooLow, 1)) | \(student.text) |")
          // The issue's figure, and three standard deviations of a thousand experiments beyond it.
          let slack = 0.02 + 3 * (0.95 * 0.05 / Double(Self.experiments)).squareRoot()
          #expect(abs(ours.share - 0.95) < slack, "\(queue.name), \(name), \(count): \(ours.text)")
        }
      }
    }
    try report(lines).write(toFile: path, atomically: true, encoding: .utf8)
  }

  /// The figures of twenty replications for each seed.
  private static func figures(_ queue: Queue, seeds: Range<UInt64>) async -> [[Figures]] {
    await withTaskGroup(of: (Int, [Figures]).self) { group in
      var results = [[Figures]](repeating: [], count: seeds.count)
      var next = 0
      func start() {
        guard next < seeds.count else { return }
        let index = next
        next += 1
        group.addTask {
          let figures = (0..<20).map { replication in
            run(queue, seed: seeds.lowerBound + UInt64(index), replication: replication)
          }
          return (index, figures)
        }
      }
      for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { start() }
      while let (index, figures) = await group.next() {
        results[index] = figures
        start()
      }
      return results
    }
  }

  private static func run(_ queue: Queue, seed: UInt64, replication: Int) -> Figures {
    func result(_ token: SimDuration) -> GroupView {
      let limits = EngineLimits(
        maxBatchedTokens: 9, maxSequences: 1, blockSize: 16, kvBlocks: 1_000_000, maxModelLength: 1_000_000, layers: 1)
      let deployment = DeploymentPlan(
        name: "queue", model: "toy", replicas: [ReplicaPlan(gpus: [0])], policy: PolicyChoice(VLLMv1Policy.self),
        limits: limits, cost: BoundStepCost(perStep: token, maxBatchedTokens: 9, maxSequences: 1),
        blockBytesPerGPU: 1, fragmentBytes: 1)
      let rate = load / (queue.tokens * Self.token.seconds)
      let stream = StreamPlan(
        stream: WorkloadStream(
          name: "s", arrivals: .poisson(rate: rate),
          components: [
            WorkloadComponent(requestClass: .online, lengths: .independent(prompt: .fixed(1), output: queue.lengths))
          ], requestLimit: requests), deployment: 0)
      let plan = ClusterPlan(
        servers: [ToyServer(gpus: 1, fabric: .none).spec], deployments: [deployment], streams: [stream], seed: seed,
        replication: replication)
      guard let run = try? Simulation.run(plan, provenance: RandomPlan.provenance, policy: "queue") else {
        preconditionFailure("a run without a policy that can err")
      }
      return GroupView(run, group: 0)
    }
    func figure(_ name: String, _ view: GroupView) -> Double { MetricKey.named(name)?.value(in: view) ?? .nan }
    let view = result(token)
    let wait = figure("mean_queue_ms", view)
    let faster = figure("mean_queue_ms", result(SimDuration(picoseconds: token.picoseconds * 95 / 100)))
    return Figures(wait: wait, p99: figure("p99_ttft_ms", view), ratio: wait / faster)
  }

  private func report(_ rows: [String]) -> String {
    """
    # How often intervals cover

    Made by `make coverage`. Each of \(Self.experiments) experiments has 5, 10 or 20 replications: runs of \
    \(Self.requests) requests that start empty, at \(Self.load) load, one request served at a time. The truth is the \
    expectation of such a run: the mean of \(Self.truths) other replications, which for the mean wait agrees with \
    Spitzer's formula. A 95 % interval should cover it in 95 % of the experiments; the standard error of a share is \
    \(text(100 * (0.95 * 0.05 / Double(Self.experiments)).squareRoot(), 1)) points.

    "Too high" and "too low" say on which side of the truth the interval lay when it did not cover it. The ratio is of \
    mean waits on the same requests at full speed and at 5 % more; its truth is the geometric mean, its interval \
    that of the logarithms.

    | Queue | Figure | Replications | Covers | Too high | Too low | Student's t covers |
    | --- | --- | --- | --- | --- | --- | --- |
    \(rows.joined(separator: "\n"))

    """
  }
}

private func text(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }

/// How intervals lie to a value.
private struct Coverage {
  var share: Double
  var tooHigh: Double
  var tooLow: Double

  init(_ intervals: [Interval], of truth: Double) {
    let count = Double(intervals.count)
    tooHigh = Double(intervals.count { $0.lower > truth }) / count
    tooLow = Double(intervals.count { $0.upper < truth }) / count
    share = 1 - tooHigh - tooLow
  }

  var text: String { String(format: "%.1f %%", 100 * share) }
}

/// Waits of the first customers of a queue that starts empty, in mean service times (Spitzer, Transactions of the
/// American Mathematical Society 82, 1956): the nth expects the sum over k < n of E[S+]/k, where S is the random walk
/// of service less interarrival time after k steps.
private enum Spitzer {
  /// The mean over the first customers of an M/G/1 queue.
  ///
  /// - Parameter step: E[S+] after k steps at a load.
  static func meanWait(customers: Int, load: Double, step: (_ k: Int, _ load: Double) -> Double) -> Double {
    var (wait, sum) = (0.0, 0.0)
    for k in 1..<customers {
      wait += step(k, load) / Double(k)
      sum += wait
    }
    return sum / Double(customers)
  }

  /// Of k arrivals and k services in a race, i services are done at the last arrival with a negative binomial chance;
  /// k − i are left, one unit of time each.
  static func exponentialService(_ k: Int, _ load: Double) -> Double {
    let (p, q) = (load / (1 + load), 1 / (1 + load))
    var chance = pow(p, Double(k))
    var left = 0.0
    for i in 0..<k {
      left += chance * Double(k - i)
      chance *= q * Double(k + i) / Double(i + 1)
    }
    return left
  }

  /// k services take k; the k arrivals come within time t when a Poisson variable of mean `load` t is at least k. With
  /// N of mean m = `load` k: E[(k − G)+] = k P(N ≥ k) − (k / load) P(N ≥ k + 1).
  static func constantService(_ k: Int, _ load: Double) -> Double {
    let mean = load * Double(k)
    var term = exp(-mean)
    var below = 0.0
    for n in 0..<k {
      below += term
      term *= mean / Double(n + 1)
    }
    return Double(k) * (1 - below) - Double(k) / load * (1 - below - term)
  }
}
