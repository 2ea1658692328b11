/// The points that no other point beats.
public enum ParetoFront {
  /// The places of those that are on the front: no other is at least as good in everything and better in something.
  ///
  /// - Parameters:
  ///   - points: a value for each objective; a point that lacks one is not on the front, and beats none.
  ///   - preferences: for each objective, which of two values is better; `none` is not an objective.
  public static func indices(_ points: [[Double?]], preferences: [MetricKey.Preference]) -> [Int] {
    // Turned so that less is better.
    let costs = points.map { point -> [Double]? in
      var cost: [Double] = []
      for (value, preference) in zip(point, preferences) {
        guard let value, value.isFinite else { return nil }
        cost.append(preference == .higher ? -value : value)
      }
      return cost
    }
    func beats(_ a: [Double], _ b: [Double]) -> Bool {
      a != b && zip(a, b).allSatisfy { $0 <= $1 }
    }
    // By the first objective, so that the front so far holds all that could beat the next.
    let order = costs.indices.filter { costs[$0] != nil }.sorted {
      guard let a = costs[$0], let b = costs[$1] else { return false }
      return a == b ? $0 < $1 : a.lexicographicallyPrecedes(b)
    }
    var front: [Int] = []
    for index in order {
      guard let cost = costs[index] else { continue }
      if !front.contains(where: { costs[$0].map { beats($0, cost) } ?? false }) { front.append(index) }
    }
    return front.sorted()
  }
}
