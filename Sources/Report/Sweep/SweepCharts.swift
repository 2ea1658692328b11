import Charts
import Metrics
import Statistics

extension SweepReport {
  /// The most lines in one chart; with more, only those are drawn that differ in one other key, the rest at their first
  /// values.
  private static let mostLines = 8

  /// Each figure along each key that is varied in numbers, a line for each policy and other setting, with its interval;
  /// over each two of these keys as heat maps; and the Pareto front of the first two objectives.
  public func charts() -> [(name: String, page: ChartPage)] {
    var pages = keys.filter { numbers(of: $0).count > 1 }.map { key -> (String, ChartPage) in
      let charts = Self.groups(rows).flatMap { group in figures.map { chart(of: $0, along: key, group) } }
      return (
        "along-\(key)",
        ChartPage(title: "\(name), along \(key)", subtitle: "dotted: 95 % confidence interval", charts: charts)
      )
    }
    pages += maps()
    if objectives.count > 1 {
      let charts = Self.groups(rows).map { front(of: $0) }
      pages.append(("pareto", ChartPage(title: "\(name), Pareto front", charts: charts, columns: 1)))
    }
    return pages
  }

  func numbers(of key: String) -> Set<Double> {
    Set(rows.compactMap { $0.alternative.setting(key)?.number })
  }

  private func subtitle(_ group: [Int]) -> String {
    group.first.map { "\(rows[$0].deployment), \(rows[$0].requestClass) requests" } ?? ""
  }

  private func chart(of figure: String, along key: String, _ group: [Int]) -> Chart {
    let others = keys.filter { $0 != key }
    let first = others.map { key in group.first.flatMap { rows[$0].alternative.setting(key)?.text } }
    var names: [String] = []
    var lines: [String: [(x: Double, summary: Summary)]] = [:]
    // By line, in which of the other keys it is not at the first value.
    var different: [String: Set<Int>] = [:]
    let short = Alternatives.short(others)
    for index in group {
      let row = rows[index]
      guard let x = row.alternative.setting(key)?.number, let summary = row.summary(figure) else { continue }
      let texts = others.map { row.alternative.setting($0)?.text }
      let name = ([row.alternative.policy] + zip(short, texts).map { "\($0) \($1 ?? "none")" }).joined(separator: ", ")
      if lines[name] == nil { names.append(name) }
      different[name] = Set(others.indices.filter { texts[$0] != first[$0] })
      lines[name, default: []].append((x, summary))
    }
    var subtitle = subtitle(group)
    if names.count > Self.mostLines {
      let choices = [[]] + others.indices.map { [$0] }
      let kept = choices.map { free in names.filter { different[$0, default: []].isSubset(of: free) } }
      let most = kept.filter { $0.count <= Self.mostLines }.max { $0.count < $1.count } ?? Array(names.prefix(1))
      subtitle +=
        "; \(names.count - most.count) of \(names.count) lines are left out, at other values of "
        + short.joined(separator: ", ")
      names = most
    }
    let unit = ChartUnit(of: figure, values: lines.values.joined().map { abs($0.summary.mean) })
    let series = names.enumerated().flatMap { index, name -> [Series] in
      let points = (lines[name] ?? []).sorted { $0.x < $1.x }
      func line(_ name: String, dash: Series.Dash?, _ value: (Summary) -> Double?) -> Series {
        .line(
          name, points.compactMap { point in value(point.summary).map { Series.Point(point.x, $0 / unit.divisor) } },
          colour: index, dash: dash)
      }
      let middle = line(name, dash: .solid) { $0.mean }
      guard points.contains(where: { $0.summary.interval != nil }) else { return [middle] }
      return [
        line("", dash: .dotted) { $0.interval?.lower }, line("", dash: .dotted) { $0.interval?.upper }, middle,
      ]
    }
    return Chart(
      title: figure, subtitle: subtitle, x: Axis(label: key, scale: .suiting(numbers(of: key))),
      y: Axis(label: figure, unit: unit.suffix, includesZero: true), series: series, width: 560, height: 340)
  }

  /// All points by the first two objectives, those that no other beats joined by a line.
  private func front(of group: [Int]) -> Chart {
    let (a, b) = (objectives[0], objectives[1])
    func unit(_ figure: String) -> ChartUnit {
      ChartUnit(of: figure, values: group.compactMap { rows[$0].summary(figure)?.mean }.map(abs))
    }
    let (x, y) = (unit(a), unit(b))
    func point(_ index: Int) -> Series.Point? {
      guard let first = rows[index].summary(a)?.mean, let second = rows[index].summary(b)?.mean else { return nil }
      return Series.Point(first / x.divisor, second / y.divisor)
    }
    var policies: [String] = []
    for index in group where !policies.contains(rows[index].alternative.policy) {
      policies.append(rows[index].alternative.policy)
    }
    var series = policies.enumerated().map { place, policy in
      Series.points(policy, group.filter { rows[$0].alternative.policy == policy }.compactMap(point), colour: place)
    }
    let best = group.filter { isOnFront[$0] }.compactMap(point).sorted { ($0.x, $0.y) < ($1.x, $1.y) }
    let points = series.flatMap(\.points)
    let words = objectives.count > 2 ? "front of all \(objectives.count) objectives" : "front"
    series.append(.line(words, best, colour: policies.count, dash: .dashed))
    return Chart(
      title: "\(b) against \(a)", subtitle: subtitle(group),
      x: Axis(label: a, unit: x.suffix, scale: .suiting(points.map(\.x))),
      y: Axis(label: b, unit: y.suffix, scale: .suiting(points.map(\.y))), series: series, width: 760, height: 460)
  }
}

/// The unit in which a chart shows a figure.
struct ChartUnit {
  let divisor: Double
  let suffix: String

  init(of figure: String, values: [Double]) {
    let scale = FigureText.scale(of: values.max() ?? 0, MetricUnit(ofMetric: figure))
    divisor = scale.divisor
    suffix = scale.suffix.filter { $0 != " " }
  }
}
