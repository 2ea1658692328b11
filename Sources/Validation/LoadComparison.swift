import Cluster
import Metrics
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
    predicted = Self.curve(run.iterations, run.requests)
    running = Self.figures(measured, predicted, \.running)
    waiting = Self.figures(measured, predicted, \.waiting)
  }

  /// The load of all engines together, from the iterations of each.
  ///
  /// An engine's load holds until its next iteration starts, whatever lies between the two: the host's work, or the
  /// other engines of a lock step. It is zero only where every request that had come to the engine had left it.
  static func curve(_ iterations: [IterationRecord], _ requests: [RequestOutcome]) -> [MeasuredLoad] {
    var changes: [(time: SimTime, engine: Int, running: Int, waiting: Int)] = []
    var last: [Int: IterationRecord] = [:]
    let presence = EnginePresence(requests)
    func idle(after record: IterationRecord, until next: SimTime) {
      if let time = presence.emptied(record.engine, from: record.start + record.cost, until: next) {
        changes.append((time, record.engine, 0, 0))
      }
    }
    for record in iterations {
      if let before = last[record.engine] { idle(after: before, until: record.start) }
      changes.append((record.start, record.engine, record.running, record.waiting))
      last[record.engine] = record
    }
    for record in last.values.sorted(by: { $0.engine < $1.engine }) { idle(after: record, until: .never) }
    let order = changes.indices.sorted { (changes[$0].time, $0) < (changes[$1].time, $1) }
    var now: [Int: (running: Int, waiting: Int)] = [:]
    return order.map { index in
      let change = changes[index]
      now[change.engine] = (change.running, change.waiting)
      return MeasuredLoad(
        time: change.time.seconds, running: now.values.reduce(0) { $0 + $1.running },
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

/// When requests came to each engine and left it.
private struct EnginePresence {
  private var arrivals: [Int: [SimTime]] = [:]
  private var departures: [Int: [SimTime]] = [:]

  init(_ requests: [RequestOutcome]) {
    for request in requests where request.replica >= 0 {
      arrivals[Int(request.replica), default: []].append(request.arrival)
      departures[Int(request.replica), default: []].append(request.finished)
    }
    for engine in arrivals.keys {
      arrivals[engine]?.sort()
      departures[engine]?.sort()
    }
  }

  /// When an engine became empty between the end of one iteration and the start of the next; nil when it did not.
  ///
  /// Whoever leaves in between had the last token in the first of the two: costs are rounded to ticks when they are
  /// charged, and in a lock step the slowest engine's counts. After the last iteration (`next` is never) nobody is
  /// there, unfinished requests or not.
  func emptied(_ engine: Int, from end: SimTime, until next: SimTime) -> SimTime? {
    guard end < next else { return nil }
    let left = departures[engine] ?? []
    var gone = Self.count(left, upTo: next)
    guard Self.count(arrivals[engine] ?? [], upTo: end) <= gone else { return nil }
    while gone > 0, left[gone - 1] == .never { gone -= 1 }
    return gone > 0 ? max(end, left[gone - 1]) : end
  }

  /// How many of the sorted times are at most `time`.
  private static func count(_ times: [SimTime], upTo time: SimTime) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] <= time { low = middle + 1 } else { high = middle }
    }
    return low
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
