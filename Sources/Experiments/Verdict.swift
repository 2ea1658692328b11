import Metrics
import Scenario
import Statistics

/// Whether one expectation holds for one policy, and what was measured.
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
  /// The policy it was held against, where the expectation names none and there are several.
  public var policy: String?
  public var finding: Finding
  public var holds: Bool

  /// The verdicts on a scenario's expectations, in order; one per policy where an expectation names none.
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
    switch expectation.subject {
    case .value(let label):
      // A label that no column has is the policy of the deployment itself, which governs every column.
      var columns = results.policies.indices.filter { results.policies[$0].policy == label }
      if columns.isEmpty { columns = Array(results.policies.indices) }
      return columns.map { column in
        let shown = label == nil && results.policies.count > 1 ? results.policies[column].policy : nil
        guard let summary = results.summary(key, policy: column, group: group) else {
          return verdict(.noValue, under: shown)
        }
        return verdict(.figure(summary), expectation.allows(summary.mean), under: shown)
      }
    case .ratio(let first, let second):
      guard let a = column(first, results), let b = column(second, results),
        let comparison = results.comparison(key, policy: a, baseline: b, group: group)
      else { return [verdict(.noValue)] }
      guard let ratio = comparison.ratio else { return [verdict(.noRatio)] }
      return [verdict(.ratio(ratio, comparison.ratioInterval), expectation.allows(ratio))]
    }
  }

  private static func column(_ label: String, _ results: ResultSet) -> Int? {
    results.policies.firstIndex { $0.policy == label }
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
