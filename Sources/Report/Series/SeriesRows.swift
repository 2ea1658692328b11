import Metrics
import SimCore
import TextIO

/// The time series of several runs as a file: a row for each interval of each deployment, replica and link.
///
/// Columns that a row has nothing for are empty in CSV and absent in JSON lines.
public enum SeriesRows {
  /// - Parameter runs: those without a time series are passed over.
  /// - Throws: `OutputError`; the place is then as it was.
  public static func write(_ runs: [RunResult], to path: String, _ format: RowFormat) throws(OutputError) {
    let file = try AtomicFile(path: path)
    let hasVariants = runs.contains { $0.variant != nil }
    if format == .csv { try file.write(ResultsCSV.row(columns(hasVariants: hasVariants))) }
    for run in runs {
      guard let series = run.timeSeries else { continue }
      for subject in subjects(run, series) {
        for index in 0..<series.count { try file.write(line(run, series, subject, index, format, hasVariants)) }
      }
    }
    try file.finish()
  }

  /// What rows are about: the texts that name it, and the names and values of its figures.
  private struct Subject {
    var scope: String
    var deployment = ""
    var replica: Int?
    var link = ""
    var figures: [(name: String, value: (Int) -> Double)]
  }

  private static let levels = TimeSeries.Level.allCases
  private static let linkFigures = ["bytes_per_second", "utilization"]
  private static func columns(hasVariants: Bool) -> [String] {
    ["policy"] + (hasVariants ? ["variant"] : [])
      + ["replication", "scope", "deployment", "replica", "link", "start_s", "end_s"] + levels.map(\.rawValue)
      + linkFigures
  }

  private static func subjects(_ run: RunResult, _ series: TimeSeries) -> [Subject] {
    func figures(_ values: [[Double]]) -> [(name: String, value: (Int) -> Double)] {
      zip(levels, values).map { level, values in (level.rawValue, { values[$0] }) }
    }
    let deployments = zip(run.deployments, series.deployments).map {
      Subject(scope: "deployment", deployment: $0.name, figures: figures($1))
    }
    let replicas = series.replicas.map {
      Subject(
        scope: "replica", deployment: run.deployments[$0.deployment].name, replica: $0.replica,
        figures: figures($0.levels))
    }
    let links = series.links.map { link in
      Subject(
        scope: "link", link: link.name,
        figures: [(linkFigures[0], { link.bytesPerSecond[$0] }), (linkFigures[1], link.utilization)])
    }
    return deployments + replicas + links
  }

  private static func line(
    _ run: RunResult, _ series: TimeSeries, _ subject: Subject, _ index: Int, _ format: RowFormat,
    _ hasVariants: Bool
  ) -> String {
    let start = ExactTime.seconds(series.start(of: index)) ?? ""
    let end = ExactTime.seconds(series.end(of: index)) ?? ""
    let replica = subject.replica.map(String.init) ?? ""
    let values = subject.figures.map { (name: $0.name, digits: JSONWriter.digits($0.value(index)) ?? "") }
    switch format {
    case .csv:
      let isLink = subject.scope == "link"
      let before = isLink ? levels.map { _ in "" } : []
      let after = isLink ? [] : linkFigures.map { _ in "" }
      return ResultsCSV.row(
        [run.policy] + (hasVariants ? [run.variant?.name ?? ""] : [])
          + ["\(run.replication)", subject.scope, subject.deployment, replica, subject.link, start, end]
          + before + values.map(\.digits) + after)
    case .jsonLines:
      var members = [("policy", JSONWriter.quoted(run.policy))]
      if let variant = run.variant { members.append(("variant", JSONWriter.quoted(variant.name))) }
      members += [("replication", "\(run.replication)"), ("scope", JSONWriter.quoted(subject.scope))]
      if !subject.deployment.isEmpty { members.append(("deployment", JSONWriter.quoted(subject.deployment))) }
      if !replica.isEmpty { members.append(("replica", replica)) }
      if !subject.link.isEmpty { members.append(("link", JSONWriter.quoted(subject.link))) }
      members += [("start_s", start), ("end_s", end)]
      members += values.map { ($0.name, $0.digits) }
      return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}\n"
    }
  }
}

extension JSONWriter {
  /// A run's time series: an array for each figure, an item for each interval.
  mutating func series(_ series: TimeSeries, of run: RunResult) {
    func write(_ values: [[Double]], _ json: inout JSONWriter) {
      for (level, values) in zip(TimeSeries.Level.allCases, values) { json.numbers(level.rawValue, values) }
    }
    object("series") { json in
      json.number("interval_seconds", series.interval.seconds)
      json.number("requested_interval_seconds", series.requestedInterval.seconds)
      json.integer("intervals", series.count)
      json.number("end_seconds", series.end.seconds)
      json.array("deployments") { json in
        for (label, values) in zip(run.deployments, series.deployments) {
          json.object { json in
            json.string("deployment", label.name)
            write(values, &json)
          }
        }
      }
      json.array("replicas") { json in
        for replica in series.replicas {
          json.object { json in
            json.string("deployment", run.deployments[replica.deployment].name)
            json.integer("replica", replica.replica)
            write(replica.levels, &json)
          }
        }
      }
      json.array("links") { json in
        for link in series.links {
          json.object { json in
            json.string("link", link.name)
            json.numbers("bytes_per_second", link.bytesPerSecond)
            json.numbers("utilization", (0..<series.count).map(link.utilization))
          }
        }
      }
    }
  }
}
