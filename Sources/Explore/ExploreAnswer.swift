import Charts
import Configuration
import Metrics
import Report
import Scenario
import Statistics
import TextIO

/// What the page shows of a state, and of those pinned beside it.
public struct ExploreAnswer: Sendable {
  /// What a reader asks first.
  public var figures: ReportDocument
  /// What is compared, what limited each, and what lives beside them.
  public var remarks: ReportDocument
  /// Everything that `run` prints.
  public var table: ReportDocument
  public var charts: [Chart]
  /// Those of deployments that are there to be lived beside; none unless they were asked for.
  public var chartsBeside: [Chart] = []
  /// Each variant's scenario with every default written out; the name is empty where there is one.
  public var scenarios: [(name: String, text: String)]
  /// The command that gives the same figures.
  public var command: String
  public var warnings: [String]
  /// What its runs took, seconds of all threads together.
  public var seconds: Double

  /// What the present state is called beside pinned ones.
  static let nowName = "now"

  private let screen: PageParts.Screen

  init(
    _ explorer: Explorer, now: Explorer.Simulated, pinned: [(name: String, simulated: Explorer.Simulated)],
    shown: Question.Shown
  ) throws {
    let states = [(name: Self.nowName, simulated: now)] + pinned
    let results = try ResultSet(
      pinned.isEmpty ? now.runs : Self.named(states, explorer.source))
    let scenario = now.study.scenarios[0]
    screen = shown.screen
    figures = ShortTable.tables(results)
    remarks = ShortTable.document(
      results, question: scenario.summary, compared: scenario.policies.map { ($0.label, $0.inWords) })
    table = ComparisonTable.document(results)
    charts = LatencyCharts.page(results, bands: true).charts + SeriesCharts.page(results, bands: true).charts
    if !pinned.isEmpty { charts = Self.restyled(charts, results, states.map(\.name)) }
    let sample = results.sample
    let beside = sample.deployments.indices.filter { ComparisonTable.isBeside($0, results) }.map {
      sample.deployments[$0].name
    }
    func isBeside(_ chart: Chart) -> Bool {
      beside.contains { chart.subtitle == $0 || chart.subtitle.hasPrefix($0 + ", ") }
    }
    if shown.hasBeside { chartsBeside = charts.filter(isBeside) }
    charts.removeAll(where: isBeside)
    scenarios = now.study.scenarios.map { ($0.variant?.name ?? "", $0.canonicalText) }
    command = now.movement.command(explorer.path, on: explorer.base)
    // Those of the runs are told below the tables.
    warnings = now.study.scenarios.flatMap(\.warnings).map(\.description).reduce(into: []) {
      if !$0.contains($1) { $0.append($1) }
    }
    seconds = now.runs.reduce(0) { $0 + $1.wallSeconds }
  }

  /// The runs of several states as those of variants, each with the keys in which states differ.
  private static func named(
    _ states: [(name: String, simulated: Explorer.Simulated)], _ source: ScenarioSource
  ) -> [RunResult] {
    var paths: [String] = []
    for path in states.flatMap({ $0.simulated.movement.paths }) where !paths.contains(path) { paths.append(path) }
    return states.flatMap { name, simulated -> [RunResult] in
      let keys = source.keys(of: simulated.study.scenarios[0])
      let settings = paths.map { path -> Setting in
        let value = (try? DocumentPath(path)).flatMap { keys?.value(at: $0) }
        return Setting(key: path, text: value?.writtenText, number: nil)
      }
      return simulated.runs.map { run in
        var run = run
        let own = run.variant
        run.variant = VariantLabel(
          name: own.map { "\(name), \($0.name)" } ?? name, settings: settings + (own?.settings ?? []))
        return run
      }
    }
  }

  /// One colour for a policy in every state, and one kind of line for a state under every policy.
  private static func restyled(_ charts: [Chart], _ results: ResultSet, _ states: [String]) -> [Chart] {
    let dashes: [Series.Dash] = [.solid, .dashed, .dotted]
    var kinds: [String] = []
    var looks: [String: (colour: Int, dash: Series.Dash)] = [:]
    for column in results.columns {
      let variant = column.alternative.variant?.name ?? ""
      let state = states.firstIndex { variant == $0 || variant.hasPrefix($0 + ", ") } ?? 0
      let kind = column.alternative.policy + variant.dropFirst(states[state].count)
      if !kinds.contains(kind) { kinds.append(kind) }
      looks[column.label] = (kinds.firstIndex(of: kind) ?? 0, dashes[state % dashes.count])
    }
    return charts.map { chart in
      var chart = chart
      // A series without a name is the band of the one behind it.
      var name = ""
      for index in chart.series.indices.reversed() {
        if !chart.series[index].name.isEmpty { name = chart.series[index].name }
        guard let look = looks[name] else { continue }
        chart.series[index].colour = look.colour
        chart.series[index].dash = look.dash
      }
      return chart
    }
  }

  /// For the page's script.
  public var json: String {
    var json = JSONWriter()
    json.object { json in
      json.string("figures", PageParts.document(figures))
      json.string("remarks", PageParts.document(remarks))
      json.string("table", PageParts.document(table))
      for (name, charts) in [("charts", charts), ("charts_beside", chartsBeside)] {
        json.array(name) { json in
          for chart in charts { json.string(nil, PageParts.figure(chart, for: [screen])) }
        }
      }
      json.array("scenarios") { json in
        for (name, text) in scenarios {
          json.object { json in
            json.string("name", name)
            json.string("text", text)
          }
        }
      }
      json.string("command", command)
      json.strings("warnings", warnings)
      json.number("seconds", seconds)
    }
    return json.text + "\n"
  }
}
