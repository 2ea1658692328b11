import Metrics
import Scenario
import SimCore
import Workload

/// A change of a scenario that makes itself felt only from some moment on. What was done before must be the same: no
/// policy may know what is still to come.
struct FutureChange: Sendable {
  /// For messages.
  var name: String
  /// The changed scenario, given what happened without the change; nil where there is nothing to change.
  var make: @Sendable (ResolvedScenario, [RequestOutcome]) -> ResolvedScenario?

  static let all = [shorterAnswers, fewerRequests]

  /// Answers that are longer than half of all end there; where all have one length, at half of it. Nothing differs
  /// until the first of them does.
  private static let shorterAnswers = FutureChange(name: "how long answers will be") { scenario, rows in
    let lengths = rows.map(\.outputTokens).sorted()
    guard let longest = lengths.last, longest > 1 else { return nil }
    let median = lengths[lengths.count / 2]
    let limit = Int(median < longest ? median : longest / 2)
    var changed = scenario
    for stream in changed.streams.indices {
      for component in changed.streams[stream].workload.components.indices {
        guard
          case .independent(let prompt, var output) = changed.streams[stream].workload.components[component].lengths
        else { return nil }
        output.maximum = min(output.maximum ?? limit, limit)
        output.minimum = output.minimum.map { min($0, limit) }
        changed.streams[stream].workload.components[component].lengths = .independent(prompt: prompt, output: output)
      }
      if !changed.streams[stream].workload.problems().isEmpty { return nil }
    }
    return changed
  }

  /// The first stream ends after half of its requests. Nothing differs until the next would have come.
  private static let fewerRequests = FutureChange(name: "which requests will come") { scenario, rows in
    let half = rows.count { $0.stream == 0 } / 2
    guard half > 0 else { return nil }
    var changed = scenario
    changed.streams[0].workload.requestLimit = half
    return changed.streams[0].workload.problems().isEmpty ? changed : nil
  }

  func applied(to scenario: ResolvedScenario, _ rows: Recount) -> ResolvedScenario? {
    let rows = rows.rows(run: 0).values
    return rows.isEmpty ? nil : make(scenario, Array(rows))
  }

  /// What differs before anything could, in words.
  func difference(_ before: Recount, _ after: Recount, of result: RunResult, run: Int) -> String? {
    let one = before.rows(run: run)
    let other = after.rows(run: run)
    // From then on the runs may differ: a request is missing, or an answer ended early.
    var moment = SimTime.never
    for (id, row) in one {
      guard let changed = other[id], changed.arrival == row.arrival, changed.stream == row.stream else {
        moment = min(moment, row.arrival, other[id]?.arrival ?? .never)
        continue
      }
      if changed.promptTokens != row.promptTokens { return nil }
      if changed.outputTokens == row.outputTokens { continue }
      // Lengths decide whether a request can be served at all, and how the rest of a conversation goes.
      if row.status == .rejected || changed.status == .rejected { return nil }
      moment = min(moment, changed.finished, row.finished)
    }
    // Times are those of clients: what engines do shows that much later.
    let way = result.deployments.map(\.frontEnd).max() ?? .zero
    if moment != .never { moment = max(.zero, moment - way) }
    for (id, row) in one {
      guard let changed = other[id] else { continue }
      for (what, a, b) in [
        ("scheduled", row.scheduled, changed.scheduled), ("given its first token", row.firstToken, changed.firstToken),
        ("finished", row.finished, changed.finished),
      ] where a != b && min(a, b) < moment {
        return "it knows \(name): request \(id) is \(what) at \(a) or \(b), and nothing differs until \(moment)"
      }
    }
    return nil
  }
}
