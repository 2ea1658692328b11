import SimCore

/// What one replica's engine did in a run. Times are simulated. `EngineCounter.all` lists the counters. Those that
/// every event changes come first: they then share a few lines of the processor's cache.
public struct EngineTotals: Sendable, Hashable, BitwiseCopyable {
  /// Which deployment; an index into the run's deployments.
  public var deployment: Int32 = 0
  /// Which replica of it, from 0.
  public var replica: Int32 = 0

  /// How long the replica existed: busy + idle + blocked on transfers + otherwise waiting.
  public var elapsed = SimDuration.zero
  /// The same, times the replica's GPUs.
  public var gpuTime = SimDuration.zero
  /// Time in which an iteration ran.
  public var busy = SimDuration.zero
  /// Time without any request to serve.
  public var idle = SimDuration.zero
  /// The integral over time of the requests present, in request·picoseconds, counted by the engine.
  public var requestTime: Int128 = 0
  /// The integral over time of the tokens held in the KV pool, in token·picoseconds.
  public var kvTokenTime: Int128 = 0
  public var iterations: Int64 = 0
  /// Output tokens made.
  public var decodeTokens: Int64 = 0
  /// Prompt tokens processed, recomputed ones included.
  public var prefillTokens: Int64 = 0
  /// The most blocks of the KV pool in use at once.
  public var peakKVBlocks: Int64 = 0
  /// The most sequences running at once.
  public var peakRunning: Int64 = 0
  /// Prompt tokens processed, each counted the first time only.
  public var promptTokens: Int64 = 0
  /// Those of `decodeTokens` that offline requests made.
  public var offlineOutputTokens: Int64 = 0

  /// Of `busy`, time in which copies used the memory or the NVLink ports of one of its GPUs: the copies' duty cycle
  /// there, once divided by `busy`.
  public var besideCopies = SimDuration.zero
  /// Time with requests but no iteration, because a page transfer had to finish first.
  public var blockedOnTransfer = SimDuration.zero
  /// Time in which the head of the queue waited because the KV pool had no room for it.
  public var headWaitedForMemory = SimDuration.zero
  /// Time in which the head of the queue waited because the batch had as many sequences as allowed.
  public var headWaitedForSlots = SimDuration.zero
  /// Time in which the head of the queue waited because the iteration's tokens were all given out.
  public var headWaitedForTokenBudget = SimDuration.zero

  /// Preemptions that dropped KV blocks, to be recomputed.
  public var preemptionsByRecompute: Int64 = 0
  /// Preemptions that left KV off the GPU: paged out, or evicted with copies in place.
  public var preemptionsBySwap: Int64 = 0
  public var recomputedTokens: Int64 = 0
  /// Prompt tokens that were looked for among the blocks of earlier prompts, each when its request was first admitted
  /// (vLLM's `prefix_cache_queries`); none where prefixes are not cached.
  public var prefixQueriedTokens: Int64 = 0
  /// Of these, tokens that were found and not computed (vLLM's `prefix_cache_hits`).
  public var prefixHitTokens: Int64 = 0
  /// Iterations given up at a layer safepoint.
  public var abortedIterations: Int64 = 0
  /// Compute time lost with them.
  public var abortedWork = SimDuration.zero
  /// Iterations that were asked to stop at a layer safepoint, whether one was left in them or not.
  public var safepointResponses: Int64 = 0
  /// From being asked until the policy decided anew: the sum, and the longest.
  public var safepointResponseTime = SimDuration.zero
  public var longestSafepointResponse = SimDuration.zero
  /// Requests handed to another replica with their KV, and the bytes of it.
  public var handedOver: Int64 = 0
  public var handedOverBytes: Int64 = 0
  /// Requests sent to another replica to be computed anew, or from the start.
  public var requeued: Int64 = 0
  /// KV bytes copied off the GPU ahead of need: those that links have moved.
  public var checkpointedBytes: Int64 = 0
  /// Time in which such a copy was under way, and the longest from its start to its arrival.
  public var checkpointTime = SimDuration.zero
  public var longestCheckpoint = SimDuration.zero

  /// Requests that named an adapter, those that found it in GPU memory, and how long the others waited for theirs, all
  /// together.
  public var adapterRequests: Int64 = 0
  public var adapterHits: Int64 = 0
  public var adapterWait = SimDuration.zero
  /// Adapters fetched into GPU memory, and their bytes.
  public var adapterLoads: Int64 = 0
  public var adapterBytes: Int64 = 0
  /// Requests whose prefix was fetched from where it is kept off the GPU, the bytes of that KV, and how long they
  /// waited for it, all together.
  public var storedPrefixLoads: Int64 = 0
  public var storedPrefixBytes: Int64 = 0
  public var storedPrefixWait = SimDuration.zero

  /// The tokens the KV pool has room for.
  public var kvCapacityTokens: Int64 = 0
  public var kvBlockSize: Int32 = 0
  public var kvCapacityBlocks: Int64 = 0

  /// Those of `promptTokens` of offline requests.
  public var offlinePromptTokens: Int64 = 0

