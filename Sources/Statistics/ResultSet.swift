import Metrics
import SimCore

/// The runs of what is compared, arranged by alternative and replication: what tables and exports are made of.
public struct ResultSet: Sendable {
  /// One alternative's runs, replications in order.
  public struct AlternativeRuns: Sendable {
    public let alternative: Alternative
    /// What it is called among the others.
    public let label: String
    public let runs: [RunResult]
    /// For each run, its groups with their deployments' totals.
    let views: [[GroupView]]

    init(_ alternative: Alternative, label: String, runs: [RunResult]) {
      self.alternative = alternative
      self.label = label
      self.runs = runs
      views = runs.map { run in run.groups.indices.map { GroupView(run, group: $0) } }
    }
  }

  /// What is compared, in the order in which it first appears among the runs.
  public let alternatives: Alternatives
  /// The runs of each alternative.
  public let columns: [AlternativeRuns]
  /// For example 0.95.
  public let confidence: Double
  /// Whether intervals have in them what the model was seen to be wrong by.
  public let hasModelError: Bool

  /// Of alternatives with a single run that was looked at batch by batch: for each group, its latencies by kind. Their
  /// means then have an interval.
  public var batches: [Alternative: [[LatencyKind: BatchMeans]]] = [:]

  /// Why runs cannot be shown side by side.
  public struct Mismatch: Error, CustomStringConvertible {
    public let description: String
  }

  /// - Parameter withModelError: widens intervals of figures by what the model was seen to be wrong by on recordings of
  ///   the same kind of GPU and serving stack, where there are such.
  /// - Throws: `Mismatch` when there are no runs, when two have different deployments or request classes, or when one
  ///   (alternative, replication) comes twice.
  public init(_ runs: [RunResult], confidence: Double = 0.95, withModelError: Bool = false) throws {
    guard let first = runs.first else { throw Mismatch(description: "there are no runs to show") }
    var found: [Alternative] = []
    var byAlternative: [Alternative: [RunResult]] = [:]
    for run in runs {
      if byAlternative[run.alternative] == nil { found.append(run.alternative) }
      byAlternative[run.alternative, default: []].append(run)
      let sameGroups = run.groups.map(Self.identity) == first.groups.map(Self.identity)
      guard sameGroups, run.deployments.map(\.name) == first.deployments.map(\.name) else {
        throw Mismatch(description: "the runs of '\(first.policy)' and '\(run.policy)' are of different scenarios")
      }
    }
    let alternatives = Alternatives(found)
    columns = try zip(found, alternatives.labels).map { alternative, label in
      let own = (byAlternative[alternative] ?? []).sorted { $0.replication < $1.replication }
      for (a, b) in zip(own, own.dropFirst()) where a.replication == b.replication {
        throw Mismatch(description: "'\(label)' has replication \(a.replication) twice")
      }
      return AlternativeRuns(alternative, label: label, runs: own)
    }
    self.alternatives = alternatives
    self.confidence = confidence
    hasModelError = withModelError
  }

  private static func identity(_ group: GroupCollector) -> [Int32] {
    [group.deployment, group.requestClass == .online ? 0 : 1]
  }

  /// A run to take names and limits from: the first.
  public var sample: RunResult { columns[0].runs[0] }
  /// Whether any alternative has more than one replication, so that figures carry intervals.
  public var isReplicated: Bool { columns.contains { $0.runs.count > 1 } }

  /// Whether figures carry intervals.
  public var hasIntervals: Bool { isReplicated || hasModelError }

  /// What an alternative's deployment rests on; nil where that is not known.
  public func trust(of alternative: Int, group: Int) -> TrustBasis? {
    columns[alternative].views.first.flatMap { $0[group].trust }
  }

  /// What the model of an alternative's deployment is taken to be wrong by; nil where it is not asked for, or no error
  /// was seen on such an engine.
  public func modelError(of alternative: Int, group: Int) -> ModelError? {
    guard hasModelError, let seen = trust(of: alternative, group: group)?.nearest else { return nil }
    return ModelError(seen, confidence: confidence)
  }

