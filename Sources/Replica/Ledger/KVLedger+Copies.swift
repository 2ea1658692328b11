import SimCore

/// Copies off the GPU, and KV on its way out and in.
extension KVLedger {
  /// Free blocks off the GPU now.
  public var tierRoom: TierRoom {
    TierRoom(peer: peer.free, host: hostIsClosed ? 0 : host.free, peerIsClosed: peerIsClosed)
  }

  /// Where the copies of `tokens` tokens of a sequence would go; nil when no tier has room for them.
  ///
  /// - Parameter room: what is free off the GPU: now (`tierRoom`), or as a decision in the making leaves it.
  public func placement(of slot: Int32, tokens: Int, in room: TierRoom) -> CopyPlacement? {
    let holding = holdings[Int(slot)]
    return room.placement(of: blocks(forTokens: tokens), holding: Int(holding.copyBlocks), in: holding.copyTier)
  }

  /// Blocks off the GPU without which there are no copies of `tokens` tokens of a sequence: those that it has count,
  /// wherever they are, though they may have to move.
  public func fewestCopyBlocks(of slot: Int32, tokens: Int) -> Int {
    max(0, blocks(forTokens: tokens) - Int(holdings[Int(slot)].copyBlocks))
  }

  /// Whether the sequence's copies are where they can stay.
  public func hasUsableCopies(_ slot: Int32) -> Bool {
    let holding = holdings[Int(slot)]
    return tierRoom.isUsable(Int(holding.copyBlocks), in: holding.copyTier)
  }

  /// Blocks of `tokens` cached tokens that are not clean when the first `copied` have a copy: a block is clean when
  /// every token in it has one.
  func dirtyBlocks(tokens: Int, copied: Int) -> Int {
    copied >= tokens ? 0 : blocks(forTokens: tokens) - copied / blockSize
  }

  /// A resident sequence leaves with its `tokens` cached tokens. Blocks with a copy are free at once, and so are those
  /// that were only kept for it; the others are in flight until `left`. Blocks that others hold too stay theirs, though
  /// their bytes are copied: each sequence has a copy of all its KV.
  ///
  /// - Parameter copyingDirty: false for an engine that takes blocks away as if they had copies.
  /// - Returns: the tier, and the blocks that have to be copied there; nil, and nothing changes, when no tier has room.
  package func pageOut(
    _ slot: Int32, tokens: Int, copyingDirty: Bool = true
  ) -> (tier: MemoryTier, blocks: Int)? {
    guard let placement = placement(of: slot, tokens: tokens, in: tierRoom) else { return nil }
    if placement.givenUp > 0 { releaseCopies(slot) }
    let index = Int(slot)
    let filled = blocks(forTokens: tokens)
    let dirty = copyingDirty ? dirtyBlocks(tokens: tokens, copied: Int(holdings[index].copiedTokens)) : 0
    addCopies(slot, placement.added, in: placement.tier)
    var departing = dirty
    var freed = Int(holdings[index].blocks) - dirty
    if cache != nil {
      let found = names[index].prefix(Int(holdings[index].findable))
      let first = min(found.count, filled - dirty)
      let stay = cache!.withdraw(found.dropFirst(first))
      departing -= stay
      holdings[index].withdrawn = Int32(found.count - first - stay)
      freed -= cache!.release(found.prefix(first), of: freed)
    }
    local.release(freed)
    // Blocks that stay with others are neither freed nor in flight.
    local.depart(departing)
    holdings[index].blocks = 0
    holdings[index].leaving = Int32(departing)
    return (placement.tier, dirty)
  }

  /// The copies of a sequence that was paged out have arrived: `tokens` tokens have one, and its blocks are free.
  package func left(_ slot: Int32, tokens: Int) {
    let index = Int(slot)
    let holding = holdings[index]
    let count = Int(holding.leaving)
    local.departed(count)
    let restored = names(of: slot).prefix(Int(holding.findable)).suffix(Int(holding.withdrawn))
    cache?.restore(restored, of: count)
    holdings[index].leaving = 0
    holdings[index].withdrawn = 0
    holdings[index].findable = 0
    holdings[index].copiedTokens = Int32(tokens)
    holdings[index].sentTokens = Int32(tokens)
  }

  /// Blocks that `fetch` would have copied, and free blocks that it would take: these and what is found that nobody
  /// holds.
  package func blocksToFetch(_ slot: Int32, tokens: Int) -> (copied: Int, taken: Int) {
    let (found, unheld) = cache?.find(names(of: slot).prefix(tokens / blockSize)) ?? (0, 0)
    let missing = blocks(forTokens: tokens) - found
    return (missing, missing + unheld)
  }

