import Experiments
import Metrics
import Report
import Scenario
import Statistics

/// Words that pages have for bounds and figures.
enum ClaimText {
  /// The bounds of a judgement, for example `15 s to 25 s`, `above 1`.
  static func target(_ judgement: Judgement) -> String {
    let unit = unit(of: judgement)
    func text(_ bound: Double) -> String { FigureText.exact(bound, unit) }
    return switch (judgement.bounds.above, judgement.bounds.below) {
    case (let above?, let below?): "\(text(above)) to \(text(below))"
    case (let above?, nil): "above \(text(above))"
    case (nil, let below?): "below \(text(below))"
    case (nil, nil): ""
    }
  }

  /// What was simulated, with its interval where there is one; what the judgement found where there is no value.
  static func simulated(_ judgement: Judgement) -> String {
    guard let value = judgement.value else { return judgement.finding }
    let unit = unit(of: judgement)
    guard let interval = judgement.interval else { return FigureText.measured(value, unit) }
    let texts = FigureText.measured([value, interval.lower, interval.upper], unit)
    return "\(texts[0]) [\(texts[1]), \(texts[2])]"
  }

  /// The value alone.
  static func value(_ judgement: Judgement) -> String {
    judgement.value.map { FigureText.measured($0, unit(of: judgement)) } ?? "none"
  }

  /// Whether the value itself, not its interval, is where it should be; false where nothing is said of it.
  static func isWithin(_ judgement: Judgement) -> Bool {
    if judgement.bounds == ClaimBounds() { return false }
    return judgement.value.map { judgement.bounds.verdict(on: $0, nil) == .holds } ?? false
  }

  /// A ratio has no unit.
  static func unit(of judgement: Judgement) -> MetricUnit {
    judgement.isRatio ? .plain : MetricUnit(ofMetric: judgement.metric)
  }

  /// What a page calls a judgement: the bound's title, or the claim's words; with the policy where a bound is about
  /// several.
  static func title(_ judgement: Judgement, among judgements: [Judgement], _ expectations: [Expectation]) -> String {
    let expectation = expectations.first { $0.position == judgement.position }
    guard let title = expectation?.title, !title.isEmpty else {
      return judgement.claim
    }
    let isAlone = judgements.count { $0.position == judgement.position } == 1
    return isAlone ? title : "\(title), \(judgement.policy ?? "")"
  }

  /// Text for a cell of a Markdown table.
  static func cell(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ")
  }

  /// A Markdown table; the first column is text, the others are flush right where they hold figures.
  static func table(_ header: [String], _ rows: [[String]], figuresFrom: Int = 1) -> String {
    MarkupTable.markdown(
      header.map(cell), rows.map { $0.map(cell) }, numeric: Set(header.indices.dropFirst(figuresFrom)))
  }
}
