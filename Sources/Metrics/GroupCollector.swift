import SimCore

/// The statistics of one (deployment, request class): what `vllm bench serve` reports, and what it does not.
///
/// Latencies and token totals are those of completed requests, as there. Preemptions and paging are those of every
/// counted request.
public struct GroupCollector: Sendable, Equatable {
  /// Which deployment; an index into the run's deployments.
  public let deployment: Int32
  public let requestClass: RequestClass
  public let objective: ServiceObjective

  /// Time to first token.
  public var ttft = LatencyHistogram()
  /// Time per output token after the first, one value per request with at least two output tokens.
  public var tpot = LatencyHistogram()
  /// Inter-token latency, one value per output token after a request's first.
  public var itl = LatencyHistogram()
  /// End-to-end latency.
  public var e2el = LatencyHistogram()
  /// Time from arrival until any token was processed.
  public var queue = LatencyHistogram()

  public var completed: Int64 = 0
  public var rejectedExceedsPool: Int64 = 0
  public var rejectedExceedsContext: Int64 = 0
  public var unfinished: Int64 = 0
  /// Counted requests that had a deadline of their own.
  public var deadlines: Int64 = 0
  /// Completed requests that met every limit of the objective and their own deadline; all of them without either.
  public var good: Int64 = 0
  /// Prompt tokens of completed requests.
  public var inputTokens: Int64 = 0
  /// Output tokens of completed requests.
  public var outputTokens: Int64 = 0
  /// Output tokens of requests that were unfinished at the end.
  public var unfinishedOutputTokens: Int64 = 0
  public var preemptions: Int64 = 0
  /// Requests preempted at least once.
  public var preemptedRequests: Int64 = 0
  public var recomputedTokens: Int64 = 0
  public var pagedOutBytes: Int64 = 0
  public var pagedInBytes: Int64 = 0

  public init(deployment: Int32, requestClass: RequestClass, objective: ServiceObjective = ServiceObjective()) {
    self.deployment = deployment
    self.requestClass = requestClass
    self.objective = objective
  }

  /// Whether there is anything that a good request must meet.
  public var hasGoal: Bool { !objective.isEmpty || deadlines > 0 }

  /// Every counted request that was refused.
  public var rejected: Int64 { rejectedExceedsPool + rejectedExceedsContext }

  /// Every request counted here.
  public var injected: Int64 { completed + rejected + unfinished }

  /// Counts one request.
  public mutating func record(_ outcome: RequestOutcome) {
    preemptions += Int64(outcome.preemptions)
    if outcome.preemptions > 0 { preemptedRequests += 1 }
    recomputedTokens += Int64(outcome.recomputedTokens)
    pagedOutBytes += outcome.pagedOutBytes
    pagedInBytes += outcome.pagedInBytes
    if outcome.deadline != .never { deadlines += 1 }
    switch outcome.status {
    case .completed: recordCompleted(outcome)
    case .unfinished:
      unfinished += 1
      unfinishedOutputTokens += Int64(outcome.generatedTokens)
    case .rejected:
      switch outcome.rejectionReason {
      case .exceedsPool: rejectedExceedsPool += 1
      case .exceedsContext: rejectedExceedsContext += 1
      case nil: preconditionFailure("request \(outcome.id) was rejected without a reason")
      }
    }
  }

  private mutating func recordCompleted(_ outcome: RequestOutcome) {
    guard let total = outcome.endToEndLatency else {
      preconditionFailure("request \(outcome.id) completed without a finishing time")
    }
    completed += 1
    inputTokens += Int64(outcome.promptTokens)
    outputTokens += Int64(outcome.generatedTokens)
    e2el.add(total)
    if let value = outcome.timeToFirstToken { ttft.add(value) }
    if let value = outcome.timePerOutputToken { tpot.add(value) }
    if let value = outcome.queueTime { queue.add(value) }
    if objective.isMet(by: outcome), outcome.finished <= outcome.deadline { good += 1 }
  }

  /// Adds the counts of another collector, for example the same class on another deployment.
  public mutating func merge(_ other: GroupCollector) {
    for kind in LatencyKind.allCases { self[keyPath: kind.histogram].merge(other[keyPath: kind.histogram]) }
    for counter in GroupCounter.all { self[keyPath: counter.path] += other[keyPath: counter.path] }
  }
}
