import SimCore
import Testing

/// The board against the plainest thing that could do its work: an array searched from the front.
struct EventBoardTests {
  @Test("the earliest event is that of a search from the front", arguments: [1, 2, 3, 4, 5, 8, 13, 64, 100])
  func agreesWithSearch(slots: Int) {
    var random = RandomStream(seed: 11, replication: slots, purpose: "event board")
    var board = EventBoard(slots: slots)
    var plain = [SimTime](repeating: .never, count: slots)
    #expect(board.slotCount == slots)
    #expect(board.earliest.time == .never)
    for _ in 0..<3_000 {
      let slot = random.below(slots)
      // Few different times, so that ties are common; some slots are emptied.
      let time = random.below(8) == 0 ? SimTime.never : SimTime(picoseconds: Int64(random.below(10)))
      board.set(slot, to: time)
      plain[slot] = time
      let first = plain.min()!
      #expect(board.time(of: slot) == time)
      #expect(board.earliest.time == first)
      if first != .never { #expect(board.earliest.slot == plain.firstIndex(of: first)!) }
    }
  }

  @Test("taking events one by one gives them by time, and by slot at equal times")
  func drainsInOrder() {
    var random = RandomStream(seed: 12, replication: 0, purpose: "event board")
    for _ in 0..<50 {
      let slots = 1 + random.below(40)
      var board = EventBoard(slots: slots)
      var events: [(time: Int64, slot: Int)] = []
      for slot in 0..<slots {
        let time = Int64(random.below(6))
        board.set(slot, to: SimTime(picoseconds: time))
        events.append((time, slot))
      }
      events.sort { ($0.time, $0.slot) < ($1.time, $1.slot) }
      for event in events {
        let (slot, time) = board.earliest
        #expect(slot == event.slot && time.picoseconds == event.time)
        board.set(slot, to: .never)
      }
      #expect(board.earliest.time == .never)
    }
  }

  @Test("slots added later take part; those before keep their times", arguments: [1, 2, 5, 8])
  func grows(slots: Int) {
    var random = RandomStream(seed: 13, replication: slots, purpose: "event board")
    var board = EventBoard(slots: slots)
    var plain = [SimTime](repeating: .never, count: slots)
    for _ in 0..<200 {
      if random.below(10) == 0 {
        plain += [SimTime](repeating: .never, count: random.below(4))
        board.grow(to: plain.count)
        #expect(board.slotCount == plain.count)
      }
      let slot = random.below(plain.count)
      plain[slot] = SimTime(picoseconds: Int64(random.below(20)))
      board.set(slot, to: plain[slot])
      let first = plain.min()!
      #expect(board.earliest.time == first && board.earliest.slot == plain.firstIndex(of: first)!)
    }
  }

  @Test("a copy of a board is its own")
  func copies() {
    var one = EventBoard(slots: 3)
    one.set(1, to: SimTime(picoseconds: 5))
    var other = one
    other.set(2, to: SimTime(picoseconds: 1))
    #expect(one.earliest.slot == 1)
    #expect(other.earliest.slot == 2)
  }

  @Test("a board without slots is refused")
  func refusesNothing() async {
    await #expect(processExitsWith: .failure) { _ = EventBoard(slots: 0) }
  }
}
