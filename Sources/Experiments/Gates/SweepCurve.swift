import Metrics
import Report
import Scenario
import Statistics

/// A figure along one key of a sweep, under one policy, at one value of every other key.
struct SweepCurve {
  /// What tells it from the other curves: the policy and the other keys' values, as far as there are several.
  var label: String
  /// What the axis reads at each point.
  var places: [String]
  /// For each point its replications; nil where some replication lacks the figure.
  var values: [[Double]]?

  /// The curves that a claim is about, in the order of their columns.
  ///
  /// Points are in the order of the axis: by number where every value is one, otherwise as the sweep has them.
  static func all(
    of subject: Expectation.Subject, _ key: MetricKey, group: Int, along axis: String, _ results: ResultSet
  ) -> [SweepCurve] {
    let all = results.alternatives.all
    let points: [(column: Int, base: Int?)]
    switch subject {
    case .value(let name):
      // A name that no column has is the policy of the deployment itself, which governs every column.
      let named = name.map { results.alternatives.indices(named: $0) } ?? []
      points = (named.isEmpty ? Array(all.indices) : named).map { ($0, nil) }
    case .ratio(let first, let second):
      let bases = results.alternatives.bases(named: second)
      points = results.alternatives.indices(named: first).compactMap { column in bases[column].map { (column, $0) } }
    }
    var order: [CurveIdentity] = []
    var members: [CurveIdentity: [(column: Int, base: Int?)]] = [:]
    for point in points {
      let identity = CurveIdentity(all[point.column], without: axis)
      if members[identity] == nil { order.append(identity) }
      members[identity, default: []].append(point)
    }
    let severalPolicies = Set(order.map(\.policy)).count > 1
    return order.map { identity in
      let sorted = inOrder(members[identity] ?? [], along: axis, results.alternatives)
      let values = sorted.map { Self.values(key, at: $0, group: group, results) }
      let others = identity.others.map { "\($0.key)=\($0.text ?? "none")" }
      return SweepCurve(
        label: ((severalPolicies || others.isEmpty ? [identity.policy] : []) + others).joined(separator: ", "),
        places: sorted.map { results.alternatives.setting(axis, of: $0.column)?.text ?? "none" },
        values: values.contains { $0 == nil } ? nil : values.compactMap { $0 })
    }
  }

  /// What tells curves apart.
  private struct CurveIdentity: Hashable {
    var policy: String
    var others: [Setting]

    init(_ alternative: Alternative, without axis: String) {
      policy = alternative.policy
      others = alternative.variant?.settings.filter { $0.key != axis } ?? []
    }
  }

  private static func inOrder(
    _ points: [(column: Int, base: Int?)], along axis: String, _ alternatives: Alternatives
  ) -> [(column: Int, base: Int?)] {
    let numbers = points.map { alternatives.setting(axis, of: $0.column)?.number }
    if numbers.contains(where: { $0 == nil }) { return points }
    return zip(points, numbers.compactMap { $0 }).sorted { $0.1 < $1.1 }.map(\.0)
  }

  /// A point's value in each replication; nil where one lacks it.
  private static func values(
    _ key: MetricKey, at point: (column: Int, base: Int?), group: Int, _ results: ResultSet
  ) -> [Double]? {
    func values(_ column: Int) -> [Double]? {
      let runs = results.columns[column].runs
      let values = runs.compactMap { key.value(in: GroupView($0, group: group)) }
      return values.count == runs.count ? values : nil
    }
    guard let own = values(point.column) else { return nil }
    guard let base = point.base else { return own }
    guard let under = values(base), under.count == own.count, !under.contains(0) else { return nil }
    return zip(own, under).map { $0 / $1 }
  }

  /// What was found, in words: the ends when it holds, otherwise the step that decided.
  func text(_ values: [[Double]], _ finding: Monotony.Finding, unit: MetricUnit) -> String {
    let replications = values.map(\.count).min() ?? 0
    let count = replications == 1 ? "one run" : "\(replications) replications"
    guard let step = finding.steps.firstIndex(where: { $0 == finding.verdict }), finding.verdict != .holds else {
      let ends = FigureText.measured([Sample.mean(values[0]), Sample.mean(values[values.count - 1])], unit)
      return "\(ends[0]) at \(places[0]), \(ends[1]) at \(places[places.count - 1]), \(count)"
    }
    let change = finding.changes[step]
    let texts = FigureText.measured(
      [Sample.mean(values[step]), Sample.mean(values[step + 1]), change.mean]
        + (change.interval.map { [$0.lower, $0.upper] } ?? []), unit)
    let interval = texts.count > 3 ? " [\(texts[3]), \(texts[4])]" : ""
    let ends = "\(texts[0]) at \(places[step]), \(texts[1]) at \(places[step + 1])"
    return "\(ends): change \(texts[2])\(interval), \(count)"
  }
}
