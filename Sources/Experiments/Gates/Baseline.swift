import Metrics
import Report
import Scenario
import SimCore
import Statistics

/// Figures of scenarios as they were at some time, for later results to be held against.
///
/// It keeps every replication's value, not means alone: where seeds agree, replication i is compared with replication
/// i, which saw the same requests, so that small changes show.
public struct Baseline: Sendable, Hashable {
  /// What is allowed where nothing else is said: 3 % (a choice).
  public static let usualTolerance = 0.03

  /// One figure of one policy, in one variant where there are several.
  public struct Figure: Sendable, Hashable {
    public var deployment: String
    public var requestClass: RequestClass
    /// The label of what is compared: a policy, a variant, or both.
    public var policy: String
    /// As in JSON.
    public var metric: String
    /// Its own tolerance; nil takes the baseline's.
    public var tolerance: Double?
    /// Of each replication, in order from 0.
    public var values: [Double]
  }

  public struct Scenario: Sendable, Hashable {
    public var name: String
    /// SHA-256 of the scenario's canonical text when the figures were taken.
    public var digest: String
    public var seed: UInt64
    public var figures: [Figure]
  }

  /// The file it is kept in, as the person named it.
  public var path: String
  /// The version that made the figures.
  public var spillwayVersion: String
  /// By how much a figure may be worse, as a share of its baseline.
  public var tolerance: Double
  public var scenarios: [Scenario]

  /// What is kept of each class and policy unless the file says otherwise: what serving is judged by, each with a
  /// better and a worse side.
  public static let usualMetrics = [
    "mean_ttft_ms", "p99_ttft_ms", "mean_tpot_ms", "p99_tpot_ms", "mean_e2el_ms", "p99_e2el_ms", "output_throughput",
    "good_fraction",
  ]

  /// The baseline of results.
  ///
  /// - Parameters:
  ///   - earlier: an older one, whose tolerances and choice of figures are kept for scenarios that it has; scenarios of
  ///     it that there are no results of stay as they are.
  public init(
    of results: [(study: Study, results: ResultSet)], earlier: Baseline?, tolerance: Double?,
    path: String,
    spillwayVersion: String
  ) {
    self.path = path
    self.spillwayVersion = spillwayVersion
    self.tolerance = tolerance ?? earlier?.tolerance ?? Self.usualTolerance
    scenarios = earlier?.scenarios ?? []
    for (study, results) in results {
      let scenario = study.scenarios[0]
      let old = scenarios.firstIndex { $0.name == scenario.name }
      let wanted = old.map { scenarios[$0].figures } ?? Self.usualFigures(results)
      let entry = Scenario(
        name: scenario.name, digest: study.digest, seed: scenario.seed,
        figures: wanted.compactMap { figure in
          guard let values = figure.values(in: results) else { return nil }
          var figure = figure
          figure.values = values
          return figure
        })
      if let old { scenarios[old] = entry } else { scenarios.append(entry) }
    }
  }

  init(path: String, spillwayVersion: String, tolerance: Double, scenarios: [Scenario]) {
    self.path = path
    self.spillwayVersion = spillwayVersion
    self.tolerance = tolerance
    self.scenarios = scenarios
  }

  private static func usualFigures(_ results: ResultSet) -> [Figure] {
    results.sample.groups.flatMap { group in
      results.columns.flatMap { column in
        usualMetrics.map {
          Figure(
            deployment: results.sample.deployments[Int(group.deployment)].name, requestClass: group.requestClass,
            policy: column.label, metric: $0, values: [])
        }
      }
    }
  }

  // MARK: Judging

  /// - Throws: ``BaselineProblems`` when a scenario is missing.
  func check(has studies: [Study]) throws(BaselineProblems) {
    let missing = studies.map(\.scenarios[0].name).filter { name in !scenarios.contains { $0.name == name } }
    if missing.isEmpty { return }
    throw BaselineProblems(
      lines: missing.map { "\(path): error: it has no figures of scenario '\($0)'; '--update-baseline' adds them" })
  }

  /// What a reader should know of the comparison.
  func notes(on studies: [Study]) -> [String] {
    studies.flatMap { study -> [String] in
      let scenario = study.scenarios[0]
      guard let entry = scenarios.first(where: { $0.name == scenario.name }) else { return [] }
      var notes: [String] = []
      if entry.seed == scenario.seed, entry.digest != study.digest {
        notes.append("\(path): scenario '\(scenario.name)' is not what it was when the baseline was taken")
      }
      if entry.seed != scenario.seed {
        notes.append(
          "\(path): the baseline of '\(scenario.name)' has seed \(entry.seed), not \(scenario.seed): other requests,"
            + " so that intervals are wider than with the same")
      }
      return notes
    }
  }

  func judgements(on study: Study, _ results: ResultSet) -> [Judgement] {
    let scenario = study.scenarios[0]
    guard let entry = scenarios.first(where: { $0.name == scenario.name }) else { return [] }
    return entry.figures.map { figure in
      judgement(on: figure, isPaired: entry.seed == scenario.seed, several: scenario.servedNames.count > 1, results)
    }
  }

