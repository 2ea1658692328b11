import SimCore

/// Who holds which of an engine's KV blocks: its own pool, the tiers off the GPU, copies in them, and prompt blocks
/// that several sequences share.
///
/// Sequences are known by slot. What each has is in its `KVHolding`; every change of a pool is a change of a holding,
/// so that `check()` can recount the one from the other. Nothing else changes a pool.
///
/// The decode batch takes blocks for all its members together (`grow(by:)`), which keeps the cost of an iteration off
/// the number of members; a member's holding is brought up to date when it leaves the batch (`settle`).
public final class KVLedger {
  /// Tokens in a block.
  public let blockSize: Int
  /// The engine's own pool.
  public internal(set) var local: BlockPool
  /// Blocks' worth of HBM lent by peer GPUs.
  public internal(set) var peer: BlockPool
  /// Blocks' worth of pinned host memory.
  public internal(set) var host: BlockPool
  /// Whether a lender wants its memory back: nothing new goes to the peer tier, and copies there no longer help.
  public internal(set) var peerIsClosed = false
  /// Whether swap space is one allocation and in the peer's memory: nothing goes to the host.
  public internal(set) var hostIsClosed = false
  /// What is on the GPU of prompts seen before; nil when the engine does not look for it.
  let cache: PrefixCache?
  var holdings = ReusedList<KVHolding>()
  /// What the full blocks of each slot's tokens are called, where they are looked for.
  var names: ContiguousArray<BlockNames> = []
  /// Whether any sequence has come with blocks that have names: until then nothing need be looked for by name.
  public private(set) var hasNames = false
  /// Blocks that the decode batch has filled and its members' holdings do not yet show.
  public internal(set) var grown = 0
  /// Blocks of each pool whose KV is on its way to another engine; they belong to no sequence here any more.
  var departing = (local: 0, peer: 0, host: 0)

  /// - Parameters:
  ///   - localBlocks: blocks in the engine's own pool.
  ///   - sharesPrefixes: whether prompts that begin alike share blocks, and start behind what is left of earlier ones.
  public init(
    blockSize: Int, localBlocks: Int, peerBlocks: Int = 0, hostBlocks: Int = 0, sharesPrefixes: Bool = false
  ) {
    precondition(blockSize > 0, "a KV block holds at least one token")
    self.blockSize = blockSize
    local = BlockPool(capacity: localBlocks)
    peer = BlockPool(capacity: peerBlocks)
    host = BlockPool(capacity: hostBlocks)
    cache = sharesPrefixes ? PrefixCache(blocks: localBlocks) : nil
  }

  /// What the sequence in a slot has.
  public subscript(slot: Int32) -> KVHolding { holdings[Int(slot)] }

  /// The blocks that `tokens` cached tokens fill.
  public func blocks(forTokens tokens: Int) -> Int { (tokens + blockSize - 1) / blockSize }

  /// Whether every block of every pool is free.
  public var isUnused: Bool { local.used == 0 && peer.used == 0 && host.used == 0 }

  // MARK: Sequences come and go

  /// A sequence has come into a slot; it holds nothing.
  ///
  /// - Parameter blocks: what its full blocks are called; of no use when prefixes are not shared.
  package func open(_ slot: Int32, blocks: BlockNames = .none) {
    let index = Int(slot)
    if cache != nil, blocks.count > 0 { hasNames = true }
    if index == holdings.count {
      holdings.append(KVHolding())
      if cache != nil { names.append(blocks) }
      return
    }
    holdings[index] = KVHolding()
    if hasNames { names[index] = blocks }
  }

  /// A sequence has gone; it must have given everything back.
  package func close(_ slot: Int32) {
    let holding = holdings[Int(slot)]
    precondition(
      holding.isOffGPU && holding.copyBlocks == 0 && holding.relocating == 0,
      "slot \(slot) leaves with blocks of its own")
    guard let cache else { return }
    if hasNames { names[Int(slot)] = .none }
    cache.forgetOwn(slot)
  }

  // MARK: The engine's own pool

  /// Gives a resident sequence free blocks; false, and nothing changes, when there are not enough.
  package func take(_ blocks: Int, for slot: Int32) -> Bool {
    guard local.allocate(blocks) else { return false }
    cache?.take(blocks)
    holdings[Int(slot)].blocks += Int32(blocks)
    return true
  }

  /// Gives the decode batch free blocks; false, and nothing changes, when there are not enough.
  package func grow(by blocks: Int) -> Bool {
    // Most iterations fill none.
    if blocks == 0 { return true }
    guard local.allocate(blocks) else { return false }
    cache?.take(blocks)
    grown += blocks
    return true
  }

  /// A sequence with `tokens` cached tokens has left the decode batch: it holds the blocks that these fill.
  package func settle(_ slot: Int32, tokens: Int) {
    let blocks = blocks(forTokens: tokens)
    grown -= blocks - Int(holdings[Int(slot)].blocks)
    holdings[Int(slot)].blocks = Int32(blocks)
  }

  /// Takes all blocks from a resident sequence; those that others hold too stay theirs.
  ///
  /// - Parameter tokens: its cached tokens, when it will want them again: what is left of them by then is found.
  package func release(_ slot: Int32, wantedAgain tokens: Int = 0) {
    let holding = holdings[Int(slot)]
    precondition(holding.leaving == 0 && holding.coming == 0, "slot \(slot) gives up blocks whose bytes are travelling")
    let count = Int(holding.blocks)
    var held = 0
    if let cache {
      let full = min(tokens / blockSize, count)
      if hasNames {
        let named = names[Int(slot)].prefix(Int(holding.findable))
        // Blocks behind one that has lost its name are found no more.
        let own = named.count == min(names[Int(slot)].count, full) ? full - named.count : 0
        cache.giveBack(count - named.count - own)
        cache.leave(own, to: slot)
        held = cache.release(named, of: named.count)
      } else {
        cache.giveBack(count - full)
        cache.leave(full, to: slot)
      }
    }
    local.release(count - held)
    holdings[Int(slot)].blocks = 0
    holdings[Int(slot)].findable = 0
  }

  // MARK: Capacities

  /// Gives free blocks of the engine's own pool away (`blocks` below zero), or takes them back; false, and nothing
  /// changes, when fewer are free.
  package func resizeLocal(by blocks: Int) -> Bool {
    if blocks >= 0 {
      local.grow(by: blocks)
      cache?.giveBack(blocks)
      return true
    }
    guard local.shrink(by: -blocks) else { return false }
    cache?.take(-blocks)
    return true
  }

  /// Adds memory lent by peers, or returns free blocks of it; false, and nothing changes, when fewer are free.
  package func resizePeer(by blocks: Int) -> Bool {
    if blocks < 0 { return peer.shrink(by: -blocks) }
    peer.grow(by: blocks)
    return true
  }

  /// Notes whether a lender wants its memory back.
  package func closePeer(_ closed: Bool) { peerIsClosed = closed }

  /// Notes whether all copies are to be in the peer's memory.
  package func closeHost(_ closed: Bool) { hostIsClosed = closed }
}
