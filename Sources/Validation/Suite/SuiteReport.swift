/// The outcomes of a suite and what they add up to.
public struct SuiteReport: Sendable {
  /// Every point, predicted or not.
  public let outcomes: [SuiteOutcome]

  public init(outcomes: [SuiteOutcome]) { self.outcomes = outcomes }

  /// One metric of one point, as rows of the table show it.
  public struct Row: Sendable {
    public let outcome: SuiteOutcome
    public let measurement: SuitePoint.Measurement
    /// `nil` when nothing was predicted.
    public let predicted: Double?
    public var error: Double? { predicted.map { $0 / measurement.value - 1 } }
  }

  /// Every metric of every point.
  public var rows: [Row] {
    outcomes.flatMap { rows(of: $0) }
  }

  /// Every metric of one point.
  public func rows(of outcome: SuiteOutcome) -> [Row] {
    zip(outcome.point.measured, outcome.predicted).map { Row(outcome: outcome, measurement: $0, predicted: $1) }
  }

  /// How errors of one metric are spread over one group of points.
  public struct Spread: Sendable {
    public let group: [String]
    public let metric: String
    public let count: Int
    /// Mean error with its sign.
    public let bias: Double
    /// Mean absolute error.
    public let meanAbsolute: Double
    public let medianAbsolute: Double
    /// Nine in ten are no larger.
    public let p90Absolute: Double
    public let worst: Double

    init(_ group: [String], _ metric: String, _ errors: [Double]) {
      self.group = group
      self.metric = metric
      count = errors.count
      bias = errors.reduce(0, +) / Double(errors.count)
      let absolute = errors.map(abs).sorted()
      meanAbsolute = absolute.reduce(0, +) / Double(errors.count)
      medianAbsolute = (absolute[(absolute.count - 1) / 2] + absolute[absolute.count / 2]) / 2
      p90Absolute = absolute[(9 * absolute.count + 9) / 10 - 1]
      worst = absolute[absolute.count - 1]
    }
  }

  /// Errors by a key of the rows and metric, in order of the keys.
  public func spreads(by key: (Row) -> [String]) -> [Spread] {
    var errors: [[String]: [Double]] = [:]
    for row in rows {
      guard let error = row.error else { continue }
      errors[key(row) + [row.measurement.metric.rawValue], default: []].append(error)
    }
    return errors.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, values in
      Spread(Array(key.dropLast()), key[key.count - 1], values)
    }
  }

  /// Points that were not predicted: reason, and how many.
  public var obstacles: [(reason: String, source: String, count: Int)] {
    var counts: [[String]: Int] = [:]
    for outcome in outcomes {
      if let reason = outcome.obstacle { counts[[outcome.point.source, reason], default: 0] += 1 }
    }
    return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key[1], $0.key[0], $0.value) }
  }
}
