import Replica
import SimCore
import Testing

@testable import Scheduling

/// A queue by priority against one that is sorted anew for every look.
@Suite struct WaitingQueueTests {
  /// Priorities: two classes, a few, nearly all different.
  @Test("by priority, requests come, go and return in order", arguments: [2, 7, 100_000])
  func order(priorities: Int) {
    let table = SequenceTable()
    var queue = WaitingQueue(byPriority: true)
    var waiting: [Int32] = []
    var gone: [Int32] = []
    var random = RandomStream(seed: 3, replication: priorities, purpose: "queue")
    for number in 0..<3_000 {
      switch random.below(4) {
      case 0 where !waiting.isEmpty:
        // Mostly the head is admitted, sometimes another goes.
        let slot = random.below(3) > 0 ? queue.head : waiting[random.below(waiting.count)]
        queue.remove(slot)
        waiting.removeAll { $0 == slot }
        gone.append(slot)
      case 1 where !gone.isEmpty && random.below(2) == 0:
        let slot = gone.remove(at: random.below(gone.count))
        queue.return(slot, in: table)
        waiting.append(slot)
      default:
        var sequence = SequenceState()
        sequence.request = Int64(number)
        sequence.priority = Int32(random.below(priorities)) - 1
        sequence.phase = .waiting
        let slot = table.insert(sequence)
        let isHead = queue.arrive(slot, in: table)
        waiting.append(slot)
        #expect(isHead == (queue.head == slot))
      }
      if number % 50 == 0 {
        let sorted = waiting.sorted { WaitingQueue.precedes(table[$0], table[$1]) }
        #expect(Self.listed(queue) == sorted)
      }
      #expect(queue.count == waiting.count)
    }
    #expect(waiting.count > 600, "long enough for runs to split")
    while !queue.isEmpty { queue.remove(queue.head) }
    #expect(queue.head == -1)
  }

  private static func listed(_ queue: WaitingQueue) -> [Int32] {
    var slots: [Int32] = []
    var slot = queue.head
    while slot >= 0 {
      slots.append(slot)
      slot = queue.after(slot)
    }
    return slots
  }
}
