import SimCore
import StepTime
import Workload

/// A host's pace as a file: a CSV of `time_s`, seconds from the start of the run, and `host_time`, the host's time over
/// its usual time from then on.
extension HostPace {
  /// The paces that a file or a scenario may give.
  public static let paces = 0.01...100.0

  /// - Throws: for a file that cannot be read, and for times out of order.
  public init(table path: String) throws(WorkloadError) {
    var changes: [Change] = []
    do {
      changes = try CheckedTable(path, required: ["time_s", "host_time"]).map { row in
        Change(time: SimTime(seconds: try row.seconds("time_s")), pace: try row.number("host_time", Self.paces))
      }
    } catch let error as WorkloadError {
      throw error
    } catch {
      throw WorkloadError(.badContents, file: path, "\(error)")
    }
    for (index, (first, second)) in zip(changes, changes.dropFirst()).enumerated() where second.time < first.time {
      throw WorkloadError(
        .badContents, file: path,
        "row \(index + 2) is of \(second.time.seconds) s, the one before of \(first.time.seconds) s; rows come in "
          + "order of time")
    }
    if changes.isEmpty { throw WorkloadError(.badContents, file: path, "holds no rows") }
    self.init(changes)
  }

  /// The text of such a file, which reads back as this.
  public var table: String {
    "time_s,host_time\n" + changes.map { "\(TraceWriter.seconds($0.time)),\($0.pace)\n" }.joined()
  }
}
