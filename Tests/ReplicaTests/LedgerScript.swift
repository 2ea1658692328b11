import SimCore
import Testing

@testable import Replica

/// A random history, told to both ledgers.
struct LedgerScript {
  struct Member {
    enum Place { case waiting, resident, leaving, paged, coming, arriving }
    var place = Place.waiting
    var prompt: [Int]
    var tokens = 0
    var copied = 0
    /// Tokens gathered for a copy, those that have arrived included.
    var sent = 0
    var tier = MemoryTier.host
    var copies = 0
    var blocks: [Int] = []
    var findable = 0
    /// Cached tokens when it was dropped; 0 when it was not.
    var again = 0
    /// Blocks in flight, with what can be found in them once they are free.
    var flying: [(block: Int, number: Int)] = []
  }

  static let size = 4
  var random: RandomStream
  let shares: Bool
  var ledger: KVLedger
  var plain = PlainLedger(blocks: 30)
  var members: [Member?] = Array(repeating: nil, count: 7)
  var pageOuts = 0
  var sharedPageOuts = 0
  var cheapFetches = 0
  var moved = 0
  var evacuations = 0
  var lent = 0
  /// KV on its way to another engine: where it was, how many blocks, and which on the GPU.
  var departing: [(tier: MemoryTier, count: Int, blocks: [Int])] = []
  var evictions = 0
  var foundAgain = 0
  var departures = 0
  var arrivals = 0

  init(seed: UInt64, sharesPrefixes: Bool) {
    random = RandomStream(seed: seed, replication: 0, purpose: "ledger")
    shares = sharesPrefixes
    ledger = KVLedger(
      blockSize: Self.size, localBlocks: 30, peerBlocks: 12, hostBlocks: 16, sharesPrefixes: sharesPrefixes)
    for slot in members.indices {
      ledger.open(Int32(slot))
      ledger.close(Int32(slot))
    }
  }

  func filled(_ tokens: Int) -> Int { (tokens + Self.size - 1) / Self.size }

  mutating func act() {
    if random.below(30) == 0 { return reclaim() }
    if random.below(15) == 0 { return resize() }
    if random.below(8) == 0 { return depart() }
    let slot = random.below(members.count)
    guard let member = members[slot] else { return enter(slot) }
    switch member.place {
    case .waiting: if random.below(4) == 0 && member.again == 0 { expect(slot, member) } else { start(slot, member) }
    case .resident:
      switch random.below(14) {
      case 0: if random.below(2) == 0 { leave(slot, member) } else { drop(slot, member) }
      case 1, 2, 8, 9, 10: pageOut(slot, member)
      case 3: gather(slot, member)
      case 5: arriveCopy(slot)
      case 6: evict(slot, member)
      case 7: if random.below(3) == 0 { handOver(slot, member) }
      default: extend(slot, member)
      }
    case .leaving: if random.below(30) == 0 { loseOutside(slot, member) } else { arriveOutside(slot, member) }
    case .paged:
      if member.sent > member.copied {
        arriveCopy(slot)
      } else if random.below(3) > 0 {
        fetch(slot, member)
      } else if random.below(6) == 0 {
        handOver(slot, member)
      }
    case .coming: if random.below(30) == 0 { loseInside(slot, member) } else { arriveInside(slot, member) }
    case .arriving: receive(slot, member)
    }
  }

  /// A lender takes its memory back and lends it again at once.
  mutating func reclaim() {
    ledger.closePeer(true)
    for slot in members.indices {
      guard let member = members[slot], member.copies > 0, member.tier == .peer else { continue }
      #expect(!ledger.hasUsableCopies(Int32(slot)))
      if member.place == .resident {
        releaseCopies(slot)
      } else if member.place == .paged {
        let fits = member.copies <= free(.host)
        #expect(ledger.relocate(Int32(slot), to: .host) == (fits ? member.copies : nil))
        guard fits else { continue }
        #expect(ledger.check() == nil)
        ledger.relocated(Int32(slot))
        members[slot]!.tier = .host
        evacuations += 1
      }
    }
    ledger.closePeer(false)
    // And some of it goes back.
    for slot in members.indices {
      guard let member = members[slot], member.place == .paged, member.copies > 0, member.tier == .host,
        member.sent == member.copied, random.below(12) == 0
      else { continue }
      let fits = member.copies <= free(.peer)
      #expect(ledger.relocate(Int32(slot), to: .peer) == (fits ? member.copies : nil))
      guard fits else { continue }
      #expect(ledger.check() == nil)
      if random.below(4) == 0 {
        ledger.abandonRelocation(Int32(slot))
      } else {
        ledger.relocated(Int32(slot))
        members[slot]!.tier = .peer
      }
      #expect(ledger.check() == nil)
    }
  }

