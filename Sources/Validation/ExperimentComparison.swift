import Assembly
import Cluster
import Metrics
import SimCore
import Statistics

/// An experiment, what was predicted of it, and how the two compare.
public struct ExperimentComparison: Sendable {
  public var experiment: MeasuredExperiment
  public var bound: BoundExperiment
  /// Nil where there is no workload to simulate.
  public var run: PredictedRun?
  public var figures: [ComparedFigure]
  /// What was predicted of an experiment without measured times: as if it had been measured so.
  public var predictions: [ComparedFigure] = []
  /// The figures by request class, where there are two; only latencies.
  public var byClass: [RequestClass: [ComparedFigure]]
  /// Running and waiting requests over time; nil where they were not recorded.
  public var load: LoadComparison?
  /// The logged steps against their costs; nil without steps.
  public var steps: StepComparison?
  /// The schedule under measured durations; nil unless asked for, and possible.
  public var schedule: ScheduleComparison?

  /// Everything a reader should know, one sentence each.
  public var notes: [String] {
    var notes = experiment.notes + bound.notes + (run?.notes ?? [])
    if experiment.isSeenByClients, let run {
      let differences = zip(experiment.requests, run.requests).compactMap { measured, predicted in
        RequestPair(measured: measured, predicted: predicted).both(.ttft).map { $0.measured - $0.predicted }
      }
      let included = bound.engine.description.frontEnd != .none
      notes.append(
        included
          ? "times to first token hold the front end that was given"
          : "times to first token are the client's where they were measured and the engine's where they are predicted: "
            + "HTTP, tokenising and hops between processes ('--front-end') are not in the prediction")
      if let median = Sample.quantile(differences, 0.5), median > 0, !included {
        notes.append(
          "half of the first tokens came more than \((median * 10).rounded() / 10) ms later than predicted: a front "
            + "end of that length would explain them (fitted on this file, and no test of it)")
      }
    }
    if experiment.isTruncated {
      notes.append(
        "the measurement was stopped early: latencies and makespan are those of requests that it saw finish")
    }
    return notes
  }

  /// Simulates and compares.
  ///
  /// - Parameter replaysSchedule: also simulates with measured durations and compares every iteration's composition.
  public init(
    _ experiment: MeasuredExperiment, options: PredictionOptions = PredictionOptions(), replaysSchedule: Bool = false,
    isCancelled: (@Sendable () -> Bool)? = nil
  ) throws {
    self.experiment = experiment
    let bound = try experiment.bound(options)
    self.bound = bound
    figures = []
    byClass = [:]
    // Which of the sequences in a step read the same tokens the log does not say; the schedule does.
    let replaysReads = experiment.engine.cachesPrefixes && experiment.requests.contains(where: \.namesPrefix)
    var replayed: PredictedRun?
    if replaysSchedule || replaysReads, experiment.kind == .serving, !experiment.steps.isEmpty,
      experiment.hardware.dataParallel == 1
    {
      replayed = try experiment.predict(bound, replaysDurations: true, isCancelled: isCancelled)
    }
    if !experiment.steps.isEmpty {
      steps = StepComparison(experiment, bound, iterations: replaysReads ? replayed?.iterations ?? [] : [])
    }
    guard experiment.kind == .serving else { return }
    var run = try experiment.predict(bound, isCancelled: isCancelled)
    if experiment.isTruncated, let end = experiment.lastMoment {
      // The simulation goes on to the end; what it drops later was not there to be counted.
      run.preemptions = run.iterations.reduce(0) { $0 + ($1.start.seconds <= end ? $1.preempted : 0) }
    }
    self.run = run
    let pairs = zip(experiment.requests, run.requests).map { RequestPair(measured: $0, predicted: $1) }
    figures = pairs.latencies(experiment.name) + experiment.gapFigures(run) + pairs.totals(experiment.name, run)
    if figures.isEmpty {
      let imagined = pairs.map { $0.asPredicted }
      predictions = imagined.latencies(experiment.name) + imagined.totals(experiment.name, run)
    }
    let classes = Set(experiment.requests.map(\.requestClass))
    if classes.count > 1 {
      for one in classes {
        byClass[one] = pairs.filter { $0.measured.requestClass == one }.latencies(experiment.name)
      }
    }
    if !experiment.load.isEmpty { load = LoadComparison(experiment, run) }
    if replaysSchedule, let replayed { schedule = ScheduleComparison(experiment, replayed) }
  }
}

extension MeasuredExperiment {
  /// Inter-token latencies, where the client recorded them; predicted percentiles are within 0.1 %, as in `run`.
  fileprivate func gapFigures(_ run: PredictedRun) -> [ComparedFigure] {
    guard !tokenGaps.isEmpty, let predicted = run.tokenGaps, let mean = predicted.mean else { return [] }
    return ComparedMetric.itl.statistics.compactMap { statistic in
      let share: Double? = [.p50: 50, .p90: 90, .p99: 99][statistic]
      guard let value = share.map({ predicted.percentile($0) }) ?? mean else { return nil }
      return ComparedFigure(
        experiment: name, metric: .itl, statistic: statistic, measured: statistic.of(tokenGaps),
        predicted: value / 1e9)
    }
  }

