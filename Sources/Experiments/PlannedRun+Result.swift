import Cluster
import Metrics
import Observing
import Report
import Scenario

extension PlannedRun {
  /// Makes one run, here and now.
  ///
  /// - Parameters:
  ///   - index: its place among the runs that write to `rows`.
  ///   - observer: shown what happens in it.
  ///   - stop: ends it when requested.
  /// - Throws: `CancellationError` when it was stopped; what else `Simulation.run` throws.
  func result(
    _ index: Int = 0, _ rows: RequestRowFile? = nil, _ observer: (any RunObserver)? = nil,
    _ progress: (any RunProgress)? = nil, _ stop: StopRequest = StopRequest()
  ) throws -> RunResult {
    let part = try rows?.part(
      run: index, policy: label, replication: replication, deployments: plan.deployments.map(\.name))
    let sink: (@Sendable (RequestOutcome) -> Void)? =
      switch (part, progress) {
      case (nil, nil): nil
      case (let part?, nil): { part.write($0) }
      case (nil, let progress?): { _ in progress.requestLeft() }
      case (let part?, let progress?):
        { outcome in
          part.write(outcome)
          progress.requestLeft()
        }
      }
    var result: RunResult?
    let elapsed = try ContinuousClock().measure {
      result = try Simulation.run(
        plan, provenance: provenance, policy: label, warnings: warnings, sink: sink, observer: observer,
        isCancelled: {
          progress?.goesOn()
          return stop.isRequested || Task.isCancelled
        })
    }
    guard var result else { throw CancellationError() }
    result.wallSeconds = elapsed / .seconds(1)
    result.variant = variant
    return result
  }
}
