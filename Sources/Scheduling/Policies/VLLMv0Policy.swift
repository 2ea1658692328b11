import Replica
import SimCore

/// The scheduler of vLLM's V0 engine: prompts first, then decode; a watermark on memory; recompute or swap.
///
/// When nothing is swapped out, waiting prompts are admitted in order while a watermark of blocks stays free, and run
/// in an iteration of their own; decoding sequences stall meanwhile. Otherwise all running sequences decode; one that
/// finds no block preempts the last admitted, which is dropped and recomputed, or swapped to host memory. Swapped
/// sequences come back first come first served when an iteration preempted nobody, and while any is swapped no prompt
/// is admitted. With `chunked_prefill` decodes run first and prompts fill the rest of the token budget.
///
/// Not modelled: padding, and V0's rule that a decoding sequence wants a free block even when it needs none.
/// Source: vllm/core/scheduler.py of vLLM 0.6 to 0.9.
public struct VLLMv0Policy: SchedulingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "vllm-v0",
    summary: "Prefill-first batching with a memory watermark; preempts the newest by recompute or swap.",
    source: "vLLM V0 scheduler, github.com/vllm-project/vllm (Apache-2.0), vllm/core/scheduler.py",
    parameters: [
      ParameterDescriptor(
        "preemption", .choice(["recompute", "swap"]), default: .choice("recompute"),
        "what happens to the KV of a preempted sequence"),
      ParameterDescriptor(
        "chunked_prefill", .boolean, default: .boolean(false),
        "whether prompts are cut into chunks that run beside decode"),
      ParameterDescriptor(
        "order", .choice(["fcfs", "priority"]), default: .choice("fcfs"),
        "how waiting requests are ordered; by priority, a more urgent one also preempts the least urgent running one"),
      ParameterDescriptor(
        "watermark", .number(0...0.5), default: .number(0.01),
        "fraction of KV blocks that admission leaves free"),
    ], traits: [.recomputes, .pages])

  // What follows without 'private' is also used by policies that change V0's rule now and then.
  let watermark: Int
  var waiting: WaitingQueue
  /// Resident sequences in the order they were admitted.
  var running = SequenceList()
  var prefilling = SequenceList()
  /// Swapped-out sequences in the order they are to come back.
  var swapped = SequenceList()
  private let swaps: Bool
  private let chunked: Bool
  private let byPriority: Bool

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    swaps = parameters.choice("preemption") == "swap"
    chunked = parameters.boolean("chunked_prefill")
    byPriority = parameters.choice("order") == "priority"
    watermark = Int((parameters.number("watermark") * Double(limits.kvBlocks)).rounded(.up))
    waiting = WaitingQueue(byPriority: byPriority)
  }

  public var reservedBlocks: Int { watermark }

  public func resumes(_ requestClass: RequestClass) -> Bool { true }

  public var looksAtStateOnArrival: Bool { false }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    waiting.arrive(slot, in: state.table) ? .boundary : .none
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) {
    running.remove(slot)
    prefilling.remove(slot)
  }

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    decision.waitsForTransfers = true
    decision.fetchedJoinBatch = true
    decision.fetchesReleaseCopies = true
    if chunked { decideChunked(state, &decision) } else { decidePrefillFirst(state, &decision) }
  }

  // MARK: Prompts first

  private mutating func decidePrefillFirst(_ state: EngineState, _ decision: inout Decision) {
    var planned = PlannedMemory(state)
    if !prefilling.isEmpty { return continuePrompts(state, &decision) }
    if swapped.isEmpty || waiting.headHoldsKV {
      // A prefill-only iteration runs no decode, so the batch needs no blocks in it.
      let spare = state.freeBlocks
      var idle = spare
      if byPriority { preemptForUrgentHead(state, &decision, &planned, &idle) }
      var budget = state.limits.maxBatchedTokens
      admit(state, &decision, &planned, blocks: &idle, tokens: &budget)
      if !decision.chunks.isEmpty {
        decision.decodes = false
        return
      }
      planned.giveBack(idle - spare)
    } else if !waiting.isEmpty {
      decision.admissionLimit = .memory
    }
    makeRoomToDecode(state, &decision, &planned)
    bringBackUnlessPreempted(state, &decision, &planned)
  }

  /// A prompt longer than an iteration may process goes on alone.
  mutating func continuePrompts(_ state: EngineState, _ decision: inout Decision) {
    decision.decodes = false
    let slot = prefilling.head
    let prompt = state.prefillRemaining(slot)
    let tokens = min(prompt, state.limits.maxBatchedTokens)
    decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
    if tokens == prompt { prefilling.remove(slot) }
    if !waiting.isEmpty { decision.admissionLimit = .tokens }
  }

  // MARK: Chunked

  private mutating func decideChunked(_ state: EngineState, _ decision: inout Decision) {
    var planned = PlannedMemory(state)
    makeRoomToDecode(state, &decision, &planned)
    var budget = state.limits.maxBatchedTokens - state.batch.count
    for victim in decision.drops where state.table[victim].phase == .decoding { budget += 1 }
    for victim in decision.pageOuts where state.table[victim].phase == .decoding { budget += 1 }
    var slot = prefilling.head
    while slot >= 0, budget > 0 {
      let tokens = min(state.prefillRemaining(slot), budget)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
      budget -= tokens
      slot = prefilling.after(slot)
    }
    bringBackUnlessPreempted(state, &decision, &planned)
    budget -= decision.fetches.count
    if swapped.isEmpty || waiting.headHoldsKV {
      if decision.drops.isEmpty && decision.pageOuts.isEmpty {
        var blocks = planned.free
        admit(state, &decision, &planned, blocks: &blocks, tokens: &budget)
      } else {
        decision.admissionLimit = waiting.isEmpty ? .none : .memory
      }
    } else if !waiting.isEmpty {
      decision.admissionLimit = .memory
    }
    for chunk in decision.chunks where Int(chunk.tokens) == state.prefillRemaining(chunk.slot) {
      prefilling.remove(chunk.slot)
    }
  }

  // MARK: Shared steps

  /// Admits prompts in order, with all their blocks, while tokens, places and blocks above the watermark last.
  ///
  /// - Parameter besideSwapped: whether prompts come in while others are swapped out, as in a fair step; else only
  ///   those that hold their KV already.
  mutating func admit(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory, blocks: inout Int,
    tokens: inout Int, besideSwapped: Bool = false
  ) {
    while waiting.head >= 0 {
      let slot = waiting.head
      // The victim of this very decision can come back in the next.
      if decision.drops.contains(slot) { return decision.admissionLimit = .memory }
      let prompt = state.prefillRemaining(slot)
      if running.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      // A prompt longer than the budget runs alone in chunks; V0 itself refuses such settings.
      let chunk = min(prompt, tokens)
      if tokens <= 0 || (!chunked && chunk < prompt && !decision.chunks.isEmpty) {
        return decision.admissionLimit = .tokens
      }
      let needed = planned.admissionBlocks(slot, tokens: prompt, state)
      // Behind those that hold their KV nobody is let in while others are swapped out.
      if needed > 0 && !swapped.isEmpty && !besideSwapped { return decision.admissionLimit = .memory }
      if needed > 0 && blocks - needed < watermark { return decision.admissionLimit = .memory }
      blocks -= needed
      planned.admit(slot, state)
      tokens -= chunk
      waiting.remove(slot)
      running.append(slot)
      if chunk < prompt || chunked { prefilling.append(slot) }
      let whole = Int(state.table[slot].prefillTarget)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk, reserveTokens: whole))
    }
  }

  /// Preempts the newest until the rest of the batch finds blocks for its next tokens.
  mutating func makeRoomToDecode(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory
  ) {
    while planned.shortage > 0 { preempt(victim(in: state.table), state, &decision, &planned) }
  }

  private mutating func bringBackUnlessPreempted(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory
  ) {
    if decision.drops.isEmpty && decision.pageOuts.isEmpty { bringBack(state, &decision, &planned) }
  }

  /// Fetches swapped sequences in order, as long as they fit above the watermark.
  mutating func bringBack(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory
  ) {
    while swapped.head >= 0, running.count < state.limits.maxSequences {
      let slot = swapped.head
      guard state.table[slot].phase == .paged || decision.pageOuts.contains(slot) else { return }
      let needed = state.blocks(forTokens: state.kvTokens(slot)) + 1
      if planned.free - needed < watermark { return }
      planned.take(needed)
      swapped.remove(slot)
      running.append(slot)
      decision.fetches.append(slot)
    }
  }

  /// By priority, the least urgent running sequence makes room for a more urgent waiting head.
  private mutating func preemptForUrgentHead(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory, _ blocks: inout Int
  ) {
    while waiting.head >= 0, running.head >= 0 {
      let head = waiting.head
      let needed = planned.admissionBlocks(head, tokens: state.prefillRemaining(head), state)
      if needed == 0 || blocks - needed >= watermark, running.count < state.limits.maxSequences { return }
      let worst = victim(in: state.table)
      if state.table[worst].priority <= state.table[head].priority { return }
      blocks += planned.leave(worst, state)
      running.remove(worst)
      prefilling.remove(worst)
      decision.drops.append(worst)
      waiting.return(worst, in: state.table)
    }
  }

  private func victim(in table: SequenceTable) -> Int32 {
    byPriority ? WaitingQueue.leastUrgent(of: running, in: table) : running.tail
  }

  private mutating func preempt(
    _ slot: Int32, _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory
  ) {
    running.remove(slot)
    let wasPrefilling = prefilling.contains(slot)
    prefilling.remove(slot)
    planned.drop(slot, state)
    if swaps && !wasPrefilling && planned.reserveCopies(slot, state) {
      decision.pageOuts.append(slot)
      swapped.append(slot)
    } else {
      decision.drops.append(slot)
      waiting.return(slot, in: state.table)
    }
  }
}