  private func judgement(
    on figure: Figure, isPaired: Bool, several: Bool, _ results: ResultSet
  ) -> Judgement {
    let key = MetricKey.named(figure.metric)
    let allowed = figure.tolerance ?? tolerance
    var bounds = ClaimBounds(areAllowed: true)
    if key?.preference != .higher { bounds.below = 1 + allowed }
    if key?.preference != .lower { bounds.above = 1 - allowed }
    let way = bounds.below == nil ? "below" : bounds.above == nil ? "above" : "from"
    var claim = figure.metric + (several ? " of \(figure.deployment)" : "") + " (\(figure.requestClass.rawValue))"
    claim += " is at most \(FigureText.exact(allowed, .fraction)) \(way) the baseline, under \(figure.policy)"
    var judgement = Judgement(
      verdict: .broken, position: path, claim: claim, finding: "there is no such figure any more",
      metric: figure.metric, deployment: several ? figure.deployment : nil, requestClass: figure.requestClass,
      policy: figure.policy, bounds: bounds, replications: 0)
    guard let values = figure.values(in: results) else { return judgement }
    let comparison = FigureComparison(values, figure.values, isPaired: isPaired, confidence: results.confidence)
    let unit = MetricUnit(ofMetric: figure.metric)
    let means = FigureText.measured([Sample.mean(comparison.values), Sample.mean(comparison.reference)], unit)
    judgement.replications = comparison.count
    judgement.finding = "\(means[0]), was \(means[1])"
    switch comparison.change {
    case .none:
      judgement.verdict = .holds
      judgement.value = 1
      judgement.finding += ": the same in each of \(comparison.count) replications"
    case .ratio(let ratio, let interval):
      judgement.verdict = bounds.verdict(on: ratio, interval)
      judgement.value = ratio
      judgement.interval = interval
      judgement.finding +=
        ": ratio " + FindingText.value(ratio, interval, unit: .plain, replications: comparison.count)
    case .difference(let difference, let interval):
      // A value of zero leaves no ratio: the difference, against the same share of the baseline's mean.
      let slack = allowed * abs(Sample.mean(comparison.reference))
      judgement.bounds = ClaimBounds(
        above: bounds.above == nil ? nil : -slack, below: bounds.below == nil ? nil : slack, areAllowed: true)
      judgement.verdict = judgement.bounds.verdict(on: difference, interval)
      judgement.value = difference
      judgement.interval = interval
      judgement.finding +=
        ": difference " + FindingText.value(difference, interval, unit: unit, replications: comparison.count)
    }
    return judgement
  }
}

extension Baseline.Figure {
  /// Its value in each replication; nil where results lack it, in some replication or altogether.
  func values(in results: ResultSet) -> [Double]? {
    let sample = results.sample
    let group = sample.groups.firstIndex {
      $0.requestClass == requestClass && sample.deployments[Int($0.deployment)].name == deployment
    }
    guard let group, let key = MetricKey.named(metric),
      let runs = results.columns.first(where: { $0.label == policy })?.runs
    else { return nil }
    let values = runs.compactMap { key.value(in: GroupView($0, group: group)) }
    return values.count == runs.count ? values : nil
  }
}

/// Values against those of a baseline.
private struct FigureComparison {
  enum Change {
    /// Every value is what it was.
    case none
    case ratio(Double, Interval?)
    case difference(Double, Interval?)
  }

  var change: Change
  /// What was compared.
  var values: [Double]
  var reference: [Double]
  /// How many replications that is.
  var count: Int { min(values.count, reference.count) }

  /// - Parameter isPaired: whether values of the same place are of the same requests; otherwise the two have nothing in
  ///   common.
  init(_ values: [Double], _ reference: [Double], isPaired: Bool, confidence: Double) {
    let count = min(values.count, reference.count)
    let (new, old) = isPaired ? (Array(values.prefix(count)), Array(reference.prefix(count))) : (values, reference)
    self.values = new
    self.reference = old
    if isPaired, new == old {
      change = .none
    } else if (new + old).allSatisfy({ $0 > 0 }) {
      let interval =
        isPaired
        ? PairedComparison.ratio(new, baseline: old, confidence: confidence)
        : IndependentComparison.ratio(new, baseline: old, confidence: confidence)
      change = .ratio(interval?.estimate ?? Sample.mean(new) / Sample.mean(old), interval)
    } else {
      let interval =
        isPaired
        ? PairedComparison.difference(new, baseline: old, confidence: confidence)
        : IndependentComparison.difference(new, baseline: old, confidence: confidence)
      change = .difference(interval?.estimate ?? Sample.mean(new) - Sample.mean(old), interval)
    }
  }
}

extension Study {
  /// Of the canonical texts of all its scenarios.
  fileprivate var digest: String { scenarios.map(\.digest).joined(separator: "+") }
}
