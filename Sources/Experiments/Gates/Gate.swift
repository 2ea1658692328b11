import Metrics
import Scenario
import Statistics

/// Judges what scenarios expect, and how they stand against a baseline, with as many replications as it takes.
///
/// A claim is judged when its interval is clear of its bounds; the first verdict stands. The confidence is that of all
/// claims and all looks together: looks are fixed beforehand (``SequentialDesign``), and each claim gets an equal part
/// of the error, so that a gate of many claims raises no more false alarms than one of a single claim (Bonferroni's
/// inequality). A scenario whose claims are all decided is run no further.
public struct Gate: Sendable {
  public let studies: [Study]
  public let baseline: Baseline?
  public let confidence: Double
  /// Whether intervals are widened by what the model was seen to be wrong by.
  public let withModelError: Bool
  /// When each study's results are looked at.
  public let designs: [SequentialDesign]

  /// How many replications a scenario is looked at first that asks for one only.
  public static let firstLook = 5
  /// The most replications where nobody says.
  public static let usualLimit = 40

  /// - Parameters:
  ///   - limit: the most replications of each policy; when left out `usualLimit`, or a scenario's own where those are
  ///     more.
  ///   - withModelError: whether intervals are widened by what the model was seen to be wrong by on recordings. More
  ///     replications do not make that part smaller.
  public init(
    _ studies: [Study], baseline: Baseline? = nil, limit: Int? = nil, confidence: Double = 0.95,
    withModelError: Bool = false
  ) {
    self.studies = studies
    self.baseline = baseline
    self.confidence = confidence
    self.withModelError = withModelError
    designs = studies.map { study in
      // Variants have the replications of their scenario.
      let scenario = study.scenarios[0]
      let first = scenario.replications > 1 ? scenario.replications : Self.firstLook
      return SequentialDesign(
        first: first, limit: limit ?? max(Self.usualLimit, scenario.replications), confidence: confidence)
    }
  }

  /// Makes the replications of studies.
  ///
  /// - Parameter ranges: for each study those that are wanted, by number; none where it is empty.
  /// - Returns: the results of each study.
  public typealias Runner = (_ ranges: [Range<Int>]) async throws -> [[RunResult]]

  /// Runs and judges until everything is decided or the limit is reached.
  ///
  /// - Throws: what running throws; `ResultSet.Mismatch`; ``BaselineProblems`` for a scenario that the baseline lacks.
  public func report(_ run: Runner) async throws -> GateReport {
    try baseline?.check(has: studies.filter { !$0.isSweep })
    var runs = studies.map { _ in [RunResult]() }
    var judgements = studies.map { _ in [Judgement]() }
    var done = studies.map { _ in 0 }
    var confidences = studies.map { _ in confidence }
    for look in 0..<(designs.map(\.looks.count).max() ?? 0) {
      let isOpen = studies.indices.map { index in
        look < designs[index].looks.count
          && (look == 0 || judgements[index].contains { $0.verdict == .undecided })
      }
      guard isOpen.contains(true) else { break }
      let more = try await run(
        studies.indices.map { isOpen[$0] ? done[$0]..<designs[$0].looks[look] : done[$0]..<done[$0] })
      for index in studies.indices where isOpen[index] {
        done[index] = designs[index].looks[look]
        runs[index] += more[index]
        if look == 0 { judgements[index] = all(of: index, try results(of: runs[index])) }
      }
      let claims = max(1, judgements.reduce(0) { $0 + $1.count })
      for index in studies.indices where isOpen[index] {
        confidences[index] = 1 - (1 - designs[index].confidencePerLook) / Double(claims)
        let fresh = all(of: index, try results(of: runs[index], confidence: confidences[index]))
        // Decided is decided: who goes on looking until a verdict changes is wrong more often than is said.
        judgements[index] =
          look == 0 ? fresh : zip(judgements[index], fresh).map { $0.verdict == .undecided ? $1 : $0 }
      }
    }
    return GateReport(
      scenarios: studies.indices.map {
        GateReport.Scenario(
          name: studies[$0].scenarios[0].name, path: studies[$0].path, seed: studies[$0].scenarios[0].seed,
          points: studies[$0].isSweep ? studies[$0].scenarios.count : nil, replications: done[$0],
          intervalConfidence: confidences[$0], judgements: judgements[$0])
      }, confidence: confidence, notes: baseline?.notes(on: studies.filter { !$0.isSweep }) ?? [])
  }

  private func results(of runs: [RunResult], confidence: Double = 0.95) throws -> ResultSet {
    try ResultSet(runs, confidence: confidence, withModelError: withModelError)
  }

  private func all(of index: Int, _ results: ResultSet) -> [Judgement] {
    let study = studies[index]
    var all = study.expectations.flatMap { ExpectationJudge.judgements(on: $0, study.scenarios[0], results) }
    if let baseline, !study.isSweep { all += baseline.judgements(on: study, results) }
    return all
  }
}

/// What a gate found.
public struct GateReport: Sendable {
  public struct Scenario: Sendable {
    public var name: String
    public var path: String
    public var seed: UInt64
    /// How many points were run, where it is about a sweep.
    public var points: Int?
    /// How many of each policy were made, at each point.
    public var replications: Int
    /// The confidence of each interval, so that all claims and looks together have that of the report.
    public var intervalConfidence: Double
    public var judgements: [Judgement]
  }

  public var scenarios: [Scenario]
  /// Of all claims and looks together.
  public var confidence: Double
  /// What a reader should know.
  public var notes: [String]

  public var judgements: [Judgement] { scenarios.flatMap(\.judgements) }

  /// How many claims have a verdict.
  public func count(_ verdict: Verdict) -> Int { judgements.count { $0.verdict == verdict } }

  /// Of everything: broken when any claim is, undecided when no claim is broken and some are undecided.
  public var verdict: Verdict { count(.broken) > 0 ? .broken : count(.undecided) > 0 ? .undecided : .holds }

  /// For example `5 claims: 3 hold, 1 broken, 1 undecided`.
  public var summary: String {
    let total = "\(judgements.count) claim\(judgements.count == 1 ? "" : "s")"
    if verdict == .holds { return "\(total), all hold" }
    var parts: [String] = []
    if count(.holds) > 0 { parts.append("\(count(.holds)) \(count(.holds) == 1 ? "holds" : "hold")") }
    if count(.broken) > 0 { parts.append("\(count(.broken)) broken") }
    if count(.undecided) > 0 { parts.append("\(count(.undecided)) undecided") }
    return "\(total): " + parts.joined(separator: ", ")
  }
}
