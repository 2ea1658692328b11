import Metrics
import Observing
import Replica
import Scheduling
import SimCore
import Workload

/// Adapters and stored prefixes are fetched before the policy hears of a request: see `Entrance`.
extension Engine {
  /// A request that has just come in gets what it needs; the policy hears of it at once where that is nothing.
  func pass(_ slot: Int32, at now: SimTime) {
    guard entrance.count > 0 || needsAnything(slot) else { return announce(slot, at: now) }
    entrance.count += 1
    table.slots[Int(slot)].phase = .entering
    guard let adapter = adapter(of: slot) else { return queueUp(slot, at: now) }
    totals.adapterRequests += 1
    switch entrance.cache!.claim(adapter) {
    case .here:
      totals.adapterHits += 1
      queueUp(slot, at: now)
    case .coming: entrance.awaiting[adapter]!.append(slot)
    case .fetch:
      entrance.awaiting[adapter] = [slot]
      fetchAdapter(adapter)
    case .full: entrance.want(adapter, for: slot)
    }
  }

  private func needsAnything(_ slot: Int32) -> Bool { adapter(of: slot) != nil || storedTokens(of: slot) > 0 }

  private func adapter(of slot: Int32) -> Int64? {
    let adapter = table[slot].adapter
    return entrance.cache == nil || adapter < 0 ? nil : adapter
  }

  /// Tokens of a sequence's prompt whose KV is kept off the GPU and of use to its policy: whole blocks, and at least
  /// one token is left to process.
  private func storedTokens(of slot: Int32) -> Int {
    let sequence = table[slot]
    guard sequence.storedPrefix > 0, policy.resumes(sequence.requestClass) else { return 0 }
    let size = state.limits.blockSize
    return min(Int(sequence.storedPrefix), Int(sequence.promptTokens) - 1) / size * size
  }

  // MARK: Adapters

  private func fetchAdapter(_ adapter: Int64) {
    guard let adapters = plan.entrance.adapters else { preconditionFailure("\(name) knows no adapters") }
    entrance.loads += 1
    totals.adapterLoads += 1
    totals.adapterBytes += adapters.bytesPerGPU * Int64(gpuCount)
    actions.transfers.append(
      .ship(
        ShipmentOrder(
          kind: .adapter, tier: plan.entrance.tier, bytesPerGPU: adapters.bytesPerGPU,
          cargo: [CargoItem(slot: -1, request: adapter, blocks: 0, tokens: 0)])))
  }

  private func adapterArrived(_ adapter: Int64, at now: SimTime) {
    entrance.loads -= 1
    entrance.cache!.arrived(adapter)
    for slot in entrance.awaiting.removeValue(forKey: adapter) ?? [] {
      totals.adapterWait += now - table[slot].arrival
      queueUp(slot, at: now)
    }
  }

  /// A request that used an adapter has gone: the first that waits for a place may have its.
  func leaveAdapter(of slot: Int32) {
    guard let adapter = adapter(of: slot), entrance.cache!.leave(adapter) else { return }
    while let next = entrance.nextWanted {
      let users = entrance.awaiting[next] ?? []
      guard entrance.cache!.claim(next) != .full else { return }
      for _ in users.dropFirst() { _ = entrance.cache!.claim(next) }
      entrance.removeNextWanted()
      fetchAdapter(next)
    }
  }

  // MARK: Prefixes

  /// A request has its adapter.
  private func queueUp(_ slot: Int32, at now: SimTime) {
    entrance.line.append(slot)
    advanceLine(at: now)
  }

  /// Lets requests through in order until one finds no room for the KV of its prefix. Those that wait already come
  /// first: their blocks are not given away.
  func advanceLine(at now: SimTime) {
    while let slot = entrance.line.first {
      let tokens = storedTokens(of: slot)
      let wanted = tokens == 0 ? (copied: 0, taken: 0) : ledger.blocksToFetch(slot, tokens: tokens)
      if wanted.copied > 0 {
        guard spareBlocks - waitingBlocks - reservedBlocks >= wanted.taken else { return }
      }
      entrance.line.removeFirst()
      if wanted.copied > 0 { fetchPrefix(slot, tokens: tokens, at: now) } else { letIn(slot, at: now) }
    }
  }

  private func fetchPrefix(_ slot: Int32, tokens: Int, at now: SimTime) {
    bringUpToDate(to: now)
    let index = Int(slot)
    guard let blocks = ledger.fetch(slot, tokens: tokens) else {
      preconditionFailure("\(name): spare blocks are not free")
    }
    table.slots[index].kv = Int32(tokens)
    table.slots[index].cachedTokens = Int32(tokens)
    table.slots[index].processedPrompt = Int32(tokens)
    state.sequencesInTransfer += 1
    observe(slot, .pagingIn, at: now)
    notePeaks()
    totals.storedPrefixLoads += 1
    totals.storedPrefixBytes += Int64(blocks) * plan.blockBytesPerGPU * Int64(gpuCount)
    actions.transfers.append(
      .ship(
        ShipmentOrder(
          kind: .storedPrefix, tier: plan.entrance.tier, bytesPerGPU: Int64(blocks) * plan.blockBytesPerGPU,
          cargo: [
            CargoItem(
              slot: slot, request: table[slot].request, blocks: Int32(blocks), tokens: Int32(tokens))
          ])))
    cut(at: now)
  }

  private func prefixArrived(_ item: CargoItem, at now: SimTime) {
    ledger.returned(item.slot, tokens: Int(item.tokens))
    state.sequencesInTransfer -= 1
    parkedTokens += Int64(item.tokens)
    totals.storedPrefixWait += now - table[item.slot].arrival
    observe(item.slot, .queued, at: now)
    entrance.holders.append(item.slot)
    letIn(item.slot, at: now)
  }

  private func letIn(_ slot: Int32, at now: SimTime) {
    entrance.count -= 1
    table.slots[Int(slot)].phase = .waiting
    announce(slot, at: now)
  }

  /// What was fetched for requests is here.
  func entered(_ shipment: Shipment, at now: SimTime) {
    for item in shipment.cargo {
      if shipment.kind == .adapter { adapterArrived(item.request, at: now) } else { prefixArrived(item, at: now) }
    }
    advanceLine(at: now)
    observeLevels(at: now)
  }

  /// Nothing can run: the request that got its prefix last gives it up, and will compute it.
  ///
  /// - Returns: whether there was one.
  func giveWay(at now: SimTime) -> Bool {
    guard let slot = entrance.holders.popLast() else { return false }
    let index = Int(slot)
    let tokens = table[slot].kv
    waitingBlocks -= awaitedBlocks(slot)
    parkedTokens -= Int64(tokens)
    ledger.release(slot)
    table.slots[index].kv = 0
    table.slots[index].recomputedTokens += tokens
    waitingBlocks += awaitedBlocks(slot)
    totals.preemptionsByRecompute += 1
    totals.recomputedTokens += Int64(tokens)
    return true
  }
}
