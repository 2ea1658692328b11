/// One whole number that is counted for each request group.
///
/// `GroupCounter.all` is the one list of them, from which groups are merged and stored. A new counter is a property of
/// `GroupCollector` and a line here.
public struct GroupCounter: Sendable {
  /// The name in the results store.
  public let name: String
  public let path: any WritableKeyPath<GroupCollector, Int64> & Sendable

  private init(_ name: String, _ path: any WritableKeyPath<GroupCollector, Int64> & Sendable) {
    self.name = name
    self.path = path
  }

  public static let all: [GroupCounter] = [
    GroupCounter("completed", \.completed),
    GroupCounter("rejected_exceeds_pool", \.rejectedExceedsPool),
    GroupCounter("rejected_exceeds_context", \.rejectedExceedsContext),
    GroupCounter("unfinished", \.unfinished),
    GroupCounter("deadlines", \.deadlines),
    GroupCounter("good", \.good),
    GroupCounter("input_tokens", \.inputTokens),
    GroupCounter("output_tokens", \.outputTokens),
    GroupCounter("unfinished_output_tokens", \.unfinishedOutputTokens),
    GroupCounter("preemptions", \.preemptions),
    GroupCounter("preempted_requests", \.preemptedRequests),
    GroupCounter("recomputed_tokens", \.recomputedTokens),
    GroupCounter("paged_out_bytes", \.pagedOutBytes),
    GroupCounter("paged_in_bytes", \.pagedInBytes),
  ]
}

/// A latency that is kept for each request group, by its short name in results.
public enum LatencyKind: String, Sendable, CaseIterable {
  case ttft, tpot, itl, e2el, queue

  /// Where its values are.
  public var histogram: any WritableKeyPath<GroupCollector, LatencyHistogram> & Sendable {
    switch self {
    case .ttft: \.ttft
    case .tpot: \.tpot
    case .itl: \.itl
    case .e2el: \.e2el
    case .queue: \.queue
    }
  }
}
