import CGSL

/// Rows divided into parts, each of which is predicted from the others.
///
/// Rows of one group stay together: neighbouring steps of a run are alike, and a fit that has seen one of them has seen
/// its neighbour.
public struct GroupedFolds: Sendable, Hashable {
  /// The fold of each row, from 0.
  public let folds: [Int]
  public let count: Int

  /// The largest groups first, each into the fold that has fewest rows: the same rows give the same folds.
  ///
  /// - Parameters:
  ///   - groups: the group of each row.
  ///   - count: how many folds; no more than there are groups.
  public init(groups: [some Hashable], count: Int) {
    precondition(count >= 1, "at least one fold")
    var sizes: [(first: Int, rows: [Int])] = []
    var position: [AnyHashable: Int] = [:]
    for (row, group) in groups.enumerated() {
      let key = AnyHashable(group)
      if let known = position[key] {
        sizes[known].rows.append(row)
      } else {
        position[key] = sizes.count
        sizes.append((row, [row]))
      }
    }
    let used = max(1, min(count, sizes.count))
    var folds = [Int](repeating: 0, count: groups.count)
    var filled = [Int](repeating: 0, count: used)
    for group in sizes.sorted(by: { ($1.rows.count, $0.first) < ($0.rows.count, $1.first) }) {
      let fold = filled.indices.min { (filled[$0], $0) < (filled[$1], $1) } ?? 0
      filled[fold] += group.rows.count
      for row in group.rows { folds[row] = fold }
    }
    self.folds = folds
    self.count = used
  }

  /// What each row is predicted to be by a model made from the other folds' rows.
  ///
  /// - Parameter predict: given the rows to learn from, in order, returns a prediction of any row.
  public func predictions<Failure: Error>(
    _ predict: (_ learnFrom: [Int]) throws(Failure) -> (Int) -> Double
  ) throws(Failure) -> [Double] {
    var result = [Double](repeating: 0, count: folds.count)
    for fold in 0..<count {
      let model = try predict(folds.indices.filter { folds[$0] != fold })
      for row in folds.indices where folds[row] == fold { result[row] = model(row) }
    }
    return result
  }
}

/// The spread of a set of numbers.
public struct Quantiles: Sendable, Hashable {
  private let sorted: [Double]

  /// - Precondition: at least one number, none of them NaN.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty && values.allSatisfy { !$0.isNaN }, "quantiles of numbers")
    sorted = values.sorted()
  }

  /// The `p`-quantile, straight between order statistics (Hyndman and Fan, type 7).
  public func callAsFunction(_ p: Double) -> Double {
    gsl_stats_quantile_from_sorted_data(sorted, 1, sorted.count, max(0, min(1, p)))
  }
}
