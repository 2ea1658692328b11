import Cluster
import Metrics
import Report
import Scenario
import Statistics

/// Finds the settings with which the fewest GPUs carry a scenario's load within its targets, and among those with
/// equally few the settings that carry the most beyond it.
///
/// Both stages are races: every candidate is searched for a place at a time, all of them from the same random numbers,
/// and leaves when what was found already shows that it cannot be first or second. So the answer is that of trying
/// everything, as far as more replicas and less load never make things worse.
public struct AdviceRace: Sendable {
  public var space: AdviceSpace
  public var source: ScenarioSource
  public var target: Double
  public var replications: Int
  public var stepping: Stepping
  public var spillwayVersion: String

  public init(
    _ space: AdviceSpace, source: ScenarioSource, target: Double, replications: Int, stepping: Stepping = .segment,
    spillwayVersion: String
  ) {
    self.space = space
    self.source = source
    self.target = target
    self.replications = replications
    self.stepping = stepping
    self.spillwayVersion = spillwayVersion
  }

  /// A setting that was raced.
  public struct Finisher: Sendable {
    public var candidate: AdviceSpace.Candidate
    public var replicas: Int
    /// The highest load that it carries with so many.
    public var load: CapacityRow
    /// In each replication the highest multiple of the load that it carries.
    public var loads: [Double]
  }

  /// What came out.
  public struct Outcome: Sendable {
    /// The best and the second, as far as there are two under which anything differs; they may carry the same load.
    public var finishers: [Finisher]
    /// Other settings with which every replication is the same as with the best: what differs in them does not matter.
    public var equals: [AdviceSpace.Candidate]
    /// Whether even the best needs no more than what the servers hold.
    public var isEnough: Bool
    public var runs: Int
  }

  /// - Parameter report: told after each round how many runs were made.
  /// - Throws: what running throws.
  public func outcome(
    width: Int, stop: StopRequest = StopRequest(), report: @escaping (_ runs: Int) -> Void = { _ in }
  ) async throws -> Outcome {
    var runs = 0
    let counts = study(space.candidates.indices.map { replicaCandidate(space.candidates[$0]) })
    let gpus = try space.candidates.map { try scenario($0, replicas: 1).gpus }
    let found = try await counts.searches(width: width, stop: stop, isHopeless: Self.needsMoreGPUs(gpus)) {
      report($1)
    }
    runs += found.runs
    let needed = found.searches.map { $0.answer.map { -$0 } }
    let isEnough = needed.contains { $0 != nil }
    // Where nothing is enough, everything that the servers hold is raced.
    let replicas = zip(needed, space.candidates).map { isEnough ? $0 : $1.mostReplicas }
    let cost = replicas.indices.map { index in replicas[index].map { $0 * gpus[index] } }
    let fewest = cost.compactMap { $0 }.min()
    // The second may need more GPUs, when nothing else needs as few.
    var raced = cost.indices.filter { cost[$0] != nil && cost[$0] == fewest }
    if raced.count == 1, let second = cost.indices.filter({ !raced.contains($0) }).compactMap({ cost[$0] }).min() {
      raced += cost.indices.filter { cost[$0] == second }
    }
    let loads = study(
      try raced.map { index in
        let scenario = try scenario(space.candidates[index], replicas: replicas[index] ?? 1)
        return CapacityStudy.load(of: scenario, policy: scenario.policies.isEmpty ? nil : 0)
      })
    let before = runs
    let race = try await loads.searches(
      width: width, stop: stop, isHopeless: Self.carriesLess(raced.compactMap { cost[$0] })
    ) { report(before + $1) }
    runs += race.runs
    let order = raced.indices.sorted { a, b in
      let (left, right) = (cost[raced[a]] ?? .max, cost[raced[b]] ?? .max)
      return left != right ? left < right : (race.searches[a].answer ?? .min) > (race.searches[b].answer ?? .min)
    }
    // The fingerprints of all that was tried: settings that change nothing are one answer.
    func identity(_ place: Int) -> [Int: [String]] { race.results[place].mapValues { $0.map(\.fingerprint) } }
    var distinct: [Int] = []
    var equals: [AdviceSpace.Candidate] = []
    for place in order {
      guard let same = distinct.first(where: { identity($0) == identity(place) }) else {
        distinct.append(place)
        continue
      }
      if same == distinct.first { equals.append(space.candidates[raced[place]]) }
    }
    let finishers = try distinct.prefix(2).map { place in
      Finisher(
        candidate: space.candidates[raced[place]], replicas: replicas[raced[place]] ?? 1,
        load: try loads.row(loads.candidates[place], race.searches[place], race.results[place]),
        loads: race.searches[place].thresholds.map(loads.candidates[place].value))
    }
    return Outcome(finishers: finishers, equals: equals, isEnough: isEnough, runs: runs)
  }

  /// The scenario with a candidate's settings.
  public func scenario(_ candidate: AdviceSpace.Candidate, replicas: Int) throws -> ResolvedScenario {
    var scenario = try source.scenario(
      nil, with: candidate.settings + [("deployments.\(space.deployment).replicas", "\(replicas)")])
    scenario.variant = candidate.label
    return scenario.only(policy: scenario.policies.isEmpty ? nil : 0)
  }

  private func study(_ candidates: [CapacityStudy.Candidate]) -> CapacityStudy {
    CapacityStudy(
      candidates, target: target, replications: replications, stepping: stepping, spillwayVersion: spillwayVersion)
  }

  private func replicaCandidate(_ candidate: AdviceSpace.Candidate) -> CapacityStudy.Candidate {
    CapacityStudy.Candidate(
      alternative: Alternative(policy: "", variant: candidate.label), range: -candidate.mostReplicas ... -1,
      start: -((candidate.mostReplicas + 1) / 2), leap: { $1 ? $0 / 2 : $0 * 2 },
      scenario: { try scenario(candidate, replicas: -$0) }, value: { Double(-$0) })
  }

  /// Candidates that are known to need more GPUs than two others do.
  private static func needsMoreGPUs(_ gpus: [Int]) -> @Sendable ([ThresholdSearch]) -> [Bool] {
    { searches in
      let enough = zip(searches, gpus).compactMap { search, each in search.answer.map { -$0 * each } }.sorted()
      guard enough.count > 1 else { return searches.map { _ in false } }
      return zip(searches, gpus).map { search, each in
        // The most replicas that are known to be too few, and one more.
        search.tooHard.map { (-$0 + 1) * each > enough[1] } ?? false
      }
    }
  }

  /// Candidates that are known to carry less than two different loads that others with as many GPUs carry.
  private static func carriesLess(_ gpus: [Int]) -> @Sendable ([ThresholdSearch]) -> [Bool] {
    { searches in
      searches.indices.map { index in
        let equals = searches.indices.filter { gpus[$0] == gpus[index] }
        let carried = Set(equals.compactMap { searches[$0].answer }).sorted(by: >)
        guard carried.count > 1 else { return false }
        return searches[index].tooHard.map { $0 <= carried[1] } ?? false
      }
    }
  }
}