  /// Sends for the KV of a paged sequence's `tokens` tokens. What is found on the GPU of its prompt is taken as it is;
  /// for the rest, blocks are in flight until `returned`.
  ///
  /// - Returns: blocks that have to be copied; nil, and nothing changes, when too few are free.
  package func fetch(_ slot: Int32, tokens: Int) -> Int? {
    let index = Int(slot)
    let known = names(of: slot).prefix(tokens / blockSize)
    let (found, unheld) = cache?.find(known) ?? (0, 0)
    let missing = blocks(forTokens: tokens) - found
    guard missing + unheld <= local.free else { return nil }
    start(slot, from: known.prefix(found))
    let fits = local.expect(missing)
    precondition(fits, "\(missing) blocks that were free are not")
    cache?.take(missing)
    holdings[index].coming = Int32(missing)
    return missing
  }

  /// The KV of a sequence's `tokens` tokens has come back.
  package func returned(_ slot: Int32, tokens: Int) {
    let index = Int(slot)
    let count = holdings[index].coming
    local.arrived(Int(count))
    holdings[index].blocks += count
    holdings[index].coming = 0
    publish(slot, through: tokens)
  }

  /// A resident sequence's first `tokens` tokens are gathered for a copy in host memory, beside those it has there;
  /// false, and nothing changes, when its copies are elsewhere or there is no room.
  package func gather(_ slot: Int32, through tokens: Int) -> Bool {
    let holding = holdings[Int(slot)]
    guard holding.copyBlocks == 0 || holding.copyTier == .host else { return false }
    let more = max(0, blocks(forTokens: tokens) - Int(holding.copyBlocks))
    guard !hostIsClosed, more <= host.free else { return false }
    addCopies(slot, more, in: .host)
    holdings[Int(slot)].sentTokens = max(holdings[Int(slot)].sentTokens, Int32(tokens))
    return true
  }

  /// The copy of the first `tokens` tokens, which were gathered for it, has arrived.
  package func noteCopied(_ slot: Int32, tokens: Int32) {
    let index = Int(slot)
    precondition(tokens <= holdings[index].sentTokens, "\(tokens) tokens arrive that were not gathered")
    holdings[index].copiedTokens = max(holdings[index].copiedTokens, tokens)
  }

  /// A resident sequence leaves at once with its first `tokens` tokens, which have copies or were gathered for one; its
  /// blocks are free, and the KV of its other tokens is lost. The last of the copies may still be travelling
  /// (`KVHolding.awaitsCopy`).
  package func evict(_ slot: Int32, keeping tokens: Int) {
    let holding = holdings[Int(slot)]
    precondition(
      holding.copyBlocks > 0 && tokens <= Int(holding.sentTokens), "slot \(slot) keeps tokens that nobody has copied")
    release(slot)
  }

  /// Gives back a sequence's copies off the GPU.
  package func releaseCopies(_ slot: Int32) {
    let index = Int(slot)
    let held = Int(holdings[index].copyBlocks)
    if holdings[index].copyTier == .peer { peer.release(held) } else { host.release(held) }
    holdings[index].forgetCopies()
  }

  /// Sets room aside in the other tier for a sequence's copies to move there.
  ///
  /// - Parameter tier: the tier that they are not in.
  /// - Returns: how many blocks will move; nil, and nothing changes, when there is no room.
  package func relocate(_ slot: Int32, to tier: MemoryTier) -> Int? {
    let index = Int(slot)
    precondition(holdings[index].copyTier != tier && tier != .local, "copies of slot \(slot) are in the \(tier) tier")
    let count = Int(holdings[index].copyBlocks)
    guard tier == .peer ? peer.expect(count) : host.expect(count) else { return nil }
    holdings[index].relocating = Int32(count)
    return count
  }

  /// A sequence's copies have moved to the other tier.
  package func relocated(_ slot: Int32) {
    let index = Int(slot)
    let count = Int(holdings[index].relocating)
    if holdings[index].copyTier == .peer {
      peer.release(count)
      host.arrived(count)
      holdings[index].copyTier = .host
    } else {
      host.release(count)
      peer.arrived(count)
      holdings[index].copyTier = .peer
    }
    holdings[index].relocating = 0
  }

  private func addCopies(_ slot: Int32, _ blocks: Int, in tier: MemoryTier) {
    let fits = tier == .peer ? peer.allocate(blocks) : host.allocate(blocks)
    precondition(fits, "\(blocks) blocks promised in the \(tier) tier are not free")
    holdings[Int(slot)].copyTier = tier
    holdings[Int(slot)].copyBlocks += Int32(blocks)
  }
}
