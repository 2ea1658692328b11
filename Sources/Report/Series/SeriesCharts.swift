import Charts
import Metrics
import SimCore
import Statistics

/// Pictures of time series: what each alternative's run of the same requests looked like, overlaid.
public enum SeriesCharts {
  /// Queue, running requests and KV of each deployment, and what the links carried; a line for each alternative.
  ///
  /// Of several replications the first is shown. What is zero throughout has no chart, but for queue, running requests
  /// and KV on the GPU.
  ///
  /// - Parameters:
  ///   - results: runs without a time series are left out.
  ///   - bands: whether of several replications the mean is shown, on a ground from the least to the most.
  public static func page(_ results: ResultSet, bands: Bool = false) -> ChartPage {
    let sample = results.sample
    let runs = results.columns.compactMap { column in
      column.runs.first.flatMap { run in
        run.timeSeries.map { series in
          Run(
            label: column.label, result: run, series: series,
            others: bands
              ? column.runs.dropFirst().compactMap(\.timeSeries).filter { $0.interval == series.interval } : [])
        }
      }
    }
    var subtitle = "averages over \(runs.map { seconds($0.series.interval) }.uniqued.joined(separator: ", "))"
    subtitle += ", seed \(sample.seed)"
    if results.isReplicated, !bands { subtitle += ", replication \(sample.replication)" }
    var charts: [Chart] = []
    for deployment in sample.deployments.indices {
      charts += self.charts(of: deployment, named: sample.deployments[deployment].name, runs)
    }
    charts += links(runs)
    return ChartPage(title: "\(sample.provenance.scenarioName), over time", subtitle: subtitle, charts: charts)
  }

  private struct Run {
    var label: String
    var result: RunResult
    var series: TimeSeries
    /// Of the replications that are shown with it.
    var others: [TimeSeries]

    /// A level of each replication; what has ended is at zero.
    func levels(_ level: (TimeSeries) -> [Double]) -> Levels {
      var all = ([series] + others).map(level)
      let count = all.map(\.count).max() ?? 0
      for index in all.indices { all[index] += Array(repeating: 0, count: count - all[index].count) }
      return Levels(
        mean: (0..<count).map { place in all.reduce(0) { $0 + $1[place] } / Double(all.count) },
        edges: all.count == 1
          ? nil
          : (
            (0..<count).map { place in all.map { $0[place] }.min() ?? 0 },
            (0..<count).map { place in all.map { $0[place] }.max() ?? 0 }
          ))
    }

    /// When the last replication ends.
    var end: Double { ([series] + others).map(\.end.seconds).max() ?? 0 }

    /// A level that holds until the next interval.
    func steps(_ values: [Double]) -> [Series.Point] {
      let points = values.indices.map { Series.Point(series.start(of: $0).seconds, values[$0]) }
      return points + (values.last.map { [Series.Point(end, $0)] } ?? [])
    }

    /// The corners of such a level, to be joined by straight lines.
    func corners(_ values: [Double]) -> [Series.Point] {
      let steps = steps(values)
      return zip(steps, steps.dropFirst()).flatMap { [$0, Series.Point($1.x, $0.y)] }
    }
  }

  /// A level over time: the mean of the replications that are shown, and between what they lie.
  private struct Levels {
    var mean: [Double]
    var edges: (low: [Double], high: [Double])?
    var isPresent: Bool { mean.contains { $0 > 0 } }
  }

  private static func charts(of deployment: Int, named name: String, _ runs: [Run]) -> [Chart] {
    func values(_ level: TimeSeries.Level) -> [Levels] { runs.map { $0.levels { $0[deployment, level] } } }
    let shares = runs.map { run in
      run.levels { series in
        zip(series[deployment, .localTokens], series[deployment, .capacityTokens]).map { $1 > 0 ? 100 * $0 / $1 : 0 }
      }
    }
    let always = [
      chart("Waiting requests", name, "Requests", "", values(.queued), runs),
      chart("Running requests", name, "Requests", "", values(.running), runs),
      chart("KV on the GPU, share of its room", name, "KV", "%", shares, runs),
    ]
    let others: [(TimeSeries.Level, String)] = [
      (.offGPU, "Requests off the GPU"), (.peerTokens, "KV in peers' memory"), (.hostTokens, "KV in host memory"),
      (.lentTokens, "Memory lent"),
    ]
    return always
      + others.compactMap { level, title in
        let values = values(level)
        guard values.contains(where: \.isPresent) else { return nil }
        return chart(title, name, level == .offGPU ? "Requests" : "Tokens", "", values, runs)
      }
  }

  /// One chart for each kind of link that carried anything, all its links together, each byte counted once.
  private static func links(_ runs: [Run]) -> [Chart] {
    let kinds = [
      ("nvlinkOut", "NVLink"), ("pcieToHost", "PCIe, to the host"), ("pcieFromHost", "PCIe, from the host"),
      ("networkOut", "Network between servers"),
    ]
    return kinds.compactMap { kind, title in
      let values = runs.map { run in
        run.levels { series in
          let links = series.links.filter { $0.kind == kind }
          return (0..<series.count).map { index in links.reduce(0) { $0 + $1.bytesPerSecond[index] } / 1e9 }
        }
      }
      guard values.contains(where: \.isPresent) else { return nil }
      return chart(title, "", "Carried", "GB/s", values, runs)
    }
  }

  private static func chart(
    _ title: String, _ subtitle: String, _ label: String, _ unit: String, _ values: [Levels], _ runs: [Run]
  ) -> Chart {
    let warmUp = runs.first.map(\.result.warmUpEnd) ?? .zero
    let series = zip(runs, values).enumerated().flatMap { index, pair -> [Series] in
      let (run, levels) = pair
      let line = Series.steps(run.label, run.steps(levels.mean), colour: index)
      guard let edges = levels.edges else { return [line] }
      return [.band(from: run.corners(edges.low), to: run.corners(edges.high), colour: index), line]
    }
    return Chart(
      title: title, subtitle: subtitle, x: Axis(label: "Time", unit: "s"),
      y: Axis(label: label, unit: unit, includesZero: true),
      series: series,
      guides: warmUp > .zero ? [.vertical(warmUp.seconds, name: "counted from here")] : [], width: 560, height: 300)
  }

  private static func seconds(_ interval: SimDuration) -> String {
    let value = interval.seconds
    return (Int(exactly: value).map(String.init) ?? "\(value)") + " s"
  }
}

extension [String] {
  /// Each text once, in the order of first appearance.
  fileprivate var uniqued: [String] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}