  public init(deployment: Int32 = 0, replica: Int32 = 0) {
    self.deployment = deployment
    self.replica = replica
  }

  /// The work done for requests of a class: prompt tokens processed and output tokens made. What was processed again
  /// counts once.
  public func processedTokens(of requestClass: RequestClass) -> Int64 {
    switch requestClass {
    case .online: promptTokens + decodeTokens - processedTokens(of: .offline)
    case .offline: offlinePromptTokens + offlineOutputTokens
    }
  }
}

/// The totals of all replicas of a deployment together.
public struct DeploymentTotals: Sendable, Hashable {
  public private(set) var replicas = 0
  private var deployment: Int32 = 0
  /// Each counter over all replicas, as wide as it is, in the order of `EngineCounter.all`; durations in picoseconds.
  private var whole = EngineCounter.all.map { $0.value(in: EngineTotals()) }
  private var kvCapacityTokenTime: Int128 = 0

  /// - Parameter engines: the replicas' totals, at least none.
  public init(_ engines: [EngineTotals]) {
    for engine in engines { add(engine) }
  }

  private mutating func add(_ engine: EngineTotals) {
    replicas += 1
    deployment = engine.deployment
    for (index, counter) in EngineCounter.all.enumerated() {
      whole[index] = counter.combined(whole[index], counter.value(in: engine))
    }
    kvCapacityTokenTime += Int128(engine.kvCapacityTokens) * Int128(engine.elapsed.picoseconds)
  }

  /// The sums over replicas; peaks are the greatest of any replica, capacities the sum. A duration that leaves the
  /// range of a clock, 106 days, is at its end: ``seconds(of:)`` has it whole.
  public var sums: EngineTotals {
    var sums = EngineTotals(deployment: deployment)
    for (index, counter) in EngineCounter.all.enumerated() {
      if !counter.set(whole[index], in: &sums) { counter.set(Int128(Int64.max), in: &sums) }
    }
    return sums
  }

  /// A duration summed over replicas, seconds. That of a fleet may leave the range of a clock.
  public func seconds(of duration: KeyPath<EngineTotals, SimDuration>) -> Double {
    Double(picoseconds(of: duration)) / 1e12
  }

  /// The same in milliseconds.
  public func milliseconds(of duration: KeyPath<EngineTotals, SimDuration>) -> Double {
    Double(picoseconds(of: duration)) / 1e9
  }

  private func picoseconds(of duration: KeyPath<EngineTotals, SimDuration>) -> Int128 {
    EngineCounter.place(of: duration).map { whole[$0] } ?? Int128(sums[keyPath: duration].picoseconds)
  }

  private func fraction(_ part: KeyPath<EngineTotals, SimDuration>) -> Double {
    let elapsed = picoseconds(of: \.elapsed)
    return elapsed == 0 ? 0 : Double(picoseconds(of: part)) / Double(elapsed)
  }

  /// Of the prompt tokens that were looked for among the blocks of earlier prompts, the part that was found; nil where
  /// nothing was looked for.
  public var prefixHitRate: Double? {
    sums.prefixQueriedTokens == 0 ? nil : Double(sums.prefixHitTokens) / Double(sums.prefixQueriedTokens)
  }

  /// The part of the time in which iterations ran, 0 … 1, averaged over replicas.
  public var busyFraction: Double { fraction(\.busy) }
  /// The part of the time in which iterations ran beside copies on the same GPUs.
  public var besideCopiesFraction: Double { fraction(\.besideCopies) }
  /// The part of the time without requests.
  public var idleFraction: Double { fraction(\.idle) }
  /// The part of the time in which transfers held up work.
  public var blockedFraction: Double { fraction(\.blockedOnTransfer) }
  /// The time in which transfers held up work, for each preemption by paging; nil without any.
  public var blockedPerPreemption: SimDuration? {
    sums.preemptionsBySwap > 0
      ? SimDuration(picoseconds: Int64(picoseconds(of: \.blockedOnTransfer) / Int128(sums.preemptionsBySwap))) : nil
  }
  /// KV bytes copied off each GPU ahead of need, per second of the time in which such a copy was under way; nil without
  /// any.
  public var checkpointBandwidth: Double? {
    guard sums.checkpointTime > .zero, sums.elapsed > .zero else { return nil }
    let gpus = seconds(of: \.gpuTime) / seconds(of: \.elapsed)
    return Double(sums.checkpointedBytes) / (gpus * seconds(of: \.checkpointTime))
  }
  /// The part of the time in which the queue's head waited for KV memory.
  public var memoryWaitFraction: Double { fraction(\.headWaitedForMemory) }
  /// The part of the time in which the queue's head waited for a place in the batch.
  public var slotWaitFraction: Double { fraction(\.headWaitedForSlots) }
  /// The part of the time in which the queue's head waited for the iteration's token budget.
  public var tokenBudgetWaitFraction: Double { fraction(\.headWaitedForTokenBudget) }

  /// The time-averaged part of the KV pool in use, 0 … 1.
  public var kvUtilization: Double {
    kvCapacityTokenTime == 0 ? 0 : Double(sums.kvTokenTime) / Double(kvCapacityTokenTime)
  }
}
