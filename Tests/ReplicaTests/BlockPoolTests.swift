import Replica
import SimCore
import Testing

/// The plainest pool: one entry per block that says what it is.
private struct PlainPool {
  enum State { case free, owned, inFlight }
  var blocks: [State]
  var peak = 0

  func count(_ state: State) -> Int { blocks.count { $0 == state } }

  /// Turns `wanted` blocks of one state into another; false, and nothing changes, when there are not as many.
  mutating func turn(_ wanted: Int, _ from: State, into to: State) -> Bool {
    guard wanted >= 0, count(from) >= wanted else { return false }
    var left = wanted
    for index in blocks.indices where left > 0 && blocks[index] == from {
      blocks[index] = to
      left -= 1
    }
    peak = max(peak, blocks.count - count(.free))
    return true
  }
}

struct BlockPoolTests {
  @Test("random operations keep the pool what a list of its blocks is", arguments: [0, 1, 7, 40])
  func agreesWithList(capacity: Int) {
    var random = RandomStream(seed: 21, replication: capacity, purpose: "pool")
    var pool = BlockPool(capacity: capacity)
    var plain = PlainPool(blocks: Array(repeating: .free, count: capacity))
    var refused = 0
    for _ in 0..<4_000 {
      let before = pool
      let wanted = random.below(capacity + 2)
      switch random.below(6) {
      case 0:
        let done = pool.allocate(wanted)
        let turned = plain.turn(wanted, .free, into: .owned)
        #expect(done == turned)
        if !done { refused += 1 }
        #expect(done || pool == before)
      case 1:
        let done = pool.expect(wanted)
        let turned = plain.turn(wanted, .free, into: .inFlight)
        #expect(done == turned)
        if !done { refused += 1 }
        #expect(done || pool == before)
      case 2 where wanted <= pool.owned:
        pool.release(wanted)
        let turned = plain.turn(wanted, .owned, into: .free)
        #expect(turned)
      case 3 where wanted <= pool.owned:
        pool.depart(wanted)
        let turned = plain.turn(wanted, .owned, into: .inFlight)
        #expect(turned)
      case 4 where wanted <= pool.inFlight:
        pool.departed(wanted)
        let turned = plain.turn(wanted, .inFlight, into: .free)
        #expect(turned)
      case 5 where wanted <= pool.inFlight:
        pool.arrived(wanted)
        let turned = plain.turn(wanted, .inFlight, into: .owned)
        #expect(turned)
      default: break
      }
      #expect(pool.free == plain.count(.free))
      #expect(pool.owned == plain.count(.owned))
      #expect(pool.inFlight == plain.count(.inFlight))
      #expect(pool.used == capacity - pool.free)
      #expect(pool.peakUsed == plain.peak)
      #expect(pool.capacity == capacity)
      #expect(pool.check() == nil)
    }
    #expect(refused > 0)
  }

  @Test("a negative expectation is refused and changes nothing")
  func refusesNegative() {
    var pool = BlockPool(capacity: 4)
    let before = pool
    let done = pool.expect(-1)
    #expect(!done)
    #expect(pool == before)
  }

  @Test("giving back more than there is stops the process")
  func traps() async {
    await #expect(processExitsWith: .failure) {
      var pool = BlockPool(capacity: 4)
      pool.allocate(2)
      pool.release(3)
    }
    await #expect(processExitsWith: .failure) {
      var pool = BlockPool(capacity: 4)
      pool.allocate(2)
      pool.depart(1)
      pool.departed(2)
    }
    await #expect(processExitsWith: .failure) {
      var pool = BlockPool(capacity: 4)
      pool.arrived(1)
    }
    await #expect(processExitsWith: .failure) { _ = BlockPool(capacity: -1) }
  }
}
