import Cluster
import Metrics
import Scenario
import SimCore
import Statistics
import Synchronization

/// Looks at the requests of single runs batch by batch as they leave, for intervals of their mean latencies.
public final class BatchedRuns: Sendable {
  /// Of one run, which one task at a time writes to.
  private final class Run: Sendable {
    let groups = Mutex<[RunGroup: [LatencyKind: BatchMeans]]>([:])
  }

  private let runs: [Run]
  private let batch: RunBatch

  public init(of batch: RunBatch) {
    self.batch = batch
    runs = batch.runs.map { _ in Run() }
  }

  /// Takes a request of a run; those that are not completed or came during the warm-up are left out, as in results.
  public func add(_ outcome: RequestOutcome, run: Int) {
    guard outcome.status == .completed, outcome.arrival >= batch.runs[run].run.plan.warmUpEnd else { return }
    let values: [(LatencyKind, Int64?)] = [
      (.ttft, outcome.timeToFirstToken?.picoseconds), (.tpot, outcome.timePerOutputToken?.picoseconds),
      (.e2el, outcome.endToEndLatency?.picoseconds), (.queue, outcome.queueTime?.picoseconds),
    ]
    runs[run].groups.withLock { groups in
      let group = RunGroup(outcome)
      for (kind, value) in values {
        if let value { groups[group, default: [:]][kind, default: BatchMeans()].add(value) }
      }
    }
  }

  /// What was seen of the runs of a study, for each of its alternatives that was run once.
  public func batches(of results: ResultSet, study: Int) -> [Alternative: [[LatencyKind: BatchMeans]]] {
    var found: [Alternative: [[LatencyKind: BatchMeans]]] = [:]
    for (planned, run) in zip(batch.runs, runs) where planned.study == study {
      let alternative = planned.run.alternative
      guard let column = results.columns.first(where: { $0.alternative == alternative }), column.runs.count == 1 else {
        continue
      }
      found[alternative] = run.groups.withLock { groups in
        results.sample.groups.map { groups[RunGroup($0)] ?? [:] }
      }
    }
    return found
  }
}
