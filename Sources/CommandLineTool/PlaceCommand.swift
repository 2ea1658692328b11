import ArgumentParser
import Assembly
import Metrics
import Report
import Scenario
import SimCore

/// `spillway place`: which models go on which server, so that those that lend memory sit beside those that want it.
struct PlaceCommand: FileReadingCommand {
  static let configuration = CommandConfiguration(
    commandName: "place",
    abstract: "Place replicas so that lenders and borrowers of memory share servers; compare with other placements.",
    discussion: """
      AQUA's placer: it minimises the largest sum of lent less wanted memory of any server, plus a GPU's memory for \
      each lending GPU that a server has more than borrowing ones. 'placement: balanced' in a scenario places so \
      before it runs.

      Examples:
        spillway place mine.yaml
        spillway place mine.yaml --draws 10000 --format json
      """)

  @Argument(help: "The scenario file; - for standard input.", completion: .scenario)
  var scenario: String

  @OptionGroup var scenarioOptions: ScenarioOptions
  @OptionGroup var reading: ReadingOptions

  @Option(help: ArgumentHelp("Random placements to compare with.", valueName: "n"))
  var draws = 1000

  @Option(help: ArgumentHelp("The most servers that the search fills, tries counted.", valueName: "n"))
  var effort = 300_000

  @Option(help: "How the placement is printed.")
  var format: ListingFormat = .table

  func validate() throws {
    if draws < 0 { throw ValidationError("'--draws' must be 0 or more, found \(draws)") }
    if effort < 1 { throw ValidationError("'--effort' must be 1 or more, found \(effort)") }
  }

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let loaded = try ScenarioLoading.load(
      [scenario], overrides: scenarioOptions.overrides, context: context, quiet: false)
    let scenarios = loaded.flatMap(\.scenarios)
    if scenarios.count > 1 {
      let names = scenarios.compactMap { $0.variant?.name }.joined(separator: ", ")
      throw Failure(.usage, "'place' takes one scenario; choose with '--variant' among: \(names)")
    }
    guard let resolved = scenarios.first else { return .done }
    let problem: PlacementProblem
    do throws(PlanningError) {
      problem = try resolved.placementProblem()
    } catch {
      throw Failure(.badInput, error.problems.map { "\(scenario): error: \($0)" })
    }
    guard let solution = PlacementSolver(effort: effort).solve(problem) else {
      throw Failure(.badInput, "\(scenario): error: the replicas do not fit the servers")
    }
    var random = RandomStream(seed: resolved.seed, replication: 0, purpose: "placement")
    let drawn = (0..<draws).compactMap { _ in
      PlacementSolver.random(problem, &random).flatMap { problem.score(of: $0) }
    }
    let report = PlacementReport(
      problem: problem, solution: solution,
      firstFit: PlacementSolver.firstFit(problem).flatMap { problem.score(of: $0) }, drawn: drawn)
    try context.console.output(report.listing.text(as: format, width: context.console.width, json: report.json))
    return .done
  }
}

/// A placement beside others.
struct PlacementReport {
  let problem: PlacementProblem
  let solution: PlacementSolver.Solution
  let firstFit: PlacementScore?
  /// Of random placements.
  let drawn: [PlacementScore]

  var listing: ListingDocument {
    let models = problem.kinds.reduce(0) { $0 + $1.count }
    func total(_ sign: Int64) -> String {
      let kinds = problem.kinds.filter { $0.memory.signum() == sign }
      let count = kinds.reduce(0) { $0 + $1.count }
      return "\(count) \(sign > 0 ? "lend" : "want") "
        + gigabytes(kinds.reduce(0) { $0 + abs($1.memory) * Int64($1.count) })
    }
    let summary =
      "\(problem.servers) servers of \(problem.gpusPerServer) GPUs, \(models) replicas: \(total(1)), \(total(-1))"
    var rows: [[String]] = []
    func row(_ name: String, _ score: PlacementScore) {
      rows.append([
        name, gigabytes(score.memory), "\(score.heads)", gigabytes(score.objective),
        "\(score.paired) of \(score.borrowers)",
      ])
    }
    row("placed", solution.score)
    if let firstFit { row("first fit", firstFit) }
    if let best = drawn.min(by: { $0.objective < $1.objective }) {
      row("random, best of \(drawn.count)", best)
      let middle = drawn.sorted { $0.objective < $1.objective }[drawn.count / 2]
      row("random, median", middle)
    }
    let bound =
      solution.isOptimal
      ? "No placement has a smaller objective."
      : "No placement has an objective below \(gigabytes(solution.bound)); whether one has less than this is not known "
        + "('--effort' searches longer)."
    let servers = solution.placement.counts.enumerated().map { server, counts in
      let names = zip(problem.kinds, counts).filter { $0.1 > 0 }.map { $0.1 == 1 ? $0.0.name : "\($0.1) \($0.0.name)" }
      return ["\(server)", names.isEmpty ? "none" : names.joined(separator: ", ")]
    }
    return ListingDocument([
      .words(summary),
      .table(
        ListingDocument.Table(
          ["", "most spare memory", "most lending GPUs over borrowing", "objective", "borrowers with a lender"],
          rows: rows, numeric: [1, 2, 3, 4])),
      .words(bound), .table(ListingDocument.Table(["server", "replicas"], rows: servers)),
    ])
  }

  private func gigabytes(_ bytes: Int64) -> String { Amount.digits(Double(bytes) / 1e9) + " GB" }

  var json: String {
    func score(_ score: PlacementScore) -> JSONText {
      .object([
        ("most_spare_bytes", .integer(score.memory)), ("most_heads", .integer(score.heads)),
        ("objective_bytes", .integer(score.objective)), ("borrowing_gpus", .integer(score.borrowers)),
        ("borrowing_gpus_with_lender", .integer(score.paired)),
      ])
    }
    return JSONText.object([
      ("placed", score(solution.score)), ("bound_bytes", .integer(solution.bound)),
      ("is_optimal", .boolean(solution.isOptimal)), ("first_fit", firstFit.map(score) ?? .null),
      ("random", .array(drawn.map(score))),
      (
        "servers",
        .array(
          solution.placement.counts.map { counts in
            .object(zip(problem.kinds, counts).filter { $0.1 > 0 }.map { ($0.0.name, .integer($0.1)) })
          })
      ),
    ]).document
  }
}
