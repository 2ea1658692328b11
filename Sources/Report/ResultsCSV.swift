import Metrics
import SimCore
import Statistics
import TextIO

/// The `results` of the JSON as a table: one row per (deployment, policy, request class, replication or summary).
///
/// Columns are the same keys; the half-width columns are there when a policy has several replications. An empty field
/// means that there is no such figure.
public enum ResultsCSV {
  /// - Returns: RFC 4180 text with a header; lines end in a line feed.
  public static func text(_ results: ResultSet) -> String {
    var header = ["deployment", "model", "policy", "class", "replication", "seed", "fingerprint"]
    header += MetricKey.all.map(\.name)
    if results.isReplicated { header += MetricKey.all.map { $0.name + "_half_width" } }
    var text = row(header)
    for group in results.sample.groups.indices {
      let collector = results.sample.groups[group]
      let deployment = results.sample.deployments[Int(collector.deployment)]
      for (policy, runs) in results.policies.enumerated() {
        let identity = [deployment.name, deployment.model, runs.policy, collector.requestClass.rawValue]
        for run in runs.runs {
          let view = GroupView(run, group: group)
          var fields = identity + ["\(run.replication)", "\(run.seed)", run.fingerprint]
          fields += MetricKey.all.map { JSONWriter.digits($0.value(in: view), asInteger: $0.isInteger) ?? "" }
          if results.isReplicated { fields += MetricKey.all.map { _ in "" } }
          text += row(fields)
        }
        if runs.runs.count > 1 {
          let summaries = MetricKey.all.map { results.summary($0, policy: policy, group: group) }
          var fields = identity + ["summary", "", ""]
          fields += summaries.map { JSONWriter.digits($0?.mean) ?? "" }
          fields += summaries.map { JSONWriter.digits($0?.interval?.halfWidth) ?? "" }
          text += row(fields)
        }
      }
    }
    return text
  }

  static func row(_ fields: [String]) -> String {
    fields.map(field).joined(separator: ",") + "\n"
  }

  /// Quoted when it has to be.
  static func field(_ value: String) -> String {
    let special = value.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    if !special { return value }
    return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
