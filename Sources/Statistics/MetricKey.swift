import Metrics
import SimCore

/// One figure of the results: its name as in JSON and CSV, and how to find it in a run.
///
/// Latencies, counts and rates are of one (deployment, request class). Engine figures (`gpu_busy_fraction`,
/// `kv_utilization`, bytes per tier) are of the whole deployment, whatever the class.
public struct MetricKey: Sendable {
  /// Which of two values is to be preferred.
  public enum Preference: Sendable { case lower, higher, none }

  /// The name in JSON and CSV, units included.
  public let name: String
  /// Whether single runs have whole numbers here.
  public let isInteger: Bool
  public let preference: Preference
  private let extract: @Sendable (GroupView) -> Double?

  init(
    _ name: String, integer: Bool = false, prefers preference: Preference = .none,
    _ extract: @escaping @Sendable (GroupView) -> Double?
  ) {
    self.name = name
    isInteger = integer
    self.preference = preference
    self.extract = extract
  }

  /// What the figure can be, where that is known: a share is from 0 to 1.
  public var range: ClosedRange<Double>? { MetricUnit(ofMetric: name) == .fraction ? 0...1 : nil }

  /// The figure in a run's group; nil where there is none, for example a percentile without requests.
  public func value(in view: GroupView) -> Double? { extract(view) }
}

/// One group of one run, with the totals of its deployment.
public struct GroupView: Sendable {
  public let run: RunResult
  public let group: GroupCollector
  public let totals: DeploymentTotals

  /// - Parameter index: the group's index in the run.
  public init(_ run: RunResult, group index: Int) {
    self.run = run
    group = run.groups[index]
    totals = run.totals(ofDeployment: run.groups[index].deployment)
  }

  /// The work done for the class in the counted time, whenever its requests came and whether they were completed.
  var processedTokens: Int64 { totals.sums.processedTokens(of: group.requestClass) }

  /// What the deployment's step times rest on.
  var trust: TrustBasis? { run.deployments[Int(group.deployment)].trust }

  func rate(_ count: Int64) -> Double? {
    let seconds = run.countedDuration.seconds
    return seconds > 0 ? Double(count) / seconds : nil
  }

  func pagedBytes(_ tier: PagingTier, _ bytes: (PagingTotals) -> Int64) -> Double {
    let own = run.paging.filter { $0.deployment == group.deployment && $0.tier == tier }
    return Double(own.reduce(0) { $0 + bytes($1) })
  }
}

extension MetricKey {
  /// A statistic of a latency.
  public enum Statistic: String, Sendable, CaseIterable {
    case mean, median, std, p90, p95, p99, max

    func picoseconds(_ histogram: LatencyHistogram) -> Double? {
      switch self {
      case .mean: histogram.mean
      case .median: histogram.percentile(50)
      case .std: histogram.std
      case .p90: histogram.percentile(90)
      case .p95: histogram.percentile(95)
      case .p99: histogram.percentile(99)
      case .max: histogram.max.map { Double($0.picoseconds) }
      }
    }
  }

  /// A latency's statistic in milliseconds, for example `p99_ttft_ms`.
  public static func latency(_ latency: LatencyKind, _ statistic: Statistic) -> MetricKey {
    MetricKey("\(statistic.rawValue)_\(latency.rawValue)_ms", prefers: .lower) { view in
      statistic.picoseconds(view.group[keyPath: latency.histogram]).map { $0 / 1e9 }
    }
  }

  /// Every figure, in the order of output; names are those of `vllm bench serve` where it has the figure.
  public static let all: [MetricKey] =
    counts + rates
    + LatencyKind.allCases.flatMap { latency in Statistic.allCases.map { .latency(latency, $0) } }
    + engine

  /// The figure of a name; nil when there is none such.
  public static func named(_ name: String) -> MetricKey? { all.first { $0.name == name } }

  private static func count(
    _ name: String, prefers preference: Preference = .none, _ extract: @escaping @Sendable (GroupCollector) -> Int64
  ) -> MetricKey {
    MetricKey(name, integer: true, prefers: preference) { Double(extract($0.group)) }
  }

  private static let counts: [MetricKey] = [
    count("completed", prefers: .higher) { $0.completed },
    count("rejected", prefers: .lower) { $0.rejected },
    count("unfinished", prefers: .lower) { $0.unfinished },
    count("total_input_tokens") { $0.inputTokens },
    count("total_output_tokens") { $0.outputTokens },
    MetricKey("processed_tokens", integer: true, prefers: .higher) { Double($0.processedTokens) },
  ]

  private static let rates: [MetricKey] = [
    MetricKey("duration") { $0.run.countedDuration.seconds },
    MetricKey("request_throughput", prefers: .higher) { $0.rate($0.group.completed) },
    MetricKey("output_throughput", prefers: .higher) { $0.rate($0.group.outputTokens) },
    MetricKey("total_token_throughput", prefers: .higher) { $0.rate($0.group.inputTokens + $0.group.outputTokens) },
    MetricKey("processed_token_throughput", prefers: .higher) { $0.rate($0.processedTokens) },
    MetricKey("request_goodput", prefers: .higher) { $0.group.hasGoal ? $0.rate($0.group.good) : nil },
    MetricKey("finished_fraction", prefers: .higher) { view in
      view.group.injected == 0 ? nil : Double(view.group.completed) / Double(view.group.injected)
    },
    MetricKey("expected_end_seconds", prefers: .lower) { view in
      guard view.group.unfinished > 0, let rate = view.rate(view.group.completed), rate > 0 else { return nil }
      return view.run.simulatedEnd.seconds + Double(view.group.unfinished) / rate
    },
    MetricKey("good_fraction", prefers: .higher) { view in
      if !view.group.hasGoal || view.group.injected == 0 { return nil }
      return Double(view.group.good) / Double(view.group.injected)
    },
  ]

