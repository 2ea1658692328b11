import Metrics
import SimCore
import Synchronization

/// Results made again from the rows of requests, plainly.
final class Recount: Sendable {
  private let kept = Mutex<[Int: [RequestOutcome]]>([:])

  func add(_ outcome: RequestOutcome, run: Int) { kept.withLock { $0[run, default: []].append(outcome) } }

  /// The rows of a run, by their requests' numbers.
  func rows(run: Int) -> [Int64: RequestOutcome] {
    Dictionary(kept.withLock { $0[run] ?? [] }.map { ($0.id, $0) }) { first, _ in first }
  }

  /// What does not agree, in words.
  func difference(from result: RunResult, run: Int) -> String? {
    let all = kept.withLock { $0[run] ?? [] }
    if Int64(all.count) != result.injected { return "\(all.count) rows where \(result.injected) requests came" }
    for group in result.groups {
      // Rows say when a client sent its request; it is counted by when it came to the engine's queue.
      let way = result.deployments[Int(group.deployment)].frontEnd
      let own = all.filter {
        $0.deployment == group.deployment && $0.requestClass == group.requestClass
          && $0.arrival + way >= result.warmUpEnd
      }
      if let found = Self.counts(own, group) ?? Self.latencies(own, group) { return found }
    }
    return nil
  }

  private static func counts(_ own: [RequestOutcome], _ group: GroupCollector) -> String? {
    let done = own.filter { $0.status == .completed }
    func differs(_ what: String, _ rows: Int64, _ counted: Int64) -> String? {
      rows == counted ? nil : "\(what): \(rows) by the rows, \(counted) by the results"
    }
    func sum(_ rows: [RequestOutcome], _ value: (RequestOutcome) -> Int64) -> Int64 {
      rows.reduce(0) { $0 + value($1) }
    }
    return differs("completed", Int64(done.count), group.completed)
      ?? differs("rejected", Int64(own.count { $0.status == .rejected }), group.rejected)
      ?? differs("unfinished", Int64(own.count { $0.status == .unfinished }), group.unfinished)
      ?? differs("prompt tokens", sum(done) { Int64($0.promptTokens) }, group.inputTokens)
      ?? differs("output tokens", sum(done) { Int64($0.outputTokens) }, group.outputTokens)
      ?? differs("preemptions", sum(own) { Int64($0.preemptions) }, group.preemptions)
      ?? differs("recomputed tokens", sum(own) { Int64($0.recomputedTokens) }, group.recomputedTokens)
      ?? differs("bytes paged out", sum(own, \.pagedOutBytes), group.pagedOutBytes)
      ?? differs("bytes paged in", sum(own, \.pagedInBytes), group.pagedInBytes)
  }

  /// Every order statistic within the histogram's bound of its own value, mean, least and greatest exact.
  private static func latencies(_ own: [RequestOutcome], _ group: GroupCollector) -> String? {
    let done = own.filter { $0.status == .completed }
    for row in done where row.firstToken < row.arrival || row.finished < row.firstToken {
      return "request \(row.id) ends before it begins"
    }
    let all: [(String, LatencyHistogram, (RequestOutcome) -> SimDuration?)] = [
      ("TTFT", group.ttft, \.timeToFirstToken), ("TPOT", group.tpot, \.timePerOutputToken),
      ("end to end", group.e2el, \.endToEndLatency), ("queue", group.queue, \.queueTime),
    ]
    for (name, histogram, value) in all {
      let values = done.compactMap { value($0)?.picoseconds }.sorted()
      if histogram.count != Int64(values.count) { return "\(name): \(values.count) rows, \(histogram.count) values" }
      guard let least = values.first, let greatest = values.last, let mean = histogram.mean else { continue }
      if histogram.min?.picoseconds != least || histogram.max?.picoseconds != greatest {
        return "\(name): from \(least) to \(greatest) ps by the rows, the results say otherwise"
      }
      let plain = Double(values.reduce(Int128(0)) { $0 + Int128($1) }) / Double(values.count)
      if abs(mean - plain) > max(1, plain * 1e-9) { return "mean \(name): \(plain) ps by the rows, \(mean)" }
      for (rank, exact) in values.enumerated() where values.count > 1 {
        let reported = histogram.percentile(100 * Double(rank) / Double(values.count - 1)) ?? .nan
        // A rank as a percentage is off by its rounding, and the figure by as much of the way to the next value.
        let next = Double(values[min(rank + 1, values.count - 1)] - exact)
        let bound =
          Double(exact) * LatencyHistogram.relativeErrorBound * (1 + 1e-6) + 1 + next * Double(rank + 1) * 1e-15
        if !(abs(reported - Double(exact)) <= bound) {
          return "\(name) of rank \(rank): \(exact) ps by the rows, \(reported) by the results"
        }
      }
    }
    return nil
  }
}
