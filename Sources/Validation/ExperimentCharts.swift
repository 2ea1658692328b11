import Charts

extension ExperimentComparison {
  /// Latency distributions overlaid, and running and waiting requests over time; empty for an experiment without
  /// requests.
  ///
  /// - Parameter subtitle: under each title; the experiment's name where charts of several share a page.
  public func charts(subtitle: String = "") -> [Chart] {
    guard let run else { return [] }
    let pairs = zip(experiment.requests, run.requests).map { RequestPair(measured: $0, predicted: $1) }
    var charts: [Chart] = []
    let names: [(ComparedMetric, String)] = [
      (.ttft, "Time to first token"), (.tpot, "Time per output token"), (.e2el, "End-to-end latency"),
    ]
    for (metric, name) in names {
      let both = pairs.compactMap { $0.both(metric) }
      guard !both.isEmpty else { continue }
      charts.append(
        Chart(
          title: name, subtitle: subtitle, x: Axis(label: metric.rawValue.uppercased(), unit: "ms", scale: .log),
          y: .share,
          series: [
            .distribution("measured", of: both.map(\.measured)),
            .distribution("predicted", of: both.map(\.predicted), dash: .dashed),
          ], width: 480, height: 320))
    }
    if let load { charts.append(Self.chart(load, subtitle)) }
    return charts
  }

  private static func chart(_ load: LoadComparison, _ subtitle: String) -> Chart {
    func points(_ curve: [MeasuredLoad], _ value: KeyPath<MeasuredLoad, Int>) -> [Series.Point] {
      curve.map { Series.Point($0.time, Double($0[keyPath: value])) }
    }
    var series: [Series] = [
      .steps("running, measured", points(load.measured, \.running), colour: 0),
      .steps("running, predicted", points(load.predicted, \.running), colour: 1, dash: .dashed),
    ]
    if load.waiting.measuredPeak > 0 || load.waiting.predictedPeak > 0 {
      series += [
        .steps("waiting, measured", points(load.measured, \.waiting), colour: 2),
        .steps("waiting, predicted", points(load.predicted, \.waiting), colour: 3, dash: .dashed),
      ]
    }
    return Chart(
      title: "Requests in the engine", subtitle: subtitle, x: Axis(label: "Time", unit: "s"),
      y: Axis(label: "Requests", includesZero: true), series: series, width: 480, height: 320)
  }

  /// The charts on one page.
  public var page: ChartPage {
    ChartPage(
      title: experiment.name, subtitle: "measured on \(experiment.hardware.gpu), against \(bound.profile)",
      charts: charts())
  }
}

extension KitValidation {
  /// What there are charts of.
  public var drawn: [ExperimentComparison] { comparisons.filter { $0.run != nil } }

  /// The charts of every experiment on one page.
  public var page: ChartPage {
    ChartPage(
      title: "Measured and predicted", charts: drawn.flatMap { $0.charts(subtitle: $0.experiment.name) },
      columns: drawn.count > 1 ? 4 : 2)
  }
}
