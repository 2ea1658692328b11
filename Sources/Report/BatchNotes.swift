import Metrics
import SimCore
import Statistics

/// What is said of intervals that rest on batches of a single run.
enum BatchNotes {
  static func notes(_ results: ResultSet) -> [String] {
    if results.batches.isEmpty { return [] }
    var notes = [
      "± of mean latencies: half the \(TableNumber.text(results.confidence * 100, decimals: 0)) % confidence interval "
        + "by batches of a run's requests, for a load that does not change in its course."
    ]
    for column in results.columns {
      for (index, latencies) in (results.batches[column.alternative] ?? []).enumerated() {
        let group = results.sample.groups[index]
        let name =
          "\(column.label), \(results.sample.deployments[Int(group.deployment)].name), \(group.requestClass.rawValue)"
        for kind in LatencyKind.allCases {
          guard let batches = latencies[kind] else { continue }
          if batches.interval() == nil {
            notes.append("Warning: \(name): too few requests for batches of \(kind.rawValue.uppercased()).")
          } else if batches.depend, let correlation = batches.correlation {
            notes.append(
              "Warning: \(name): batches of \(batches.length) requests still move together in "
                + "\(kind.rawValue.uppercased()) (correlation \(TableNumber.text(correlation, decimals: 2))): the "
                + "interval is too narrow; run longer, or several replications.")
          }
        }
      }
    }
    return notes
  }
}
