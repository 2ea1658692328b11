import Metrics
import Report
import Scenario
import SimCore
import Statistics
import Synchronization

/// Keeps when requests came and how long they waited, of the first replication of each alternative, for charts.
public final class PlottedRequests: Sendable {
  /// The most points kept of a run; of more requests every second, fourth, ... is kept.
  public static let most = 200_000

  private struct Kept {
    var points: [RunGroup: [RequestPoint]] = [:]
    var count = 0
    /// One request in so many is kept, by its number.
    var stride: Int64 = 1
    var numbers: [RunGroup: [Int64]] = [:]
  }

  private final class Run: Sendable {
    let kept = Mutex(Kept())
  }

  private let batch: RunBatch
  /// Those of first replications.
  private let runs: [Run?]

  public init(of batch: RunBatch) {
    self.batch = batch
    var seen: Set<String> = []
    runs = batch.runs.map { planned in
      seen.insert("\(planned.study)/\(planned.run.variant?.name ?? "")/\(planned.run.label)").inserted ? Run() : nil
    }
  }

  public func add(_ outcome: RequestOutcome, run: Int) {
    guard let run = runs[run], let wait = outcome.timeToFirstToken else { return }
    let point = RequestPoint(arrival: Float(outcome.arrival.seconds), wait: Float(wait.seconds))
    run.kept.withLock { kept in
      guard outcome.id % kept.stride == 0 else { return }
      let group = RunGroup(outcome)
      kept.points[group, default: []].append(point)
      kept.numbers[group, default: []].append(outcome.id)
      kept.count += 1
      if kept.count > Self.most { Self.halve(&kept) }
    }
  }

  private static func halve(_ kept: inout Kept) {
    kept.stride *= 2
    kept.count = 0
    for (group, numbers) in kept.numbers {
      let places = numbers.indices.filter { numbers[$0] % kept.stride == 0 }
      let points = kept.points[group] ?? []
      kept.points[group] = places.map { points[$0] }
      kept.numbers[group] = places.map { numbers[$0] }
      kept.count += places.count
    }
  }

  /// The points of a study's alternatives, for each group of its results, by arrival.
  public func points(of results: ResultSet, study: Int) -> [Alternative: [[RequestPoint]]] {
    var found: [Alternative: [[RequestPoint]]] = [:]
    for case (let planned, let run?) in zip(batch.runs, runs) where planned.study == study {
      let alternative = planned.run.alternative
      found[alternative] = run.kept.withLock { kept in
        results.sample.groups.map { group in
          (kept.points[RunGroup(group)] ?? []).sorted { ($0.arrival, $0.wait) < ($1.arrival, $1.wait) }
        }
      }
    }
    return found
  }
}
