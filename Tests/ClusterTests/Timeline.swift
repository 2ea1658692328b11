import Replica
import Scheduling

/// A run as a picture: a row per request, a column per iteration.
///
///     A |Pdd-ddd|
///     B    |Pdd|
///
/// In a row, between the bars that stand for arrival and end:
/// - `P` prompt tokens are processed, `d` a token is decoded, `x` the same in an iteration that was given up;
/// - `.` it waits without KV, `-` it is on the GPU but not in the iteration;
/// - `>` its KV is on the way out, `~` off the GPU, `<` on the way back.
///
/// A column shows the iteration that a decision started, whatever had to move first; where nothing could run, it shows
/// what was decided. It says nothing of how long an iteration took.
enum Timeline {
  /// Draws what was recorded of one engine that was consulted before every iteration.
  static func picture(_ consultations: [Consultation]) -> String {
    var rows: [Int64: String] = [:]
    for (column, consultation) in consultations.enumerated() {
      let next = column + 1 < consultations.count ? consultations[column + 1] : nil
      for (slot, seen) in consultation.sequences {
        var cell = cell(slot, seen, consultation.decision)
        let after = next?.sequences[slot]
        if cell == "P" || cell == "d", let after, after.request == seen.request, after.kv == seen.kv,
          after.generated == seen.generated
        {
          cell = "x"
        }
        var row = rows[seen.request] ?? String(repeating: " ", count: column) + "|"
        row.append(cell)
        rows[seen.request] = row
      }
    }
    return rows.sorted { $0.key < $1.key }.map { request, row in
      String(UnicodeScalar(UInt8(ascii: "A") + UInt8(request))) + " " + row + "|"
    }.joined(separator: "\n")
  }

  private static func cell(_ slot: Int32, _ seen: Consultation.Seen, _ decision: Decision) -> Character {
    if decision.chunks.contains(where: { $0.slot == slot }) { return "P" }
    if decision.drops.contains(slot) { return "." }
    if decision.evictions.contains(slot) { return ">" }
    if decision.pageOuts.contains(slot) { return decision.waitsForTransfers ? "~" : ">" }
    if decision.pauses.contains(slot) { return "-" }
    if decision.resumes.contains(slot) { return "d" }
    if decision.fetches.contains(slot) {
      if !decision.waitsForTransfers { return "<" }
      return decision.fetchedJoinBatch && decision.decodes && seen.prefillDone ? "d" : "-"
    }
    switch seen.phase {
    case .decoding: return decision.decodes ? "d" : "-"
    case .waiting, .entering, .vacant: return "."
    case .prefilling, .paused: return "-"
    case .pagingOut: return ">"
    case .paged: return "~"
    case .pagingIn, .arriving: return "<"
    }
  }
}
