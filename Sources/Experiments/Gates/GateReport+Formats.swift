import Metrics
import Report
import SimCore
import Statistics
import TextIO

extension GateReport {
  /// Lines for a terminal: a line for each claim, then how many hold.
  public var text: String {
    judgements.map { $0.line + "\n" }.joined() + summary + "\n" + advice.map { $0 + "\n" }.joined()
  }

  /// What to do about claims that are undecided.
  private var advice: [String] {
    guard count(.undecided) > 0 else { return [] }
    return ["Undecided: the interval spans a bound. More replications may tell (--max-replications), or other bounds."]
  }

  /// The XML that build servers read. A broken claim is a failure; an undecided one is skipped, since it says nothing
  /// either way.
  public var junit: String {
    func counts(_ judgements: [Judgement]) -> String {
      "tests=\"\(judgements.count)\" failures=\"\(judgements.count { $0.verdict == .broken })\""
        + " skipped=\"\(judgements.count { $0.verdict == .undecided })\""
    }
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"spillway check\" \(counts(judgements))>\n"
    for scenario in scenarios {
      text += "  <testsuite name=\"\(XMLText.escaped(scenario.name))\" \(counts(scenario.judgements))>\n"
      for judgement in scenario.judgements {
        let name = XMLText.escaped(judgement.claim)
        text += "    <testcase classname=\"\(XMLText.escaped(scenario.path))\" name=\"\(name)\">"
        let message = XMLText.escaped("\(judgement.position): \(judgement.claim): \(judgement.finding)")
        switch judgement.verdict {
        case .holds: break
        case .broken: text += "<failure message=\"\(message)\"/>"
        case .undecided: text += "<skipped message=\"\(message)\"/>"
        }
        text += "</testcase>\n"
      }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  /// Workflow commands that GitHub shows beside the lines that the claims stand in: an error for a broken claim, a
  /// warning for an undecided one. Their form is GitHub's, "Workflow commands for GitHub Actions".
  public var githubAnnotations: String {
    judgements.filter { $0.verdict != .holds }.map { judgement in
      let parts = judgement.position.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      var place = "file=" + Self.property(judgement.position)
      if parts.count > 2, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]) {
        place = "file=\(Self.property(parts.dropLast(2).joined(separator: ":"))),line=\(line),col=\(column)"
      }
      let kind = judgement.verdict == .broken ? "error" : "warning"
      let message = "\(judgement.claim): \(judgement.finding)"
      return "::\(kind) \(place),title=\(judgement.verdict.rawValue)::\(Self.data(message))\n"
    }.joined()
  }

  /// Text behind the `::`.
  private static func data(_ text: String) -> String {
    escaped(text) { ["%": "%25", "\r": "%0D", "\n": "%0A"][$0] }
  }

  /// The value of a property, in which colons and commas mean something too.
  private static func property(_ text: String) -> String {
    escaped(text) { ["%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"][$0] }
  }

  private static func escaped(_ text: String, _ code: (Unicode.Scalar) -> String?) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += code($1) ?? String($1) }
  }

  /// For a comment on a pull request: what is not as claimed first, the rest folded away.
  public var markdown: String {
    let mark: [Verdict: String] = [.holds: "holds", .broken: "**broken**", .undecided: "undecided"]
    func table(_ rows: [Judgement]) -> String {
      "| Verdict | Claim | Measured |\n| --- | --- | --- |\n"
        + rows.map {
          "| \(mark[$0.verdict] ?? "") | \(Self.cell($0.claim)) | \(Self.cell($0.finding)) |\n"
        }.joined()
    }
    var text = "### Spillway: \(summary)\n"
    let open = judgements.filter { $0.verdict == .broken } + judgements.filter { $0.verdict == .undecided }
    if !open.isEmpty { text += "\n" + table(open) }
    let rest = judgements.filter { $0.verdict == .holds }
    if !rest.isEmpty {
      text += "\n<details><summary>\(rest.count) that hold\(rest.count == 1 ? "s" : "")</summary>\n\n\(table(rest))"
      text += "\n</details>\n"
    }
    let percent = FigureText.exact(confidence, .fraction)
    text += "\nIntervals are such that all verdicts together are right with \(percent) confidence.\n"
    for note in notes { text += "\nNote: \(Self.cell(note))\n" }
    return text
  }

  /// Text in a table of GitHub's Markdown, where names may come from a stranger.
  private static func cell(_ text: String) -> String {
    escaped(text) { scalar in
      switch scalar {
      case "|", "\\", "`", "*", "_", "[", "]", "~", "@", "#": "\\" + String(scalar)
      case "<": "&lt;"
      case ">": "&gt;"
      case "&": "&amp;"
      case "\r", "\n": " "
      default: nil
      }
    }
  }

  /// Everything, for programs.
  public var json: String {
    var json = JSONWriter()
    json.object { json in
      json.integer("schema_version", 1)
      json.string("verdict", verdict.rawValue)
      for verdict in Verdict.allCases { json.integer(verdict.rawValue, count(verdict)) }
      json.number("confidence", confidence)
      json.strings("notes", notes)
      json.array("scenarios") { json in
        for scenario in scenarios {
          json.object { json in
            json.string("name", scenario.name)
            json.string("path", scenario.path)
            json.integer("seed", scenario.seed)
            if let points = scenario.points { json.integer("points", points) }
            json.integer("replications", scenario.replications)
            json.number("interval_confidence", scenario.intervalConfidence)
            json.array("claims") { json in
              for judgement in scenario.judgements { Self.write(judgement, &json) }
            }
          }
        }
      }
    }
    return json.text + "\n"
  }

  private static func write(_ judgement: Judgement, _ json: inout JSONWriter) {
    json.object { json in
      json.string("verdict", judgement.verdict.rawValue)
      json.string("position", judgement.position)
      json.string("claim", judgement.claim)
      json.string("finding", judgement.finding)
      json.string("metric", judgement.metric)
      if let deployment = judgement.deployment { json.string("deployment", deployment) }
      if let requestClass = judgement.requestClass { json.string("class", requestClass.rawValue) }
      if let policy = judgement.policy { json.string("policy", policy) }
      json.number("above", judgement.bounds.above)
      json.number("below", judgement.bounds.below)
      json.number("value", judgement.value)
      json.number("lower", judgement.interval?.lower)
      json.number("upper", judgement.interval?.upper)
      json.integer("replications", judgement.replications)
    }
  }
}
