import Cluster
import Metrics
import Observing
import Report
import Scenario

/// The wish for a timeline: a file that one run is written to as it happens.
public struct TimelineRequest: Sendable {
  /// Why a batch has no timeline: a file tells of one run.
  public struct SeveralRuns: Error, Sendable, Equatable {
    public var policies: [String]
    /// Empty for a scenario without variants.
    public var variants: [String]
    public var replications: Int
  }

  private let path: String
  private let limit: Int

  /// - Parameter limit: the most bytes of it, before gzip.
  /// - Throws: `SeveralRuns`; `OutputError` when nothing can be written to `path`.
  public init(path: String, limit: Int = TimelineWriter.usualLimit, of batch: RunBatch) throws {
    if batch.runs.count != 1 {
      var policies: [String] = []
      var variants: [String] = []
      for run in batch.runs.map(\.run) {
        if !policies.contains(run.label) { policies.append(run.label) }
        if let variant = run.variant?.name, !variants.contains(variant) { variants.append(variant) }
      }
      throw SeveralRuns(
        policies: policies, variants: variants,
        replications: batch.runs.count / max(1, policies.count * max(1, variants.count)))
    }
    try OutputPlace.check(path)
    self.path = path
    self.limit = limit
  }

  /// What writes the timeline of a run; the file is in its place when the run is over.
  ///
  /// - Throws: `OutputError`.
  public func observer(of run: PlannedRun) throws -> any RunObserver {
    try TimelineWriter(
      path: path, provenance: run.provenance, policy: run.label, seed: run.plan.seed, replication: run.replication,
      warmUpEnd: run.plan.warmUpEnd, limit: limit)
  }
}
