import Experiments
import Metrics
import Scenario

/// What came of trying a published claim again.
public struct ClaimResult: Sendable {
  public var scenario: ClaimScenario
  /// Nil where data sets are missing.
  public var evidence: ClaimEvidence?

  public var verdict: ClaimVerdict {
    if case .lacks(let missing) = scenario.content { return .notRun(missing) }
    if scenario.claim.notExpressible != nil { return .notExpressible }
    guard let evidence else { return .notRun([]) }
    let verdicts = evidence.gate.judgements.map(\.verdict) + evidence.placements.map(\.verdict)
    return verdicts.contains(.broken) ? .broken : verdicts.contains(.undecided) ? .undecided : .holds
  }
}

/// What is said of a claim.
public enum ClaimVerdict: Sendable, Hashable {
  /// Every bound holds.
  case holds
  /// Some bound is broken.
  case broken
  /// None is broken, and the replications do not tell of some.
  case undecided
  /// The simulator lacks what the claim is about.
  case notExpressible
  /// Data sets are missing.
  case notRun([PublishedClaim.DataSet])

  /// In a word or two, for example `not run: needs DATA/cs5470/cs5470.csv`.
  public var text: String {
    switch self {
    case .holds: "holds"
    case .broken: "broken"
    case .undecided: "undecided"
    case .notExpressible: "not expressible"
    case .notRun(let missing): "not run: needs " + missing.map { "DATA/" + $0.file }.joined(separator: ", ")
    }
  }
}

/// The runs that a verdict rests on.
public struct ClaimEvidence: Sendable {
  /// The bounds, judged.
  public var gate: GateReport
  /// Figures without bounds, with as many replications as the bounds took.
  public var reported: [Judgement]
  /// How settings were chosen that are the best of several, a sentence each.
  public var choices: [String]
  /// Every run that the bounds were judged by.
  public var runs: [RunResult]
  /// The first replication of every alternative, with its course over time.
  public var portraits: [Portrait]
  public var studies: [StudyResult]
  /// Of scenarios that place lenders and borrowers together, how good the placements are; one for each variant.
  public var placements: [PlacementEvidence] = []
  /// The alternatives whose first replication is another one when it is stepped iteration by iteration: none, or the
  /// simulator has a bug.
  public var differing: [String]

  /// One run, looked at closely.
  public struct Portrait: Sendable {
    public var result: RunResult
    /// Every request, in the order in which they left.
    public var requests: [RequestOutcome]
  }
}

/// What came of a study: the bounds at each of its points.
public struct StudyResult: Sendable {
  public var study: ClaimStudy
  public var points: [Point]

  public struct Point: Sendable {
    /// The keys that are varied, with their values here.
    public var settings: [Setting]
    /// What was chosen here for policies whose settings are the best of several.
    public var choices: [Choice]
    /// One for each bound, or several for a bound of several policies; as many at every point.
    public var judgements: [Judgement]
  }

  /// A policy, and the settings that are its best.
  public struct Choice: Sendable {
    public var policy: String
    /// For example `max_num_batched_tokens 1024`.
    public var settings: String
  }
}
