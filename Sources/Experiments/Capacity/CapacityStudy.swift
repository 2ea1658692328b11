import Cluster
import Metrics
import Report
import Scenario
import SimCore
import Statistics

/// Searches, for each of several alternatives at once, where load or replicas pass a target share of good requests.
public struct CapacityStudy: Sendable {
  /// One of the things that are compared, with the scenario at each place of its axis.
  public struct Candidate: Sendable {
    public var alternative: Alternative
    /// Places of the axis; the greater, the harder.
    public var range: ClosedRange<Int>
    public var start: Int
    /// From a place, where to look next.
    public var leap: @Sendable (_ place: Int, _ isHarder: Bool) -> Int
    /// The scenario there, with a single policy.
    public var scenario: @Sendable (_ place: Int) throws -> ResolvedScenario
    /// What the place stands for: a multiple of the load, or a number of replicas.
    public var value: @Sendable (_ place: Int) -> Double
  }

  public var candidates: [Candidate]
  /// The share of requests that must be good.
  public var target: Double
  public var replications: Int
  public var stepping: Stepping
  public var checksInvariants: Bool
  public var spillwayVersion: String

  /// One run is no evidence: how many are made where a scenario asks for one.
  public static let fewestReplications = 5

  public init(
    _ candidates: [Candidate], target: Double, replications: Int, stepping: Stepping = .segment,
    checksInvariants: Bool = false, spillwayVersion: String
  ) {
    self.candidates = candidates
    self.target = target
    self.replications = replications
    self.stepping = stepping
    self.checksInvariants = checksInvariants
    self.spillwayVersion = spillwayVersion
  }

  /// Why there is nothing to search for.
  public struct NoTargets: Error, Sendable, Equatable, CustomStringConvertible {
    public var path: String
    public var description: String {
      "\(path): error: no online stream has an 'slo', so there is nothing that a load could break"
    }
  }

  /// Searches all of them, a place of each at a time.
  ///
  /// - Parameters:
  ///   - width: how many runs are made at once.
  ///   - report: told after each round of how many candidates are done, and how many runs were made.
  /// - Throws: `NoTargets`; what planning and running throw.
  public func rows(
    width: Int, stop: StopRequest = StopRequest(), report: (_ done: Int, _ runs: Int) -> Void = { _, _ in }
  ) async throws -> [CapacityRow] {
    let found = try await searches(width: width, stop: stop, report: report)
    return try candidates.indices.map { try row(candidates[$0], found.searches[$0], found.results[$0]) }
  }

  /// What was tried, and what came out at each place.
  struct Searched {
    var searches: [ThresholdSearch]
    var results: [[Int: [RunResult]]]
    var runs: Int
  }

  /// - Parameter isHopeless: which candidates need not be searched for any further, asked after each round.
  func searches(
    width: Int, stop: StopRequest, isHopeless: ([ThresholdSearch]) -> [Bool] = { $0.map { _ in false } },
    report: (_ done: Int, _ runs: Int) -> Void
  ) async throws -> Searched {
    var searches = candidates.map { candidate in
      ThresholdSearch(in: candidate.range, from: candidate.start, target: target, leap: candidate.leap)
    }
    var results = candidates.map { _ in [Int: [RunResult]]() }
    // Nothing is random where a trace is replayed as it is: one run then tells what all would.
    var isReplay = candidates.map { _ in false }
    let plans = SharedPlans()
    var runs = 0
    while true {
      let isLeft = isHopeless(searches)
      let open = searches.indices.compactMap { index in
        isLeft[index] ? nil : searches[index].next().map { (index, $0) }
      }
      if open.isEmpty { break }
      let studies = try open.map { index, place in Study([try candidates[index].scenario(place)]) }
      let batch = try RunBatch(
        studies, replications: open.map { 0..<(isReplay[$0.0] ? 1 : replications) }, stepping: stepping,
        checksInvariants: checksInvariants, spillwayVersion: spillwayVersion, plans: plans)
      let made = try await batch.results(width: width, stop: stop)
      for ((index, place), runs) in zip(open, made) {
        let made = isReplay[index] ? Array(repeating: runs[0], count: replications) : runs
        isReplay[index] = Set(made.map(\.fingerprint)).count == 1
        results[index][place] = made
        searches[index].add(try made.map { try Self.goodShare($0, path: studies[0].path) }, at: place)
      }
      runs += batch.runs.count
      report(candidates.count - open.count, runs)
    }
    return Searched(searches: searches, results: results, runs: runs)
  }

