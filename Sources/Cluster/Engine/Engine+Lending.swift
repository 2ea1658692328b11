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
    return boundary == .never && outstanding > 0 && state.sequencesInTransfer == 0
  }

  /// Free blocks that neither the iteration under way nor a decision that waits for transfers counts on.
  var spareBlocks: Int {
    switch mode {
    case .idle: state.freeBlocks
    case .running: state.freeBlocks - state.nextDecodeBlocks
    case .pagingOut, .fetching, .stopped: 0
    }
  }

  /// Gives blocks of the engine's own pool away, or takes them back. What runs goes on; the policy sees the change at
  /// the next boundary. The books must be up to date.
  func resizePool(by blocks: Int, at now: SimTime) {
    precondition(state.ledger.resizeLocal(by: blocks), "\(name) lends \(-blocks) blocks where fewer are free")
    observeLevels(at: now)
    reconsider(at: now)
  }

  /// Adds or removes borrowed memory.
  func resizePeer(by blocks: Int, at now: SimTime) {
    precondition(state.ledger.resizePeer(by: blocks), "\(name) gives back memory that is in use")
    observeLevels(at: now)
    reconsider(at: now)
  }

  /// Says whether the lender wants its memory back.
  func closePeer(_ closed: Bool, at now: SimTime) {
    guard state.ledger.peerIsClosed != closed else { return }
    state.ledger.closePeer(closed)
    reconsider(at: now)
  }

  /// Lets go of the lender's memory: copies of sequences that are here are dropped, paged ones move to host memory.
  func evacuatePeer(at now: SimTime) {
    bringUpToDate(to: now)
    var cargo: ContiguousArray<CargoItem> = []
    for slot in 0..<Int32(state.table.slotCount) {
      let sequence = state.table[slot]
      guard state.ledger[slot].copyBlocks > 0, state.ledger[slot].copyTier == .peer else { continue }
      // A decision that waits for its page-outs is about to fetch it.
      if case .pagingOut = mode, decision.fetches.contains(slot) { continue }
      switch sequence.phase {
      case .decoding, .paused, .prefilling: releaseCopies(slot)
      case .paged:
        guard let moving = state.ledger.evacuate(slot) else { continue }
        state.table.slots[Int(slot)].phase = .pagingOut
        observe(slot, .pagingOut, at: now)
        state.sequencesInTransfer += 1
        cargo.append(
          CargoItem(slot: slot, request: sequence.request, blocks: Int32(moving), tokens: sequence.kv))
      case .vacant, .waiting, .pagingOut, .pagingIn, .arriving: break
      }
    }
    guard !cargo.isEmpty else { return reconsider(at: now) }
    let blocks = cargo.reduce(Int64(0)) { $0 + Int64($1.blocks) }
    actions.transfers.append(
      .ship(
        ShipmentOrder(kind: .evacuation, tier: .host, bytesPerGPU: blocks * plan.blockBytesPerGPU, cargo: cargo)))
    paged[Int(MemoryTier.host.rawValue)].out += blocks * plan.blockBytesPerGPU * Int64(place.gpus.count)
    reconsider(at: now)
  }

  /// A sequence's copies have moved from the peer to host memory.
  func evacuated(_ item: CargoItem) {
    let index = Int(item.slot)
    state.ledger.evacuated(item.slot)
    state.table.slots[index].phase = .paged
    observe(item.slot, .offGPU, at: state.now)
    state.sequencesInTransfer -= 1
    policy.moved(item.slot, state)
  }
}
