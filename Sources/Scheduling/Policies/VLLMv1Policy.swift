import Replica
import SimCore

/// The scheduler of vLLM's V1 engine: one token budget for decode and prefill, recompute on memory pressure.
///
/// In each iteration running sequences come first, one token each for those that decode, then the rest of a prompt for
/// those that prefill. If KV blocks run out the last admitted (or least urgent) sequence is dropped and waits, at the
/// head of the queue, to be recomputed; under priorities, a sequence that is itself the least urgent when it finds no
/// block keeps those admitted after it out of the iteration. When nobody was dropped, waiting requests are admitted in
/// order while tokens, sequences and blocks last; the last one's prompt may be cut into chunks. The first that does not
/// fit stops admission.
///
/// With `async_scheduling` an iteration is planned while the one before it runs, so that the host's work hides behind
/// the GPU's. Admission then knows nothing of that iteration: not the requests that came during it, and not the places
/// and blocks that those who finish in it leave.
///
/// Source: vllm/v1/core/sched/scheduler.py of vLLM 0.8 to 0.20. Like it, the engine refuses settings with more
/// sequences than tokens in an iteration, so all decodes always fit the budget.
public struct VLLMv1Policy: SchedulingPolicy {
  /// The parameter that says whether iterations are planned while the one before runs.
  public static let planningAhead = "async_scheduling"

  public static let descriptor = PolicyDescriptor(
    name: "vllm-v1",
    summary: "Continuous batching under one token budget with chunked prefill; recompute when memory runs out.",
    source: "vLLM V1 scheduler, github.com/vllm-project/vllm (Apache-2.0), vllm/v1/core/sched/scheduler.py",
    parameters: [
      ParameterDescriptor(
        "order", .choice(["fcfs", "priority"]), default: .choice("fcfs"),
        "how waiting requests are ordered and victims chosen"),
      ParameterDescriptor(
        "long_prefill_token_threshold", .integer(0...1_000_000), default: .integer(0),
        "the most prompt tokens one request may process in an iteration; 0 for no limit"),
      ParameterDescriptor(
        "chunked_prefill", .boolean, default: .boolean(true),
        "whether a prompt may be cut to fit the token budget"),
      ParameterDescriptor(
        "reserve_full_prompt", .boolean, default: .boolean(true),
        "admit a request only when blocks for its whole prompt are free, though it may be prefilled in chunks; the "
          + "default of vLLM 0.20, older versions ask for the first chunk's blocks only"),
      ParameterDescriptor(
        planningAhead, .boolean, default: .boolean(false),
        "each iteration is planned while the one before it runs, so admission comes one iteration later; vLLM's default "
          + "from 0.14 on, here where its costs were fitted so"),
      ParameterDescriptor(
        "kv_offloading", .boolean, default: .boolean(false),
        "KV is copied to host memory as it is produced, and a preempted request's comes back from there (vLLM's "
          + "OffloadingConnector, --kv-offloading-size); 'swap_space' of the engine is the memory"),
    ], traits: [.recomputes])

