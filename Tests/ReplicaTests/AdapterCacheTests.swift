import Replica
import SimCore
import Testing

struct AdapterCacheTests {
  @Test("with many users at once, only those without users make room, the longest left first", arguments: 0..<50)
  func againstAList(seed: Int) {
    var random = RandomStream(seed: UInt64(seed), replication: 0, purpose: "adapter cache")
    let places = 1 + random.below(5)
    var cache = AdapterCache(places: places)
    // Adapters here, least recently left first, with their users.
    var list: [(adapter: Int64, users: Int)] = []
    for _ in 0..<2_000 {
      let adapter = Int64(random.below(8))
      if random.below(2) == 0, let place = list.firstIndex(where: { $0.adapter == adapter && $0.users > 0 }) {
        list[place].users -= 1
        let isLast = list[place].users == 0
        let wasLast = cache.leave(adapter)
        #expect(wasLast == isLast)
        if isLast { list.append(list.remove(at: place)) }
        continue
      }
      let answer = cache.claim(adapter)
      if let place = list.firstIndex(where: { $0.adapter == adapter }) {
        #expect(answer == .here)
        list[place].users += 1
      } else if list.count < places || list.contains(where: { $0.users == 0 }) {
        #expect(answer == .fetch)
        if list.count == places, let victim = list.firstIndex(where: { $0.users == 0 }) { list.remove(at: victim) }
        list.append((adapter, 1))
        let again = cache.claim(adapter)
        #expect(again == .coming)
        cache.arrived(adapter)
        let wasLast = cache.leave(adapter)
        #expect(!wasLast)
      } else {
        #expect(answer == .full)
      }
      #expect(cache.count == list.count && list.allSatisfy { cache.users(of: $0.adapter) == $0.users })
    }
  }
}