  /// The last moment of which anything was recorded; nil when nothing was.
  fileprivate var lastMoment: Double? {
    let tokens = requests.flatMap { [$0.firstToken, $0.lastToken] }.compactMap { $0 }
    return (tokens + steps.map { $0.start + $0.duration }).max()
  }
}

extension ExperimentComparison {
  /// Calls the experiment by another name, where several have the same.
  public mutating func rename(to name: String) {
    experiment.name = name
    for index in figures.indices { figures[index].experiment = name }
    for index in predictions.indices { predictions[index].experiment = name }
    for key in Array(byClass.keys) {
      byClass[key] = byClass[key]?.map { figure in
        var figure = figure
        figure.experiment = name
        return figure
      }
    }
  }
}

/// A request as measured and as simulated.
struct RequestPair {
  var measured: MeasuredRequest
  var predicted: RequestOutcome

  /// The same request, as if its predicted times had been measured.
  var asPredicted: RequestPair {
    var pair = self
    pair.measured.firstToken = predicted.firstToken == .never ? nil : predicted.firstToken.seconds
    pair.measured.lastToken = predicted.finished == .never ? nil : predicted.finished.seconds
    pair.measured.preemptions = Int(predicted.preemptions)
    return pair
  }

  /// Milliseconds; nil where either has none.
  func both(_ metric: ComparedMetric) -> (measured: Double, predicted: Double)? {
    switch metric {
    case .ttft:
      guard let first = measured.firstToken, let predicted = predicted.timeToFirstToken else { return nil }
      return ((first - measured.arrival) * 1e3, predicted.milliseconds)
    case .tpot:
      guard let first = measured.firstToken, let last = measured.lastToken, measured.outputTokens > 1,
        let predicted = predicted.timePerOutputToken
      else { return nil }
      return ((last - first) / Double(measured.outputTokens - 1) * 1e3, predicted.milliseconds)
    case .e2el:
      guard let last = measured.lastToken, let predicted = predicted.endToEndLatency else { return nil }
      return ((last - measured.arrival) * 1e3, predicted.milliseconds)
    case .itl, .makespan, .throughput, .preemptions: return nil
    }
  }
}

extension [RequestPair] {
  /// Mean and percentiles of the latencies, over requests that have them on both sides.
  func latencies(_ experiment: String) -> [ComparedFigure] {
    var figures: [ComparedFigure] = []
    for metric in [ComparedMetric.ttft, .tpot, .e2el] {
      let both = compactMap { $0.both(metric) }
      guard !both.isEmpty else { continue }
      for statistic in metric.statistics {
        figures.append(
          ComparedFigure(
            experiment: experiment, metric: metric, statistic: statistic,
            measured: statistic.of(both.map(\.measured)), predicted: statistic.of(both.map(\.predicted))))
      }
    }
    return figures
  }

  /// What there is one value of in an experiment.
  func totals(_ experiment: String, _ run: PredictedRun) -> [ComparedFigure] {
    var figures: [ComparedFigure] = []
    func add(_ metric: ComparedMetric, _ measured: Double, _ predicted: Double) {
      figures.append(
        ComparedFigure(
          experiment: experiment, metric: metric, statistic: .value, measured: measured, predicted: predicted))
    }
    let finished = filter { $0.measured.lastToken != nil && $0.predicted.finished != .never }
    if let start = first?.measured.arrival, let end = finished.compactMap(\.measured.lastToken).max(),
      let predictedEnd = finished.map(\.predicted.finished).max()
    {
      let tokens = Double(finished.reduce(0) { $0 + $1.measured.outputTokens })
      add(.makespan, end - start, predictedEnd.seconds - start)
      // All at one moment have no throughput.
      if end > start, predictedEnd.seconds > start {
        add(.throughput, tokens / (end - start), tokens / (predictedEnd.seconds - start))
      }
    }
    let preemptions = compactMap(\.measured.preemptions)
    if preemptions.count == count { add(.preemptions, Double(preemptions.reduce(0, +)), Double(run.preemptions)) }
    return figures
  }
}

extension ComparedStatistic {
  /// - Precondition: there are values.
  func of(_ values: [Double]) -> Double {
    switch self {
    case .mean, .value: Sample.mean(values)
    case .p50: Sample.quantile(values, 0.5) ?? .nan
    case .p90: Sample.quantile(values, 0.9) ?? .nan
    case .p99: Sample.quantile(values, 0.99) ?? .nan
    }
  }
}
