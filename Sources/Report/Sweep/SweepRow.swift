import Metrics
import SimCore
import Statistics

/// The figures of one deployment and request class at one point of a sweep, under one policy.
public struct SweepRow: Sendable {
  public let alternative: Alternative
  public let deployment: String
  public let requestClass: String
  public let replications: Int
  /// What it is compared with; nil where it is not.
  public let baseline: String?
  /// What the deployment's step times rest on; nil where the store does not say.
  public let trust: TrustBasis?
  /// What its intervals were widened by; nil where they were not.
  public let modelError: ModelError?
  /// Every figure over the replications, in the order of `MetricKey.all`.
  let summaries: [Summary?]
  /// The same against the baseline's.
  let comparisons: [Comparison?]

  /// - Parameters:
  ///   - values: for each replication, every figure in the order of `MetricKey.all`.
  ///   - baseline: what the baseline is called; nil for the baseline itself, or where there is none.
  ///   - baselineValues: the baseline's, replications in the same order.
  ///   - trust: what the deployment's step times rest on, and the baseline's.
  ///   - withModelError: widens intervals by what the model was seen to be wrong by, where that is known.
  public init(
    _ alternative: Alternative, deployment: String, requestClass: String, values: [[Double?]],
    baseline: String? = nil, baselineValues: [[Double?]] = [],
    trust: (own: TrustBasis?, baseline: TrustBasis?) = (nil, nil), withModelError: Bool = false, confidence: Double
  ) {
    self.alternative = alternative
    self.deployment = deployment
    self.requestClass = requestClass
    self.baseline = baseline
    self.trust = trust.own
    func seen(_ basis: TrustBasis?) -> ModelError? {
      withModelError ? basis?.nearest.flatMap { ModelError($0, confidence: confidence) } : nil
    }
    let error = seen(trust.own)
    modelError = error
    let errors = ComparedModelErrors(error, trust.own, baseline: seen(trust.baseline), trust.baseline)
    replications = values.count
    summaries = MetricKey.all.enumerated().map { index, key in
      Summary(values.map { $0[index] }, of: key, confidence: confidence)?.widened(
        by: error, for: key, confidence: confidence)
    }
    comparisons = MetricKey.all.enumerated().map { key, metric in
      let own = values.compactMap { $0[key] }
      let base = baselineValues.compactMap { $0[key] }
      guard baseline != nil, own.count == values.count, base.count == own.count else { return nil }
      return Comparison(own, baseline: base, confidence: confidence)?
        .widened(
          by: errors, for: metric, values: (Sample.mean(own), Sample.mean(base)), confidence: confidence)
    }
  }

  /// A figure over the replications; nil when there is none of that name, or no value.
  public func summary(_ figure: String) -> Summary? {
    MetricKey.all.firstIndex { $0.name == figure }.flatMap { summaries[$0] }
  }

  /// The figure against the baseline's.
  public func comparison(_ figure: String) -> Comparison? {
    MetricKey.all.firstIndex { $0.name == figure }.flatMap { comparisons[$0] }
  }
}

/// What is said of a sweep's points.
public struct SweepReport: Sendable {
  /// The sweep's file.
  public var name: String
  public var rows: [SweepRow]
  /// The figures shown, by their names in JSON.
  public var figures: [String]
  /// The figures whose front is sought; empty for every point.
  public var objectives: [String]
  /// Keys that are varied, in order.
  public let keys: [String]
  /// Which rows are on the front of their deployment and class.
  public let isOnFront: [Bool]

  /// - Parameters:
  ///   - figures: those that `MetricKey` knows.
  ///   - objectives: those of them that prefer more or less.
  public init(name: String, rows: [SweepRow], figures: [String], objectives: [String] = []) {
    self.name = name
    self.rows = rows
    self.figures = objectives.filter { !figures.contains($0) } + figures
    self.objectives = objectives
    keys = Alternatives.keys(of: rows.lazy.map(\.alternative))
    var isOnFront = rows.map { _ in false }
    if !objectives.isEmpty {
      let preferences = objectives.map { MetricKey.named($0)?.preference ?? .none }
      for own in Self.groups(rows) {
        let points = own.map { row in objectives.map { rows[row].summary($0)?.mean } }
        for index in ParetoFront.indices(points, preferences: preferences) { isOnFront[own[index]] = true }
      }
    }
    self.isOnFront = isOnFront
  }

  /// The figures that are shown where nobody names some: latencies, throughput, and goodput where there is an SLO.
  public static func usualFigures(_ rows: [SweepRow]) -> [String] {
    let figures = ["p99_ttft_ms", "mean_tpot_ms", "output_throughput"]
    return rows.contains { $0.summary("good_fraction") != nil } ? figures + ["good_fraction"] : figures
  }

  /// Runs as points: each alternative with its figures in each deployment and class that came at all.
  public init(_ results: ResultSet) {
    let groups = results.sample.groups.indices.filter { GroupRows.isPresent($0, in: results) }
    let rows = results.columns.enumerated().flatMap { index, column in
      groups.map { group in
        let own = results.sample.groups[group]
        return SweepRow(
          column.alternative, deployment: results.sample.deployments[Int(own.deployment)].name,
          requestClass: own.requestClass.rawValue,
          values: column.runs.map { run in MetricKey.all.map { $0.value(in: GroupView(run, group: group)) } },
          trust: (results.trust(of: index, group: group), nil), withModelError: results.hasModelError,
          confidence: results.confidence)
      }
    }
    self.init(
      name: results.sample.provenance.scenarioName, rows: rows, figures: Self.usualFigures(rows))
  }

  /// The rows of each deployment and class.
  static func groups(_ rows: [SweepRow]) -> [[Int]] {
    var order: [String] = []
    var groups: [String: [Int]] = [:]
    for (index, row) in rows.enumerated() {
      let name = row.deployment + "\n" + row.requestClass
      if groups[name] == nil { order.append(name) }
      groups[name, default: []].append(index)
    }
    return order.compactMap { groups[$0] }
  }

  /// The rows that are shown, by deployment and class.
  var shown: [[Int]] {
    Self.groups(rows).map { group in objectives.isEmpty ? group : group.filter { isOnFront[$0] } }
  }
}
