import Experiments
import Scenario
import Statistics
import TextIO

extension Verdict {
  /// For example `ok      f.yaml:20:5: p99_ttft_ms of chat is below 2000: measured 512.3 ±10.2`.
  var line: String { "\(holds ? "ok    " : "FAILED")  \(expectation.position): \(sentence): \(measured)" }

  /// The expectation in words.
  var sentence: String {
    let sentence = expectation.sentence(deploymentName: deployment)
    return policy.map { "\(sentence), under \($0)" } ?? sentence
  }

  /// What was measured, in words.
  private var measured: String {
    switch finding {
    case .figure(let summary):
      "measured \(Amount.significant(summary.mean))"
        + (summary.interval.map { " ±\(Amount.significant($0.halfWidth))" } ?? "")
    case .ratio(let ratio, let interval):
      "measured \(Amount.significant(ratio))"
        + (interval.map { " [\(Amount.significant($0.lower)), \(Amount.significant($0.upper))]" } ?? "")
    case .noSuchRequests: "there were no such requests"
    case .noValue: "there is no value: no request gave one"
    case .noRatio: "there is no ratio: a value is zero"
    }
  }
}

/// Verdicts in the XML that build servers read.
enum JUnitReport {
  static func text(_ scenarios: [(scenario: ResolvedScenario, verdicts: [Verdict])]) -> String {
    let all = scenarios.flatMap(\.verdicts)
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"spillway check\" tests=\"\(all.count)\" failures=\"\(all.count { !$0.holds })\">\n"
    for (scenario, verdicts) in scenarios {
      text += "  <testsuite name=\"\(XMLText.escaped(scenario.name))\" tests=\"\(verdicts.count)\""
      text += " failures=\"\(verdicts.count { !$0.holds })\">\n"
      for verdict in verdicts {
        text +=
          "    <testcase classname=\"\(XMLText.escaped(scenario.path))\" name=\"\(XMLText.escaped(verdict.sentence))\">"
        if !verdict.holds { text += "<failure message=\"\(XMLText.escaped(verdict.line))\"/>" }
        text += "</testcase>\n"
      }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }
}
