import SimCore

/// One figure that an engine counts as it runs.
///
/// `EngineCounter.all` is the one list of them: sums over replicas, differences over time, JSON and the results store
/// are made from it. A new counter is a property of `EngineTotals` and a line here.
public struct EngineCounter: Sendable {
  /// Where a counter is kept, and its unit.
  public enum Storage: Sendable {
    case duration(any WritableKeyPath<EngineTotals, SimDuration> & Sendable)
    case count(any WritableKeyPath<EngineTotals, Int64> & Sendable)
    case small(any WritableKeyPath<EngineTotals, Int32> & Sendable)
    /// An integral over time, in picoseconds times what is integrated; it may exceed 64 bits.
    case integral(any WritableKeyPath<EngineTotals, Int128> & Sendable)
  }

  /// How values of several replicas, or of one replica at two times, belong together.
  public enum Nature: Sendable {
    /// It grows with time: replicas add up, and a later value less an earlier one is what came between.
    case accumulated
    /// The greatest of anything seen, of the whole run.
    case peak
    /// Fixed; replicas add up.
    case capacity
    /// Fixed, and the same for every replica.
    case setting
  }

  /// The name in results, without the unit of durations and integrals.
  public let name: String
  public let storage: Storage
  public let nature: Nature
  /// Whether results leave it out where it is zero: what few scenarios have.
  public let isOmittedAtZero: Bool

  private init(
    _ name: String, _ storage: Storage, _ nature: Nature = .accumulated, isOmittedAtZero: Bool = false
  ) {
    self.isOmittedAtZero = isOmittedAtZero
    self.name = name
    self.storage = storage
    self.nature = nature
  }

  /// Every counter, in the order of results.
  public static let all: [EngineCounter] = [
    EngineCounter("elapsed", .duration(\.elapsed)),
    EngineCounter("gpu_time", .duration(\.gpuTime)),
    EngineCounter("busy", .duration(\.busy)),
    EngineCounter("beside_copies", .duration(\.besideCopies)),
    EngineCounter("idle", .duration(\.idle)),
    EngineCounter("blocked_on_transfer", .duration(\.blockedOnTransfer)),
    EngineCounter("head_waited_for_memory", .duration(\.headWaitedForMemory)),
    EngineCounter("head_waited_for_slots", .duration(\.headWaitedForSlots)),
    EngineCounter("head_waited_for_token_budget", .duration(\.headWaitedForTokenBudget)),
    EngineCounter("iterations", .count(\.iterations)),
    EngineCounter("decode_tokens", .count(\.decodeTokens)),
    EngineCounter("prefill_tokens", .count(\.prefillTokens)),
    EngineCounter("prompt_tokens", .count(\.promptTokens)),
    EngineCounter("offline_prompt_tokens", .count(\.offlinePromptTokens)),
    EngineCounter("offline_output_tokens", .count(\.offlineOutputTokens)),
    EngineCounter("preemptions_by_recompute", .count(\.preemptionsByRecompute)),
    EngineCounter("preemptions_by_swap", .count(\.preemptionsBySwap)),
    EngineCounter("recomputed_tokens", .count(\.recomputedTokens)),
    EngineCounter("prefix_queried_tokens", .count(\.prefixQueriedTokens)),
    EngineCounter("prefix_hit_tokens", .count(\.prefixHitTokens)),
    EngineCounter("aborted_iterations", .count(\.abortedIterations)),
    EngineCounter("aborted_work", .duration(\.abortedWork)),
    EngineCounter("safepoint_responses", .count(\.safepointResponses)),
    EngineCounter("safepoint_response_time", .duration(\.safepointResponseTime)),
    EngineCounter("longest_safepoint_response", .duration(\.longestSafepointResponse), .peak),
    EngineCounter("checkpointed_bytes", .count(\.checkpointedBytes)),
    EngineCounter("checkpoint_time", .duration(\.checkpointTime), isOmittedAtZero: true),
    EngineCounter("longest_checkpoint", .duration(\.longestCheckpoint), .peak, isOmittedAtZero: true),
    EngineCounter("handed_over", .count(\.handedOver)),
    EngineCounter("handed_over_bytes", .count(\.handedOverBytes)),
    EngineCounter("requeued", .count(\.requeued)),
    EngineCounter("adapter_requests", .count(\.adapterRequests), isOmittedAtZero: true),
    EngineCounter("adapter_hits", .count(\.adapterHits), isOmittedAtZero: true),
    EngineCounter("adapter_wait", .duration(\.adapterWait), isOmittedAtZero: true),
    EngineCounter("adapter_loads", .count(\.adapterLoads), isOmittedAtZero: true),
    EngineCounter("adapter_bytes", .count(\.adapterBytes), isOmittedAtZero: true),
    EngineCounter("stored_prefix_loads", .count(\.storedPrefixLoads), isOmittedAtZero: true),
    EngineCounter("stored_prefix_bytes", .count(\.storedPrefixBytes), isOmittedAtZero: true),
    EngineCounter("stored_prefix_wait", .duration(\.storedPrefixWait), isOmittedAtZero: true),
    EngineCounter("kv_capacity_tokens", .count(\.kvCapacityTokens), .capacity),
    EngineCounter("kv_capacity_blocks", .count(\.kvCapacityBlocks), .capacity),
    EngineCounter("kv_block_size", .small(\.kvBlockSize), .setting),
    EngineCounter("peak_kv_blocks", .count(\.peakKVBlocks), .peak),
    EngineCounter("peak_running", .count(\.peakRunning), .peak),
    EngineCounter("kv_token_time", .integral(\.kvTokenTime)),
    EngineCounter("request_time", .integral(\.requestTime)),
  ]

  /// The place of a duration in the list.
  static func place(of duration: KeyPath<EngineTotals, SimDuration>) -> Int? {
    all.firstIndex {
      if case .duration(let path) = $0.storage { path as AnyKeyPath == duration } else { false }
    }
  }

  /// The counter's value; durations in picoseconds.
  public func value(in totals: EngineTotals) -> Int128 {
    switch storage {
    case .duration(let path): Int128(totals[keyPath: path].picoseconds)
    case .count(let path): Int128(totals[keyPath: path])
    case .small(let path): Int128(totals[keyPath: path])
    case .integral(let path): totals[keyPath: path]
    }
  }

  /// Sets the counter.
  ///
  /// - Parameter value: durations in picoseconds.
  /// - Returns: false, with nothing set, when the value is out of the counter's range.
  @discardableResult
  public func set(_ value: Int128, in totals: inout EngineTotals) -> Bool {
    switch storage {
    case .duration(let path):
      guard let value = Int64(exactly: value) else { return false }
      totals[keyPath: path] = SimDuration(picoseconds: value)
    case .count(let path):
      guard let value = Int64(exactly: value) else { return false }
      totals[keyPath: path] = value
    case .small(let path):
      guard let value = Int32(exactly: value) else { return false }
      totals[keyPath: path] = value
    case .integral(let path): totals[keyPath: path] = value
    }
    return true
  }

  /// What two replicas have together.
  func combined(_ a: Int128, _ b: Int128) -> Int128 {
    switch nature {
    case .accumulated, .capacity: a + b
    case .peak: max(a, b)
    case .setting: b
    }
  }
}
