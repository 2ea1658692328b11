/// Free blocks off the GPU, and the rule by which a sequence's copies are given some of them.
///
/// There is one rule, for the engine that moves KV and for a decision in the making. Copies go beside those that the
/// sequence has. Where these have no room to grow, and for a sequence without any, all of them go to the peer's memory
/// if they fit there, else to the host's; copies left behind in another tier are given up, so that a sequence never has
/// copies in two tiers.
public struct TierRoom: Sendable, Equatable {
  /// Free blocks in memory lent by peers.
  public private(set) var peer: Int
  /// Free blocks of pinned host memory.
  public private(set) var host: Int
  /// Whether a lender wants its memory back: nothing new goes to the peer tier, and copies there no longer help.
  public let peerIsClosed: Bool

  public init(peer: Int, host: Int, peerIsClosed: Bool = false) {
    self.peer = peer
    self.host = host
    self.peerIsClosed = peerIsClosed
  }

  /// Whether `held` blocks of copies in a tier are where they can stay.
  func isUsable(_ held: Int, in tier: MemoryTier) -> Bool { held > 0 && !(tier == .peer && peerIsClosed) }

  /// The most blocks that one sequence could be given.
  public var most: Int { max(peerIsClosed ? 0 : peer, host) }

  /// Where the copies of a sequence of `blocks` blocks would go; nil when no tier has room for them.
  ///
  /// - Parameters:
  ///   - held: blocks of copies that it has already.
  ///   - tier: where those are.
  public func placement(of blocks: Int, holding held: Int, in tier: MemoryTier) -> CopyPlacement? {
    let isUsable = isUsable(held, in: tier)
    if isUsable {
      let more = max(0, blocks - held)
      if more <= (tier == .peer ? peer : host) { return CopyPlacement(tier: tier, added: more) }
    }
    if !peerIsClosed, blocks <= peer, !(isUsable && tier == .peer) {
      return CopyPlacement(tier: .peer, added: blocks, givenUp: held, leftTier: tier)
    }
    if blocks <= host, !(isUsable && tier == .host) {
      return CopyPlacement(tier: .host, added: blocks, givenUp: held, leftTier: tier)
    }
    return nil
  }

  /// Takes the room that a placement needs and gives back what it leaves.
  public mutating func take(_ placement: CopyPlacement) {
    if placement.tier == .peer { peer -= placement.added } else { host -= placement.added }
    if placement.leftTier == .peer { peer += placement.givenUp } else { host += placement.givenUp }
  }
}

/// Where a sequence's copies go when it leaves the GPU.
public struct CopyPlacement: Sendable, Equatable {
  public let tier: MemoryTier
  /// Free blocks of that tier that the copies take.
  public let added: Int
  /// Blocks of copies in `leftTier` that no longer help; the sequence's whole KV has to be copied then.
  public let givenUp: Int
  public let leftTier: MemoryTier

  public init(tier: MemoryTier, added: Int, givenUp: Int = 0, leftTier: MemoryTier = .host) {
    self.tier = tier
    self.added = added
    self.givenUp = givenUp
    self.leftTier = leftTier
  }
}
