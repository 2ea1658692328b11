import Metrics
import Network
import Observing
import Replica
import Scheduling
import SimCore

extension Engine {
  /// Whether nothing can run though requests are here: the first may not fit the pool that lending has left.
  var isStarved: Bool {
    guard case .idle = mode else { return false }
    return boundary == .never && outstanding > 0 && state.sequencesInTransfer == 0 && relocations == 0
      && entrance.loads == 0
  }

  /// Free blocks that neither the iteration under way nor a decision that waits for transfers counts on.
  var spareBlocks: Int {
    switch mode {
    case .idle: state.freeBlocks
    case .running: state.freeBlocks - state.nextDecodeBlocks
    case .pagingOut, .fetching, .stopped: 0
    }
  }

  /// Whether nothing of it is in a peer's memory, on the way there or about to be.
  var isPeerEmpty: Bool { ledger.peer.used == 0 && swapSpaceMove == nil && !(hasWholeMove && relocations > 0) }

  private var hasWholeMove: Bool { lendingRules.unit == .swapSpace }

  /// Peer blocks at the start: where swap space is one allocation, as many as it has when all of it fits.
  static func peerBlocks(_ place: ReplicaPlan, _ rules: LendingRules) -> Int {
    switch rules.unit {
    case .sequence: place.peerBlocks
    case .swapSpace: place.peerBlocks >= place.hostBlocks ? place.hostBlocks : 0
    }
  }

  /// Gives blocks of the engine's own pool away, or takes them back. What runs goes on; the policy sees the change at
  /// the next boundary. The books must be up to date.
  func resizePool(by blocks: Int, at now: SimTime) {
    precondition(ledger.resizeLocal(by: blocks), "\(name) lends \(-blocks) blocks where fewer are free")
    observeLevels(at: now)
    reconsider(at: now)
  }

  /// Adds or removes borrowed memory.
  func resizePeer(by blocks: Int, at now: SimTime) {
    precondition(ledger.resizePeer(by: blocks), "\(name) gives back memory that is in use")
    observeLevels(at: now)
    reconsider(at: now)
  }

  /// Says whether the lender wants its memory back.
  func closePeer(_ closed: Bool, at now: SimTime) {
    guard ledger.peerIsClosed != closed else { return }
    ledger.closePeer(closed)
    reconsider(at: now)
  }

  // MARK: Computing nothing for a while

  /// Computes nothing until `time`, from the end of the iteration under way.
  func hold(until time: SimTime, at now: SimTime) {
    guard time > now, time > heldUntil else { return }
    heldUntil = time
    reconsider(at: now)
  }

  /// Whether it computes nothing now: its memory is being resized, or it waits for copies to move between the peer's
  /// memory and the host's.
  func isHeld(at now: SimTime) -> Bool {
    now < heldUntil || swapSpaceMove != nil || relocations > 0 && (lendingRules.holdsBorrowers || hasWholeMove)
  }

  /// At a boundary: nothing is decided until it is no longer held. Swap space that is to move does so once nothing else
  /// travels.
  func wait(at now: SimTime) {
    if let tier = swapSpaceMove, state.sequencesInTransfer == 0, relocations == 0 {
      startSwapSpaceMove(to: tier, at: now)
    }
    boundary = now < heldUntil ? heldUntil : .never
  }

  // MARK: Sequence by sequence

  /// Lets go of the lender's memory: copies of sequences that are here are dropped, paged ones move to host memory.
  func evacuatePeer(at now: SimTime) {
    relocatePaged(from: .peer, to: .host, as: .evacuation, at: now)
  }

  /// Moves what is in host memory to a lender's: of paged sequences, as far as there is room. Copies of sequences that
  /// are here are dropped, so that their next page-out goes to the peer.
  func returnToPeer(at now: SimTime) {
    relocatePaged(from: .host, to: .peer, as: .returning, at: now)
  }

  private func relocatePaged(from old: MemoryTier, to new: MemoryTier, as kind: CargoKind, at now: SimTime) {
    bringUpToDate(to: now)
    var cargo: ContiguousArray<CargoItem> = []
    for slot in 0..<Int32(table.slotCount) {
      let sequence = table[slot]
      guard ledger[slot].copyBlocks > 0, ledger[slot].copyTier == old else { continue }
      // A decision that waits for its page-outs is about to fetch it.
      if case .pagingOut = mode, decision.fetches.contains(slot) { continue }
      // Checkpoints go to host memory, and stay there.
      if new == .peer, state.streamsCheckpoints(sequence.requestClass) { continue }
      switch sequence.phase {
      case .decoding, .paused, .prefilling: releaseCopies(slot)
      case .paged:
        guard let moving = ledger.relocate(slot, to: new) else { continue }
        depart(slot, at: now)
        cargo.append(
          CargoItem(slot: slot, request: sequence.request, blocks: Int32(moving), tokens: sequence.kv))
      case .vacant, .waiting, .pagingOut, .pagingIn, .arriving, .entering: break
      }
    }
    guard !cargo.isEmpty else { return reconsider(at: now) }
    ship(cargo, as: kind, to: new, blocks: cargo.reduce(Int64(0)) { $0 + Int64($1.blocks) })
    reconsider(at: now)
  }

  // MARK: Swap space as a whole

  /// Swap space is to move to a tier, all of it, once the iteration under way and what travels has ended. Nothing is
  /// computed until it is there.
  func moveSwapSpace(to tier: MemoryTier, at now: SimTime) {
    bringUpToDate(to: now)
    swapSpaceMove = ledger.hostIsClosed == (tier == .peer) ? nil : tier
    reconsider(at: now)
  }

  private func startSwapSpaceMove(to tier: MemoryTier, at now: SimTime) {
    swapSpaceMove = nil
    var cargo: ContiguousArray<CargoItem> = []
    for slot in 0..<Int32(table.slotCount) where ledger[slot].copyBlocks > 0 {
      let sequence = table[slot]
      guard let moving = ledger.relocate(slot, to: tier) else {
        preconditionFailure("\(name): swap space does not fit the \(tier) tier")
      }
      if sequence.phase == .paged { depart(slot, at: now) }
      cargo.append(CargoItem(slot: slot, request: sequence.request, blocks: Int32(moving), tokens: sequence.kv))
    }
    ledger.closeHost(tier == .peer)
    // All of it is copied, used or not.
    ship(cargo, as: tier == .peer ? .returning : .evacuation, to: tier, blocks: Int64(place.hostBlocks))
  }

  // MARK: Both

  private func depart(_ slot: Int32, at now: SimTime) {
    table.slots[Int(slot)].phase = .pagingOut
    observe(slot, .pagingOut, at: now)
    state.sequencesInTransfer += 1
  }

  private func ship(
    _ cargo: ContiguousArray<CargoItem>, as kind: CargoKind, to tier: MemoryTier, blocks: Int64
  ) {
    relocations += 1
    let bytes = blocks * plan.blockBytesPerGPU
    actions.transfers.append(.ship(ShipmentOrder(kind: kind, tier: tier, bytesPerGPU: bytes, cargo: cargo)))
    paged[Int(tier.rawValue)].out += bytes * Int64(gpuCount)
  }

  /// A sequence's copies have moved between the peer's memory and the host's.
  func relocated(_ item: CargoItem) {
    let index = Int(item.slot)
    ledger.relocated(item.slot)
    guard table[item.slot].phase == .pagingOut else { return }
    table.slots[index].phase = .paged
    observe(item.slot, .offGPU, at: state.now)
    state.sequencesInTransfer -= 1
    policy.moved(item.slot, state)
  }
}
