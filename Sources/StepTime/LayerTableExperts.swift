import Foundation

/// Routed experts of one layer against tokens, from times measured at numbers of experts visited.
public struct LayerExperts: Sendable {
  private let rows: [(tokens: Double, curve: PiecewiseLinear)]
  /// Experts of the layer, and how many each token visits.
  private let count: Int
  private let perToken: Int

  /// - Parameters:
  ///   - count: experts of a layer.
  ///   - perToken: how many of them each token visits.
  public init(_ points: [LayerTables.ExpertPoint], count: Int, perToken: Int) {
    rows = Dictionary(grouping: points, by: \.tokens).sorted { $0.key < $1.key }.map { tokens, points in
      let sorted = points.sorted { $0.experts < $1.experts }
      return (Double(tokens), PiecewiseLinear(sorted.map { Double($0.experts) }, sorted.map(\.seconds)))
    }
    self.count = count
    self.perToken = perToken
  }

  /// How many experts trained gates visit, over what gates that choose evenly would: against tokens.
  ///
  /// Measured on Qwen3-30B-A3B over 110,640 calls of its gates (LLMServingSim, docs/simulator/moe-expert-routing): 1 at
  /// one token, 0.87 through the middle of the range, 0.94 at a saturated decode. That the middle is from 8 to 64
  /// tokens, the saturated decode at 128, and all are visited from 2,048 on, are assumptions, and so is that other
  /// models' gates do the same.
  private static let concentration = PiecewiseLinear([1, 8, 64, 128, 2048], [1, 0.87, 0.87, 0.94, 1])

  /// Distinct experts of a layer that `tokens` tokens visit.
  public func visited(_ tokens: Int) -> Double {
    let share = Double(perToken) / Double(count)
    let even = Double(count) * (1 - pow(1 - share, Double(tokens)))
    return even * Self.concentration.linear(at: Double(tokens), beyond: 0)
  }

  /// Seconds that one of `ranks` GPUs, each holding as many of the experts, takes over the tokens of all.
  ///
  /// It does the work of `tokens / ranks` tokens in its share of the experts visited.
  public func seconds(_ tokens: Int, ranks: Int = 1) -> Double {
    guard tokens > 0 else { return 0 }
    let experts = visited(tokens) / Double(ranks)
    let work = max(1, Double(tokens) / Double(ranks))
    func at(_ row: (tokens: Double, curve: PiecewiseLinear)) -> Double { row.curve.proportional(at: experts) }
    if work <= rows[0].tokens { return at(rows[0]) }
    for (low, high) in zip(rows, rows.dropFirst()) where work <= high.tokens {
      let below = at(low)
      return below + (work - low.tokens) / (high.tokens - low.tokens) * (at(high) - below)
    }
    let last = rows[rows.count - 1]
    return at(last) * work / last.tokens
  }
}
