import Charts
import Foundation
import Metrics
import Statistics

/// Heat maps of a sweep: a figure over two keys that are varied in numbers.
extension SweepReport {
  /// A page for each pair of such keys: a map for each deployment, class, policy and figure; other keys at the first of
  /// their values, which the map says.
  func maps() -> [(name: String, page: ChartPage)] {
    let numeric = keys.filter { numbers(of: $0).count > 1 }
    let pairs = numeric.indices.flatMap { first in
      numeric.indices.dropFirst(first + 1).map { (numeric[first], numeric[$0]) }
    }
    return pairs.compactMap { x, y in
      let charts = Self.groups(rows).flatMap { group in
        policies(of: group).flatMap { policy in
          figures.compactMap { map(of: $0, x, y, group.filter { rows[$0].alternative.policy == policy }, policy) }
        }
      }
      return charts.isEmpty ? nil : ("map-\(x)-\(y)", ChartPage(title: "\(name), \(y) over \(x)", charts: charts))
    }
  }

  private func policies(of group: [Int]) -> [String] {
    group.reduce(into: []) { policies, index in
      let policy = rows[index].alternative.policy
      if !policies.contains(policy) { policies.append(policy) }
    }
  }

  /// - Returns: nil where fewer than two cells have the figure.
  private func map(of figure: String, _ x: String, _ y: String, _ group: [Int], _ policy: String) -> Chart? {
    let others = keys.filter { $0 != x && $0 != y }
    let first = others.map { key in group.first.flatMap { rows[$0].alternative.setting(key)?.text } }
    let shown = group.filter { index in
      zip(others, first).allSatisfy { rows[index].alternative.setting($0)?.text == $1 }
    }
    let points = shown.compactMap { index -> (x: Double, y: Double, summary: Summary)? in
      let alternative = rows[index].alternative
      guard let across = alternative.setting(x)?.number, let up = alternative.setting(y)?.number,
        let summary = rows[index].summary(figure)
      else { return nil }
      return (across, up, summary)
    }
    guard points.count > 1 else { return nil }
    let unit = ChartUnit(of: figure, values: points.map { abs($0.summary.mean) })
    let steps = ShadeSteps(points.map { $0.summary.mean / unit.divisor })
    func axis(_ key: String, _ values: [Double]) -> (axis: Axis, values: [Double], ranges: [ClosedRange<Double>]) {
      let values = Set(values).sorted()
      let scale = Axis.Scale.suiting(values)
      let ranges = Cell.ranges(around: values, on: scale)
      let span = (ranges.first?.lowerBound ?? 0)...(ranges.last?.upperBound ?? 1)
      var axis = Axis(label: key, scale: scale, range: span)
      axis.marks = values
      return (axis, values, ranges)
    }
    let (across, up) = (axis(x, points.map(\.x)), axis(y, points.map(\.y)))
    let cells = points.compactMap { point -> Cell? in
      guard let column = across.values.firstIndex(of: point.x), let row = up.values.firstIndex(of: point.y) else {
        return nil
      }
      let value = point.summary.mean / unit.divisor
      let text = TableNumber.text(value, decimals: TableNumber.decimals(for: value))
      let half = point.summary.interval.map { interval in
        " ±" + TableNumber.text(interval.halfWidth / unit.divisor, decimals: TableNumber.decimals(for: value))
      }
      return Cell(
        x: across.ranges[column], y: up.ranges[row], shade: steps.shade(of: value), label: text,
        description:
          "\(x) \(ShadeSteps.text(point.x)), \(y) \(ShadeSteps.text(point.y)): \(text)\(half ?? "") \(unit.suffix)")
    }
    let settings = zip(Alternatives.short(others), first).map { "\($0) \($1 ?? "none")" }
    let subtitle = ([group.first.map { rows[$0].deployment } ?? "", policy] + settings).joined(separator: ", ")
    var chart = Chart(
      title: figure + (unit.suffix.isEmpty ? "" : " (\(unit.suffix))"), subtitle: subtitle, x: across.axis,
      y: up.axis, series: [], width: 560, height: 380)
    chart.cells = cells
    chart.shadeNames = steps.names
    return chart
  }
}

/// The values between which shades change: in equal steps, or in equal ratios where values span a factor above thirty.
struct ShadeSteps {
  private let low: Double
  private let high: Double
  private let isLogarithmic: Bool

  init(_ values: [Double]) {
    low = values.min() ?? 0
    high = values.max() ?? 1
    isLogarithmic = Axis.Scale.suiting(values) == .log
  }

  private func edge(_ index: Int) -> Double {
    let part = Double(index) / Double(Cell.shades)
    return isLogarithmic ? low * pow(high / low, part) : low + (high - low) * part
  }

  func shade(of value: Double) -> Int {
    high > low ? (1..<Cell.shades).last { value >= edge($0) } ?? 0 : 0
  }

  /// What the legend says of each shade that can occur.
  var names: [String] {
    guard high > low else { return [Self.text(low)] }
    return (0..<Cell.shades).map { "\(Self.text(edge($0))) to \(Self.text(edge($0 + 1)))" }
  }

  static func text(_ value: Double) -> String { TableNumber.text(value, decimals: TableNumber.decimals(for: value)) }
}
