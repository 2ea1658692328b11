import Metrics
import Statistics

extension SweepReport {
  /// Rows of a table that a person may still want to read.
  static let mostRows = 100

  /// A table for each deployment and class: a row for each point and policy, or for those on the front; varied keys and
  /// figures as columns.
  ///
  /// - Parameter isWhole: with all rows, be they ever so many.
  public func document(isWhole: Bool = false) -> ReportDocument {
    var title = "\(name): \(Set(rows.map { $0.alternative }).count) points"
    if !objectives.isEmpty {
      title += "; those on the Pareto front of \(objectives.joined(separator: ", ")): no other is as good in all"
    }
    let isReplicated = rows.contains { $0.replications > 1 }
    if isReplicated { title += "; means over replications, ± is the 95 % confidence interval" }
    if rows.contains(where: { $0.modelError != nil }) {
      title += isReplicated ? ", the model's error included" : "; ± is what the model may be wrong by"
    }
    var blocks: [ReportDocument.Block] = [.title(title)]
    for group in shown {
      guard let first = group.first ?? Self.groups(rows).first?.first else { continue }
      blocks.append(.heading("\(rows[first].deployment), \(rows[first].requestClass) requests"))
      let count = isWhole ? group.count : min(group.count, Self.mostRows)
      blocks.append(.table(table(Array(group.prefix(count)))))
      if count < group.count {
        blocks.append(
          .notes([("\(group.count - count) more; '--format csv' has all, '--pareto' chooses the best.", 0)]))
      }
    }
    let trust = self.trust
    if !trust.isEmpty { blocks.append(.list(heading: TrustList.heading, items: trust)) }
    return ReportDocument(blocks: blocks)
  }

  /// What the points rest on: a line for each deployment and nearest recording.
  private var trust: [(name: String, text: String)] {
    struct Place: Hashable {
      var deployment: String
      var nearest: TrustBasis.SeenError?
    }
    var order: [Place] = []
    var members: [Place: [SweepRow]] = [:]
    for row in rows {
      guard let basis = row.trust else { continue }
      let place = Place(deployment: row.deployment, nearest: basis.nearest)
      if members[place] == nil { order.append(place) }
      members[place, default: []].append(row)
    }
    return order.map { place in
      let own = members[place] ?? []
      let points = Set(own.map(\.alternative)).count
      let shares = (own.first?.trust?.parts ?? []).compactMap { part -> String? in
        let values = own.compactMap { $0.summary("\(part.basis)_time_fraction")?.mean }
        guard let least = values.min(), let most = values.max(), most >= 0.005 else { return nil }
        let texts = [least, most].map { TableNumber.text($0 * 100, decimals: 0) }
        return (texts[0] == texts[1] ? texts[0] : texts.joined(separator: " to ")) + " % "
          + TrustSentence.basis(part.basis)
      }
      var text = "\(points) point\(points == 1 ? "" : "s"): "
      text += shares.isEmpty ? "no iteration was run" : "of iterations' time about " + shares.joined(separator: ", ")
      if let nearest = place.nearest { text += "; nearest recording: " + TrustSentence.recording(nearest) }
      return (place.deployment + "  ", text)
    }
  }

  /// Whether figures carry intervals.
  var hasIntervals: Bool { rows.contains { $0.replications > 1 || $0.modelError != nil } }

  private func table(_ group: [Int]) -> TextTable {
    let compared = group.contains { rows[$0].baseline != nil }
    var table = TextTable(
      columns: Alternatives.short(keys) + figures + (compared ? figures.map { "ratio of \($0)" } : []))
    let scales = figures.map { figure in
      let greatest = group.compactMap { rows[$0].summary(figure)?.mean }.map(abs).max() ?? 0
      return FigureText.scale(of: greatest, MetricUnit(ofMetric: figure))
    }
    for index in group {
      let row = rows[index]
      var cells = keys.map { row.alternative.setting($0)?.text ?? "none" }
      for (figure, scale) in zip(figures, scales) {
        let isWhole = MetricKey.named(figure)?.isInteger ?? false
        cells.append(
          row.summary(figure).map {
            TableNumber.text($0.mean, halfWidth: $0.interval?.halfWidth, scale: scale, wholeNumbers: isWhole)
          } ?? "none")
      }
      if compared { cells += figures.map { RatioTable.cell(row.comparison($0)) } }
      table.rows.append(
        TextTable.Row(group: "", label: row.alternative.policy, cells: cells, best: cells.map { _ in false }))
    }
    return table
  }
}
