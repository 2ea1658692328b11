import Spillway

/// Of the requests that wait, the one with the shortest prompt goes first.
///
/// 1. Every running sequence decodes. When KV blocks run out, the last admitted is dropped, to be recomputed.
/// 2. Prompts under way go on, then waiting requests are admitted while tokens, places and blocks last: the shortest
///    prompt first, and before all others whoever has waited longer than `patience`, so that long prompts do not
///    starve.
/// 3. The first that does not fit ends admission.
public struct ShortestJobFirstPolicy: SchedulingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "shortest-job-first", summary: "Admits the shortest prompt first, and nobody waits for ever.",
    source: "an example; shortest job first is textbook scheduling",
    parameters: [
      ParameterDescriptor(
        "patience", .duration(.zero ... .seconds(3600)), default: .duration(.seconds(10)),
        "A request that has waited longer goes before shorter ones.")
    ], traits: [.recomputes])

  /// A waiting request and the tokens it has to process before it makes the next one.
  private struct Job {
    var slot: Int32
    var request: Int64
    var tokens: Int

    /// Whether it is admitted before another; of equal ones, the earlier.
    func precedes(_ other: Job) -> Bool { (tokens, request) < (other.tokens, other.request) }
  }

  private let patience: SimDuration
  /// Waiting requests, the shortest last.
  private var jobs: ContiguousArray<Job> = []
  /// The same in order of arrival.
  private var arrivals = SequenceList()
  /// Admitted sequences in order of admission, and those of them whose prompts are not done.
  private var running = SequenceList()
  private var prefilling = SequenceList()

  public init(_ parameters: PolicyParameters, limits: EngineLimits) { patience = parameters.duration("patience") }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    wait(slot, tokens: Int(state.table[slot].promptTokens), state)
    // Behind another that does not fit, one more changes nothing.
    return next(state) == slot ? .boundary : .none
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) {
    running.remove(slot)
    prefilling.remove(slot)
  }

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    // What the decode batch's next tokens need is set aside already; a shortage is what is missing for them.
    var memory = PlannedMemory(state)
    var tokens = state.limits.maxBatchedTokens - state.batch.count
    while memory.shortage > 0 {
      let last = running.tail
      if state.table[last].phase == .decoding { tokens += 1 }
      memory.drop(last, state)
      decision.drops.append(last)
      running.remove(last)
      prefilling.remove(last)
      wait(last, tokens: Int(state.table[last].promptTokens) + state.generatedTokens(last), state)
    }
    var slot = prefilling.head
    while slot >= 0 {
      let after = prefilling.after(slot)
      if state.table[slot].phase != .prefilling {
        prefilling.remove(slot)
      } else if tokens > 0 {
        let chunk = min(tokens, state.prefillRemaining(slot))
        decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk))
        tokens -= chunk
      }
      slot = after
    }
    if decision.drops.isEmpty { admit(state, &decision, &memory, &tokens) } else { decision.admissionLimit = .memory }
  }

  /// Admits waiting requests. Each gets the blocks of its whole prompt at once, so that it can be finished.
  private mutating func admit(
    _ state: EngineState, _ decision: inout Decision, _ memory: inout PlannedMemory, _ tokens: inout Int
  ) {
    while let slot = next(state) {
      if running.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      if tokens <= 0 { return decision.admissionLimit = .tokens }
      let prompt = state.prefillRemaining(slot)
      let whole = Int(state.table[slot].prefillTarget)
      let blocks = memory.admissionBlocks(slot, tokens: prompt, state)
      if blocks > memory.free { return decision.admissionLimit = .memory }
      memory.take(blocks)
      memory.admit(slot, state)
      let chunk = min(tokens, prompt)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk, reserveTokens: whole))
      tokens -= chunk
      jobs.remove(at: place(Job(slot: slot, request: state.table[slot].request, tokens: whole)))
      arrivals.remove(slot)
      running.append(slot)
      if chunk < prompt { prefilling.append(slot) }
    }
  }

  /// Puts a request among those that wait.
  private mutating func wait(_ slot: Int32, tokens: Int, _ state: EngineState) {
    let job = Job(slot: slot, request: state.table[slot].request, tokens: tokens)
    jobs.insert(job, at: place(job))
    var later = arrivals.head
    if arrivals.isEmpty || state.table[arrivals.tail].request < job.request { later = -1 }
    while later >= 0, state.table[later].request < job.request { later = arrivals.after(later) }
    arrivals.insert(slot, before: later)
  }

  /// Where a job is among those that wait, or belongs: behind all that it precedes.
  private func place(_ job: Job) -> Int {
    var low = 0
    var high = jobs.count
    while low < high {
      let middle = (low + high) / 2
      if job.precedes(jobs[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Who is admitted next; nil when nobody waits.
  private func next(_ state: EngineState) -> Int32? {
    if !arrivals.isEmpty, state.now - state.table[arrivals.head].arrival > patience { return arrivals.head }
    return jobs.last?.slot
  }
}
