import Charts
import Experiments
import Metrics
import Scenario

/// A page of Markdown that tells what was published, and what came of testing it.
public struct ClaimPage: Sendable {
  /// What stands above the claims, in Markdown: the title, what the claims are of, what is assumed for all of them.
  public var preface: String
  public var results: [ClaimResult]
  /// The folder of the page's charts, as seen from the page.
  public var chartFolder: String

  public init(preface: String, results: [ClaimResult], chartFolder: String) {
    self.preface = preface
    self.results = results
    self.chartFolder = chartFolder
  }

  /// The charts' files, by their names within the folder.
  public var charts: [(name: String, svg: String)] {
    results.flatMap { result -> [(name: String, svg: String)] in
      guard let evidence = result.evidence, case .ready(let study, _, _) = result.scenario.content else { return [] }
      let own = ClaimCharts(evidence, study, result.scenario.claim).page
      let ladder = LadderCharts.page(evidence, study, result.scenario.claim)
      return [(result.chartName, own.svg())] + (ladder.map { [(result.ladderName, $0.svg())] } ?? [])
        + evidence.studies.enumerated().compactMap { index, study in
          StudyCharts.page(of: study).map { (result.chartName(ofStudy: index), $0.svg()) }
        }
    }
  }

  public var markdown: String {
    var text = preface
    if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
    text += "\n## All claims\n\n"
    text += ClaimText.table(
      ["Claim", "Question", "Verdict"],
      results.map { [$0.scenario.claim.id, $0.scenario.question, $0.verdict.emphasised] }, figuresFrom: 3)
    text += "\n" + Self.explanation
    for result in results { text += "\n" + chapter(result) }
    return text
  }

  private static let explanation = """
    A claim holds when the whole interval of every figure is within its target, is broken when the whole interval of
    one is outside, and is undecided when replications do not tell. Intervals are such that all verdicts of a claim
    together are right with 95 % confidence; replications were added, up to a limit, while one was undecided. In tables
    of what decides a result, **bold** is a value within the target.

    """

  private func chapter(_ result: ClaimResult) -> String {
    let claim = result.scenario.claim
    var text = "## \(claim.id): \(result.scenario.question)\n\n"
    text += "**Verdict: \(result.verdict.text).** `\(result.scenario.path)`\n"
    let parts = [
      ("Published", claim.published + (claim.source.isEmpty ? "" : " (\(claim.source))")), ("Target", claim.target),
      ("Assumed", claim.assumed), ("What decides it", claim.decides),
      ("Not expressible", claim.notExpressible ?? ""), ("Found", claim.found),
    ]
    for (name, words) in parts where !words.isEmpty { text += "\n**\(name).** \(words)\n" }
    for missing in claim.data where result.evidence == nil {
      text += "\nNot run: needs `DATA/\(missing.file)`. Origin: \(missing.origin).\n"
    }
    guard let evidence = result.evidence, case .ready(let study, _, _) = result.scenario.content else { return text }
    text += "\n" + gates(evidence, study.scenarios[0].expectations, claim)
    if !evidence.placements.isEmpty { text += "\n" + PlacementEvidence.table(evidence.placements) }
    for choice in evidence.choices { text += "\n" + choice + "\n" }
    text += "\n" + provenance(evidence, study)
    text += "\n![\(claim.id)](\(chartFolder)/\(result.chartName))\n"
    if LadderCharts.page(evidence, study, claim) != nil {
      text += "\n![\(claim.id), step by step](\(chartFolder)/\(result.ladderName))\n"
    }
    for (index, study) in evidence.studies.enumerated() {
      text += "\n" + StudyTables.markdown(study)
      if StudyCharts.page(of: study) != nil {
        text += "\n![\(study.study.title)](\(chartFolder)/\(result.chartName(ofStudy: index)))\n"
      }
    }
    return text
  }

  private func gates(
    _ evidence: ClaimEvidence, _ expectations: [Expectation], _ claim: PublishedClaim
  ) -> String {
    func rows(_ judgements: [Judgement], verdict: (Judgement) -> String) -> [[String]] {
      judgements.map { judgement in
        [
          ClaimText.title(judgement, among: judgements, expectations),
          expectations.first { $0.position == judgement.position }?.published ?? "", ClaimText.target(judgement),
          ClaimText.simulated(judgement), "\(judgement.replications)", verdict(judgement),
        ]
      }
    }
    let judged = rows(evidence.gate.judgements) { claim.notExpressible == nil ? $0.verdict.emphasised : "" }
    let reported = rows(evidence.reported) { _ in "reported" }
    return ClaimText.table(
      ["", "Published", "Target", "Simulated", "Replications", "Verdict"], judged + reported, figuresFrom: 6)
  }

  /// How the runs are known again.
  private func provenance(_ evidence: ClaimEvidence, _ study: Study) -> String {
    let prints = zip(study.alternatives.labels, evidence.portraits).map { "\($0) `\($1.result.fingerprint)`" }
    let steppings =
      evidence.differing.isEmpty
      ? "the same stepped by segment and by iteration"
      : "**NOT the same stepped by iteration: \(evidence.differing.joined(separator: ", "))**"
    return "Fingerprints of the first replication, seed \(study.scenarios[0].seed), \(steppings): "
      + prints.joined(separator: ", ") + ".\n"
  }
}

extension ClaimResult {
  /// The file of its charts.
  var chartName: String { scenario.name + ".svg" }

  /// That of its ablation.
  var ladderName: String { scenario.name + "-ladder.svg" }

  func chartName(ofStudy index: Int) -> String { "\(scenario.name)-\(index + 1).svg" }
}

extension ClaimVerdict {
  /// For a table: what does not hold stands out.
  var emphasised: String { self == .holds ? text : "**\(text)**" }
}

extension Verdict {
  var emphasised: String { self == .holds ? rawValue : "**\(rawValue)**" }
}

extension ClaimPage {
  /// For example `12 claims: 8 hold, 2 broken, 1 undecided, 1 not run`.
  public var summary: String {
    var counts: [(word: String, count: Int)] = []
    for result in results {
      let word =
        switch result.verdict {
        case .holds: "hold"
        case .notRun: "not run"
        default: result.verdict.text
        }
      if let index = counts.firstIndex(where: { $0.word == word }) {
        counts[index].count += 1
      } else {
        counts.append((word, 1))
      }
    }
    return "\(results.count) claim\(results.count == 1 ? "" : "s"): "
      + counts.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
  }
}

extension ClaimResult {
  /// Whether a page made earlier tells of other runs: it lacks a fingerprint of these.
  public func hasChanged(since page: String) -> Bool {
    evidence?.portraits.contains { !page.contains($0.result.fingerprint) } ?? false
  }
}
