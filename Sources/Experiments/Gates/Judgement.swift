import Metrics
import Report
import SimCore
import Statistics

/// A claim about results, what was measured, and what follows.
public struct Judgement: Sendable, Hashable {
  public var verdict: Verdict
  /// Where the claim was written: a file, and a line and a column where there are some, with colons between.
  public var position: String
  /// The claim in words, for example `p99_ttft_ms of chat (online) is below 2 s, under aqua`.
  public var claim: String
  /// What was measured, in words.
  public var finding: String
  /// The figure that is claimed something of, as in JSON.
  public var metric: String
  public var deployment: String?
  public var requestClass: RequestClass?
  /// The policy, or both of a ratio; nil where there is only one.
  public var policy: String?
  /// Whether one alternative's figure over another's is claimed something of.
  public var isRatio = false
  /// What was measured: a figure in the unit of its name, or a ratio; nil where there is no value.
  public var value: Double?
  public var interval: Interval?
  public var bounds: ClaimBounds
  /// How many replications it was decided with.
  public var replications: Int

  /// `holds`, `BROKEN` or `undecided` as wide as the widest, then the place, the claim and the finding.
  public var line: String {
    let mark = verdict == .broken ? "BROKEN" : verdict.rawValue
    return mark + String(repeating: " ", count: 11 - mark.count) + "\(position): \(claim): \(finding)"
  }
}

/// What was measured, in words.
enum FindingText {
  /// For example `512 ms [498 ms, 530 ms], 5 replications`.
  static func value(_ value: Double, _ interval: Interval?, unit: MetricUnit, replications: Int) -> String {
    guard let interval else { return FigureText.measured(value, unit) + ", one run" }
    // A ratio's interval has no end where what it is divided by may be zero.
    let figures = [value, interval.lower, interval.upper]
    var finite = FigureText.measured(figures.filter(\.isFinite), unit)[...]
    let texts = figures.map { $0.isFinite ? finite.removeFirst() : "unbounded" }
    return "\(texts[0]) [\(texts[1]), \(texts[2])], \(replications) replications"
  }
}
