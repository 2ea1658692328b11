import Cluster
import SimCore

/// How many requests ran and waited over time, measured and predicted.
public struct LoadComparison: Sendable {
  /// One of the two, over the time the measurement covers.
  public struct Figures: Sendable, Hashable {
    /// Averages over time.
    public var measuredMean: Double
    public var predictedMean: Double
    public var measuredPeak: Int
    public var predictedPeak: Int
    /// The average over time of the distance between the two curves.
    public var meanDistance: Double
  }

  public var running: Figures
  public var waiting: Figures
  /// The predicted curves, as steps.
  public var predicted: [MeasuredLoad]
  /// The measured ones.
  public var measured: [MeasuredLoad]

  init(_ experiment: MeasuredExperiment, _ run: PredictedRun) {
    measured = experiment.steps.isEmpty ? experiment.load : experiment.load.withIdleTimes(experiment.steps)
    predicted = Self.curve(run.iterations)
    running = Self.figures(measured, predicted, \.running)
    waiting = Self.figures(measured, predicted, \.waiting)
  }

  /// The load of all engines together, from the iterations of each.
  static func curve(_ iterations: [IterationRecord]) -> [MeasuredLoad] {
    var changes: [(time: Double, engine: Int, running: Int, waiting: Int)] = []
    var last: [Int: IterationRecord] = [:]
    func idle(after record: IterationRecord) {
      changes.append(((record.start + record.cost).seconds, record.engine, 0, 0))
    }
    for record in iterations {
      if let before = last[record.engine], (before.start + before.cost) < record.start { idle(after: before) }
      changes.append((record.start.seconds, record.engine, record.running, record.waiting))
      last[record.engine] = record
    }
    for record in last.values.sorted(by: { $0.engine < $1.engine }) { idle(after: record) }
    let order = changes.indices.sorted { (changes[$0].time, $0) < (changes[$1].time, $1) }
    var now: [Int: (running: Int, waiting: Int)] = [:]
    return order.map { index in
      let change = changes[index]
      now[change.engine] = (change.running, change.waiting)
      return MeasuredLoad(
        time: change.time, running: now.values.reduce(0) { $0 + $1.running },
        waiting: now.values.reduce(0) { $0 + $1.waiting })
    }
  }

  /// Both as step functions, over the time from the first measured moment to the last.
  private static func figures(
    _ measured: [MeasuredLoad], _ predicted: [MeasuredLoad], _ value: KeyPath<MeasuredLoad, Int>
  ) -> Figures {
    var figures = Figures(
      measuredMean: 0, predictedMean: 0, measuredPeak: measured.map { $0[keyPath: value] }.max() ?? 0,
      predictedPeak: predicted.map { $0[keyPath: value] }.max() ?? 0, meanDistance: 0)
    guard let start = measured.first?.time, let end = measured.last?.time, end > start else { return figures }
    var times = (measured + predicted).map(\.time).filter { $0 >= start && $0 <= end }
    times.sort()
    var (i, j) = (-1, -1)
    for (from, to) in zip(times, times.dropFirst()) where to > from {
      while i + 1 < measured.count, measured[i + 1].time <= from { i += 1 }
      while j + 1 < predicted.count, predicted[j + 1].time <= from { j += 1 }
      let a = i >= 0 ? Double(measured[i][keyPath: value]) : 0
      let b = j >= 0 ? Double(predicted[j][keyPath: value]) : 0
      figures.measuredMean += a * (to - from)
      figures.predictedMean += b * (to - from)
      figures.meanDistance += abs(a - b) * (to - from)
    }
    figures.measuredMean /= end - start
    figures.predictedMean /= end - start
    figures.meanDistance /= end - start
    return figures
  }
}

extension [MeasuredLoad] {
  /// Adds that nothing runs where the engine had nothing to do between two logged iterations.
  func withIdleTimes(_ steps: [MeasuredStep]) -> [MeasuredLoad] {
    var result = self
    for (index, step) in steps.enumerated() {
      let end = step.start + step.duration
      if index + 1 == steps.count || steps[index + 1].start - end > [MeasuredStep].idleGap {
        result.append(MeasuredLoad(time: end, running: 0, waiting: 0))
      }
    }
    return result.sorted { $0.time < $1.time }
  }
}
