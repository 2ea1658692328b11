import SimCore
import Testing

@testable import Replica

/// Copies that are made as KV is produced, and KV that goes to other engines or comes from them.
extension LedgerScript {
  /// Some of a resident sequence's tokens are gathered for a copy.
  mutating func gather(_ slot: Int, _ member: Member) {
    guard member.tokens > member.sent else { return }
    let through = member.sent + 1 + random.below(member.tokens - member.sent)
    let more = max(0, filled(through) - member.copies)
    let fits = (member.copies == 0 || member.tier == .host) && more <= free(.host)
    #expect(ledger.gather(Int32(slot), through: through) == fits)
    guard fits else { return }
    members[slot]!.tier = .host
    members[slot]!.copies += more
    members[slot]!.sent = through
  }

  mutating func arriveCopy(_ slot: Int) {
    guard let member = members[slot], member.sent > member.copied else { return }
    #expect(ledger[Int32(slot)].awaitsCopy)
    ledger.noteCopied(Int32(slot), tokens: Int32(member.sent))
    members[slot]!.copied = member.sent
  }

  /// A sequence keeps what was gathered; its last copy may still be under way.
  mutating func evict(_ slot: Int, _ member: Member) {
    guard member.sent > 0 else { return }
    ledger.evict(Int32(slot), keeping: member.sent)
    plain.free(member.blocks)
    members[slot]!.blocks = []
    members[slot]!.findable = 0
    members[slot]!.tokens = member.sent
    members[slot]!.place = .paged
    evictions += 1
  }

  // MARK: Other engines

  /// A sequence goes to another engine with its KV.
  mutating func handOver(_ slot: Int, _ member: Member) {
    guard members.count(where: { $0 != nil }) > 3 else { return }
    if member.place == .paged {
      let (tier, count) = ledger.departCopies(Int32(slot))
      #expect(tier == member.tier && count == member.copies)
      departing.append((tier, count, []))
    } else {
      releaseCopies(slot)
      var own: [Int] = []
      for block in member.blocks {
        if plain.holders[block] > 1 {
          plain.holders[block] -= 1
        } else {
          plain.contents[block] = -1
          own.append(block)
        }
      }
      #expect(ledger.depart(Int32(slot)) == own.count)
      departing.append((.local, own.count, own))
    }
    ledger.close(Int32(slot))
    members[slot] = nil
    departures += 1
  }

  /// KV has arrived at another engine.
  mutating func depart() {
    guard !departing.isEmpty else { return }
    let (tier, count, blocks) = departing.remove(at: random.below(departing.count))
    ledger.departed(count, in: tier)
    plain.free(blocks)
  }

  /// A new sequence awaits KV from another engine.
  mutating func expect(_ slot: Int, _ old: Member) {
    var member = old
    let tokens = 1 + random.below(12)
    let fits = filled(tokens + 1) <= plain.queue.count
    #expect(ledger.expect(Int32(slot), tokens: tokens) == fits)
    guard fits else { return }
    member.blocks = plain.take(filled(tokens + 1))
    member.tokens = tokens
    member.place = .arriving
    members[slot] = member
  }

  mutating func receive(_ slot: Int, _ member: Member) {
    if random.below(4) == 0 {
      ledger.missed(Int32(slot))
      plain.free(member.blocks)
      members[slot] = Member(prompt: member.prompt)
    } else {
      ledger.received(Int32(slot))
      members[slot]!.place = .resident
      arrivals += 1
    }
  }

  /// The copies of a paged-out sequence do not arrive; it goes.
  mutating func loseOutside(_ slot: Int, _ member: Member) {
    ledger.abandonPageOut(Int32(slot))
    plain.free(member.flying.map(\.block))
    close(slot)
  }

  /// KV that was sent for does not arrive; the sequence goes.
  mutating func loseInside(_ slot: Int, _ member: Member) {
    let awaited = member.blocks.dropFirst(member.findable)
    plain.free(Array(awaited))
    plain.free(Array(member.blocks.prefix(member.findable)))
    ledger.missed(Int32(slot))
    close(slot)
  }
}
