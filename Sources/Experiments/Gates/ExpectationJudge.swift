import Metrics
import Report
import Scenario
import SimCore
import Statistics

/// Judges what a scenario expects.
public enum ExpectationJudge {
  /// The judgements on one expectation; one per alternative where it is about several.
  public static func judgements(
    on expectation: Expectation, _ scenario: ResolvedScenario, _ results: ResultSet
  ) -> [Judgement] {
    let deployment = expectation.deployment ?? 0
    let name = scenario.servedNames.count > 1 ? scenario.servedNames[deployment] : nil
    let replications = results.columns.map(\.runs.count).min() ?? 0
    func judgement(
      _ verdict: Verdict, _ finding: String, under policy: String? = nil, value: Double? = nil,
      _ interval: Interval? = nil
    ) -> Judgement {
      var claim = expectation.claim(deploymentName: name)
      if let policy { claim += ", under \(policy)" }
      return Judgement(
        verdict: verdict, position: expectation.position, claim: claim, finding: finding, metric: expectation.metric,
        deployment: name, requestClass: expectation.requestClass, policy: policy ?? expectation.policyText,
        isRatio: expectation.isRatio, value: value, interval: interval, bounds: ClaimBounds(expectation),
        replications: replications)
    }
    let group = results.sample.groups.firstIndex {
      $0.deployment == Int32(deployment)
        && (expectation.requestClass == nil || $0.requestClass == expectation.requestClass)
    }
    guard let group, let key = MetricKey.named(expectation.metric) else {
      return [judgement(.broken, "there were no such requests")]
    }
    let unit = MetricUnit(ofMetric: expectation.metric)
    let alternatives = results.alternatives
    if let trend = expectation.trend {
      let curves = SweepCurve.all(of: expectation.subject, key, group: group, along: trend.key, results)
      if curves.isEmpty { return [judgement(.broken, "there is no value: no request gave one")] }
      return curves.map { curve in
        let shown = curves.count > 1 ? curve.label : nil
        guard let values = curve.values else {
          return judgement(.broken, "there is no value at some point: no request gave one", under: shown)
        }
        let monotony = Monotony(trend.direction, tolerance: trend.tolerance)
        guard let finding = monotony.finding(values, confidence: results.confidence) else {
          return judgement(.broken, "the sweep has one value of '\(trend.key)' only", under: shown)
        }
        let curveUnit = expectation.isRatio ? MetricUnit.plain : unit
        return judgement(finding.verdict, curve.text(values, finding, unit: curveUnit), under: shown)
      }
    }
    switch expectation.subject {
    case .value(let name):
      // A name that no column has is the policy of the deployment itself, which governs every column.
      var columns = name.map { alternatives.indices(named: $0) } ?? []
      if columns.isEmpty { columns = Array(results.columns.indices) }
      columns = columns.filter { expectation.isAbout(results.columns[$0].alternative) }
      return columns.map { column in
        let shown = columns.count > 1 ? results.columns[column].label : nil
        guard let summary = results.summary(key, of: column, group: group) else {
          return judgement(.broken, "there is no value: no request gave one", under: shown)
        }
        return judgement(
          ClaimBounds(expectation).verdict(on: summary.mean, summary.interval),
          FindingText.value(summary.mean, summary.interval, unit: unit, replications: summary.count), under: shown,
          value: summary.mean, summary.interval)
      }
    case .ratio(let first, let second):
      // A policy or a variant stands for several columns where both are compared.
      let columns = alternatives.indices(named: first).filter { expectation.isAbout(alternatives.all[$0]) }
      let bases = alternatives.bases(named: second)
      let judgements = columns.map { column in
        let shown = columns.count > 1 ? results.columns[column].label : nil
        guard let base = bases[column],
          let comparison = results.comparison(key, of: column, baseline: base, group: group)
        else { return judgement(.broken, "there is no value: no request gave one", under: shown) }
        guard let ratio = comparison.ratio else {
          return judgement(.broken, "there is no ratio: a value is zero", under: shown)
        }
        return judgement(
          ClaimBounds(expectation).verdict(on: ratio, comparison.ratioInterval),
          FindingText.value(ratio, comparison.ratioInterval, unit: .plain, replications: comparison.pairs),
          under: shown, value: ratio, comparison.ratioInterval)
      }
      return judgements.isEmpty ? [judgement(.broken, "there is no value: no request gave one")] : judgements
    }
  }
}

extension Expectation {
  /// The expectation in words: `p99_ttft_ms of chat under aqua is below 2 s`.
  func claim(deploymentName: String?) -> String {
    var text = metric
    var unit = MetricUnit(ofMetric: metric)
    if let deploymentName { text += " of \(deploymentName)" }
    if let requestClass { text += " (\(requestClass.rawValue))" }
    switch subject {
    case .value(let policy): if let policy { text += " under \(policy)" }
    case .ratio(let first, let second):
      text += ", \(first) / \(second),"
      unit = .plain
    }
    if let variant { text += " in \(variant)" }
    if let trend {
      text += " only \(trend.direction.rawValue) along \(trend.key)"
      if trend.tolerance > 0 { text += ", steps back of \(FigureText.exact(trend.tolerance, .fraction)) allowed" }
      return text
    }
    var parts: [String] = []
    if let above { parts.append("above " + FigureText.exact(above, unit)) }
    if let below { parts.append("below " + FigureText.exact(below, unit)) }
    if isReported { return text }
    return text + " is " + parts.joined(separator: " and ") + (isForEveryPoint ? " at every point" : "")
  }

  /// Whether it is about the variant of an alternative.
  fileprivate func isAbout(_ alternative: Alternative) -> Bool {
    variant == nil || alternative.variant?.name == variant
  }
  /// Whether it is about one value over another.
  fileprivate var isRatio: Bool { if case .ratio = subject { true } else { false } }

  /// The policies that it names.
  fileprivate var policyText: String? {
    switch subject {
    case .value(let policy): policy
    case .ratio(let first, let second): "\(first) / \(second)"
    }
  }
}