  /// The share of iterations' time that rests on one kind of knowledge.
  private static func timeShare(_ basis: String) -> MetricKey {
    MetricKey("\(basis)_time_fraction") { view in
      let sums = view.totals.sums
      return view.trust?.shares(iterations: sums.iterations, promptTokens: sums.promptTokens)
        .first { $0.basis == basis }?.share
    }
  }

  private static let engine: [MetricKey] = [
    count("preemptions") { $0.preemptions },
    count("recomputed_tokens") { $0.recomputedTokens },
    count("paged_out_bytes") { $0.pagedOutBytes },
    count("paged_in_bytes") { $0.pagedInBytes },
    MetricKey("paged_out_host_bytes", integer: true) { $0.pagedBytes(.host, \.pagedOutBytes) },
    MetricKey("paged_in_host_bytes", integer: true) { $0.pagedBytes(.host, \.pagedInBytes) },
    MetricKey("paged_out_peer_gpu_bytes", integer: true) { $0.pagedBytes(.peerGPU, \.pagedOutBytes) },
    MetricKey("paged_in_peer_gpu_bytes", integer: true) { $0.pagedBytes(.peerGPU, \.pagedInBytes) },
    MetricKey("gpu_hours_per_million_tokens", prefers: .lower) { view in
      let tokens = view.totals.sums.processedTokens(of: .online) + view.totals.sums.processedTokens(of: .offline)
      return tokens == 0 ? nil : view.totals.seconds(of: \.gpuTime) / 3600 / (Double(tokens) / 1e6)
    },
    MetricKey("aborted_iterations", integer: true) { Double($0.totals.sums.abortedIterations) },
    MetricKey("mean_safepoint_response_ms") { view in
      let count = view.totals.sums.safepointResponses
      return count == 0 ? nil : view.totals.milliseconds(of: \.safepointResponseTime) / Double(count)
    },
    MetricKey("max_safepoint_response_ms") { view in
      view.totals.sums.safepointResponses == 0 ? nil : view.totals.sums.longestSafepointResponse.milliseconds
    },
    MetricKey("checkpoint_bandwidth") { $0.totals.checkpointBandwidth },
    MetricKey("max_checkpoint_ms") { view in
      view.totals.sums.longestCheckpoint > .zero ? view.totals.sums.longestCheckpoint.milliseconds : nil
    },
    MetricKey("prefix_cache_hit_rate", prefers: .higher) { $0.totals.prefixHitRate },
    MetricKey("prefix_cache_hit_tokens", integer: true) { Double($0.totals.sums.prefixHitTokens) },
    MetricKey("adapter_hit_rate", prefers: .higher) { view in
      let sums = view.totals.sums
      return sums.adapterRequests == 0 ? nil : Double(sums.adapterHits) / Double(sums.adapterRequests)
    },
    MetricKey("adapter_loads", integer: true) { view in
      view.totals.sums.adapterRequests == 0 ? nil : Double(view.totals.sums.adapterLoads)
    },
    MetricKey("mean_adapter_wait_ms", prefers: .lower) { view in
      let sums = view.totals.sums
      return sums.adapterRequests == 0
        ? nil : view.totals.milliseconds(of: \.adapterWait) / Double(sums.adapterRequests)
    },
    MetricKey("stored_prefix_loads", integer: true) { view in
      view.totals.sums.storedPrefixLoads == 0 ? nil : Double(view.totals.sums.storedPrefixLoads)
    },
    MetricKey("mean_stored_prefix_wait_ms", prefers: .lower) { view in
      let sums = view.totals.sums
      return sums.storedPrefixLoads == 0
        ? nil : view.totals.milliseconds(of: \.storedPrefixWait) / Double(sums.storedPrefixLoads)
    },
    MetricKey("gpu_busy_fraction") { $0.totals.busyFraction },
    MetricKey("beside_copies_fraction") { $0.totals.besideCopiesFraction },
    MetricKey("kv_utilization") { $0.totals.kvUtilization },
    MetricKey("memory_wait_fraction") { $0.totals.memoryWaitFraction },
    MetricKey("slot_wait_fraction") { $0.totals.slotWaitFraction },
    MetricKey("token_budget_wait_fraction") { $0.totals.tokenBudgetWaitFraction },
    MetricKey("transfer_blocked_fraction") { $0.totals.blockedFraction },
    MetricKey("blocked_per_preemption_ms", prefers: .lower) { $0.totals.blockedPerPreemption?.milliseconds },
    MetricKey("idle_fraction") { $0.totals.idleFraction },
    timeShare("measured"), timeShare("interpolated"), timeShare("extrapolated"), timeShare("roofline"),
    timeShare("engine"),
    MetricKey("mean_recorded_error_fraction") { $0.trust?.nearest?.mean },
    MetricKey("max_recorded_error_fraction") { $0.trust?.nearest?.worst },
    MetricKey("simulated_seconds") { $0.run.simulatedEnd.seconds },
    MetricKey("wall_seconds") { $0.run.wallSeconds },
  ]
}
