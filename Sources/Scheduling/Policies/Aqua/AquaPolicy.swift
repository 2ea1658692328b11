import Replica
import SimCore

/// Aqua's completely fair scheduler for prompts: the GPU is shared in time slices, KV of those not in turn is paged
/// out.
///
/// Two versions were published. Under the rules of **v2** (`AquaPolicy+V2.swift`) new requests come first: if the head
/// of the queue finds no memory, running sequences are paged out from the longest running on until it does; then
/// waiting prompts run in an iteration of their own. With no prompt waiting, every slice (six decode iterations in the
/// released code) selects anew among all sequences, running or paged: fewest generated tokens first. Under those of
/// **v3** (`AquaPolicy+V3.swift`) prompts and decode share iterations, each with a budget, and who has used least GPU
/// time comes first.
///
/// Common to both: a selection takes sequences in order as long as each one's blocks and one more fit; the first that
/// does not fit ends it. Page-outs and fetches end before the iteration runs. The copy off the GPU is kept, so a later
/// page-out moves only what is new; a fetch moves everything. Where pages go (peer or host) and how (fragmented or
/// coalesced) are the deployment's `paging` settings. Where no tier has room for a page-out, requests wait as under
/// batching.
///
/// Either order starves long answers while new requests keep coming. `longest_gap` bounds that, which no publication
/// has: a sequence that has had no token for so long comes before everybody else, new prompts included. Where more are
/// due than fit on the GPU, the longest without a token come first and the others wait for the next slice.
///
/// Not modelled: the limit on padding tokens.
/// Source: AQUA (ASPLOS'25, arXiv 2407.21255) and the rules of its published vLLM fork.
public struct AquaPolicy: SchedulingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "aqua",
    summary: "Time slices among all prompts, the least served first; KV paged to a peer GPU or the host.",
    source: "AQUA, arXiv 2407.21255; scheduling rules of github.com/aquaml/vllm_cfs, described, not copied",
    parameters: AquaSettings.parameters, traits: [.recomputes, .pages])

  let settings: AquaSettings
  var waiting = WaitingQueue()
  /// Sequences on the GPU in the order they came in.
  var running = SequenceList()
  /// Those of them whose prompt is not done.
  var prefilling = SequenceList()
  /// Sequences with their prompt done, on the GPU and off it, least served first.
  var turns = TurnOrder()
  /// Those off the GPU, the longest without a token first.
  var absent = SequenceList()
  /// A lower bound of the blocks that any of them has; the greatest number while there is none.
  private var fewestAbsent = Int.max
  /// A lower bound of the blocks that any sequence on the GPU would need off it; nil when one has come since.
  private var fewestCopies: Int?
  /// Some of those off the GPU are due for a token, but did not fit in this slice.
  var dueDoNotFit = false
  var slices: SliceClock
  /// Under v3: what everybody has used.
  var gpuTime: GPUTimeAccount
  /// Under v3: whether the iterations under way end with the next consultation.
  var chargesNext = false
  /// Under v3: dropped requests that wait, least served first.
  var dropped = SequenceList()
  /// Reused buffer.
  private var order: ContiguousArray<TurnOrder.Turn> = []

  public init(_ parameters: PolicyParameters, limits: EngineLimits) {
    settings = AquaSettings(parameters, limits: limits)
    slices = SliceClock(
      unit: SliceClock.Unit(rawValue: parameters.choice("slice_unit")) ?? .steps, length: parameters.integer("slice"))
    gpuTime = GPUTimeAccount(settings.gpuTimeShare)
  }

  public var reservedBlocks: Int { settings.watermark }

  /// Under v3 a request's GPU time is counted from its first prompt token here, so what others made is of no use.
  public func resumes(_ requestClass: RequestClass) -> Bool { settings.rules == .v2 }

  public var looksAtStateOnArrival: Bool { false }

  public mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    gpuTime.open(slot)
    return waiting.arrive(slot, in: state.table) ? .boundary : .none
  }

  public mutating func finished(_ slot: Int32, _ state: EngineState) {
    running.remove(slot)
    prefilling.remove(slot)
    turns.remove(slot)
    chargesNext = true
  }

  public mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    decision.waitsForTransfers = true
    decision.fetchedJoinBatch = true
    switch settings.rules {
    case .v2: decideByTokens(state, &decision)
    case .v3: decideByGPUTime(state, &decision)
    }
  }

  // MARK: Selection

  /// Chooses the sequences of the next slice, which begins now.
  ///
  /// - Parameters:
  ///   - clock: how much those on the GPU have been served, as `turns` counts it.
  ///   - capacity: blocks for all of them together.
  ///   - promised: how many requests are about to begin, which need places too.
  mutating func select(
    _ state: EngineState, _ decision: inout Decision, _ planned: inout PlannedMemory, clock: Int64,
    blocks capacity: Int, promised: Int = 0
  ) {
    let mayLeave = mayPageOut(planned, state)
    defer {
      dueDoNotFit = isDue(absent.head, state)
      slices.restart(state)
    }
    // With full tiers the slices go by and nothing changes.
    if !mayLeave && planned.free <= fewestAbsent { return }
    let chosen = lineUp(state, clock: clock, blocks: capacity, promised: promised, listsOthers: mayLeave)
    for turn in order[chosen...] where !turn.isOut {
      // Where no tier has room the sequence stays, and those that would have taken its place stay out.
      guard planned.reserveCopies(turn.slot, state) else { continue }
      planned.drop(turn.slot, state)
      pageOut(turn.slot, clock: clock, state, &decision)
    }
    for turn in order[..<chosen] where turn.isOut {
      let needed = blocks(of: turn.slot, state) + 1
      if needed > planned.free || running.count + promised >= settings.places { break }
      planned.take(needed)
      absent.remove(turn.slot)
      turns.comeBack(turn.slot, clock: clock)
      enter(turn.slot)
      decision.fetches.append(turn.slot)
    }
    if absent.isEmpty { fewestAbsent = .max }
  }

  /// Puts into `order` who is chosen for the next slice, and behind them, in order, who is on the GPU and is not; these
  /// only where asked for.
  ///
  /// - Returns: how many are chosen.
  private mutating func lineUp(
    _ state: EngineState, clock: Int64, blocks capacity: Int, promised: Int, listsOthers: Bool
  ) -> Int {
    order.removeAll(keepingCapacity: true)
    let due = dueTurns(state)
    var place = turns.start(state.table)
    let places = settings.places - prefilling.count - promised
    var left = capacity
    while order.count < places {
      let isFirst = order.count < due.count
      guard let turn = isFirst ? due[order.count] : turns.turn(at: place, clock: clock, state.table) else { break }
      if !isFirst, isPassedOver(turn, due, state) {
        turns.pass(turn, &place)
        continue
      }
      let needed = blocks(of: turn.slot, state) + 1
      if needed > left { break }
      left -= needed
      if !isFirst { turns.pass(turn, &place) }
      order.append(turn)
    }
    let chosen = order.count
    if !listsOthers { return chosen }
    if chosen < due.count { order += due[chosen...].filter { !$0.isOut } }
    var slot = place.here
    while slot >= 0 {
      let turn = TurnOrder.Turn(slot: slot, isOut: false)
      if !isPassedOver(turn, due, state) { order.append(turn) }
      turns.pass(turn, &place)
      slot = place.here
    }
    return chosen
  }

  /// Whether a turn is skipped: its sequence is on its way out or back, or has come before everybody else.
  private func isPassedOver(
    _ turn: TurnOrder.Turn, _ due: ContiguousArray<TurnOrder.Turn>, _ state: EngineState
  ) -> Bool {
    turn.isOut && state.table[turn.slot].phase != .paged || !due.isEmpty && isDue(turn.slot, state)
  }

  private func blocks(of slot: Int32, _ state: EngineState) -> Int { state.blocks(forTokens: state.kvTokens(slot)) }

  /// A sequence comes to the GPU.
  mutating func enter(_ slot: Int32) {
    running.append(slot)
    fewestCopies = nil
  }

  /// Whether anybody on the GPU may find room off it; false only where nobody does. What a sequence needs there does
  /// not shrink while it stays on the GPU, so that the least need of all is good until somebody comes.
  mutating func mayPageOut(_ planned: PlannedMemory, _ state: EngineState) -> Bool {
    let room = planned.copyRoom(state)
    if room >= state.ledger.local.capacity { return true }
    if let fewestCopies { return room >= fewestCopies }
    var fewest = Int.max
    var slot = running.head
    while slot >= 0 {
      // A prompt under way is as long as it will be before anybody may page it out.
      let tokens = max(state.kvTokens(slot), Int(state.table[slot].prefillTarget))
      fewest = min(fewest, state.ledger.fewestCopyBlocks(of: slot, tokens: tokens))
      slot = running.after(slot)
    }
    fewestCopies = fewest
    return room >= fewest
  }

  /// A decoding sequence leaves the GPU; room for its copies is set aside.
  mutating func pageOut(_ slot: Int32, clock: Int64, _ state: EngineState, _ decision: inout Decision) {
    running.remove(slot)
    turns.leave(slot, clock: clock)
    fewestAbsent = min(fewestAbsent, blocks(of: slot, state))
    var place = absent.tail
    while place >= 0, state.lastToken(place) > state.lastToken(slot) { place = absent.before(place) }
    absent.insert(slot, before: place >= 0 ? absent.after(place) : absent.head)
    decision.pageOuts.append(slot)
  }

  // MARK: The longest gap

  /// Whether a sequence has been without a token for as long as any may be.
  func isDue(_ slot: Int32, _ state: EngineState) -> Bool {
    guard let gap = settings.longestGap, slot >= 0 else { return false }
    return state.lastToken(slot) + gap <= state.now
  }

  /// Whether a selection could help sequences off the GPU that are due.
  func absentAreDue(_ state: EngineState) -> Bool { !dueDoNotFit && isDue(absent.head, state) }

  /// Whether sequences on the GPU are due, because prompts have run without them.
  func residentsAreDue(_ state: EngineState) -> Bool {
    guard settings.longestGap != nil else { return false }
    var slot = running.head
    while slot >= 0 {
      if state.table[slot].phase == .decoding, isDue(slot, state) { return true }
      slot = running.after(slot)
    }
    return false
  }

  /// Lets a decision stand no longer than until somebody off the GPU is due.
  func reconsiderWhenDue(_ state: EngineState, _ decision: inout Decision) {
    guard let gap = settings.longestGap, absent.head >= 0, !dueDoNotFit else { return }
    let due = state.lastToken(absent.head) + gap
    if due > state.now { decision.reconsiderAt = min(decision.reconsiderAt, due) }
  }

  /// Whoever is due, the longest without a token first.
  private func dueTurns(_ state: EngineState) -> ContiguousArray<TurnOrder.Turn> {
    var due: ContiguousArray<TurnOrder.Turn> = []
    guard settings.longestGap != nil else { return due }
    var slot = running.head
    while slot >= 0 {
      if turns.isHere(slot), isDue(slot, state) { due.append(TurnOrder.Turn(slot: slot, isOut: false)) }
      slot = running.after(slot)
    }
    // Those behind the first who is not due have had their tokens later.
    slot = absent.head
    while isDue(slot, state) {
      if state.table[slot].phase == .paged { due.append(TurnOrder.Turn(slot: slot, isOut: true)) }
      slot = absent.after(slot)
    }
    due.sort {
      let (a, b) = (state.lastToken($0.slot), state.lastToken($1.slot))
      return a != b ? a < b : state.table[$0.slot].request < state.table[$1.slot].request
    }
    return due
  }
}
