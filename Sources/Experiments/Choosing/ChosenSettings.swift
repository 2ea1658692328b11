import Configuration
import Metrics
import Scenario
import SimCore
import Statistics

/// Settings that are chosen before they are compared: `best_over` in a scenario's policies.
///
/// Every candidate is run on requests that the comparison does not see. The one with the best figure, on average over
/// replications, takes its policy's place; of equals the first. Whoever reads the result is told what was tried, and
/// what each came to.
public enum ChosenSettings {
  /// The studies with every choice made.
  ///
  /// - Parameter run: makes the runs of studies, each with the replications that it asks for.
  /// - Throws: what running throws; `ResultSet.Mismatch`.
  public static func chosen(
    in studies: [Study], run: ([Study]) async throws -> [[RunResult]]
  ) async throws -> [Study] {
    var trials: [(study: Int, scenario: Int, policy: Int, rule: PolicyChoiceRule)] = []
    for (study, entry) in studies.enumerated() {
      for (scenario, resolved) in entry.scenarios.enumerated() {
        for (policy, one) in resolved.policies.enumerated() {
          if let rule = one.choice { trials.append((study, scenario, policy, rule)) }
        }
      }
    }
    if trials.isEmpty { return studies }
    let runs = trials.flatMap { trial in
      trial.rule.seeds.map { seed in
        Study([studies[trial.study].scenarios[trial.scenario].trial(of: trial.rule, seed: seed)])
      }
    }
    var results = try await run(runs)[...]
    var studies = studies
    for trial in trials {
      let figures = try results.prefix(trial.rule.seeds.count).map { try Self.figures(of: trial.rule, $0) }
      results = results.dropFirst(figures.count)
      studies[trial.study].scenarios[trial.scenario].choose(
        trial.rule, forPolicy: trial.policy, figures: means(figures))
    }
    return studies
  }

  /// Each candidate's mean over the seeds that have its figure; nil where none has.
  private static func means(_ figures: [[Double?]]) -> [Double?] {
    (figures.first ?? []).indices.map { candidate in
      let known = figures.compactMap { $0[candidate] }
      return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
  }

  /// What each candidate came to; nil where it has no such figure.
  private static func figures(of rule: PolicyChoiceRule, _ runs: [RunResult]) throws -> [Double?] {
    let results = try ResultSet(runs)
    guard let key = MetricKey.named(rule.metric) else { return rule.candidates.map { _ in nil } }
    let sample = results.sample
    let group = sample.groups.indices.first { index in
      let group = sample.groups[index]
      let deployment = sample.deployments[Int(group.deployment)]
      return group.requestClass == rule.requestClass && group.injected > 0
        && (rule.deployment.map { $0 == deployment.name } ?? (deployment.fixedPolicy == nil))
    }
    guard let group else { return rule.candidates.map { _ in nil } }
    return results.columns.indices.map { results.summary(key, of: $0, group: group)?.mean }
  }
}

extension ResolvedScenario {
  /// The scenario with a policy's candidates as its policies, and requests of its own.
  fileprivate func trial(of rule: PolicyChoiceRule, seed: UInt64) -> ResolvedScenario {
    var trial = self
    trial.seed = seed
    trial.replications = rule.replications
    trial.expectations = []
    trial.policies = rule.candidates.enumerated().map { number, candidate in
      var policy = candidate.policy
      policy.label = "\(number)"
      return policy
    }
    return trial
  }

  /// Puts the best candidate in the policy's place.
  fileprivate mutating func choose(_ rule: PolicyChoiceRule, forPolicy index: Int, figures: [Double?]) {
    let prefersLess = MetricKey.named(rule.metric)?.preference == .lower
    var best = 0
    for (candidate, figure) in figures.enumerated() {
      guard let figure else { continue }
      guard let leader = figures[best] else {
        best = candidate
        continue
      }
      if prefersLess ? figure < leader : figure > leader { best = candidate }
    }
    let label = policies[index].label
    policies[index] = rule.candidates[best].policy
    policies[index].label = label
    policies[index].chosenSettings = rule.candidates[best].settings
    let tried = zip(rule.candidates, figures).map { candidate, figure in
      "\(candidate.settings): \(figure.map { Quantity.plain(($0 * 1000).rounded() / 1000) } ?? "none")"
    }
    policies[index].note =
      "\(label) has \(rule.candidates[best].settings), the best of \(tried.count) by \(rule.metric) of "
      + "\(rule.requestClass.rawValue) requests \(rule.runsInWords) "
      + "(\(tried.joined(separator: "; ")))"
  }
}

extension PolicyChoiceRule {
  /// For example `over 5 replications of seed 11`, `with seeds 11, 12, 13`.
  fileprivate var runsInWords: String {
    if seeds.count > 1 { return "with seeds " + seeds.map(String.init).joined(separator: ", ") }
    return "over \(replications) replications of seed \(seeds.first ?? 0)"
  }
}
