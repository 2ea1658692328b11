import Assembly
import Cluster
import Metrics
import ResultsStore
import Scenario
import TextIO

/// Told how far a sweep is. It is called from within the runs, several at once.
public protocol SweepProgress: Sendable {
  /// A run has finished.
  func runFinished()
  /// A run goes on; called every few thousand events.
  func goesOn()
}

/// Part of a sweep that one of several machines makes.
public struct SweepShard: Sendable, Hashable {
  /// From 0.
  public var index: Int
  public var count: Int

  public static let whole = SweepShard(index: 0, count: 1)

  public init(index: Int, count: Int) {
    precondition(count > 0 && (0..<count).contains(index), "a shard is one of its number")
    self.index = index
    self.count = count
  }

  /// - Returns: nil for what is not `i/n` with i from 0 to n - 1.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count > 0, (0..<count).contains(index) else {
      return nil
    }
    self.init(index: index, count: count)
  }
}

/// The runs of a sweep: every point under every policy, in every replication.
///
/// Each is a job that depends on no other, known by the digest of its resolved scenario, its seed and its replication:
/// whatever the store has is not made again.
public struct Sweep: Sendable {
  /// One run.
  public struct Job: Sendable, Hashable {
    /// Index into the scenarios.
    public var scenario: Int
    /// Index into the scenario's policies; nil where every deployment has its own.
    public var policy: Int?
    public var replication: Int
    /// What the store knows it by.
    public var run: StoredPoint
  }

  /// The points, in every variant.
  public let scenarios: [ResolvedScenario]
  public let jobs: [Job]
  public let stepping: Stepping
  public let checksInvariants: Bool
  public let spillwayVersion: String

  /// - Parameter spillwayVersion: what results say they were made with; runs of other versions are made again.
  /// - Throws: `UnreadableFile` when a file that a point reads is gone.
  public init(
    _ study: Study, stepping: Stepping = .segment, checksInvariants: Bool = false, spillwayVersion: String
  ) throws(UnreadableFile) {
    scenarios = study.scenarios
    self.stepping = stepping
    self.checksInvariants = checksInvariants
    self.spillwayVersion = spillwayVersion
    let inputs = InputDigests()
    var jobs: [Job] = []
    for (index, scenario) in scenarios.enumerated() {
      let policies: [Int?] = scenario.policies.isEmpty ? [nil] : Array(scenario.policies.indices)
      for (policy, label) in zip(policies, scenario.labels) {
        let digest = try scenario.pointDigest(policy: policy, version: spillwayVersion, inputs: inputs)
        for replication in 0..<scenario.replications {
          let run = StoredPoint(digest: digest, policy: label, seed: scenario.seed, replication: replication)
          jobs.append(Job(scenario: index, policy: policy, replication: replication, run: run))
        }
      }
    }
    self.jobs = jobs
  }

  /// The jobs of a shard that a store does not have yet. Runs of a point stay together.
  ///
  /// - Throws: `StoreError`.
  public func missing(from store: ResultsStore, shard: SweepShard = .whole) throws -> [Job] {
    let known = try store.points()
    return jobs.filter { $0.scenario % shard.count == shard.index && !known.contains($0.run) }
  }
}

/// What became of the jobs of a sweep.
public struct SweepOutcome: Sendable {
  /// How many finished, and are in the store.
  public var finished = 0
  /// How many were asked for.
  public var total = 0
  /// Whether it was stopped before all were made.
  public var wasStopped = false
  /// Points that cannot be run, each with the reason.
  public var problems: [String] = []
  /// Seconds of real time within simulations, all workers together.
  public var simulatingSeconds = 0.0
  /// Seconds of real time that the workers had, all together.
  public var workerSeconds = 0.0

  public init() {}
}
