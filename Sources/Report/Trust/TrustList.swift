import Metrics
import Statistics
import TextIO

/// What figures rest on, as a list below a table.
enum TrustList {
  static let heading = "What the step times rest on"

  /// A line for each deployment of each alternative; alternatives on the same engine share the first one's.
  ///
  /// - Returns: nil where nothing is known.
  static func block(_ results: ResultSet) -> ReportDocument.Block? {
    var lines: [(label: String, line: TrustLine, basis: TrustBasis?, error: ModelError?)] = []
    for column in results.columns {
      guard let run = column.runs.first else { continue }
      for line in run.trust {
        let basis = run.deployments.first { $0.name == line.deployment }?.trust
        if lines.contains(where: { $0.line.deployment == line.deployment && $0.basis == basis }) { continue }
        let error =
          results.hasModelError ? line.nearest.flatMap { ModelError($0, confidence: results.confidence) } : nil
        lines.append((column.label, line, basis, error))
      }
    }
    return block(lines.map { ($0.label, $0.line, $0.error) })
  }

  /// The same of answers, each with the lines of its run.
  static func block(_ answers: [(label: String, lines: [TrustLine])]) -> ReportDocument.Block? {
    var lines: [(label: String, line: TrustLine, error: ModelError?)] = []
    for answer in answers {
      for line in answer.lines {
        let isKnown = lines.contains {
          $0.line.deployment == line.deployment && $0.line.nearest == line.nearest
            && TrustSentence.text($0.line) == TrustSentence.text(line)
        }
        if !isKnown { lines.append((answer.label, line, nil)) }
      }
    }
    return block(lines)
  }

  private static func block(
    _ lines: [(label: String, line: TrustLine, error: ModelError?)]
  ) -> ReportDocument.Block? {
    let names = lines.map { entry in
      let isAlone = lines.count { $0.line.deployment == entry.line.deployment } == 1
      return entry.line.deployment + (isAlone || entry.label.isEmpty ? "" : ", " + entry.label)
    }
    let width = names.map(\.count).max() ?? 0
    let items = zip(names, lines).map { name, entry in
      (name: TextTable.padded(name, width) + "  ", text: TrustSentence.text(entry.line, error: entry.error))
    }
    return items.isEmpty ? nil : .list(heading: heading, items: items)
  }
}

extension JSONWriter {
  /// What step times rest on, an object for each deployment.
  mutating func trust(_ lines: [TrustLine]) {
    array("trust") { json in
      for line in lines {
        json.object { json in
          json.string("deployment", line.deployment)
          for share in line.shares { json.number("\(share.basis)_time_fraction", share.share) }
          json.recording(line.nearest)
        }
      }
    }
  }

  /// The nearest recording with what was seen there; null without one.
  mutating func recording(_ seen: TrustBasis.SeenError?) {
    guard let seen else { return null("nearest_recording") }
    object("nearest_recording") { json in
      json.string("title", seen.title)
      json.integer("runs", seen.runs)
      json.number("mean_error", seen.mean)
      json.number("max_error", seen.worst)
      json.strings("differs_in", seen.differences)
      json.boolean("is_of_this_gpu_and_stack", seen.isOfThisEngine)
    }
  }
}