  /// The pool gives a block away, or gets one back.
  mutating func resize() {
    if lent > 0 {
      #expect(ledger.resizeLocal(by: 1) == true)
      plain.contents.append(-1)
      plain.holders.append(0)
      plain.queue.append(plain.contents.count - 1)
      lent -= 1
    } else {
      let fits = !plain.queue.isEmpty
      #expect(ledger.resizeLocal(by: -1) == fits)
      if fits {
        _ = plain.take(1)
        lent += 1
      }
    }
  }

  mutating func enter(_ slot: Int) {
    let family = random.below(3) * 100
    let prompt = shares ? (0..<random.below(7)).map { family + $0 } : []
    members[slot] = Member(prompt: prompt)
    ledger.open(Int32(slot), blocks: BlockNames(listed: prompt.map(Int32.init)[...]))
  }

  mutating func start(_ slot: Int, _ old: Member) {
    var member = old
    let tokens = max(member.prompt.count * Self.size, member.again + 1)
    let limit = (tokens - 1) / Self.size
    member.blocks = plain.found(member.prompt.prefix(limit))
    member.findable = member.blocks.count
    if shares, member.findable == min(member.prompt.count, limit), member.findable < limit {
      member.blocks += plain.found(ownNumbers(slot, member.findable..<limit)[...])
    }
    if member.blocks.count > member.findable { foundAgain += 1 }
    for block in member.blocks { plain.hold(block) }
    #expect(ledger.found(Int32(slot), tokens: tokens) == member.blocks.count)
    forgetOwn(slot)
    member.tokens = member.blocks.count * Self.size
    member.place = .resident
    member.again = 0
    ledger.start(Int32(slot), tokens: tokens)
    members[slot] = member
  }

  /// Some tokens more, and perhaps room for others.
  mutating func extend(_ slot: Int, _ old: Member) {
    var member = old
    let tokens = member.tokens + 1 + random.below(9)
    let reserve = random.below(3) == 0 ? random.below(3) : 0
    let missing = max(0, filled(tokens) + reserve - member.blocks.count)
    let fits = missing <= plain.queue.count
    if random.below(3) == 0 && missing > 0 && member.blocks.count == filled(member.tokens) && reserve == 0 {
      // As a member of the decode batch.
      #expect(ledger.grow(by: missing) == fits)
      if fits { ledger.settle(Int32(slot), tokens: tokens) }
    } else {
      #expect(ledger.take(missing, for: Int32(slot)) == fits)
    }
    guard fits else { return }
    member.blocks += plain.take(missing)
    member.tokens = tokens
    ledger.publish(Int32(slot), through: tokens)
    publish(&member)
    members[slot] = member
  }

  mutating func publish(_ member: inout Member) {
    var own: [Int] = []
    for index in member.findable..<max(member.findable, min(member.prompt.count, member.tokens / Self.size)) {
      let number = member.prompt[index]
      if let other = plain.block(with: number) {
        let mine = member.blocks[index]
        let wasFree = plain.holders[other] == 0
        plain.hold(other)
        member.blocks[index] = other
        if wasFree { plain.free([mine]) } else { own.append(mine) }
      } else {
        plain.contents[member.blocks[index]] = number
      }
      member.findable += 1
    }
    for block in own { plain.free([block]) }
  }

  /// Numbers of blocks that only the sequence in a slot can use.
  func ownNumbers(_ slot: Int, _ blocks: Range<Int>) -> [Int] { blocks.map { 10_000 * (slot + 1) + $0 } }

  mutating func forgetOwn(_ slot: Int) {
    for (block, number) in plain.contents.enumerated() where number / 10_000 == slot + 1 { plain.contents[block] = -1 }
  }

  /// Goes without copies, and will want its tokens again.
  mutating func drop(_ slot: Int, _ old: Member) {
    var member = old
    releaseCopies(slot)
    let full = member.tokens / Self.size
    if shares, member.findable == min(member.prompt.count, full) {
      for (block, number) in zip(member.blocks[member.findable..<full], ownNumbers(slot, member.findable..<full)) {
        plain.contents[block] = number
      }
    }
    plain.free(member.blocks)
    ledger.release(Int32(slot), wantedAgain: member.tokens)
    member = Member(prompt: member.prompt)
    member.again = old.tokens
    members[slot] = member
  }

  mutating func leave(_ slot: Int, _ member: Member) {
    plain.free(member.blocks)
    ledger.release(Int32(slot))
    close(slot)
  }

  mutating func close(_ slot: Int) {
    forgetOwn(slot)
    ledger.releaseCopies(Int32(slot))
    ledger.close(Int32(slot))
    members[slot] = nil
  }

  mutating func releaseCopies(_ slot: Int) {
    ledger.releaseCopies(Int32(slot))
    (members[slot]!.copies, members[slot]!.copied, members[slot]!.sent) = (0, 0, 0)
  }

  func free(_ tier: MemoryTier) -> Int {
    let held = members.compactMap(\.self).filter { $0.tier == tier }.reduce(0) { $0 + $1.copies }
    let gone = departing.filter { $0.tier == tier }.reduce(0) { $0 + $1.count }
    return (tier == .peer ? 12 : 16) - held - gone
  }

