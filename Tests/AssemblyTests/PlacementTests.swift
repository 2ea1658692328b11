import Assembly
import SimCore
import TestSupport
import Testing

/// Which models go on which server.
struct PlacementTests {
  /// AQUA's table, in GB on a GPU of 80 GB: what each kind lends, or wants.
  private static let table: [(name: String, gigabytes: Int64)] = [
    ("sd-1.5", 30), ("sdxl", 20), ("kandinsky-2.2", 40), ("audiogen", 35), ("musicgen", 15), ("mistral-7b", 45),
    ("llama-13b", 40), ("opt-30b", -20), ("lora", -10), ("cfs", -30),
  ]

  /// The least objective of all ways to put the models on servers.
  private func least(_ problem: PlacementProblem) -> Int64? {
    let models = problem.kinds.indices.flatMap { Array(repeating: $0, count: problem.kinds[$0].count) }
    var placement = ModelPlacement(
      counts: Array(repeating: Array(repeating: 0, count: problem.kinds.count), count: problem.servers))
    var best: Int64?
    func place(_ index: Int) {
      if index == models.count {
        if let score = problem.score(of: placement) { best = min(best ?? .max, score.objective) }
        return
      }
      for server in 0..<problem.servers {
        placement.counts[server][models[index]] += 1
        place(index + 1)
        placement.counts[server][models[index]] -= 1
      }
    }
    place(0)
    return best
  }

  @Test("what is found is the best of all placements, where all can be tried", arguments: Effort.seeds(60))
  func exact(seed: UInt64) {
    var random = RandomStream(seed: seed, replication: 0, purpose: "placement test")
    let servers = 2 + random.below(2)
    let kinds = (0..<(1 + random.below(4))).map { index in
      PlacementProblem.Kind(
        name: "\(index)", count: random.below(4), gpus: random.below(4) == 0 ? 2 : 1,
        memory: Int64(random.below(9) - 4) * 5)
    }
    let problem = PlacementProblem(
      servers: servers, gpusPerServer: 2 + random.below(4), headWeight: [0, 7, 80][random.below(3)],
      kinds: kinds.reduce(into: []) { some, kind in
        // Few enough that every placement can be tried.
        if some.reduce(0, { $0 + $1.count }) + kind.count <= 7 { some.append(kind) }
      })
    let best = least(problem)
    let solution = PlacementSolver().solve(problem)
    #expect((solution == nil) == (best == nil), "seed \(seed)")
    guard let solution, let best else { return }
    #expect(solution.score.objective == best && solution.isOptimal, "seed \(seed): \(solution.score), \(best)")
    #expect(problem.lowerBound <= best)
    #expect(problem.score(of: solution.placement)?.objective == solution.score.objective)
  }

  /// AQUA's experiment: 2 to 32 servers of 8 GPUs, half of them lenders, kinds drawn at random.
  @Test("AQUA's experiment", arguments: [2, 4, 6, 8, 12, 16, 32])
  func published(servers: Int) throws {
    var random = RandomStream(seed: 4, replication: 0, purpose: "placement experiment")
    var counts = Array(repeating: 0, count: Self.table.count)
    for model in 0..<(8 * servers) {
      let wanted = Self.table.indices.filter { (Self.table[$0].gigabytes > 0) == (model % 2 == 0) }
      counts[wanted[random.below(wanted.count)]] += 1
    }
    let problem = PlacementProblem(
      servers: servers, gpusPerServer: 8, headWeight: 80_000_000_000,
      kinds: zip(Self.table, counts).map {
        PlacementProblem.Kind(name: $0.0.name, count: $0.1, memory: $0.0.gigabytes * 1_000_000_000)
      })
    let solution = try #require(PlacementSolver(effort: 20_000).solve(problem))
    #expect(solution.score.paired == 4 * servers, "every borrower has a lender of its own")
    #expect(solution.score.heads == 0)
    #expect(solution.bound <= solution.score.objective)
    let drawn = (0..<200).compactMap { _ in
      PlacementSolver.random(problem, &random).flatMap { problem.score(of: $0) }
    }
    #expect(drawn.count == 200)
    #expect(drawn.allSatisfy { $0.objective >= solution.score.objective }, "no better than random")
    print(
      "\(servers) servers: \(solution.score.objective / 1_000_000_000) GB, bound "
        + "\(solution.bound / 1_000_000_000), best "
        + "of 200 random \((drawn.map(\.objective).min() ?? 0) / 1_000_000_000)")
  }

  @Test func whatDoesNotFitHasNoPlacement() {
    let problem = PlacementProblem(
      servers: 2, gpusPerServer: 2, headWeight: 1, kinds: [.init(name: "a", count: 3, gpus: 2, memory: 1)])
    #expect(PlacementSolver().solve(problem) == nil && PlacementSolver.firstFit(problem) == nil)
    let placement = ModelPlacement(counts: [[2], [1]])
    #expect(problem.score(of: placement) == nil)
  }
}