  /// A figure of one group of one alternative, over its replications.
  public func summary(_ key: MetricKey, of alternative: Int, group: Int) -> Summary? {
    var summary = Summary(columns[alternative].views.map { key.value(in: $0[group]) }, of: key, confidence: confidence)
    if summary?.count == 1 { summary?.interval = batchInterval(key, of: alternative, group: group) }
    return summary?.widened(by: modelError(of: alternative, group: group), for: key, confidence: confidence)
  }

  /// The interval of a mean latency by the batches of a single run; nil for other figures, and without batches.
  private func batchInterval(_ key: MetricKey, of alternative: Int, group: Int) -> Interval? {
    guard let groups = batches[columns[alternative].alternative],
      let kind = LatencyKind.allCases.first(where: { MetricKey.latency($0, .mean).name == key.name }),
      var interval = groups[group][kind]?.interval(confidence: confidence)
    else { return nil }
    // Times are in picoseconds there, in milliseconds here.
    interval.estimate /= 1e9
    interval.lower /= 1e9
    interval.upper /= 1e9
    return interval
  }

  /// An alternative's figure over that of a baseline, replications with the same number paired; nil unless both have
  /// the figure in every common replication.
  public func comparison(_ key: MetricKey, of alternative: Int, baseline: Int, group: Int) -> Comparison? {
    var values: [Double] = []
    var base: [Double] = []
    for view in columns[alternative].views {
      let other = columns[baseline].views.first { $0[group].run.replication == view[group].run.replication }
      guard let other else { continue }
      guard let value = key.value(in: view[group]), let reference = key.value(in: other[group]) else { return nil }
      values.append(value)
      base.append(reference)
    }
    let comparison = Comparison(values, baseline: base, confidence: confidence)
    guard hasModelError else { return comparison }
    return comparison?.widened(
      by: comparedErrors(of: alternative, baseline: baseline, group: group), for: key,
      values: (Sample.mean(values), Sample.mean(base)), confidence: confidence)
  }

  /// What is added to ratios of two alternatives; nil where nothing is.
  public func comparedErrors(of alternative: Int, baseline: Int, group: Int) -> ComparedModelErrors? {
    ComparedModelErrors(
      modelError(of: alternative, group: group), trust(of: alternative, group: group),
      baseline: modelError(of: baseline, group: group), trust(of: baseline, group: group))
  }
}

/// A figure over replications: the mean, and its interval when there is more than one.
public struct Summary: Sendable, Hashable {
  public let mean: Double
  /// The interval of its expectation, as `Interval.ofReplications`; of a single replication by its batches, or nil.
  public var interval: Interval?
  /// How many replications have the figure.
  public let count: Int

  /// - Parameter values: one per replication; nil where the replication lacks the figure.
  /// - Returns: nil when any replication lacks it: a mean over some of them would mislead.
  public init?(_ values: [Double?], confidence: Double) {
    let present = values.compactMap { $0 }
    guard !present.isEmpty, present.count == values.count else { return nil }
    mean = Sample.mean(present)
    interval = .ofReplications(present, confidence: confidence)
    count = present.count
  }
}

extension Summary {
  /// A figure that may be known to lie in a range; its interval then does.
  public init?(_ values: [Double?], of key: MetricKey, confidence: Double) {
    self.init(values, confidence: confidence)
    interval?.keepWithin(key.range)
  }
}

/// One alternative's figure against the baseline's, from the same random numbers.
public struct Comparison: Sendable, Hashable {
  /// The mean of alternative − baseline.
  public let difference: Double
  public internal(set) var differenceInterval: Interval?
  /// The geometric mean of alternative / baseline; nil when a value is not positive.
  public let ratio: Double?
  public internal(set) var ratioInterval: Interval?
  /// How many replications were paired.
  public let pairs: Int

  /// - Returns: nil without pairs or with unequal lengths.
  public init?(_ values: [Double], baseline: [Double], confidence: Double) {
    guard !values.isEmpty, values.count == baseline.count else { return nil }
    pairs = values.count
    difference = Sample.mean(zip(values, baseline).map { $0 - $1 })
    differenceInterval = PairedComparison.difference(values, baseline: baseline, confidence: confidence)
    ratioInterval = PairedComparison.ratio(values, baseline: baseline, confidence: confidence)
    if pairs == 1, values[0] > 0, baseline[0] > 0 {
      ratio = values[0] / baseline[0]
    } else {
      ratio = ratioInterval?.estimate
    }
  }
}
