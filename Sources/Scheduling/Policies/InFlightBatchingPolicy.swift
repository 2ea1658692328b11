import Replica
import SimCore

/// The scheduler of TensorRT-LLM: in-flight batching that admits only what it can finish.
///
/// A waiting request is admitted, in order, when KV for its whole prompt and for the output it may produce fits beside
/// what was promised to those that run (`GUARANTEED_NO_EVICT`), so nobody is evicted. Its prompt then joins the next
/// iteration beside the decodes, whole unless chunking is on, as far as the token budget goes. Prompts may be held
/// back for some iterations until enough of them have come together (`batch_wait_timeout_iters`,
/// `batch_wait_max_tokens_ratio`).
///
/// A policy does not see how much a request will produce; `max_output_tokens` says what is promised to each. Should
/// requests turn out longer and blocks run out, the newest is dropped and recomputed.
///
/// Source: cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp, microBatchScheduler.cpp and
/// tensorrt_llm/_torch/pyexecutor/py_executor.py of TensorRT-LLM 1.0.
public struct InFlightBatchingPolicy: SchedulingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "tensorrt-llm",
    summary: "In-flight batching that admits a request once KV for its prompt and output is sure; nobody is evicted.",
    source: "TensorRT-LLM scheduler, github.com/NVIDIA/TensorRT-LLM (Apache-2.0), batch_manager and pyexecutor",
    parameters: [
      ParameterDescriptor(
        "max_output_tokens", .integer(0...1_000_000), default: .integer(512),
        "output tokens that KV is promised for when a request is admitted"),
      ParameterDescriptor(
        "chunked_prefill", .boolean, default: .boolean(false), "whether a prompt may be cut to fit the token budget"),
      ParameterDescriptor(
        "batch_wait_iterations", .integer(0...10_000), default: .integer(0),
        "prompts wait this many iterations for others to join them while anybody decodes; 0 for not at all"),
      ParameterDescriptor(
        "batch_wait_ratio", .number(0...1), default: .number(0),
        "prompts wait no longer once an iteration would fill this share of the token budget"),
    ],
    traits: [.recomputes],
    promise: { parameters in
      "KV for \(parameters.integer("max_output_tokens")) output tokens ('max_output_tokens') is kept for every request "
        + "that runs, whatever it asks for"
    })

  private let promisedOutput: Int
  private let cutsPrompts: Bool
  private let waitIterations: Int
  private let enoughTokens: Int
  private var waiting = WaitingQueue()
  /// Resident sequences in the order they were admitted.
  private var running = SequenceList()
  /// Those of them with prompt left, in the same order.
  private var prefilling = SequenceList()
  /// Blocks promised to each slot that runs.
  private var promised: [Int32: Int] = [:]
  private var promisedBlocks = 0
  /// The decode iteration at which prompts began to wait for company; -1 while none does.
  private var waitsSince: Int64 = -1

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    promisedOutput = parameters.integer("max_output_tokens")
    cutsPrompts = parameters.boolean("chunked_prefill")
    waitIterations = parameters.integer("batch_wait_iterations")
    enoughTokens = Int(parameters.number("batch_wait_ratio") * Double(limits.maxBatchedTokens))
  }

  public func resumes(_ requestClass: RequestClass) -> Bool { true }

  public var looksAtStateOnArrival: Bool { false }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    let isHead = waiting.arrive(slot, in: state.table)
    // While prompts wait for company, any more of it counts.
    return isHead || waitIterations > 0 ? .boundary : .none
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) {
    running.remove(slot)
    prefilling.remove(slot)
    promisedBlocks -= promised.removeValue(forKey: slot) ?? 0
  }

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    var planned = PlannedMemory(state)
    var decodes = state.batch.count
    while planned.shortage > 0, running.tail >= 0 {
      drop(running.tail, state, &decision, &planned, &decodes)
    }
    var budget = state.limits.maxBatchedTokens - decodes
    var slot = prefilling.head
    while slot >= 0, budget > 0 {
      let tokens = min(state.prefillRemaining(slot), budget)
      let blocks = state.missingBlocks(slot, forTokens: state.kvTokens(slot) + tokens)
      if blocks > planned.free { break }
      planned.take(blocks)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
      budget -= tokens
      slot = prefilling.after(slot)
    }
    guard decision.drops.isEmpty else { return decision.admissionLimit = .memory }
    admit(state, &decision, &planned, &budget, decodes: decodes)
    for chunk in decision.chunks where Int(chunk.tokens) == state.prefillRemaining(chunk.slot) {
      prefilling.remove(chunk.slot)
    }
  }

  /// Admits waiting requests in order, or holds them all back for company.
  private mutating func admit(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory, _ budget: inout Int, decodes: Int
  ) {
    let whole = planned
    var admitted: [PrefillChunk] = []
    var blocksOfAdmitted: [Int] = []
    var free = state.limits.kvBlocks - promisedBlocks
    var room = budget
    var places = state.limits.maxSequences - running.count
    var slot = waiting.head
    while slot >= 0 {
      let prompt = state.prefillRemaining(slot)
      if places <= 0 {
        decision.admissionLimit = .sequences
        break
      }
      let mustStayWhole = !cutsPrompts && prompt <= state.limits.maxBatchedTokens
      // What was found of it and nobody holds may be taken meanwhile; more of it has to fit the budget then.
      if !cutsPrompts && state.cachedPrefixTokens(slot) > 0 { decision.maxIterations = 1 }
      if room <= 0 || (mustStayWhole && prompt > room) {
        decision.admissionLimit = .tokens
        break
      }
      let tokens = min(prompt, room)
      let promise = promise(to: slot, state)
      let now = planned.admissionBlocks(slot, tokens: tokens, state)
      // One that holds the KV that another replica sent keeps its blocks from the others as long as it waits.
      let needsPromise = state.kvTokens(slot) == 0 && !(running.isEmpty && admitted.isEmpty)
      if (needsPromise && promise > free) || now > planned.free {
        decision.admissionLimit = .memory
        break
      }
      free -= promise
      planned.take(now)
      planned.admit(slot, state)
      room -= tokens
      places -= 1
      admitted.append(PrefillChunk(slot: slot, tokens: tokens))
      blocksOfAdmitted.append(promise)
      slot = waiting.after(slot)
    }
    guard !admitted.isEmpty else { return }
    if waitIterations > 0, decodes > 0, state.limits.maxBatchedTokens - room < enoughTokens {
      if waitsSince < 0 { waitsSince = state.batch.step }
      let left = Int64(waitIterations) - (state.batch.step - waitsSince)
      if left > 0 {
        // Should the first no longer fit before that, memory is what it waits for.
        let first = whole.admissionBlocks(admitted[0].slot, tokens: Int(admitted[0].tokens), state)
        decision.maxIterations = min(Int(left), whole.iterations(leaving: first, state))
        // Every block that the batch takes may be one that was found of their prompts: there is more to process then.
        if state.ledger.sharesPrefixes { decision.maxIterations = 1 }
        decision.admissionLimit = .policy
        return
      }
    }
    waitsSince = -1
    budget = room
    for (chunk, blocks) in zip(admitted, blocksOfAdmitted) {
      waiting.remove(chunk.slot)
      running.append(chunk.slot)
      prefilling.append(chunk.slot)
      promised[chunk.slot] = blocks
      promisedBlocks += blocks
      decision.chunks.append(chunk)
    }
  }

  /// Blocks for the prompt, what is left of the promised output, and nothing beyond the model's context.
  private func promise(to slot: Int32, _ state: EngineState) -> Int {
    let produced = state.generatedTokens(slot)
    let tokens = min(
      Int(state.table[slot].prefillTarget) + max(1, promisedOutput - produced), state.limits.maxModelLength)
    return state.blocks(forTokens: tokens)
  }

  private mutating func drop(
    _ slot: Int32, _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory,
    _ decodes: inout Int
  ) {
    if state.table[slot].phase == .decoding { decodes -= 1 }
    planned.drop(slot, state)
    decision.drops.append(slot)
    running.remove(slot)
    prefilling.remove(slot)
    promisedBlocks -= promised.removeValue(forKey: slot) ?? 0
    waiting.return(slot, in: state.table)
  }
}
