import SimCore
import Testing

@testable import Scheduling

/// What a queue's prompts have left, kept as a sum, against a walk through a plain list.
@Suite struct QueuedPromptsTests {
  @Test("the sum is what a walk finds, whoever comes, is preempted, or goes")
  func sum() {
    var random = RandomStream(seed: 3, replication: 0, purpose: "queued prompts")
    var queued = QueuedPrompts()
    var plain: [Int32: Int] = [:]
    var holders: Set<Int32> = []
    for step in 0..<4000 {
      let slot = Int32(random.below(60))
      if plain[slot] != nil {
        queued.remove(slot)
        plain[slot] = nil
        holders.remove(slot)
      } else if random.below(4) == 0 {
        queued.putBack(slot)
        plain[slot] = 5000 + step
      } else {
        let holdsKV = random.below(5) == 0
        queued.add(slot, tokens: step, holdsKV: holdsKV)
        plain[slot] = step
        if holdsKV { holders.insert(slot) }
      }
      // Not at every step, so that some who were put back go before anybody has asked.
      if random.below(3) == 0 {
        let total = queued.total { plain[$0]! }
        #expect(total == plain.values.reduce(0, +))
      }
      #expect(queued.holdsKV == !holders.isEmpty)
    }
    #expect(!plain.isEmpty)
  }
}
