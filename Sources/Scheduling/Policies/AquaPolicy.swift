import Replica
import SimCore

/// Aqua's completely fair scheduler for prompts: the GPU is shared in time slices, KV of those not in turn is paged out.
///
/// New requests come first: if the head of the queue finds no memory, running sequences are paged out from the longest
/// running on until it does; then waiting prompts run in an iteration of their own. With no prompt waiting, every
/// slice (six decode iterations in the released code) selects anew among all sequences, running or paged: fewest
/// generated tokens first, ties by arrival, as long as each one's blocks and one more fit; the first that does not fit
/// ends the selection. Page-outs and fetches end before the iteration runs. The copy off the GPU is kept, so a later
/// page-out moves only what is new; a fetch moves everything. Where pages go (peer or host) and how (fragmented or
/// coalesced) are the deployment's `paging` settings.
///
/// Where no tier has room for a page-out, requests wait as under batching. Not modelled: the limit on padding tokens.
/// Source: AQUA (ASPLOS'25, arXiv 2407.21255) and the rules of its published vLLM fork.
public struct AquaPolicy: SchedulingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "aqua",
    summary: "Time slices among all prompts, fewest generated tokens first; KV paged to a peer GPU or the host.",
    source: "AQUA, arXiv 2407.21255; scheduling rules of github.com/aquaml/vllm_cfs, described, not copied",
    parameters: [
      ParameterDescriptor(
        "slice", .integer(1...10_000), default: .integer(6),
        "decode iterations in a time slice; 6 in the released code"),
      ParameterDescriptor(
        "watermark", .number(0...0.5), default: .number(0.01),
        "fraction of KV blocks that admission leaves free"),
    ], traits: [.recomputes, .pages])

  private let slice: Int64
  private let watermark: Int
  private var waiting = WaitingQueue()
  /// Resident sequences in the order they came in.
  private var running = SequenceList()
  private var prefilling = SequenceList()
  /// Sequences whose KV is off the GPU or leaving it.
  private var out = SequenceList()
  /// The decode step at which the current slice ends.
  private var sliceEnd: Int64 = 0
  private var candidates: ContiguousArray<Candidate> = []

  private struct Candidate {
    var generated: Int
    var request: Int64
    var slot: Int32
    var blocks: Int
  }

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    slice = Int64(parameters.integer("slice"))
    watermark = Int((parameters.number("watermark") * Double(limits.kvBlocks)).rounded(.up))
  }

  public var reservedBlocks: Int { watermark }

  public func resumes(_ requestClass: RequestClass) -> Bool { true }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    waiting.arrive(slot, in: state.table) ? .boundary : .none
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) { running.remove(slot) }

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    decision.waitsForTransfers = true
    decision.fetchedJoinBatch = true
    if !prefilling.isEmpty { return continuePrompt(state, &decision) }
    if !waiting.isEmpty {
      admit(state, &decision)
      if !decision.chunks.isEmpty {
        decision.decodes = false
        return
      }
    }
    let step = state.batch.step
    let free = state.freeBlocks
    let count = state.batch.count
    let contended = !out.isEmpty || free < count
    if count == 0 && out.isEmpty { return }
    if step > sliceEnd {
      // Slices that ended unnoticed had nothing to select: everything fitted.
      sliceEnd += slice * ((step - sliceEnd + slice - 1) / slice)
    }
    if count == 0 || state.nextDecodeBlocks > free || (contended && step >= sliceEnd) {
      reselect(state, &decision)
      sliceEnd = step + slice
    } else if step == sliceEnd {
      sliceEnd += slice
    }
    decision.maxIterations =
      contended
      ? Int(sliceEnd - step)
      : max(1, state.batch.iterations(withinBlocks: free - count, limit: 1 << 30, in: state.table))
  }

  /// Makes room for waiting prompts by paging out the longest resident, and lets in as many as fit one iteration.
  private mutating func admit(_ state: EngineState, _ decision: inout Decision) {
    var free = state.freeBlocks
    var tokens = state.limits.maxBatchedTokens
    while waiting.head >= 0 {
      let slot = waiting.head
      let prompt = state.prefillRemaining(slot)
      let needed = state.admissionBlocks(slot, tokens: prompt)
      if !decision.chunks.isEmpty && prompt > tokens { return decision.admissionLimit = .tokens }
      if running.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      if needed > 0 {
        if free - needed < watermark && decision.chunks.isEmpty {
          free += pageOutOldest(until: needed + watermark - free, state, &decision)
        }
        if free - needed < watermark { return decision.admissionLimit = .memory }
      }
      free -= needed
      let chunk = min(prompt, tokens)
      tokens -= chunk
      waiting.remove(slot)
      running.append(slot)
      if chunk < prompt { prefilling.append(slot) }
      decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk, reserveTokens: prompt))
    }
  }

  /// Pages out the longest resident sequences that find room off the GPU, until `missing` blocks are free; none when all
  /// together are too few.
  private mutating func pageOutOldest(
    until missing: Int, _ state: EngineState, _ decision: inout Decision
  ) -> Int {
    var planned = PlannedMemory(state)
    var freed = 0
    var victims: ContiguousArray<Int32> = []
    var slot = running.head
    while slot >= 0, freed < missing {
      if state.table[slot].phase == .decoding {
        // One without room for its copies stays; the next may find some.
        if planned.reserveCopies(slot, state) {
          freed += state.residentBlocks(slot)
          victims.append(slot)
        }
      }
      slot = running.after(slot)
    }
    guard freed >= missing else { return 0 }
    for victim in victims {
      running.remove(victim)
      out.append(victim)
      decision.pageOuts.append(victim)
    }
    return freed
  }

  /// A prompt longer than an iteration may process goes on alone.
  private mutating func continuePrompt(_ state: EngineState, _ decision: inout Decision) {
    decision.decodes = false
    let slot = prefilling.head
    let prompt = state.prefillRemaining(slot)
    let tokens = min(prompt, state.limits.maxBatchedTokens)
    decision.chunks.append(PrefillChunk(slot: slot, tokens: tokens))
    if tokens == prompt { prefilling.remove(slot) }
    if !waiting.isEmpty { decision.admissionLimit = .tokens }
  }

  /// Chooses the sequences of the next slice.
  private mutating func reselect(_ state: EngineState, _ decision: inout Decision) {
    candidates.removeAll(keepingCapacity: true)
    for list in [running, out] {
      var slot = list.head
      while slot >= 0 {
        let phase = state.table[slot].phase
        if phase == .decoding || phase == .paged {
          candidates.append(
            Candidate(
              generated: state.generatedTokens(slot), request: state.table[slot].request, slot: slot,
              blocks: state.blocks(forTokens: state.kvTokens(slot))))
        }
        slot = list.after(slot)
      }
    }
    candidates.sort { $0.generated != $1.generated ? $0.generated < $1.generated : $0.request < $1.request }
    var total = state.local.capacity
    var chosen = 0
    while chosen < candidates.count, chosen < state.limits.maxSequences {
      let needed = candidates[chosen].blocks + 1
      if needed > total { break }
      total -= needed
      chosen += 1
    }
    var planned = PlannedMemory(state)
    for candidate in candidates[chosen...] where running.contains(candidate.slot) {
      // Where no tier has room the sequence stays, and those that would have taken its place stay out.
      guard planned.reserveCopies(candidate.slot, state) else { continue }
      planned.drop(candidate.slot, state)
      running.remove(candidate.slot)
      out.append(candidate.slot)
      decision.pageOuts.append(candidate.slot)
    }
    for candidate in candidates[..<chosen] where out.contains(candidate.slot) {
      if candidate.blocks + 1 > planned.free || running.count >= state.limits.maxSequences { break }
      planned.take(candidate.blocks + 1)
      out.remove(candidate.slot)
      running.append(candidate.slot)
      decision.fetches.append(candidate.slot)
    }
    while planned.shortage > 0, let victim = lastDecoding(state, decision) {
      planned.drop(victim, state)
      running.remove(victim)
      waiting.return(victim, in: state.table)
      decision.drops.append(victim)
    }
  }

  private func lastDecoding(_ state: EngineState, _ decision: Decision) -> Int32? {
    var slot = running.tail
    while slot >= 0, state.table[slot].phase != .decoding { slot = running.before(slot) }
    return slot >= 0 ? slot : nil
  }
}
