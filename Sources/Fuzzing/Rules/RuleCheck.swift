import Cluster
import Metrics
import Scenario
import Synchronization

/// The runs of a scenario held against rules of how changes of them change their results.
struct RuleCheck {
  var runs: [PlannedRun]
  /// The rows of a run.
  var rows: (Int) -> [RequestOutcome]
  var isCancelled: @Sendable () -> Bool

  /// Looks at the streams of all runs, and makes one of the runs anew under each rule: there is one for each policy,
  /// and which of them a case takes goes by chance.
  ///
  /// - Parameter chosen: any number.
  /// - Returns: the rules that said something of the case, and what did not hold.
  /// - Throws: `CancellationError` when it was stopped; what running throws.
  func outcome(chosen: Int) throws -> (applied: [String], problem: String?) {
    var applied: [String] = []
    let common = ArrivalRules.commonProblem(runs.map(\.plan), rows)
    if common.0 { applied.append(ArrivalRules.common) }
    if let problem = common.1 { return (applied, problem) }
    let index = chosen % runs.count
    let run = runs[index]
    let rate = try ArrivalRules.rateProblem(of: run.plan)
    if rate.applies { applied.append(ArrivalRules.rate) }
    if let problem = rate.problem { return (applied, problem) }
    for rule in RunRule.all {
      guard let base = try rule.base(run.plan), let plan = try rule.change(base) else { continue }
      let own = rule.isOwn ? rows(index) : try outcomes(of: base, run)
      let changed = try outcomes(of: plan, run)
      applied.append(rule.name)
      if let problem = rule.difference(base, own, changed: changed) {
        return (applied, "\(run.label): \(problem)")
      }
    }
    return (applied, nil)
  }

  private func outcomes(of plan: ClusterPlan, _ run: PlannedRun) throws -> [RequestOutcome] {
    let outcomes = Mutex<[RequestOutcome]>([])
    _ = try Simulation.run(
      plan, provenance: run.provenance, policy: run.label,
      sink: { outcome in outcomes.withLock { $0.append(outcome) } }, isCancelled: isCancelled)
    if isCancelled() { throw CancellationError() }
    return outcomes.withLock { $0 }
  }
}