  /// The share of good requests of the deployment whose online requests fare worst, 0 to 1.
  private static func goodShare(_ run: RunResult, path: String) throws(NoTargets) -> Double {
    let shares = targetedGroups(run).compactMap { MetricKey.named("good_fraction")?.value(in: $0) }
    guard let worst = shares.min() else { throw NoTargets(path: path) }
    return worst
  }

  private static func targetedGroups(_ run: RunResult) -> [GroupView] {
    run.groups.indices.map { GroupView(run, group: $0) }.filter { $0.group.requestClass == .online && $0.group.hasGoal }
  }

  func row(
    _ candidate: Candidate, _ search: ThresholdSearch, _ results: [Int: [RunResult]]
  ) throws -> CapacityRow {
    let answer = search.answer
    let scenario = try candidate.scenario(answer ?? candidate.start)
    var row = CapacityRow(candidate.alternative, gpus: scenario.gpus, probes: search.tried.count)
    guard let answer, let runs = results[answer] else { return row }
    row.estimate = candidate.value(answer)
    row.surelyMeets = search.surelyMeets.map(candidate.value)
    row.surelyMisses = search.surelyMisses.map(candidate.value)
    func mean(_ value: (RunResult) -> Double?) -> Double? {
      let values = runs.compactMap(value)
      return values.isEmpty ? nil : Sample.mean(values)
    }
    func worst(_ name: String) -> Double? {
      let key = MetricKey.named(name)
      return mean { run in Self.targetedGroups(run).compactMap { key?.value(in: $0) }.max() }
    }
    row.requestsPerSecond = mean { run in
      let arrivals = (scenario.duration ?? run.simulatedEnd - SimTime.zero) - scenario.warmUp
      return arrivals > .zero
        ? Double(Self.targetedGroups(run).reduce(0) { $0 + $1.group.injected }) / arrivals.seconds : nil
    }
    row.tokensPerSecond = mean { run in
      let tokens = Self.targetedGroups(run).reduce(0) { $0 + $1.group.inputTokens + $1.group.outputTokens }
      return run.countedDuration > .zero ? Double(tokens) / run.countedDuration.seconds : nil
    }
    row.good = Summary(search.tried[answer] ?? [], confidence: search.confidence)
    row.p99TTFT = worst("p99_ttft_ms")
    row.p99TPOT = worst("p99_tpot_ms")
    row.trust = runs.first?.trust ?? []
    return row
  }
}

extension CapacityStudy {
  /// Loads are tried in steps of this share, a fiftieth.
  public static let loadStep = 0.02

  /// A candidate for each policy of each scenario: how many times its load it carries.
  public static func loads(of study: Study) -> [Candidate] {
    study.scenarios.flatMap { scenario -> [Candidate] in
      let policies: [Int?] = scenario.policies.isEmpty ? [nil] : Array(scenario.policies.indices)
      return policies.map { load(of: scenario, policy: $0) }
    }
  }

  /// How many times its load a scenario carries under one policy.
  static func load(of scenario: ResolvedScenario, policy: Int?) -> Candidate {
    // Thirty-five steps of a fiftieth are twice the load.
    let doubling = 35
    let value: @Sendable (Int) -> Double = { place in
      let factor = repeatElement(1 + loadStep, count: abs(place)).reduce(1, *)
      return place < 0 ? 1 / factor : factor
    }
    let one = scenario.only(policy: policy)
    return Candidate(
      alternative: Alternative(policy: one.labels[0], variant: scenario.variant),
      range: -10 * doubling...10 * doubling, start: 0, leap: { $1 ? $0 + doubling : $0 - doubling },
      scenario: { try one.withLoad(value($0)) }, value: value)
  }
}
