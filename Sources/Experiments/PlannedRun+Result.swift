import Cluster
import Metrics
import Observing
import Scenario

extension PlannedRun {
  /// Makes the run, here and now.
  ///
  /// - Parameters:
  ///   - sink: called with every request as it leaves.
  ///   - observer: shown what happens in it.
  ///   - isCancelled: asked every few thousand events.
  /// - Throws: `CancellationError` when it was stopped; what else `Simulation.run` throws.
  func result(
    sink: (@Sendable (RequestOutcome) -> Void)? = nil, observer: (any RunObserver)? = nil,
    isCancelled: @escaping @Sendable () -> Bool
  ) throws -> RunResult {
    var result: RunResult?
    let elapsed = try ContinuousClock().measure {
      result = try Simulation.run(
        plan, provenance: provenance, policy: label, warnings: warnings, sink: sink, observer: observer,
        isCancelled: isCancelled)
    }
    guard var result else { throw CancellationError() }
    result.wallSeconds = elapsed / .seconds(1)
    result.variant = variant
    return result
  }
}
