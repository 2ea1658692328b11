import Metrics
import Report
import ResultsStore
import Scenario

extension Sweep {
  /// What a store has of the sweep.
  ///
  /// - Parameters:
  ///   - baseline: adds ratios to it, as `Alternatives.bases(named:)` understands it.
  ///   - withModelError: widens intervals by what the model was seen to be wrong by, where that is known.
  /// - Returns: for every point and policy that the store has in every replication, each deployment and class with its
  ///   figures; and how many it does not have.
  /// - Throws: `StoreError`; `RatioTable.UnknownBaseline`.
  public func results(
    in store: ResultsStore, baseline: String? = nil, withModelError: Bool = false, confidence: Double = 0.95
  ) throws -> (rows: [SweepRow], missing: Int) {
    var replications: [[Job]] = []
    for job in jobs {
      if let last = replications.last?.last, last.scenario == job.scenario, last.policy == job.policy {
        replications[replications.count - 1].append(job)
      } else {
        replications.append([job])
      }
    }
    let alternatives = Alternatives(
      replications.map {
        Alternative(policy: $0[0].run.policy, variant: scenarios[$0[0].scenario].variant)
      })
    let bases = baseline.map { alternatives.bases(named: $0) }
    if let baseline, let bases, bases.allSatisfy({ $0 == nil }) {
      throw RatioTable.UnknownBaseline(baseline, among: alternatives)
    }
    let figures = try store.figures(of: jobs.map(\.run))
    var rows: [SweepRow] = []
    var missing = 0
    for (index, jobs) in replications.enumerated() {
      let runs = jobs.compactMap { figures[$0.run] }
      guard runs.count == jobs.count, let first = runs.first else {
        missing += 1
        continue
      }
      let base = bases?[index].flatMap { $0 == index ? nil : $0 }
      let baseRuns = base.map { replications[$0].compactMap { figures[$0.run] } } ?? []
      for group in first.indices {
        let baseFigures = baseRuns.compactMap { run in
          run.first {
            $0.deployment == first[group].deployment && $0.requestClass == first[group].requestClass
          }
        }
        rows.append(
          SweepRow(
            alternatives.all[index], deployment: first[group].deployment, requestClass: first[group].requestClass,
            values: runs.map { $0[group].values },
            baseline: base.map { alternatives.labels[$0] },
            baselineValues: baseFigures.map(\.values), trust: (first[group].trust, baseFigures.first?.trust),
            withModelError: withModelError, confidence: confidence))
      }
    }
    return (rows, missing)
  }
}
