/// A table of observations to fit a line, plane or more to: one row of terms and one target each.
///
/// The model is `target = Σ coefficient_i * term_i`; a constant is a term that is 1 in every row.
///
///     var points = Observations(terms: ["latency", "seconds per byte"])
///     for (bytes, seconds) in measured { points.append([1, bytes], target: seconds, weight: 1 / (seconds * seconds)) }
///     let line = try points.fit(.bisquare)
///
/// A weight of 1/target² makes the fit minimise relative errors.
public struct Observations: Sendable {
  /// What the columns are called.
  public let terms: [String]
  /// Row after row.
  private(set) var values: [Double] = []
  /// What was observed, one per row.
  public private(set) var targets: [Double] = []
  /// How much each row counts.
  public private(set) var weights: [Double] = []

  /// Whether a robust fit whose weights swing between two sets for ever, because rows lie at the edge of what counts,
  /// takes the last of them; otherwise it fails.
  public var acceptsSwingingWeights = false

  /// - Precondition: at least one term, no two of one name.
  public init(terms: [String]) {
    precondition(!terms.isEmpty && Set(terms).count == terms.count, "terms need distinct names")
    self.terms = terms
  }

  /// The number of rows.
  public var count: Int { targets.count }

  /// Adds a row.
  ///
  /// - Parameter weight: how much it counts; the variance of its error is taken to be proportional to 1/weight.
  /// - Precondition: one finite number per term, a finite target and a positive, finite weight.
  public mutating func append(_ row: [Double], target: Double, weight: Double = 1) {
    precondition(row.count == terms.count, "one number per term")
    precondition(row.allSatisfy(\.isFinite) && target.isFinite && weight > 0 && weight.isFinite, "numbers are finite")
    values += row
    targets.append(target)
    weights.append(weight)
  }

  /// The terms of a row.
  public func row(_ index: Int) -> ArraySlice<Double> { values[index * terms.count..<(index + 1) * terms.count] }

  /// Some of the rows, in the order given.
  public func rows(_ indices: some Sequence<Int>) -> Observations {
    var result = Observations(terms: terms)
    for index in indices {
      result.values += row(index)
      result.targets.append(targets[index])
      result.weights.append(weights[index])
    }
    return result
  }
}
