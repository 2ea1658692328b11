import Replica
import SimCore
import Testing

@testable import Scheduling

/// The order in which sequences have their turn, against everybody sorted.
@Suite struct TurnOrderTests {
  @Test(arguments: UInt64(0)..<20)
  func theOrderIsThatOfEverybodySorted(seed: UInt64) {
    var random = RandomStream(seed: seed, replication: 0, purpose: "turns")
    let table = SequenceTable()
    var turns = TurnOrder()
    var clock: Int64 = 0
    /// By slot; nil for who has no turns.
    var isOut: [Bool?] = []
    for request in 0..<60 {
      var sequence = SequenceState()
      // Slots are not in order of arrival.
      sequence.request = Int64(request * 37 % 60)
      _ = table.insert(sequence)
      isOut.append(nil)
    }
    for _ in 0..<400 {
      clock += Int64(random.below(3))
      let slot = Int32(random.below(isOut.count))
      switch isOut[Int(slot)] {
      case nil:
        turns.enter(slot, served: Int64(random.below(20)), clock: clock)
        isOut[Int(slot)] = false
      case false?:
        turns.leave(slot, clock: clock)
        isOut[Int(slot)] = true
      case true? where random.below(4) == 0:
        turns.remove(slot)
        isOut[Int(slot)] = nil
      case true?:
        turns.comeBack(slot, clock: clock)
        isOut[Int(slot)] = false
      }
      if random.below(3) > 0 { continue }
      let present = isOut.indices.filter { isOut[$0] != nil }.map(Int32.init)
      let sorted = present.sorted {
        let (a, b) = (turns.served($0, clock: clock), turns.served($1, clock: clock))
        return a != b ? a < b : table[$0].request < table[$1].request
      }
      var walked: [Int32] = []
      var place = turns.start(table)
      while let turn = turns.turn(at: place, clock: clock, table) {
        #expect(turn.isOut == isOut[Int(turn.slot)])
        walked.append(turn.slot)
        turns.pass(turn, &place)
      }
      #expect(walked == sorted)
      #expect(turns.last(table) == sorted.last { isOut[Int($0)] == false } ?? -1)
    }
  }
}