  mutating func pageOut(_ slot: Int, _ old: Member) {
    var member = old
    let used = filled(member.tokens)
    var tier: MemoryTier?
    if member.copies > 0, used - member.copies <= free(member.tier) {
      tier = member.tier
    } else if used <= free(.peer), !(member.copies > 0 && member.tier == .peer) {
      tier = .peer
    } else if used <= free(.host), !(member.copies > 0 && member.tier == .host) {
      tier = .host
    }
    let copies = random.below(5) > 0
    let out = ledger.pageOut(Int32(slot), tokens: member.tokens, copyingDirty: copies)
    #expect(out?.tier == tier)
    guard let tier else { return }
    if tier != member.tier && member.copies > 0 { moved += 1 }
    if tier != member.tier || member.copies == 0 { (member.copies, member.copied, member.sent) = (0, 0, 0) }
    member.tier = tier
    member.copies = max(member.copies, used)
    let clean = !copies || member.copied >= member.tokens ? used : member.copied / Self.size
    #expect(out?.blocks == used - clean)
    var freed: [Int] = []
    for (index, block) in member.blocks.enumerated() {
      if index < clean || index >= used {
        freed.append(block)
      } else if plain.holders[block] > 1 {
        plain.holders[block] -= 1
        sharedPageOuts += 1
      } else {
        member.flying.append((block, plain.contents[block]))
        plain.contents[block] = -1
      }
    }
    plain.free(freed)
    member.blocks = []
    member.findable = 0
    member.place = .leaving
    members[slot] = member
    pageOuts += 1
  }

  mutating func arriveOutside(_ slot: Int, _ old: Member) {
    var member = old
    for (block, number) in member.flying where number >= 0 && plain.block(with: number) == nil {
      plain.contents[block] = number
    }
    // One whose number was filled elsewhere meanwhile is free where it would have been found.
    let anonymous = member.flying.filter { $0.number < 0 }.map(\.block)
    plain.free(anonymous)
    for (block, _) in member.flying.filter({ $0.number >= 0 }).reversed() { plain.free([block]) }
    member.flying = []
    member.copied = member.tokens
    member.sent = member.tokens
    member.place = .paged
    ledger.left(Int32(slot), tokens: member.tokens)
    members[slot] = member
  }

  mutating func fetch(_ slot: Int, _ old: Member) {
    var member = old
    let found = plain.found(member.prompt.prefix(member.tokens / Self.size))
    let missing = filled(member.tokens) - found.count
    let fits = missing + found.count { plain.holders[$0] == 0 } <= plain.queue.count
    #expect(ledger.fetch(Int32(slot), tokens: member.tokens) == (fits ? missing : nil))
    guard fits else { return }
    for block in found { plain.hold(block) }
    member.blocks = found + plain.take(missing)
    member.findable = found.count
    if found.count > 0 { cheapFetches += 1 }
    member.place = .coming
    members[slot] = member
  }

  mutating func arriveInside(_ slot: Int, _ old: Member) {
    var member = old
    ledger.returned(Int32(slot), tokens: member.tokens)
    publish(&member)
    member.place = .resident
    if random.below(4) == 0 {
      ledger.releaseCopies(Int32(slot))
      (member.copies, member.copied, member.sent) = (0, 0, 0)
    }
    members[slot] = member
  }

  func compare() {
    let law = ledger.check()
    #expect(law == nil)
    #expect(ledger.local.free == plain.queue.count)
    #expect(ledger.peer.free == free(.peer) && ledger.host.free == free(.host))
    for family in [0, 100, 200] as [Int] {
      let chain = (0..<7).map { family + $0 }
      #expect(ledger.found(chain[...]) == (shares ? plain.found(chain[...]).count : 0))
    }
    for (slot, member) in members.enumerated() {
      guard let member else { continue }
      let holding = ledger[Int32(slot)]
      #expect(Int(holding.blocks + holding.coming) == member.blocks.count)
      #expect(Int(holding.leaving) == member.flying.count)
      if member.place == .resident { #expect(Int(holding.findable) == member.findable) }
      #expect(Int(holding.copyBlocks) == member.copies && Int(holding.copiedTokens) == member.copied)
      #expect(Int(holding.sentTokens) == member.sent)
    }
  }

  /// Everybody goes, and everything is free again.
  mutating func finish() {
    for slot in members.indices {
      while let member = members[slot] {
        switch member.place {
        case .waiting: start(slot, member)
        case .resident: leave(slot, member)
        case .leaving: arriveOutside(slot, member)
        case .paged: close(slot)
        case .coming: arriveInside(slot, member)
        case .arriving: receive(slot, member)
        }
      }
    }
    while !departing.isEmpty { depart() }
    #expect(ledger.check() == nil)
    #expect(ledger.local.free == 30 - lent && ledger.peer.free == 12 && ledger.host.free == 16)
  }
}
