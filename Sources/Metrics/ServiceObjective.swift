import SimCore

/// What a served request must meet to count as good: every limit given must hold.
public struct ServiceObjective: Sendable, Hashable {
  /// The longest allowed time to first token.
  public var timeToFirstToken: SimDuration?
  /// The longest allowed time per output token; a request with fewer than two output tokens has zero.
  public var timePerOutputToken: SimDuration?
  /// The longest allowed end-to-end latency.
  public var endToEnd: SimDuration?

  public init(
    timeToFirstToken: SimDuration? = nil, timePerOutputToken: SimDuration? = nil, endToEnd: SimDuration? = nil
  ) {
    self.timeToFirstToken = timeToFirstToken
    self.timePerOutputToken = timePerOutputToken
    self.endToEnd = endToEnd
  }

  /// Whether any limit is given; without one there is no goodput to report.
  public var isEmpty: Bool { timeToFirstToken == nil && timePerOutputToken == nil && endToEnd == nil }

  /// Whether a request meets every limit; only completed requests can.
  ///
  /// The TPOT limit is compared as last token − first token ≤ limit · (output tokens − 1), without division. A
  /// request completed without any output token is judged by its end-to-end latency where TTFT is limited.
  public func isMet(by outcome: RequestOutcome) -> Bool {
    guard outcome.status == .completed, let total = outcome.endToEndLatency else { return false }
    if let limit = timeToFirstToken, outcome.timeToFirstToken ?? total > limit { return false }
    if let limit = endToEnd, total > limit { return false }
    if let limit = timePerOutputToken, outcome.generatedTokens > 1, outcome.firstToken != .never {
      let decode = Int128((outcome.finished - outcome.firstToken).picoseconds)
      if decode > Int128(limit.picoseconds) * Int128(outcome.generatedTokens - 1) { return false }
    }
    return true
  }
}
