import Replica
import SimCore
import Testing

/// The rule for where copies go.
struct TierRoomTests {
  private let room = TierRoom(peer: 5, host: 10)

  @Test("without copies a sequence goes to the peer, else to the host, else nowhere")
  func first() {
    #expect(room.placement(of: 5, holding: 0, in: .host) == CopyPlacement(tier: .peer, added: 5))
    #expect(room.placement(of: 6, holding: 0, in: .host) == CopyPlacement(tier: .host, added: 6))
    #expect(room.placement(of: 11, holding: 0, in: .host) == nil)
  }

  @Test("with copies it stays where they are, as long as the rest fits there")
  func grows() {
    #expect(room.placement(of: 25, holding: 20, in: .peer) == CopyPlacement(tier: .peer, added: 5))
    #expect(room.placement(of: 30, holding: 20, in: .host) == CopyPlacement(tier: .host, added: 10))
    #expect(room.placement(of: 3, holding: 3, in: .host) == CopyPlacement(tier: .host, added: 0))
  }

  @Test("copies that cannot grow are given up where the other tier has room for all")
  func leaves() {
    let full = TierRoom(peer: 0, host: 10)
    #expect(
      full.placement(of: 10, holding: 9, in: .peer)
        == CopyPlacement(tier: .host, added: 10, givenUp: 9, leftTier: .peer))
    #expect(full.placement(of: 11, holding: 10, in: .peer) == nil)
    let hostFull = TierRoom(peer: 4, host: 0)
    #expect(
      hostFull.placement(of: 4, holding: 3, in: .host)
        == CopyPlacement(tier: .peer, added: 4, givenUp: 3, leftTier: .host))
  }

  @Test("a peer that wants its memory back is given nothing, and copies there do not count")
  func closed() {
    let closed = TierRoom(peer: 50, host: 10, peerIsClosed: true)
    #expect(closed.placement(of: 4, holding: 0, in: .host) == CopyPlacement(tier: .host, added: 4))
    #expect(
      closed.placement(of: 4, holding: 4, in: .peer)
        == CopyPlacement(tier: .host, added: 4, givenUp: 4, leftTier: .peer))
    #expect(closed.placement(of: 0, holding: 0, in: .peer)?.tier == .host)
    #expect(closed.placement(of: 11, holding: 11, in: .peer) == nil)
  }

  @Test("rooms stay what they were, less what sequences hold", arguments: 0..<10 as Range<UInt64>)
  func conserved(seed: UInt64) {
    var random = RandomStream(seed: seed, replication: 0, purpose: "tier room")
    var room = TierRoom(peer: 40, host: 60)
    var held = [(tier: MemoryTier, blocks: Int)](repeating: (.host, 0), count: 8)
    var moved = 0
    var refused = 0
    for _ in 0..<500 {
      let index = random.below(held.count)
      let blocks = held[index].blocks + random.below(12)
      if random.below(4) == 0 {
        room.take(CopyPlacement(tier: .host, added: 0, givenUp: held[index].blocks, leftTier: held[index].tier))
        held[index].blocks = 0
      } else if let placement = room.placement(of: blocks, holding: held[index].blocks, in: held[index].tier) {
        room.take(placement)
        moved += placement.givenUp > 0 ? 1 : 0
        held[index] = (placement.tier, blocks)
      } else {
        refused += 1
      }
      func sum(_ tier: MemoryTier) -> Int { held.filter { $0.tier == tier }.reduce(0) { $0 + $1.blocks } }
      #expect(room.peer == 40 - sum(.peer) && room.host == 60 - sum(.host))
      #expect(room.peer >= 0 && room.host >= 0)
    }
    #expect(moved > 0 && refused > 0)
  }
}
