import SimCore

/// KV that goes to another engine or comes from one, and transfers that end without arriving.
extension KVLedger {
  // MARK: From another engine

  /// Sets free blocks aside for the KV of `tokens` tokens that another engine sends to a sequence without blocks, and
  /// for its next token; they are in flight until `received`. False, and nothing changes, when too few are free.
  package func expect(_ slot: Int32, tokens: Int) -> Bool {
    let count = blocks(forTokens: tokens + 1)
    precondition(holdings[Int(slot)].isOffGPU, "slot \(slot) expects KV beside its own")
    guard local.expect(count) else { return false }
    cache?.take(count)
    holdings[Int(slot)].coming = Int32(count)
    return true
  }

  /// The KV that a sequence expected is here.
  package func received(_ slot: Int32) {
    let index = Int(slot)
    let count = holdings[index].coming
    local.arrived(Int(count))
    holdings[index].blocks = count
    holdings[index].coming = 0
  }

  /// KV that was to come to a sequence does not: the blocks kept for it are free, and so is what it had found here.
  package func missed(_ slot: Int32) {
    let index = Int(slot)
    let count = Int(holdings[index].coming)
    local.departed(count)
    cache?.giveBack(count)
    holdings[index].coming = 0
    release(slot)
  }

  // MARK: To another engine

  /// A resident sequence's blocks are in flight to another engine until `departed`; those that others hold too stay.
  ///
  /// - Returns: how many are in flight.
  package func depart(_ slot: Int32) -> Int {
    let index = Int(slot)
    let found = findableBlocks(slot)
    let stay = cache?.withdraw(found) ?? 0
    let count = Int(holdings[index].blocks) - stay
    local.depart(count)
    departing.local += count
    holdings[index].blocks = 0
    holdings[index].findable = 0
    return count
  }

  /// A paged sequence's copies are in flight to another engine until `departed`.
  ///
  /// - Returns: the tier that they were in, and how many blocks they fill there.
  package func departCopies(_ slot: Int32) -> (tier: MemoryTier, blocks: Int) {
    let index = Int(slot)
    let (tier, count) = (holdings[index].copyTier, Int(holdings[index].copyBlocks))
    if tier == .peer {
      peer.depart(count)
      departing.peer += count
    } else {
      host.depart(count)
      departing.host += count
    }
    holdings[index].forgetCopies()
    return (tier, count)
  }

  /// KV of `blocks` blocks has arrived at another engine, or is not wanted there: they are free.
  package func departed(_ blocks: Int, in tier: MemoryTier) {
    switch tier {
    case .local:
      local.departed(blocks)
      cache?.giveBack(blocks)
      departing.local -= blocks
    case .peer:
      peer.departed(blocks)
      departing.peer -= blocks
    case .host:
      host.departed(blocks)
      departing.host -= blocks
    }
  }

  // MARK: Transfers that end without arriving

  /// The copies of a sequence that was paged out do not arrive; its blocks are free, and what they held is lost.
  package func abandonPageOut(_ slot: Int32) {
    let index = Int(slot)
    let count = Int(holdings[index].leaving)
    local.departed(count)
    cache?.giveBack(count)
    holdings[index].leaving = 0
    holdings[index].withdrawn = 0
    holdings[index].findable = 0
  }

  /// A paged sequence's copies do not move to the other tier; they stay where they are.
  package func abandonRelocation(_ slot: Int32) {
    let index = Int(slot)
    let count = Int(holdings[index].relocating)
    if holdings[index].copyTier == .peer { host.departed(count) } else { peer.departed(count) }
    holdings[index].relocating = 0
  }
}
