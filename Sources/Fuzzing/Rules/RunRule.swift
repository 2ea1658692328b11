import Cluster
import Metrics
import SimCore

/// A change of a run of which it is known, to the picosecond, what it does to every request (a metamorphic relation:
/// Chen, Cheung and Yiu, 1998). Results are right or wrong without anybody knowing what they should be.
struct RunRule: Sendable {
  /// For messages and counts.
  var name: String
  /// The run that the changed one is compared with, where that is not the scenario's own; nil where the rule says
  /// nothing of it.
  var base: @Sendable (ClusterPlan) throws -> ClusterPlan? = { $0 }
  /// Whether that is the scenario's own run, which has been made.
  var isOwn = true
  /// The changed run; nil where the rule says nothing of it.
  var change: @Sendable (ClusterPlan) throws -> ClusterPlan?
  /// The rows that the changed run must have, made of those of the run itself. Of streams without a row here the
  /// changed run may have any.
  var expected: @Sendable (ClusterPlan, [RequestOutcome]) -> [RequestOutcome] = { $1 }

  /// Rules that hold for every run that they say anything of.
  ///
  /// Not among them: twice the rate, or another weight, under random arrivals and the same costs makes no figure
  /// predictable, and need not even make every one larger; a stream's new name changes what is drawn for it; twice the
  /// replicas behind one router are not two clusters.
  static let all = [copies, strangers, names, seeds, time]

  /// What the changed run does not have as the rule says, in words.
  func difference(_ plan: ClusterPlan, _ rows: [RequestOutcome], changed: [RequestOutcome]) -> String? {
    let wanted = Self.byStream(expected(plan, rows))
    let found = Self.byStream(changed)
    for (stream, rows) in wanted.sorted(by: { $0.key < $1.key }) {
      let others = found[stream] ?? []
      if rows.count != others.count {
        return "\(name): stream \(stream) has \(others.count) requests, not \(rows.count)"
      }
      for (index, (row, other)) in zip(rows, others).enumerated() where row != other {
        return "\(name): request \(index) of stream \(stream) has \(Self.words(other)), not \(Self.words(row))"
      }
    }
    return nil
  }

  /// Rows without their numbers, which count the requests of all streams, in order of arrival.
  private static func byStream(_ rows: [RequestOutcome]) -> [Int32: [RequestOutcome]] {
    Dictionary(grouping: rows, by: \.stream).mapValues { rows in
      rows.sorted { $0.id < $1.id }.map { row in
        var row = row
        row.id = 0
        return row
      }
    }
  }

  private static func words(_ row: RequestOutcome) -> String {
    "\(row.promptTokens)+\(row.outputTokens) tokens at replica \(row.replica), arrival \(row.arrival.picoseconds), "
      + "scheduled \(row.scheduled.picoseconds), first token \(row.firstToken.picoseconds), finished "
      + "\(row.finished.picoseconds) ps, longest gap \(row.longestTokenGap.picoseconds), \(row.preemptions) preemptions"
  }
}
