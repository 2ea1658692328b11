import Metrics
import Network
import Observing
import Replica
import Scheduling
import SimCore

extension Engine {
  /// Sends the decision's page-outs on their way; what has no bytes to move is out at once.
  func pageOut() throws(EngineFault) {
    guard !decision.pageOuts.isEmpty else { return }
    var toPeer: ContiguousArray<CargoItem> = []
    var toHost: ContiguousArray<CargoItem> = []
    for slot in decision.pageOuts {
      switch table[slot].phase {
      case .decoding:
        batch.remove(slot, in: table)
        leaveBatch(slot)
      case .paused, .prefilling: break
      default: throw fault("pages out slot \(slot), which is \(table[slot].phase)")
      }
      checkpoints.waiting.remove(slot)
      let sequence = table[slot]
      let tokens = Int(sequence.kv)
      let before = ledger[slot]
      let copies = !decision.pageOutsWithoutCopy.contains(slot)
      guard let (tier, dirty) = ledger.pageOut(slot, tokens: tokens, copyingDirty: copies) else {
        throw fault(
          "pages out \(state.blocks(forTokens: tokens)) blocks of slot \(slot) where no tier has room for them")
      }
      if before.awaitsCopy && ledger[slot].copyGeneration != before.copyGeneration { giveUpCheckpoint() }
      let index = Int(slot)
      parkedTokens -= Int64(tokens)
      table.slots[index].phase = .pagingOut
      table.slots[index].move(to: .offGPU, at: state.now)
      table.slots[index].preemptions += 1
      state.sequencesInTransfer += 1
      offGPU += 1
      observe(slot, .pagingOut, at: state.now)
      totals.preemptionsBySwap += 1
      let item = CargoItem(slot: slot, request: sequence.request, blocks: Int32(dirty), tokens: sequence.kv)
      if dirty == 0 {
        arriveOutside(item)
      } else if tier == .peer {
        toPeer.append(item)
      } else {
        toHost.append(item)
      }
    }
    ship(toPeer, kind: .pageOut, tier: .peer)
    ship(toHost, kind: .pageOut, tier: .host)
  }

  /// Sends for the KV of the decision's fetches.
  func fetch() throws(EngineFault) {
    var fromPeer: ContiguousArray<CargoItem> = []
    var fromHost: ContiguousArray<CargoItem> = []
    for slot in decision.fetches {
      let sequence = table[slot]
      guard sequence.phase == .paged else { throw fault("fetches slot \(slot), which is \(sequence.phase)") }
      let tokens = Int(sequence.kv)
      guard let blocks = ledger.fetch(slot, tokens: tokens) else {
        throw fault(
          "fetches \(state.blocks(forTokens: tokens)) blocks of slot \(slot) where \(state.freeBlocks) are free")
      }
      table.slots[Int(slot)].phase = .pagingIn
      observe(slot, .pagingIn, at: state.now)
      state.sequencesInTransfer += 1
      let item = CargoItem(slot: slot, request: sequence.request, blocks: Int32(blocks), tokens: sequence.kv)
      if blocks == 0 {
        arriveInside(item)
      } else if ledger[slot].copyTier == .peer {
        fromPeer.append(item)
      } else {
        fromHost.append(item)
      }
    }
    notePeaks()
    ship(fromPeer, kind: .fetch, tier: .peer)
    ship(fromHost, kind: .fetch, tier: .host)
  }

  /// Puts one decision's cargo for one tier on the links.
  private func ship(_ cargo: ContiguousArray<CargoItem>, kind: CargoKind, tier: MemoryTier) {
    guard !cargo.isEmpty else { return }
    var blocks: Int64 = 0
    let inbound = kind == .fetch
    let bytesPerBlock = plan.blockBytesPerGPU * Int64(gpuCount)
    for item in cargo {
      blocks += Int64(item.blocks)
      let bytes = Int64(item.blocks) * bytesPerBlock
      if inbound {
        table.slots[Int(item.slot)].pagedInBytes += bytes
        paged[Int(tier.rawValue)].back += bytes
      } else {
        table.slots[Int(item.slot)].pagedOutBytes += bytes
        paged[Int(tier.rawValue)].out += bytes
      }
    }
    if inbound { inboundShipments += 1 } else { outboundShipments += 1 }
    actions.transfers.append(
      .ship(ShipmentOrder(kind: kind, tier: tier, bytesPerGPU: blocks * plan.blockBytesPerGPU, cargo: cargo)))
  }

  /// Flows of this engine have ended.
  func delivered(_ shipment: Shipment, at now: SimTime) throws(EngineFault) {
    state.now = now
    bringUpToDate(to: now)
    if isObserved {
      actions.events.append(.transferEnded(TransferEnd(id: shipment.number, engine: index, time: now)))
    }
    switch shipment.kind {
    case .pageOut: outboundShipments -= 1
    case .fetch: inboundShipments -= 1
    case .evacuation, .returning: relocations -= 1
    case .checkpoint, .handOver: break
    case .storedPrefix, .adapter: return entered(shipment, at: now)
    }
    if shipment.kind == .checkpoint {
      // Only where it was the last of an evicted sequence's KV can the policy say anything else now.
      guard checkpointArrived(shipment.cargo) else { return }
    } else {
      for item in shipment.cargo {
        switch shipment.kind {
        case .pageOut: arriveOutside(item)
        case .fetch: arriveInside(item)
        case .evacuation, .returning: relocated(item)
        case .checkpoint, .storedPrefix, .adapter: break
        case .handOver: preconditionFailure("\(name): KV of another replica comes to 'received'")
        }
      }
    }
    observeLevels(at: now)
    if givesRequestsAway { return passOn(at: now) }
    switch mode {
    case .pagingOut: if outboundShipments == 0 { try fetchAndGoOn(at: now) }
    case .fetching: if inboundShipments == 0 { try scheduleDecided(at: now) }
    case .running: cut(at: now)
    case .idle: wake(at: now)
    case .stopped: break
    }
  }

  private func arriveOutside(_ item: CargoItem) {
    let index = Int(item.slot)
    ledger.left(item.slot, tokens: Int(item.tokens))
    table.slots[index].phase = .paged
    state.sequencesInTransfer -= 1
    observe(item.slot, .offGPU, at: state.now)
    policy.moved(item.slot, state)
  }

  private func arriveInside(_ item: CargoItem) {
    let index = Int(item.slot)
    ledger.returned(item.slot, tokens: Int(item.tokens))
    let sequence = table[item.slot]
    let isPrefilling = sequence.kv < sequence.prefillTarget
    table.slots[index].phase = isPrefilling ? .prefilling : .paused
    offGPU -= 1
    observe(item.slot, isPrefilling ? .prefilling : .paused, at: state.now)
    table.slots[index].move(to: .running, at: state.now)
    if decision.fetchesReleaseCopies { releaseCopies(item.slot) }
    parkedTokens += Int64(sequence.kv)
    state.sequencesInTransfer -= 1
    policy.moved(item.slot, state)
  }

  /// Gives back a sequence's copies off the GPU, and gives up one that is under way.
  func releaseCopies(_ slot: Int32) {
    if ledger[slot].awaitsCopy { giveUpCheckpoint() }
    ledger.releaseCopies(slot)
  }
}
