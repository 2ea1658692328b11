import Replica
import SimCore
import Testing

struct SequenceListTests {
  private func forward(_ list: SequenceList) -> [Int32] {
    var slots: [Int32] = []
    var slot = list.head
    while slot >= 0 {
      slots.append(slot)
      slot = list.after(slot)
    }
    return slots
  }

  private func backward(_ list: SequenceList) -> [Int32] {
    var slots: [Int32] = []
    var slot = list.tail
    while slot >= 0 {
      slots.append(slot)
      slot = list.before(slot)
    }
    return slots
  }

  @Test("a list is what an array would be", arguments: [1, 3, 20])
  func agreesWithArray(slots: Int) {
    var random = RandomStream(seed: 41, replication: slots, purpose: "list")
    var list = SequenceList()
    var array: [Int32] = []
    for _ in 0..<3_000 {
      let slot = Int32(random.below(slots))
      if array.contains(slot) {
        list.remove(slot)
        array.removeAll { $0 == slot }
      } else {
        switch random.below(4) {
        case 0:
          list.append(slot)
          array.append(slot)
        case 1:
          list.prepend(slot)
          array.insert(slot, at: 0)
        case 2:
          let position = random.below(array.count + 1)
          list.insert(slot, before: position < array.count ? array[position] : -1)
          array.insert(slot, at: position)
        default: list.remove(slot)
        }
      }
      #expect(forward(list) == array)
      #expect(backward(list) == array.reversed())
      #expect(list.count == array.count && list.isEmpty == array.isEmpty)
      for other in 0..<Int32(slots + 2) { #expect(list.contains(other) == array.contains(other)) }
    }
  }

  @Test("a slot is in a list once")
  func refusesTwice() async {
    await #expect(processExitsWith: .failure) {
      var list = SequenceList()
      list.append(3)
      list.prepend(3)
    }
  }
}

struct SequenceTableTests {
  @Test("slots are used again, and only when they are vacant")
  func reuse() {
    var random = RandomStream(seed: 42, replication: 0, purpose: "table")
    let table = SequenceTable()
    var present: [Int32: Int64] = [:]
    var most = 0
    for number in 0..<2_000 {
      if random.below(2) == 0, let slot = present.keys.sorted().first {
        table.remove(slot)
        present[slot] = nil
        #expect(table[slot].phase == .vacant)
      } else {
        var sequence = SequenceState()
        sequence.request = Int64(number)
        sequence.phase = .waiting
        let slot = table.insert(sequence)
        #expect(present[slot] == nil)
        present[slot] = Int64(number)
      }
      most = max(most, present.count)
      for (slot, request) in present { #expect(table[slot].request == request) }
    }
    #expect(table.slotCount == most)
  }
}
