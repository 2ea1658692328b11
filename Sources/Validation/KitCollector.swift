import Cluster
import Metrics
import SimCore
import Synchronization

/// Takes what a run shows while it goes on.
final class KitCollector: Sendable {
  private struct Contents {
    var outcomes: [RequestOutcome] = []
    var iterations: [IterationRecord] = []
  }

  private let kept = Mutex(Contents())
  /// When each iteration ends, by its number, in place of what it costs; empty for the model's own times.
  private let ends: [Double]

  init(replay ends: [Double]) { self.ends = ends }

  func add(_ outcome: RequestOutcome) { kept.withLock { $0.outcomes.append(outcome) } }

  func add(_ iteration: IterationRecord) -> SimDuration? {
    kept.withLock { contents in
      var iteration = iteration
      let number = contents.iterations.count
      let start = iteration.start.seconds
      if number < ends.count, ends[number] > start {
        iteration.cost = SimDuration(seconds: ends[number] - start)
      }
      contents.iterations.append(iteration)
      return ends.isEmpty ? nil : iteration.cost
    }
  }

  var contents: (outcomes: [RequestOutcome], iterations: [IterationRecord]) {
    kept.withLock { ($0.outcomes, $0.iterations) }
  }
}

extension [MeasuredStep] {
  /// Longer than this between two iterations the engine had nothing to do, seconds.
  static var idleGap: Double { 2e-3 }

  /// A longer pause than this is not the engine's loop, seconds: whoever drives it was making requests.
  static var loopGap: Double { 150e-6 }

  /// What each iteration takes until the next may begin: its duration, and what the engine's loop does before the next.
  var periods: [Double] {
    indices.map { index in
      guard index + 1 < count else { return self[index].duration }
      let gap = self[index + 1].start - self[index].start - self[index].duration
      return self[index].duration + (gap > 0 && gap < Self.loopGap ? gap : 0)
    }
  }

  /// When each iteration makes way for the next: when the next begins, or when it ends itself before an idle time.
  var replayEnds: [Double] {
    indices.map { index in
      let end = self[index].start + self[index].duration
      guard index + 1 < count, self[index + 1].start - end < Self.idleGap else { return end }
      return self[index + 1].start
    }
  }
}