  private let byPriority: Bool
  private let chunkLimit: Int
  private let cutsPrompts: Bool
  let asksForWholePrompt: Bool
  private let plansAhead: Bool
  private let offloads: Bool
  /// Preempted requests whose KV comes from the host, in the order in which they were sent for, until they run.
  var loading = SequenceList()
  var waiting: WaitingQueue
  /// Resident sequences in the order they were admitted.
  var running = SequenceList()
  /// Those of them with prompt left, in the same order.
  var prefilling = SequenceList()
  /// Decoding sequences that were kept out of the last iteration.
  private var heldBack: ContiguousArray<Int32> = []
  /// When this iteration is planned, and when the one before was; what has been given back since, and before.
  private var planTime = SimTime.zero
  private var planTimeBefore = SimTime.zero
  private var placesFreed = 0
  private var blocksFreed = 0
  private var unseenPlaces = 0
  private var unseenBlocks = 0
  /// Blocks of finished requests that vLLM's connector has not given back yet: in this plan, and in the next.
  var heldBlocks = 0
  private var blocksToHold = 0

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    byPriority = parameters.choice("order") == "priority"
    let threshold = parameters.integer("long_prefill_token_threshold")
    chunkLimit = threshold == 0 ? .max : threshold
    cutsPrompts = parameters.boolean("chunked_prefill")
    asksForWholePrompt = parameters.boolean("reserve_full_prompt")
    plansAhead = parameters.boolean(Self.planningAhead)
    offloads = parameters.boolean("kv_offloading")
    waiting = WaitingQueue(byPriority: byPriority)
  }

  public func resumes(_ requestClass: RequestClass) -> Bool { true }

  public func checkpoints(_ requestClass: RequestClass) -> Bool { offloads }

  public var looksAtStateOnArrival: Bool { false }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    // Behind a head that waits for memory, tokens or a place, another request changes nothing.
    guard waiting.arrive(slot, in: state.table) else { return .none }
    // The next iteration is planned already; where nobody else waits, that plan is the one that stands.
    return plansAhead && !offloads && waiting.count == 1 ? .secondBoundary : .boundary
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) {
    running.remove(slot)
    prefilling.remove(slot)
    let blocks = state.residentBlocks(slot) - state.sharedBlocks(slot)
    if plansAhead {
      placesFreed += 1
      blocksFreed += blocks
    }
    if offloads, state.copiedTokens(slot) >= state.limits.blockSize { blocksToHold += blocks }
  }

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    if plansAhead || offloads { beginPlan(state) }
    var planned = PlannedMemory(state)
    // What most decisions find: nobody to admit, and room for everybody's next token.
    if waiting.isEmpty, prefilling.isEmpty, heldBack.isEmpty, !offloads, planned.shortage == 0 { return }
    var held = hold(&planned, &decision)
    var decodes = state.batch.count
    if !heldBack.isEmpty {
      for slot in heldBack {
        planned.resume(slot, state)
        decision.resumes.append(slot)
        decodes += 1
      }
      heldBack.removeAll(keepingCapacity: true)
    }
    if byPriority && planned.shortage > 0 { makeRoomInOrder(state, held, &decision, &planned, &decodes) }
    // Decode: drop victims until the rest can go on.
    while planned.shortage > 0 {
      let victim = self.victim(in: state.table)
      drop(victim, state, &decision, &planned, &decodes)
    }
    var budget = state.limits.maxBatchedTokens - decodes
    var slot = heldBack.isEmpty ? prefilling.head : -1
    while slot >= 0, budget > 0 {
      let tokens = min(state.prefillRemaining(slot), budget, chunkLimit)
      let chunkEnd = state.kvTokens(slot) + tokens
      var dropped = false
      while planned.free < state.missingBlocks(slot, forTokens: chunkEnd) {
        let victim = self.victim(in: state.table)
        if victim == slot, held > 0, decodes == 0, decision.chunks.isEmpty {
          // Nobody would run: what is held comes back before this one is asked again.
          planned.giveBack(held)
          held = 0
          continue
        }
        drop(victim, state, &decision, &planned, &decodes)
        if victim == slot {
          dropped = true
          break
        }
      }
      if dropped {
        // With somebody before it vLLM looks at nobody after it. With nobody it runs an iteration of nothing and plans
        // again at once: those who are left have its blocks, and go on.
        if decodes > 0 || !decision.chunks.isEmpty { break }
        slot = prefilling.head
        continue
      }
      planned.take(state.missingBlocks(slot, forTokens: chunkEnd))
      decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
      budget -= tokens
      slot = prefilling.after(slot)
    }
    if decision.drops.isEmpty && decision.evictions.isEmpty {
      admit(state, held, &decision, &planned, budget)
    } else {
      // Nobody is admitted in the iteration of a drop; in the next one the victim itself may be.
      decision.admissionLimit = .memory
    }
    noteFinishedPrompts(state, decision)
  }

  /// Gives decoding sequences their blocks in the order of admission, as vLLM does. One that finds none and is the
  /// least urgent itself is dropped, and vLLM looks at nobody after it in that iteration.
  private mutating func makeRoomInOrder(
    _ state: EngineState, _ held: Int, _ decision: inout Decision, _ planned: inout PlannedMemory,
    _ decodes: inout Int
  ) {
    var free = state.freeBlocks - held
    var scheduled: Set<Int32> = []
    var slot = running.head
    while slot >= 0 {
      var next = running.after(slot)
      if isDecoding(slot, decision, state) {
        let wanted = PlannedMemory.nextTokenBlocks(slot, state)
        while wanted > free {
          let victim = self.victim(in: state.table)
          if victim == next { next = running.after(next) }
          if scheduled.contains(victim) { free += PlannedMemory.nextTokenBlocks(victim, state) }
          free += drop(victim, state, &decision, &planned, &decodes)
          if victim == slot { return holdBack(from: next, scheduled, state, &decision, &planned, &decodes) }
        }
        free -= wanted
        scheduled.insert(slot)
      }
      slot = next
    }
  }

  private func isDecoding(_ slot: Int32, _ decision: Decision, _ state: EngineState) -> Bool {
    state.table[slot].phase == .decoding || decision.resumes.contains(slot)
  }

  /// Keeps the decoding sequences from `first` on out of the iteration; the next one has them again. With nobody before
  /// them vLLM runs an iteration of nothing and goes on at once: they run.
  private mutating func holdBack(
    from first: Int32, _ scheduled: Set<Int32>, _ state: EngineState, _ decision: inout Decision,
    _ planned: inout PlannedMemory, _ decodes: inout Int
  ) {
    guard scheduled.contains(where: { running.contains($0) }) else { return }
    var slot = first
    while slot >= 0 {
      if isDecoding(slot, decision, state) {
        if let position = decision.resumes.firstIndex(of: slot) {
          decision.resumes.remove(at: position)
        } else {
          decision.pauses.append(slot)
        }
        planned.giveBack(PlannedMemory.nextTokenBlocks(slot, state))
        decodes -= 1
        heldBack.append(slot)
      }
      slot = running.after(slot)
    }
  }

  /// Another iteration is planned: what was given back since the last plan is not seen by this one. Asked again at the
  /// same time, it is still the same plan.
  private mutating func beginPlan(_ state: EngineState) {
    guard state.now > planTime else { return }
    // Each iteration has its plan, also those at whose start nobody asked because it would have said nothing new.
    planTimeBefore = max(planTime, state.lastIterationStart)
    planTime = state.now
    (unseenPlaces, unseenBlocks) = (placesFreed, blocksFreed)
    (placesFreed, blocksFreed) = (0, 0)
    (heldBlocks, blocksToHold) = (blocksToHold, 0)
  }

  private mutating func admit(
    _ state: EngineState, _ held: Int, _ decision: inout Decision, _ planned: inout PlannedMemory, _ tokens: Int
  ) {
    var budget = tokens
    // What the iteration under way has changed is known when the next one is planned; with none under way, at once.
    let isAhead = plansAhead && !running.isEmpty
    let takenPlaces = isAhead ? unseenPlaces : 0
    let takenBlocks = isAhead ? max(0, unseenBlocks - held) : 0
    if takenPlaces > 0 && !waiting.isEmpty { decision.maxIterations = 1 }
    if offloads {
      let decodes = state.limits.maxBatchedTokens - tokens
      if !admitLoaded(state, &decision, &planned, &budget, decodes) { return }
    }
    while waiting.head >= 0 {
      let slot = waiting.head
      if offloads, state.table[slot].phase == .paged {
        if running.count + loading.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
        if !load(slot, state, &decision, &planned) { return }
        continue
      }
      // Its last copy to the host is under way.
      if offloads, state.table[slot].phase == .pagingOut { return decision.admissionLimit = .memory }
      if isAhead && state.table[slot].announced > planTimeBefore { return decision.maxIterations = 1 }
      if running.count + takenPlaces >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      let prompt = min(state.prefillRemaining(slot), chunkLimit)
      // A prompt that no iteration could take whole is cut even so; vLLM refuses such settings.
      let mustStayWhole = !cutsPrompts && prompt <= state.limits.maxBatchedTokens
      // What was found of it and nobody holds may be taken meanwhile; more of it has to fit the budget then.
      if !cutsPrompts && state.cachedPrefixTokens(slot) > 0 { decision.maxIterations = 1 }
      if budget <= 0 || (mustStayWhole && prompt > budget) { return decision.admissionLimit = .tokens }
      let chunk = min(prompt, budget)
      let blocks = planned.admissionBlocks(slot, tokens: chunk, state)
      let wanted =
        asksForWholePrompt ? planned.admissionBlocks(slot, tokens: state.prefillRemaining(slot), state) : blocks
      if max(blocks, wanted) > planned.free - takenBlocks { return decision.admissionLimit = .memory }
      planned.take(blocks)
      planned.admit(slot, state)
      budget -= chunk
      waiting.remove(slot)
      running.append(slot)
      prefilling.append(slot)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk))
    }
  }

  /// Prompts that this decision's chunks complete leave the list of prefilling sequences.
  private mutating func noteFinishedPrompts(_ state: EngineState, _ decision: Decision) {
    for index in 0..<decision.chunks.count {
      let chunk = decision.chunks[index]
      if Int(chunk.tokens) == state.prefillRemaining(chunk.slot) { prefilling.remove(chunk.slot) }
    }
  }

  /// Who is preempted when memory runs out. In order of arrival it is the last admitted. By priority it is the least
  /// urgent; among equals the last to arrive, and among those that arrived together the first admitted, which is whom
  /// Python's `max` finds in vLLM's list.
  private func victim(in table: SequenceTable) -> Int32 {
    guard byPriority else { return running.tail }
    var worst = running.head
    var slot = worst
    while slot >= 0 {
      let (a, b) = (table[slot], table[worst])
      if (a.priority, a.arrival) > (b.priority, b.arrival) { worst = slot }
      slot = running.after(slot)
    }
    return worst
  }

  /// - Returns: blocks that come back, without what was promised to it in this decision.
  @discardableResult private mutating func drop(
    _ slot: Int32, _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory,
    _ decodes: inout Int
  ) -> Int {
    if let position = decision.chunks.firstIndex(where: { $0.slot == slot }) {
      planned.giveBack(
        state.missingBlocks(slot, forTokens: state.kvTokens(slot) + Int(decision.chunks[position].tokens)))
      decision.chunks.remove(at: position)
    }
    if state.table[slot].phase == .decoding { decodes -= 1 }
    if let position = decision.resumes.firstIndex(of: slot) {
      decision.resumes.remove(at: position)
      planned.giveBack(PlannedMemory.nextTokenBlocks(slot, state))
      decodes -= 1
    }
    let blocks = planned.drop(slot, state)
    if offloads, state.copiedTokens(slot) >= state.limits.blockSize {
      decision.evictions.append(slot)
    } else {
      decision.drops.append(slot)
    }
    running.remove(slot)
    prefilling.remove(slot)
    waiting.return(slot, in: state.table)
    return blocks
  }
}
