import SimCore

/// Solves a placement exactly where that takes no more than so many steps, and says how far off it may be elsewhere.
public struct PlacementSolver: Sendable {
  public struct Solution: Sendable {
    public var placement: ModelPlacement
    public var score: PlacementScore
    /// No placement's objective is less than this; the solution is the best where it is its own.
    public var bound: Int64
    public var isOptimal: Bool { bound == score.objective }
  }

  /// The most servers that the search fills, tries counted, before it settles for what it has.
  public var effort: Int

  public init(effort: Int = 300_000) { self.effort = effort }

  /// - Returns: nil where the models do not fit.
  public func solve(_ problem: PlacementProblem) -> Solution? {
    guard var placement = Self.balanced(problem), var score = problem.score(of: placement) else { return nil }
    var search = PlacementSearch(problem, effort: effort)
    var bound = problem.lowerBound
    // For each headcount that could still be better, ever less memory until no placement has it. What is not found with
    // all steps used up may exist, so the bound stays below it.
    var heads = problem.headBound
    var unexplored = Int64.max
    let step = problem.memoryStep
    while problem.memoryBound + problem.headWeight * Int64(heads) < score.objective {
      let weight = problem.headWeight * Int64(heads)
      var memory = Self.multiple(of: step, below: score.objective - weight)
      while memory >= problem.memoryBound {
        switch search.placement(memory: memory, heads: heads) {
        case .found(let better):
          guard let betterScore = problem.score(of: better) else { preconditionFailure("a search found no placement") }
          (placement, score) = (better, betterScore)
          memory = Self.multiple(of: step, below: score.objective - weight)
          continue
        case .none: break
        case .unknown: unexplored = min(unexplored, problem.memoryBound + weight)
        }
        break
      }
      if problem.headWeight == 0 { break }
      heads += 1
    }
    bound = max(bound, min(score.objective, unexplored))
    return Solution(placement: placement, score: score, bound: bound)
  }

  /// The greatest multiple of `step` below a value.
  private static func multiple(of step: Int64, below value: Int64) -> Int64 {
    let (whole, rest) = (value - 1).quotientAndRemainder(dividingBy: step)
    return (rest < 0 ? whole - 1 : whole) * step
  }

  /// Large models first, then by memory: a lender goes to the server with most borrowers and least spare memory, a
  /// borrower to the one with most lenders and most memory.
  static func balanced(_ problem: PlacementProblem) -> ModelPlacement? {
    var placement = ModelPlacement(
      counts: Array(repeating: Array(repeating: 0, count: problem.kinds.count), count: problem.servers))
    var free = Array(repeating: problem.gpusPerServer, count: problem.servers)
    let order = problem.models.sorted { a, b in
      let (first, second) = (problem.kinds[a], problem.kinds[b])
      return (second.gpus, abs(second.memory), a) < (first.gpus, abs(first.memory), b)
    }
    for kind in order {
      let model = problem.kinds[kind]
      let fits = placement.counts.indices.filter { free[$0] >= model.gpus }
      guard
        let best = fits.min(by: { a, b in
          let (here, there) = (problem.memory(placement.counts[a]), problem.memory(placement.counts[b]))
          let (own, other) = (problem.heads(placement.counts[a]), problem.heads(placement.counts[b]))
          return model.memory < 0 ? (other, there, a) < (own, here, b) : (own, here, a) < (other, there, b)
        })
      else { return firstFit(problem) }
      placement.counts[best][kind] += 1
      free[best] -= model.gpus
    }
    return placement
  }

  /// Every model in order to the first server that has room: what a scenario without `placement` gets.
  ///
  /// - Returns: nil where that does not fit.
  public static func firstFit(_ problem: PlacementProblem) -> ModelPlacement? {
    inOrder(problem, problem.models)
  }

  /// Models in random order, each to the first server that has room.
  ///
  /// - Returns: nil where that does not fit.
  public static func random(_ problem: PlacementProblem, _ random: inout RandomStream) -> ModelPlacement? {
    var models = problem.models
    for index in models.indices.reversed() where index > 0 { models.swapAt(index, random.below(index + 1)) }
    return inOrder(problem, models)
  }

  private static func inOrder(_ problem: PlacementProblem, _ models: [Int]) -> ModelPlacement? {
    var placement = ModelPlacement(
      counts: Array(repeating: Array(repeating: 0, count: problem.kinds.count), count: problem.servers))
    var free = Array(repeating: problem.gpusPerServer, count: problem.servers)
    for kind in models {
      guard let server = free.firstIndex(where: { $0 >= problem.kinds[kind].gpus }) else { return nil }
      placement.counts[server][kind] += 1
      free[server] -= problem.kinds[kind].gpus
    }
    return placement
  }
}
