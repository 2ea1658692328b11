import Metrics
import Statistics
import TextIO

extension SweepReport {
  /// Every point as a row: varied keys in base units, every figure with half the width of its interval, and with a
  /// baseline its ratio.
  public var csv: String {
    let isReplicated = hasIntervals
    let isCompared = rows.contains { $0.baseline != nil }
    var header = ["deployment", "class", "policy", "variant"] + keys.map(Alternatives.columnName) + ["replications"]
    if !objectives.isEmpty { header.append("pareto") }
    for key in MetricKey.all {
      header.append(key.name)
      if isReplicated { header.append(key.name + "_half_width") }
      if isCompared, key.preference != .none {
        header += ["_ratio", "_ratio_lower", "_ratio_upper"].map { key.name + $0 }
      }
    }
    header.append("nearest_recording")
    var text = ResultsCSV.row(header)
    for (index, row) in rows.enumerated() {
      var fields = [row.deployment, row.requestClass, row.alternative.policy, row.alternative.variant?.name ?? ""]
      fields += keys.map { ResultsCSV.plain(row.alternative.setting($0)) }
      fields.append("\(row.replications)")
      if !objectives.isEmpty { fields.append(isOnFront[index] ? "1" : "0") }
      for (position, key) in MetricKey.all.enumerated() {
        let summary = row.summaries[position]
        fields.append(JSONWriter.digits(summary?.mean, asInteger: key.isInteger) ?? "")
        if isReplicated { fields.append(JSONWriter.digits(summary?.interval?.halfWidth) ?? "") }
        if isCompared, key.preference != .none {
          let comparison = row.comparisons[position]
          let ratio = [comparison?.ratio, comparison?.ratioInterval?.lower, comparison?.ratioInterval?.upper]
          fields += ratio.map { JSONWriter.digits($0) ?? "" }
        }
      }
      fields.append(row.trust?.nearest?.title ?? "")
      text += ResultsCSV.row(fields)
    }
    return text
  }

  /// The same as an object with `points`.
  ///
  /// - Parameter missing: how many points, each under each policy, are not in the store yet.
  public func json(spillwayVersion: String, missing: Int) -> String {
    var json = JSONWriter()
    json.object { json in
      json.integer("schema_version", ResultsJSON.schemaVersion)
      json.string("name", name)
      json.string("spillway_version", spillwayVersion)
      json.integer("missing_points", missing)
      json.array("points") { json in
        for (index, row) in rows.enumerated() { json.object { json in write(row, index, &json) } }
      }
    }
    return json.text + "\n"
  }

  private func write(_ row: SweepRow, _ index: Int, _ json: inout JSONWriter) {
    json.string("deployment", row.deployment)
    json.string("class", row.requestClass)
    ResultsJSON.writeAlternative(row.alternative, &json)
    json.integer("replications", row.replications)
    if !objectives.isEmpty { json.boolean("pareto", isOnFront[index]) }
    for (position, key) in MetricKey.all.enumerated() {
      let summary = row.summaries[position]
      json.number(key.name, summary?.mean, asInteger: key.isInteger)
      if row.replications > 1 || row.modelError != nil {
        json.number(key.name + "_half_width", summary?.interval?.halfWidth)
      }
    }
    json.recording(row.trust?.nearest)
    guard let baseline = row.baseline else { return }
    json.object("compared") { json in
      json.string("baseline", baseline)
      for (position, key) in MetricKey.all.enumerated() where key.preference != .none {
        guard let comparison = row.comparisons[position] else { continue }
        ResultsJSON.write(comparison, named: key.name, &json)
      }
    }
  }
}
