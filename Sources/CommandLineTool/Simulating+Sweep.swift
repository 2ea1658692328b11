import Experiments
import Report
import ResultsStore
import Scenario

extension Simulating {
  /// A file's sweep, with every choice of `best_over` made.
  func sweep(of path: String, overrides: ScenarioOverrides) async throws -> (study: Study, sweep: Sweep) {
    let points = try ScenarioLoading.sweep(path, overrides: overrides, context: context, quiet: running.quiet)
    let study = try await chosen([points])[0]
    let sweep = try Sweep(
      study, stepping: running.stepping, checksInvariants: running.checkInvariants,
      spillwayVersion: SpillwayCommand.version)
    return (study, sweep)
  }

  /// What a store holds of a sweep once its runs were made.
  struct SweepResults {
    var rows: [SweepRow]
    /// Points that the store does not have, each counted under each policy.
    var missing: Int
    /// What went wrong in single runs.
    var problems: [String]
  }

  /// Makes the runs of a sweep that a store lacks, and reads all of them.
  ///
  /// - Parameters:
  ///   - shard: the points that are made; rows are of every point in the store.
  ///   - baseline: a policy, or a point, to which figures are put in ratio.
  ///   - modelError: whether the engines' errors must be known.
  func results(
    of sweep: Sweep, storePath: String, shard: SweepShard = .whole, baseline: String? = nil,
    modelError: ModelErrorOption
  ) async throws -> SweepResults {
    let store = try Self.openStore(storePath, context)
    let jobs = try sweep.missing(from: store, shard: shard)
    if modelError.withModelError { try modelError.check(try sweep.trust(of: jobs)) }
    let outcome = try await made(sweep, jobs, store)
    let results = try sweep.results(in: store, baseline: baseline, withModelError: modelError.withModelError)
    try modelError.check(results.rows.map { (name: $0.deployment, trust: $0.trust) })
    return SweepResults(rows: results.rows, missing: results.missing, problems: outcome.problems)
  }

  /// Makes runs of a sweep and says how many there were.
  ///
  /// - Parameter jobs: those that the store does not have.
  /// - Throws: a failure that says how many were made, when it was interrupted; what runs and the store throw.
  private func made(_ sweep: Sweep, _ jobs: [Sweep.Job], _ store: ResultsStore) async throws -> SweepOutcome {
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
