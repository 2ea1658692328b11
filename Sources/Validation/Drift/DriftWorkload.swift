import Configuration
import Metrics
import SimCore
import Statistics

/// A server's load as a workload, and its figures beside those of the simulations.
public enum DriftWorkload {
  /// Requests simulated in a replication at most.
  private static let mostRequests = 3000.0

  /// The keys of the stream, line by line. Arrivals are taken to be Poisson: scrapes do not say.
  ///
  /// - Parameter longest: tokens of a request at most, prompt and output together.
  public static func lines(_ load: ServerLoad, longest: Int) -> [String] {
    let rate = load.requests / load.seconds
    let time = min(load.seconds, mostRequests / rate)
    let outputs = lengths(load.outputLengths, mean: load.outputTokens / load.requests, upTo: longest / 2)
    let prompts = lengths(load.promptLengths, mean: load.promptTokens / load.requests, upTo: longest - longest / 2 - 1)
    return [
      "rate: \(Quantity.text(rate: rate))", "duration: \(Quantity.plain(max(time, 1))) s", "prompt_tokens: \(prompts)",
      "output_tokens: \(outputs)",
    ]
  }

  private static func lengths(_ histogram: ServerLoad.Histogram?, mean: Double, upTo longest: Int) -> String {
    let mean = min(max(1, histogram?.mean ?? mean), Double(longest))
    guard let variation = histogram?.variation, variation > 0.02, mean < Double(longest) / 2 else {
      return "\(Int(mean.rounded()))"
    }
    let bound = histogram?.buckets.last { $0.bound.isFinite }?.bound ?? Double(longest)
    let most = Int(min(max(1, bound), Double(longest)))
    return
      "{distribution: lognormal, mean: \(Quantity.plain(mean)), cv: \(Quantity.plain(min(variation, 3))), "
      + "minimum: 1, maximum: \(max(Int(mean) + 1, min(most, longest)))}"
  }

  /// The server's figures beside those of simulations of its load.
  ///
  /// - Parameter tolerance: the share that they may differ by beside chance.
  public static func findings(_ load: ServerLoad, _ results: [RunResult], tolerance: Double) -> [DriftFinding] {
    var findings: [DriftFinding] = []
    func add(
      _ metric: String, _ statistic: String, _ unit: String, _ measured: ClosedRange<Double>, count: Double,
      _ value: (RunResult) -> Double?
    ) {
      let values = results.compactMap(value)
      guard values.count == results.count, !values.isEmpty else { return }
      findings.append(
        DriftFinding(
          metric: metric, statistic: statistic, unit: unit, measured: measured, predicted: Sample.mean(values),
          halfWidth: Interval.ofReplications(values)?.halfWidth ?? 0, tolerance: tolerance, count: count))
    }
    let histograms: [(String, String, KeyPath<GroupCollector, LatencyHistogram>)] = [
      ("TTFT", "ttft", \.ttft), ("ITL", "itl", \.itl), ("end to end", "e2el", \.e2el), ("queue", "queue", \.queue),
    ]
    for (name, key, path) in histograms {
      guard let measured = load.latencies[key] else { continue }
      func one(_ result: RunResult) -> LatencyHistogram? {
        result.groups.map { $0[keyPath: path] }.max { $0.count < $1.count }
      }
      let mean = measured.mean * 1e3
      add(name, "mean", "ms", mean...mean, count: measured.count) { one($0)?.mean.map { $0 / 1e9 } }
      for (statistic, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
        guard let bounds = measured.quantile(share) else { continue }
        add(
          name, statistic, "ms", bounds.lowerBound * 1e3...bounds.upperBound * 1e3,
          count: measured.count * min(share, 1 - share) * 2
        ) { one($0)?.percentile(share * 100).map { $0 / 1e9 } }
      }
    }
    if let concurrency = load.meanConcurrency {
      add("requests in the server", "mean", "", concurrency...concurrency, count: load.requests) { result in
        let group = result.groups.max { $0.completed < $1.completed }
        return group?.e2el.mean.map { $0 / 1e12 * load.requests / load.seconds }
      }
    }
    if let preemptions = load.preemptions {
      let share = preemptions / load.requests
      add("preemptions a request", "mean", "", share...share, count: load.requests) { result in
        let injected = Double(max(1, result.injected))
        return Double(result.engines.reduce(0) { $0 + $1.preemptionsByRecompute + $1.preemptionsBySwap }) / injected
      }
    }
    return findings
  }

  /// What cannot be told, and what was assumed.
  public static func notes(_ load: ServerLoad, _ results: [RunResult]) -> [String] {
    var notes = load.missing
    notes.append("arrivals are taken to be Poisson at the mean rate: scrapes say how many came, not when")
    notes.append(
      "lengths are drawn with the mean and spread of the server's histograms (log-normal); prompts and answers "
        + "independently")
    notes.append(
      "percentiles are known to a bucket of the server's histograms: one that is wider than a factor of two and holds "
        + "the prediction proves nothing")
    if let rate = load.prefixHitRate, rate > 0.01 {
      notes.append(
        "\((rate * 1000).rounded() / 10) % of prompt tokens were found in the prefix cache; which prompts begin alike "
          + "scrapes do not say, so every prompt is simulated as new: times to first token come out too long")
    }
    if !load.waiting.isEmpty || !load.running.isEmpty || !load.cacheUsage.isEmpty {
      notes.append(
        "running, waiting and KV cache usage are of the two moments alone: they are shown, and not compared")
    }
    if results.contains(where: { result in result.deployments.contains { $0.frontEnd == .zero } }) {
      notes.append(
        "vLLM's own times begin in its API server: tokenising and the hop to the engine are in them and not in the "
          + "prediction")
    }
    return notes
  }
}
