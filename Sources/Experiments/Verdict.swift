import Metrics
import Scenario
import Statistics

/// Whether one expectation holds for one alternative, and what was measured.
public struct Verdict: Sendable {
  /// What an expectation was held against.
  public enum Finding: Sendable {
    /// A figure: the mean over replications, with its interval where there are several.
    case figure(Summary)
    /// A ratio of two policies' figures, with its interval where there are several replications.
    case ratio(Double, Interval?)
    /// The scenario sent no requests of that class to that deployment.
    case noSuchRequests
    /// No request gave a value.
    case noValue
    /// A value is zero, so that there is no ratio.
    case noRatio
  }

  public var expectation: Expectation
  /// The deployment's name, where the scenario has several.
  public var deployment: String?
  /// The alternative it was held against, where the expectation is about several.
  public var policy: String?
  public var finding: Finding
  public var holds: Bool

  /// The verdicts on a scenario's expectations, in order; one per alternative where it is about several.
  public static func all(of scenario: ResolvedScenario, in results: ResultSet) -> [Verdict] {
    scenario.expectations.flatMap { verdicts(on: $0, scenario, results) }
  }

  private static func verdicts(
    on expectation: Expectation, _ scenario: ResolvedScenario, _ results: ResultSet
  ) -> [Verdict] {
    let deployment = expectation.deployment ?? 0
    let name = scenario.deployments.count > 1 ? scenario.deployments[deployment].name : nil
    func verdict(_ finding: Finding, _ holds: Bool = false, under policy: String? = nil) -> Verdict {
      Verdict(expectation: expectation, deployment: name, policy: policy, finding: finding, holds: holds)
    }
    let group = results.sample.groups.firstIndex {
      $0.deployment == Int32(deployment)
        && (expectation.requestClass == nil || $0.requestClass == expectation.requestClass)
    }
    guard let group, let key = MetricKey.named(expectation.metric) else { return [verdict(.noSuchRequests)] }
    let alternatives = results.alternatives
    switch expectation.subject {
    case .value(let name):
      // A name that no column has is the policy of the deployment itself, which governs every column.
      var columns = name.map { alternatives.indices(named: $0) } ?? []
      if columns.isEmpty { columns = Array(results.columns.indices) }
      return columns.map { column in
        let shown = columns.count > 1 ? results.columns[column].label : nil
        guard let summary = results.summary(key, of: column, group: group) else {
          return verdict(.noValue, under: shown)
        }
        return verdict(.figure(summary), expectation.allows(summary.mean), under: shown)
      }
    case .ratio(let first, let second):
      // A policy or a variant stands for several columns where both are compared.
      let columns = alternatives.indices(named: first)
      let bases = alternatives.bases(named: second)
      let verdicts = columns.map { column in
        let shown = columns.count > 1 ? results.columns[column].label : nil
        guard let base = bases[column],
          let comparison = results.comparison(key, of: column, baseline: base, group: group)
        else { return verdict(.noValue, under: shown) }
        guard let ratio = comparison.ratio else { return verdict(.noRatio, under: shown) }
        return verdict(.ratio(ratio, comparison.ratioInterval), expectation.allows(ratio), under: shown)
      }
      return verdicts.isEmpty ? [verdict(.noValue)] : verdicts
    }
  }
}

extension Expectation {
  /// Whether a value is within the bounds, which are not allowed themselves.
  public func allows(_ value: Double) -> Bool {
    if let below, !(value < below) { return false }
    if let above, !(value > above) { return false }
    return true
  }
}
