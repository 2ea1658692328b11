import Testing

@testable import Replica

/// The ledger beside one that lists every block: what each holds, who holds it, and the queue of free ones.
struct KVLedgerTests {
  @Test("any history keeps the ledger what a list of all blocks is", arguments: [true, false], 0..<3)
  func agreesWithList(sharesPrefixes: Bool, batch: Int) {
    var (pageOuts, shared, cheap, moved, evacuations) = (0, 0, 0, 0, 0)
    var (evictions, departures, arrivals, again) = (0, 0, 0, 0)
    for seed in batch * 12..<batch * 12 + 12 {
      var script = LedgerScript(seed: UInt64(seed), sharesPrefixes: sharesPrefixes)
      for _ in 0..<400 {
        script.act()
        script.compare()
      }
      script.finish()
      pageOuts += script.pageOuts
      shared += script.sharedPageOuts
      cheap += script.cheapFetches
      moved += script.moved
      evacuations += script.evacuations
      evictions += script.evictions
      departures += script.departures
      arrivals += script.arrivals
      again += script.foundAgain
    }
    #expect(pageOuts > 0 && moved > 0 && evacuations > 0, "every kind of change is met")
    #expect(evictions > 0 && departures > 0 && arrivals > 0, "checkpoints and other engines too")
    #expect(!sharesPrefixes || shared > 0 && cheap > 0 && again > 0)
  }

  @Test("a paged-out sequence leaves to others what they share, and comes back to it")
  func sharedPrefix() {
    let ledger = KVLedger(blockSize: 4, localBlocks: 10, peerBlocks: 10, sharesPrefixes: true)
    for slot in [0, 1] as [Int32] {
      ledger.open(slot, blocks: BlockNames(listed: [1, 2, 3]))
      ledger.start(slot, tokens: 13)
      #expect(ledger[slot].blocks == (slot == 0 ? 0 : 3))
      #expect(ledger.take(4 - Int(ledger[slot].blocks), for: slot) == true)
      ledger.publish(slot, through: 13)
    }
    #expect(ledger.local.owned == 5 && ledger.sharedBlocks(1) == 3)
    // All four blocks are copied; the only one of its own is in flight, the others stay with slot 0.
    let out = ledger.pageOut(1, tokens: 13)
    #expect(out?.tier == .peer && out?.blocks == 4)
    #expect(ledger.local.inFlight == 1 && ledger.local.owned == 4 && ledger.peer.owned == 4)
    ledger.left(1, tokens: 13)
    #expect(ledger.local.free == 6 && ledger.sharedBlocks(0) == 0)
    #expect(ledger.fetch(1, tokens: 13) == 1, "three blocks are still there")
    ledger.returned(1, tokens: 13)
    #expect(ledger[1].blocks == 4 && ledger[1].copiedTokens == 13 && ledger.local.owned == 5)
    #expect(ledger.check() == nil)
  }

  @Test("blocks in flight are found by nobody, and again once they are free")
  func inFlight() {
    let ledger = KVLedger(blockSize: 4, localBlocks: 6, hostBlocks: 10, sharesPrefixes: true)
    ledger.open(0, blocks: BlockNames(listed: [1, 2]))
    #expect(ledger.take(2, for: 0) == true)
    ledger.publish(0, through: 8)
    #expect(ledger.found([1, 2]) == 2)
    #expect(ledger.pageOut(0, tokens: 8)?.blocks == 2)
    #expect(ledger.found([1, 2]) == 0 && ledger.local.free == 4)
    ledger.left(0, tokens: 8)
    #expect(ledger.found([1, 2]) == 2 && ledger.local.free == 6)
    #expect(ledger.fetch(0, tokens: 8) == 0, "nothing has to be copied")
    ledger.returned(0, tokens: 8)
    #expect(ledger.pageOut(0, tokens: 8)?.blocks == 0, "all of it has a copy")
    #expect(ledger.check() == nil)
  }

  @Test("an evicted sequence keeps what was gathered while the last of it still travels")
  func evicted() {
    let ledger = KVLedger(blockSize: 4, localBlocks: 6, hostBlocks: 3)
    ledger.open(0)
    #expect(ledger.take(4, for: 0) == true)
    #expect(ledger.gather(0, through: 6) == true && ledger.gather(0, through: 13) == false)
    ledger.noteCopied(0, tokens: 6)
    #expect(ledger.gather(0, through: 9) == true && ledger[0].awaitsCopy)
    ledger.evict(0, keeping: 9)
    #expect(ledger.local.free == 6 && ledger.host.free == 0 && ledger[0].copiedTokens == 6)
    ledger.noteCopied(0, tokens: 9)
    #expect(!ledger[0].awaitsCopy && ledger.fetch(0, tokens: 9) == 3)
    ledger.returned(0, tokens: 9)
    #expect(ledger[0].blocks == 3 && ledger.check() == nil)
  }

  @Test("KV that goes to another engine keeps its blocks until it is there")
  func handedOver() {
    let source = KVLedger(blockSize: 4, localBlocks: 6, hostBlocks: 6, sharesPrefixes: true)
    let target = KVLedger(blockSize: 4, localBlocks: 3)
    for slot in [0, 1] as [Int32] {
      source.open(slot, blocks: BlockNames(listed: [1, 2]))
      #expect(source.take(3, for: slot) == true)
      source.publish(slot, through: 8)
    }
    target.open(0)
    #expect(source.depart(0) == 1, "two blocks stay with slot 1")
    source.close(0)
    #expect(target.expect(0, tokens: 12) == false && target.expect(0, tokens: 11) == true)
    #expect(source.check() == nil && target.check() == nil)
    #expect(source.local.inFlight == 1 && target.local.inFlight == 3 && target[0].coming == 3)
    source.departed(1, in: .local)
    target.received(0)
    #expect(source.local.free == 3 && source.local.inFlight == 0 && target[0].blocks == 3)
    #expect(source.check() == nil && target.check() == nil)
  }

  @Test("what an abandoned iteration was to fill is not found")
  func abandoned() {
    let ledger = KVLedger(blockSize: 4, localBlocks: 10, sharesPrefixes: true)
    for slot in [0, 1] as [Int32] {
      ledger.open(slot, blocks: BlockNames(listed: [1, 2, 3]))
      #expect(ledger.take(3, for: slot) == true)
    }
    for slot in [0, 1] as [Int32] { ledger.publish(slot, through: 12) }
    #expect(ledger.local.owned == 3)
    for slot in [0, 1] as [Int32] { ledger.retract(slot, beyond: 4) }
    #expect(ledger.found([1, 2, 3]) == 1)
    // Slot 0 gave its own two back when it was to share them.
    #expect(ledger[0].blocks == 1 && ledger[1].blocks == 3 && ledger.local.owned == 3)
    #expect(ledger.check() == nil)
  }

  @Test("a sequence may not go with blocks of its own")
  func leavesClean() async {
    await #expect(processExitsWith: .failure) {
      let ledger = KVLedger(blockSize: 4, localBlocks: 10)
      ledger.open(0)
      _ = ledger.take(1, for: 0)
      ledger.close(0)
    }
  }
}
