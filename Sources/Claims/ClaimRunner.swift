import Cluster
import Experiments
import Metrics
import Scenario
import SimCore
import Statistics
import Synchronization

/// Runs what claims are judged by.
public struct ClaimRunner: Sendable {
  /// How many runs are made at once.
  public var width: Int
  /// The most replications by which a bound is judged.
  public var limit: Int
  /// Whether to try out that everything runs: two replications, and only the ends of studies, once each.
  public var isShort: Bool
  public var spillwayVersion: String
  public var stop: StopRequest

  /// The most replications where nobody says: more than those of `check`, for a page is made seldom.
  public static let usualLimit = 160

  public init(
    width: Int, limit: Int = ClaimRunner.usualLimit, isShort: Bool = false, spillwayVersion: String,
    stop: StopRequest = StopRequest()
  ) {
    self.width = width
    self.limit = limit
    self.isShort = isShort
    self.spillwayVersion = spillwayVersion
    self.stop = stop
  }

  /// Tries a claim again.
  ///
  /// - Throws: what running throws, for example `UnplannableScenarios` or `StoppedRuns`.
  public func result(of scenario: ClaimScenario) async throws -> ClaimResult {
    guard case .ready(let written, let writtenSweep, let studies) = scenario.content else {
      return ClaimResult(scenario: scenario)
    }
    var study = try await chosen(written)
    var sweep: Study?
    if let writtenSweep { sweep = try await chosen(writtenSweep) }
    // What asks for one replication has nothing random in it, or is told as it is.
    let isSingle = study.scenarios[0].replications == 1
    if isShort, !isSingle {
      study.setReplications(2)
      sweep?.setReplications(2)
    }
    let portraits = try await portraits(of: study)
    let differing = try await differing(from: portraits, study)
    var runs: [RunResult] = []
    let judged = [study] + (sweep.map { [$0] } ?? [])
    let most = min(limit, scenario.claim.maxReplications ?? limit)
    let gate = Gate(judged, limit: isSingle ? 1 : isShort ? 2 : most)
    let report = try await gate.report { ranges in
      var more: [[RunResult]] = []
      for (study, range) in zip(judged, ranges) { more.append(try await self.runs(of: study, replications: [range])) }
      runs += more[0]
      return more
    }
    let all = try ResultSet(runs)
    let reported = study.reported.flatMap { ExpectationJudge.judgements(on: $0, study.scenarios[0], all) }
    var results: [StudyResult] = []
    for study in studies { results.append(try await result(of: study)) }
    return ClaimResult(
      scenario: scenario,
      evidence: ClaimEvidence(
        gate: report, reported: reported, choices: Self.choices(in: study), runs: runs, portraits: portraits,
        studies: results,
        placements: try study.scenarios.filter(\.isBalanced).map { try PlacementEvidence($0) }, differing: differing))
  }

  /// A study whose policies have the settings that are best for them, where they are to be chosen.
  private func chosen(_ study: Study) async throws -> Study {
    try await ChosenSettings.chosen(in: [study]) { studies in
      var results: [[RunResult]] = []
      for one in studies { results.append(try await runs(of: one)) }
      return results
    }[0]
  }

  /// How the best of several settings was found, for each policy in each variant.
  private static func choices(in study: Study) -> [String] {
    study.scenarios.flatMap { scenario in
      scenario.policies.compactMap(\.note).map { (scenario.variant.map { "In \($0.name), " } ?? "") + $0 + "." }
    }
  }

  private func runs(of study: Study, replications: [Range<Int>]? = nil) async throws -> [RunResult] {
    try await RunBatch([study], replications: replications, spillwayVersion: spillwayVersion)
      .results(width: width, stop: stop)[0]
  }

  /// The first replication of every alternative, with its requests and time series.
  private func portraits(of study: Study) async throws -> [ClaimEvidence.Portrait] {
    let batch = try RunBatch(
      [study], replications: [0..<1], seriesInterval: .seconds(1), spillwayVersion: spillwayVersion)
    let requests = RequestLists(runs: batch.runs.count)
    let results = try await batch.results(width: width, outcome: { requests.add($1, to: $0) }, stop: stop)[0]
    return zip(results, requests.all).map { ClaimEvidence.Portrait(result: $0, requests: $1) }
  }

  /// The alternatives that are not the same under the other stepping.
  private func differing(from portraits: [ClaimEvidence.Portrait], _ study: Study) async throws -> [String] {
    let stepped = try await RunBatch(
      [study], replications: [0..<1], stepping: .iteration, spillwayVersion: spillwayVersion
    ).results(width: width, stop: stop)[0]
    let labels = study.alternatives.labels
    return zip(labels, zip(portraits, stepped)).filter { $1.0.result.fingerprint != $1.1.fingerprint }.map(\.0)
  }

  private func result(of study: ClaimStudy) async throws -> StudyResult {
    var points = try await chosen(study.points)
    if isShort {
      points.scenarios = points.scenarios.count > 2 ? [points.scenarios[0], points.scenarios.last!] : points.scenarios
      points.setReplications(1)
    }
    let runs = try await runs(of: points)
    let rows = try points.scenarios.map { scenario in
      let own = runs.filter { $0.variant?.name == scenario.variant?.name }
      let results = try ResultSet(own)
      return StudyResult.Point(
        settings: scenario.variant?.settings ?? [],
        choices: scenario.policies.compactMap { policy in
          policy.chosenSettings.map { StudyResult.Choice(policy: policy.label, settings: $0) }
        },
        judgements: (points.expectations + points.reported).flatMap {
          ExpectationJudge.judgements(on: $0, scenario, results)
        })
    }
    return StudyResult(study: study, points: rows)
  }
}

extension Study {
  fileprivate mutating func setReplications(_ count: Int) {
    for index in scenarios.indices { scenarios[index].replications = count }
  }
}

/// The requests of several runs under way.
private final class RequestLists: Sendable {
  private let lists: Mutex<[[RequestOutcome]]>

  init(runs: Int) { lists = Mutex(Array(repeating: [], count: runs)) }

  func add(_ request: RequestOutcome, to run: Int) { lists.withLock { $0[run].append(request) } }

  var all: [[RequestOutcome]] { lists.withLock { $0 } }
}
