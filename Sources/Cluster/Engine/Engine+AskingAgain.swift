import Metrics
import Replica
import Scheduling
import SimCore

/// Law 10, watched while a run goes on: inside a segment nothing has happened that the policy asked to be told of, so
/// it must still say what it said. `--stepping iteration` would have asked it at every boundary.
extension Engine {
  /// Books iterations of a segment one by one, and asks a copy of the policy at each boundary that the segment passes
  /// over. What the copy learns it keeps until the engine is next disturbed, as a policy that is asked would.
  func bookAskingAgain(_ count: Int, of segment: inout Segment) {
    guard count > 0 else { return }
    let now = state.now
    let copy = policy.copy()
    var answer = Decision()
    for _ in 0..<count {
      state.now = clock.time(ofWork: segment.start + segment.line.first.picoseconds)
      bookAtOnce(1, of: &segment)
      // At the last iteration's boundary the policy itself is asked, unless the decision stands beyond it.
      if segment.iterations == 0, case .decision = segment.ending { break }
      answer.reset()
      copy.decide(state, &answer)
      if brokenLaw == nil, let change = answer.change(from: decision) {
        brokenLaw = BrokenLaw(
          "\(name) at \(state.now.seconds) s: policy '\(policy.descriptor.name)' changes its answer without "
            + "an event that ends the one before: \(change). Results would depend on how often it is asked")
      }
    }
    state.now = now
  }
}

extension Decision {
  /// In words, how this differs from a decision that stands and changes nothing; nil when it says the same.
  fileprivate func change(from standing: Decision) -> String? {
    let actions: [(String, [Int32])] = [
      ("drops", Array(drops)), ("evicts", Array(evictions)), ("pages out", Array(pageOuts)),
      ("fetches", Array(fetches)),
      ("pauses", Array(pauses)), ("resumes", Array(resumes)), ("processes prompts of", chunks.map(\.slot)),
    ]
    let changes = actions.filter { !$0.1.isEmpty }.map { action, slots in
      action + (slots.count == 1 ? " slot " : " slots ") + slots.map(String.init).joined(separator: ", ")
    }
    if !changes.isEmpty { return "it now " + changes.joined(separator: " and ") }
    if decodes != standing.decodes { return "decode now \(decodes ? "runs" : "stops")" }
    if admissionLimit != standing.admissionLimit {
      return "what keeps the first waiting request out is now \(admissionLimit), it was \(standing.admissionLimit)"
    }
    let (more, was) = (overheadPerIteration.seconds, standing.overheadPerIteration.seconds)
    if more != was { return "an iteration now costs \(more) s more, it was \(was) s" }
    return nil
  }
}
