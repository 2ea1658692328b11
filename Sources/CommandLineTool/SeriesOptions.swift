import ArgumentParser
import Charts
import Configuration
import Metrics
import Report
import SimCore
import Statistics

/// What of a run's course over time is written, and where.
struct SeriesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write queue, running requests, KV and links over time to this .csv or .jsonl file.", valueName: "file"),
    completion: .file())
  var series: String?

  @Option(
    help: ArgumentHelp(
      "Draw the same, a line per policy, in this .svg or .png file; in a folder also latencies, and TTFT by arrival.",
      valueName: "place"), completion: .file())
  var plot: String?

  @Option(
    help: ArgumentHelp(
      "The interval of '--series', '--plot' and the series that '--format json' then has; 1 s when left out.",
      valueName: "duration"))
  var resolution: String?

  static let usualInterval = SimDuration.seconds(1)

  /// How often levels are written down; nil when nobody asks for them.
  var interval: SimDuration? {
    if let resolution { return try? Quantity.duration(resolution) }
    return series != nil || plot != nil ? Self.usualInterval : nil
  }

  /// Whether charts of single requests are drawn.
  var plotsRequests: Bool { plot.map { !ChartPlace.isPicture($0) } ?? false }

  /// The files that are written, with the options that name them.
  var files: [(option: String, path: String?)] { [("--series", series), ("--plot", plot)] }

  func validate() throws {
    if let resolution {
      do throws(QuantityError) {
        let interval = try Quantity.duration(resolution)
        if interval <= .zero {
          throw QuantityError(expected: "a duration above zero such as '1 s'", found: resolution)
        }
      } catch {
        throw ValidationError("'--resolution' \(error.message)")
      }
    }
    if let series, RowFormat(path: series) == nil {
      throw ValidationError("'--series' wants a file that ends in .csv, .jsonl or .ndjson, found '\(series)'")
    }
    if let plot { try ChartPlace.check(plot, takesFolder: true) }
  }

  /// Refuses what does not go with the rest of a command line.
  ///
  /// - Parameters:
  ///   - scenarios: how many there are.
  ///   - output: where the other results go.
  ///   - timeline: where a timeline goes.
  func check(scenarios: Int, _ output: ResultOptions, timeline: String? = nil) throws(ValidationError) {
    if resolution != nil, series == nil, plot == nil, output.format != .json {
      throw ValidationError("'--resolution' goes with '--series', '--plot' or '--format json'")
    }
    let files = files + [("--requests", output.requests), ("--timeline", timeline)]
    if scenarios > 1, let first = files.first(where: { $0.path != nil }) {
      throw ValidationError("'\(first.option)' takes one scenario at a time")
    }
    for (index, file) in files.enumerated() where file.path != nil {
      if let other = files[..<index].first(where: { $0.path == file.path }) {
        throw ValidationError("'\(other.option)' and '\(file.option)' name the same file, '\(file.path ?? "")'")
      }
    }
  }

  /// - Throws: `OutputError` when a file could not be written.
  func checkPlaces() throws(OutputError) {
    if let series { try OutputPlace.check(series) }
    if let plot { try ChartPlace.prepare(plot) }
  }

  /// Writes what was asked for of one scenario's runs, and says where the interval became longer.
  ///
  /// - Parameter points: when requests came and how long they waited, where charts of them are drawn.
  func write(
    _ runs: [RunResult], _ results: ResultSet, _ points: [Alternative: [[RequestPoint]]]?, _ console: Console,
    quiet: Bool
  ) throws {
    guard interval != nil else { return }
    if let series, let format = RowFormat(path: series) { try SeriesRows.write(runs, to: series, format) }
    if let plot {
      let overTime = SeriesCharts.page(results)
      if let points {
        let pages = [
          ("latencies", LatencyCharts.page(results)), ("arrivals", ArrivalCharts.page(results, points)),
          ("over-time", overTime),
        ]
        try ChartPlace.fill(plot, with: pages)
      } else {
        try ChartPlace.write(overTime, to: plot)
      }
    }
    if quiet { return }
    var told: [SimDuration] = []
    for case let series? in runs.map(\.timeSeries) where series.interval != series.requestedInterval {
      if told.contains(series.interval) { continue }
      told.append(series.interval)
      console.error(
        "\(results.sample.provenance.scenarioPath): warning: the time series has intervals of "
          + "\(Quantity.text(duration: series.interval)), not \(Quantity.text(duration: series.requestedInterval)): "
          + "no more are kept of a run this long")
    }
  }
}
