import Cluster
import Metrics
import SimCore

extension [RequestOutcome] {
  /// The same requests, each arriving when its engine's loop took it up: at the first boundary between iterations that
  /// was not before its arrival. vLLM stamps `queued_ts` then.
  func queued(by iterations: [IterationRecord]) -> [RequestOutcome] {
    var starts: [Int: [SimTime]] = [:]
    for iteration in iterations { starts[iteration.engine, default: []].append(iteration.start) }
    for engine in Array<Int>(starts.keys) { starts[engine]?.sort() }
    return map { outcome in
      guard let boundaries = starts[Int(outcome.replica)] else { return outcome }
      var low = 0
      var high = boundaries.count
      while low < high {
        let middle = (low + high) / 2
        if boundaries[middle] < outcome.arrival { low = middle + 1 } else { high = middle }
      }
      guard low < boundaries.count else { return outcome }
      var queued = outcome
      queued.arrival = boundaries[low]
      return queued
    }
  }
}
