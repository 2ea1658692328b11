import Experiments
import Report
import ResultsStore
import Scenario

extension Simulating {
  /// Makes runs of a sweep and says how many there were.
  ///
  /// - Parameter jobs: those that the store does not have.
  /// - Throws: a failure that says how many were made, when it was interrupted; what runs and the store throw.
  func made(_ sweep: Sweep, _ jobs: [Sweep.Job], _ store: ResultsStore) async throws -> SweepOutcome {
    let points = "\(Amount.count(sweep.scenarios.count)) point\(sweep.scenarios.count == 1 ? "" : "s")"
    if !running.quiet {
      context.console.error(
        "\(points), \(Amount.count(sweep.jobs.count)) runs, \(Amount.count(jobs.count)) to be made")
    }
    if jobs.isEmpty { return SweepOutcome() }
    let stop = context.stop()
    let line = context.console.errorIsTerminal && !running.quiet ? SweepLine(jobs.count, context.console) : nil
    let start = ContinuousClock.now
    defer { line?.clear() }
    let outcome = try await sweep.run(jobs, width: running.width, store: store, progress: line, stop: stop)
    line?.clear()
    if outcome.wasStopped {
      throw Failure(
        .interrupted,
        [
          "interrupted: \(outcome.finished) of \(outcome.total) runs were made and are in the store; the same command "
            + "makes the rest"
        ])
    }
    if !running.quiet {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let share = outcome.workerSeconds > 0 ? outcome.simulatingSeconds / outcome.workerSeconds : 0
      context.console.error(
        "made \(Amount.count(outcome.finished)) runs in \(Amount.time(seconds: seconds)), "
          + "\(Int((share * 100).rounded())) % of it within simulations")
    }
    return outcome
  }
}
