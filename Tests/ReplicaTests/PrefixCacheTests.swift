import SimCore
import Testing

@testable import Replica

struct PrefixCacheTests {
  @Test("what one sequence has filled the next one finds, shares and leaves behind")
  func sharing() {
    let cache = PrefixCache(blocks: 10)
    let blocks: [Int] = [1, 2, 3]
    cache.take(4)  // a sequence takes four blocks, the last one not full
    #expect(cache.keep(blocks[...]) == 0)
    #expect(cache.find([1, 2, 9]) == (2, 0))
    #expect(cache.reuse(blocks.prefix(2)) == 0)
    #expect(cache.shared == 2)
    #expect(cache.release(blocks[...], of: 4) == 2, "two of its blocks have another holder")
    #expect(cache.find(blocks[...]) == (3, 1))
    #expect(cache.release(blocks.prefix(2), of: 2) == 0)
    #expect(cache.shared == 0)
    #expect(cache.check(free: 10) == nil)
  }

  @Test("blocks are taken in the order in which they became free, a prompt's last ones first")
  func order() {
    let cache = PrefixCache(blocks: 4)
    cache.take(4)
    let first: [Int] = [1, 2]
    let second: [Int] = [7, 8]
    #expect(cache.keep(first[...]) == 0 && cache.keep(second[...]) == 0)
    #expect(cache.release(first[...], of: 2) == 0 && cache.release(second[...], of: 2) == 0)
    cache.take(1)
    #expect(cache.find(first[...]) == (1, 1), "block 2 has gone")
    cache.take(1)
    #expect(cache.find(first[...]) == (0, 0))
    #expect(cache.find(second[...]) == (2, 2))
    #expect(cache.reuse(second[...]) == 2)
    #expect(cache.find(second[...]) == (2, 0))
    #expect(cache.check(free: 0) == nil)
  }

  @Test("two that fill equal blocks at once end with one copy")
  func equalBlocks() {
    let cache = PrefixCache(blocks: 8)
    cache.take(4)
    #expect(cache.keep([5, 6]) == 0)
    #expect(cache.keep([5, 6]) == 2, "its own two are to be given back")
    cache.giveBack(2)
    #expect(cache.shared == 2)
    #expect(cache.release([5, 6], of: 2) == 2)
    #expect(cache.release([5, 6], of: 2) == 0)
    // A block that nobody holds is taken in place of one's own.
    cache.take(1)
    #expect(cache.find([5, 6]) == (2, 2))
    #expect(cache.keep([5]) == 0)
    #expect(cache.find([5, 6]) == (2, 1))
    #expect(cache.check(free: 7) == nil)
  }

  @Test("blocks are told apart by equality, whatever their numbers")
  func numbers() {
    let prefixes = PrefixBlocks([[Int.max, 5], [], [Int.max, 7]])
    #expect(prefixes[0].count == 2 && prefixes[1].isEmpty && prefixes[3].isEmpty && prefixes[-1].isEmpty)
    #expect(prefixes[0].first == prefixes[2].first && prefixes[0].last != prefixes[2].last)
    #expect(!prefixes.isEmpty && PrefixBlocks([[], []]).isEmpty)
  }

  @Test("any mixture of operations keeps queue, owners and count together", arguments: 0..<20 as Range<UInt64>)
  func conserved(seed: UInt64) {
    var random = RandomStream(seed: seed, replication: 0, purpose: "prefix cache")
    let total = 24
    let cache = PrefixCache(blocks: total)
    var free = total
    var holders: [(blocks: [Int], count: Int)] = []
    for _ in 0..<400 {
      if random.below(2) == 0 || holders.isEmpty {
        let family = random.below(3) * 100
        let wanted = (0..<1 + random.below(6)).map { family + $0 }
        let (found, unowned) = cache.find(wanted[...])
        let count = wanted.count + random.below(3)
        guard unowned + count - found <= free else { continue }
        #expect(cache.reuse(wanted.prefix(found)) == unowned)
        cache.take(count - found)
        let known = cache.keep(wanted.dropFirst(found))
        cache.giveBack(known)
        free += known - unowned - (count - found)
        holders.append((wanted, count))
      } else {
        let holder = holders.remove(at: random.below(holders.count))
        free += holder.count - cache.release(holder.blocks[...], of: holder.count)
      }
      #expect(cache.check(free: free) == nil)
      let held = holders.reduce(0) { $0 + $1.count }
      #expect(held - cache.shared == total - free)
    }
    for holder in holders { free += holder.count - cache.release(holder.blocks[...], of: holder.count) }
    #expect(free == total && cache.shared == 0 && cache.check(free: total) == nil)
  }
}
