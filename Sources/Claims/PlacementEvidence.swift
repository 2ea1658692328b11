import Assembly
import Experiments
import Metrics
import Scenario
import SimCore
import TextIO

/// How good the placement of a scenario with `placement: balanced` is, beside others.
public struct PlacementEvidence: Sendable {
  /// The variant; empty where there is one scenario.
  public var name: String
  public var servers: Int
  public var replicas: Int
  public var placed: PlacementScore
  /// No placement has a smaller objective, bytes.
  public var bound: Int64
  /// Every replica in order to the first server that has room.
  public var firstFit: PlacementScore?
  /// The middle one of `PlacementEvidence.draws` random placements, by its objective.
  public var random: PlacementScore?

  static let draws = 1000

  /// - Throws: `PlanningError` for servers that differ.
  init(_ scenario: ResolvedScenario) throws {
    let problem = try scenario.placementProblem()
    guard let solution = PlacementSolver().solve(problem) else {
      throw PlanningError(["the replicas do not fit the servers"])
    }
    name = scenario.variant?.name ?? ""
    servers = problem.servers
    replicas = problem.kinds.reduce(0) { $0 + $1.count }
    placed = solution.score
    bound = solution.bound
    firstFit = PlacementSolver.firstFit(problem).flatMap { problem.score(of: $0) }
    var random = RandomStream(seed: scenario.seed, replication: 0, purpose: "placement")
    let drawn = (0..<Self.draws).compactMap { _ in
      PlacementSolver.random(problem, &random).flatMap { problem.score(of: $0) }
    }.sorted { $0.objective < $1.objective }
    self.random = drawn.isEmpty ? nil : drawn[drawn.count / 2]
  }

  /// It holds where nothing better exists and every borrower has a lender, as far as there are lenders. Where the
  /// search gave up before it knew that nothing better exists, nobody can tell.
  var verdict: Verdict {
    if placed.paired < min(placed.lenders, placed.borrowers) { return .broken }
    return placed.objective == bound ? .holds : .undecided
  }

  static func table(_ placements: [PlacementEvidence]) -> String {
    func objective(_ score: PlacementScore?) -> String {
      score.map { Printable.gigabytes($0.objective) } ?? "does not fit"
    }
    func paired(_ score: PlacementScore?) -> String { score.map { "\($0.paired) of \($0.borrowers)" } ?? "none" }
    return ClaimText.table(
      [
        "Servers", "Replicas", "Objective", "No placement below", "First fit", "Random, median",
        "Borrowers with a lender", "First fit", "Random, median", "Verdict",
      ],
      placements.map {
        [
          "\($0.servers)", "\($0.replicas)", objective($0.placed), Printable.gigabytes($0.bound),
          objective($0.firstFit), objective($0.random), paired($0.placed), paired($0.firstFit), paired($0.random),
          $0.verdict.emphasised,
        ]
      })
  }
}
