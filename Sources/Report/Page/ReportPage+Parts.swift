import Charts
import Metrics
import SimCore
import Statistics

extension ReportPage.Part {
  /// What is told of the runs of a scenario.
  ///
  /// - Parameters:
  ///   - question: what the scenario asks, in its own words; nil where it says nothing.
  ///   - points: when requests came and how long they waited; nil where that was not kept.
  ///   - remark: which charts are missing, and why.
  ///   - texts: resolved scenarios and sources, to be unfolded.
  public init(
    _ results: ResultSet, question: String?, points: [Alternative: [[RequestPoint]]]?, remark: String? = nil,
    texts: [(title: String, text: String)]
  ) {
    let sample = results.sample
    var charts = LatencyCharts.page(results).charts
    if let points { charts += ArrivalCharts.page(results, points).charts }
    if sample.timeSeries != nil { charts += SeriesCharts.page(results).charts }
    let labels = results.columns.map(\.label).joined(separator: ", ")
    let asked =
      results.columns.count > 1
      ? "Compared: \(labels). " : "One \(results.noun): \(labels). "
    let requests =
      results.columns.map { $0.runs.reduce(0) { $0 + Int($1.injected) } / max(1, $0.runs.count) }.max() ?? 0
    self.init(
      title: sample.provenance.scenarioName,
      asked: (question.map { [$0] } ?? []) + [
        asked + "\(TableNumber.text(Double(requests), decimals: 0)) requests a run, "
          + "\(ComparisonTable.extent(results)). Scenario \(sample.provenance.scenarioPath), "
          + "SHA-256 \(sample.provenance.scenarioDigest)."
      ], answer: Answer.sentences(results), overview: ComparisonTable.document(results), charts: charts,
      remark: remark, texts: texts)
  }

  /// What is told of a sweep.
  public init(_ report: SweepReport, question: String?, missing: Int, texts: [(title: String, text: String)]) {
    let points = Set(report.rows.map(\.alternative)).count
    let replications = report.rows.map(\.replications).max() ?? 0
    var asked = "\(points) points under a policy each, keys varied: \(report.keys.joined(separator: ", ")); "
    asked += "\(replications) replication\(replications == 1 ? "" : "s") of each."
    if missing > 0 { asked += " \(missing) points are not in the store yet, and not told of here." }
    self.init(
      title: report.name, asked: (question.map { [$0] } ?? []) + [asked], answer: report.answer(),
      overview: report.document(isWhole: true), charts: report.charts().flatMap(\.page.charts), texts: texts)
  }
}
