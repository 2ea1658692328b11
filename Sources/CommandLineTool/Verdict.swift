import Metrics
import Scenario
import Statistics

/// Whether one expectation holds for one policy, and what was measured.
struct Verdict {
  var holds: Bool
  /// The expectation in words.
  var expectation: String
  /// Where it was written.
  var position: String
  /// The measured value in words.
  var measured: String

  /// For example `ok      f.yaml:20:5: p99_ttft_ms of chat is below 2000: measured 512.3 ±10.2`.
  var line: String { "\(holds ? "ok    " : "FAILED")  \(position): \(expectation): \(measured)" }

  /// The verdicts on a scenario's expectations, in order; one per policy where an expectation names none.
  static func all(of scenario: ResolvedScenario, in results: ResultSet) -> [Verdict] {
    scenario.expectations.flatMap { verdicts(on: $0, scenario, results) }
  }

  private static func verdicts(
    on expectation: Expectation, _ scenario: ResolvedScenario, _ results: ResultSet
  ) -> [Verdict] {
    let deployment = expectation.deployment ?? 0
    let name = scenario.deployments.count > 1 ? scenario.deployments[deployment].name : nil
    let sentence = expectation.sentence(deploymentName: name)
    func verdict(_ holds: Bool, _ measured: String, under label: String? = nil) -> Verdict {
      let words = label.map { "\(sentence), under \($0)" } ?? sentence
      return Verdict(holds: holds, expectation: words, position: expectation.position, measured: measured)
    }
    let group = results.sample.groups.firstIndex {
      $0.deployment == Int32(deployment)
        && (expectation.requestClass == nil || $0.requestClass == expectation.requestClass)
    }
    guard let group, let key = MetricKey.named(expectation.metric) else {
      return [verdict(false, "there were no such requests")]
    }
    switch expectation.subject {
    case .value(let label):
      // A label that no column has is the policy of the deployment itself, which governs every column.
      var columns = results.policies.indices.filter { results.policies[$0].policy == label }
      if columns.isEmpty { columns = Array(results.policies.indices) }
      return columns.map { column in
        let shown = label == nil && results.policies.count > 1 ? results.policies[column].policy : nil
        guard let summary = results.summary(key, policy: column, group: group) else {
          return verdict(false, "there is no value: no request gave one", under: shown)
        }
        return verdict(
          expectation.allows(summary.mean), measured(summary.mean, summary.interval, symmetric: true), under: shown)
      }
    case .ratio(let first, let second):
      guard let a = column(first, results), let b = column(second, results),
        let comparison = results.comparison(key, policy: a, baseline: b, group: group)
      else { return [verdict(false, "there is no value: no request gave one")] }
      guard let ratio = comparison.ratio else {
        return [verdict(false, "there is no ratio: a value is zero")]
      }
      return [verdict(expectation.allows(ratio), measured(ratio, comparison.ratioInterval, symmetric: false))]
    }
  }

  private static func column(_ label: String, _ results: ResultSet) -> Int? {
    results.policies.firstIndex { $0.policy == label }
  }

  private static func measured(_ value: Double, _ interval: Interval?, symmetric: Bool) -> String {
    guard let interval else { return "measured \(Amount.significant(value))" }
    if symmetric { return "measured \(Amount.significant(value)) ±\(Amount.significant(interval.halfWidth))" }
    return "measured \(Amount.significant(value)) "
      + "[\(Amount.significant(interval.lower)), \(Amount.significant(interval.upper))]"
  }
}

extension Expectation {
  /// Whether a value is within the bounds, which are not allowed themselves.
  func allows(_ value: Double) -> Bool {
    if let below, !(value < below) { return false }
    if let above, !(value > above) { return false }
    return true
  }
}

/// Verdicts in the XML that build servers read.
enum JUnitReport {
  static func text(_ scenarios: [(scenario: ResolvedScenario, verdicts: [Verdict])]) -> String {
    let all = scenarios.flatMap(\.verdicts)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"spillway check\" tests=\"\(all.count)\" failures=\"\(all.count { !$0.holds })\">\n"
    for (scenario, verdicts) in scenarios {
      text += "  <testsuite name=\"\(escaped(scenario.name))\" tests=\"\(verdicts.count)\""
      text += " failures=\"\(verdicts.count { !$0.holds })\">\n"
      for verdict in verdicts {
        text += "    <testcase classname=\"\(escaped(scenario.path))\" name=\"\(escaped(verdict.expectation))\">"
        if !verdict.holds { text += "<failure message=\"\(escaped(verdict.line))\"/>" }
        text += "</testcase>\n"
      }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
