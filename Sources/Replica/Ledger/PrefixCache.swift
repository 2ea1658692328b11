import SimCore

/// Which blocks of prompts are on the GPU, by the hash of what they hold and of all that came before: vLLM's prefix
/// cache.
///
/// A block stays findable after its last owner has gone, among the free blocks, until it is taken for something else.
/// Free blocks are taken in the order in which they became free (vLLM's free queue). The cache knows the queue's order
/// and who shares what; how many blocks are free is the pool's to say. `KVLedger` changes both together.
///
/// What a dropped sequence alone can use again, when it comes back, is one stretch of the queue however many blocks it
/// has: its cost is that of a drop, not of its tokens.
final class PrefixCache {
  /// A stretch of the queue of free blocks: one findable block, or `count` blocks that hold nothing of use, or that
  /// only the sequence in a slot can use, the last of them first in the queue.
  private struct Free: BitwiseCopyable {
    /// A findable block's name, which is not negative; `nothing`; or what `own(_:)` gives.
    var block: Int
    var count: Int
    static let nothing = -1
    static func own(_ slot: Int32) -> Int { -2 - Int(slot) }
    /// The slot of blocks that only its sequence can use.
    var slot: Int32? { block < Self.nothing ? Int32(-2 - block) : nil }
  }

  private struct Findable {
    /// Sequences that hold it.
    var owners: Int32
    /// Its place in the queue while it has none.
    var place: Int
    /// Sequences that decode over it.
    var readers: Int32 = 0
  }

  private var findable: [Int: Findable] = [:]
  /// For each slot whose sequence was dropped, where the stretch of blocks is that only it can use.
  private var own: [Int32: Int] = [:]
  private var queue = ReusedList<Free>()
  private var head = 0
  /// Blocks that sequences hold together with others, counted once for each sequence but the first.
  private(set) var shared = 0
  /// Blocks that decoding sequences read together with others, counted once for each reader but the first.
  private(set) var rereads = 0
  /// Blocks that more than one decoding sequence reads.
  private(set) var readTogether = 0

  /// - Parameter blocks: all blocks of the pool; they are free and hold nothing.
  init(blocks: Int) {
    queue.append(Free(block: Free.nothing, count: blocks))
  }

  /// Whether nothing at all can be found.
  var isEmpty: Bool { findable.isEmpty && own.isEmpty }

  /// How many blocks of a prompt are there, from its start, and how many of these no sequence holds.
  func find(_ blocks: some BidirectionalCollection<Int>) -> (found: Int, free: Int) {
    var found = 0
    var unowned = 0
    for block in blocks {
      guard let entry = findable[block] else { break }
      found += 1
      if entry.owners == 0 { unowned += 1 }
    }
    return (found, unowned)
  }

  /// How many of these blocks more than one sequence holds.
  func sharedCount(_ blocks: some BidirectionalCollection<Int>) -> Int {
    blocks.reduce(0) { $0 + ((findable[$1]?.owners ?? 0) > 1 ? 1 : 0) }
  }

  /// How many sequences hold a block; nil when it is not here.
  func owners(of block: Int) -> Int? { findable[block].map { Int($0.owners) } }

  /// Free blocks are taken: the first in the queue, which can no longer be found.
  ///
  /// - Precondition: that many are free.
  func take(_ count: Int) {
    // Nearly always the first stretch holds nothing of use and has more than are wanted.
    if head < queue.count, queue[head].block == Free.nothing, queue[head].count > count {
      queue[head].count -= count
      return
    }
    var left = count
    while left > 0 {
      precondition(head < queue.count, "\(left) blocks more are taken than are free")
      let first = queue[head]
      let taken = min(first.count, left)
      if taken > 0 {
        if first.block >= 0 {
          findable[first.block] = nil
        } else if let slot = first.slot, taken == first.count {
          own[slot] = nil
        }
      }
      left -= taken
      if taken == first.count { removeHead() } else { queue[head].count -= taken }
    }
  }

  /// Blocks that hold nothing of use are free.
  func giveBack(_ count: Int) { append(Free(block: Free.nothing, count: count)) }

  /// How many free blocks only the sequence in a slot can use.
  func ownBlocks(of slot: Int32) -> Int { own[slot].map { queue[$0].count } ?? 0 }

  /// Blocks are free that only the sequence in a slot can use.
  func leave(_ count: Int, to slot: Int32) {
    forgetOwn(slot)
    guard count > 0 else { return }
    own[slot] = queue.count
    append(Free(block: Free.own(slot), count: count))
  }

  /// The sequence in a slot holds again what only it can use, all of which is free.
  func reuseOwn(_ slot: Int32) {
    guard let place = own.removeValue(forKey: slot) else { return }
    queue[place].count = 0
  }

  /// What only the sequence in a slot could use is of no use to it any more.
  func forgetOwn(_ slot: Int32) {
    // Nearly always nobody has left anything, and a look costs less than hashing.
    guard !own.isEmpty, let place = own.removeValue(forKey: slot) else { return }
    queue[place].block = Free.nothing
  }

  /// A sequence that holds these blocks decodes from now on.
  func beginReading(_ blocks: some BidirectionalCollection<Int>) {
    for block in blocks {
      guard let index = findable.index(forKey: block) else { continue }
      let before = findable.values[index].readers
      findable.values[index].readers = before + 1
      if before > 0 { rereads += 1 }
      if before == 1 { readTogether += 1 }
    }
  }

  /// It no longer does, and still holds them.
  func endReading(_ blocks: some BidirectionalCollection<Int>) {
    for block in blocks {
      guard let index = findable.index(forKey: block) else { continue }
      let after = findable.values[index].readers - 1
      findable.values[index].readers = after
      if after > 0 { rereads -= 1 }
      if after == 1 { readTogether -= 1 }
    }
  }

  /// A sequence holds these blocks, which are all there.
  ///
  /// - Returns: how many of them were free.
  func reuse(_ blocks: some BidirectionalCollection<Int>) -> Int {
    blocks.reduce(0) { $0 + (hold($1) ? 1 : 0) }
  }

  /// A sequence has filled blocks of its own, which can be found from now on.
  ///
  /// - Returns: how many of them were there already: the sequence shares those, and its own are to be given back.
  func keep(_ blocks: some BidirectionalCollection<Int>) -> Int {
    var known = 0
    for block in blocks {
      if findable[block] == nil {
        findable[block] = Findable(owners: 1, place: 0)
      } else {
        // One that was free is taken in place of the sequence's own, which is free instead.
        if hold(block) { giveBack(1) } else { known += 1 }
      }
    }
    return known
  }

  /// A sequence of `count` blocks lets go, the findable ones among them being `blocks`, from its start.
  ///
  /// - Returns: how many of the blocks others still hold. The rest are free, the last first in the queue.
  func release(_ blocks: some BidirectionalCollection<Int>, of count: Int) -> Int {
    giveBack(count - blocks.count)
    var held = 0
    for block in blocks.reversed() {
      guard let isHeld = letGo(of: block) else { continue }
      if isHeld {
        held += 1
      } else {
        findable[block] = Findable(owners: 0, place: queue.count)
        append(Free(block: block, count: 1))
      }
    }
    return held
  }

  /// A sequence lets go of blocks that are not free yet: their bytes are being copied away, or they were never filled.
  /// Those that nobody else holds cannot be found any more.
  ///
  /// - Returns: how many of the blocks others still hold.
  func withdraw(_ blocks: some BidirectionalCollection<Int>) -> Int {
    var held = 0
    for block in blocks {
      guard let isHeld = letGo(of: block) else { continue }
      if isHeld { held += 1 } else { findable[block] = nil }
    }
    return held
  }

  /// One of those who hold a block does no longer.
  ///
  /// - Returns: whether others do; nil for a block that cannot be found.
  private func letGo(of block: Int) -> Bool? {
    guard let index = findable.index(forKey: block) else { return nil }
    findable.values[index].owners -= 1
    let isHeld = findable.values[index].owners > 0
    if isHeld { shared -= 1 }
    return isHeld
  }

  /// `count` withdrawn blocks are free, the last ones of a prompt, `blocks`, among them, which can be found again.
  func restore(_ blocks: some BidirectionalCollection<Int>, of count: Int) {
    giveBack(count - blocks.count)
    for block in blocks.reversed() {
      if findable[block] == nil {
        findable[block] = Findable(owners: 0, place: queue.count)
        append(Free(block: block, count: 1))
      } else {
        // Another sequence has filled an equal block meanwhile.
        giveBack(1)
      }
    }
  }

  /// The broken law in words, nil when queue and owners agree with a pool that has `free` free blocks.
  func check(free: Int) -> String? {
    let queued = (head..<queue.count).reduce(0) { $0 + queue[$1].count }
    if queued != free { return "\(queued) blocks are queued where \(free) are free" }
    for (slot, place) in own where place < head || queue[place].slot != slot || queue[place].count == 0 {
      return "what the dropped sequence of slot \(slot) left is not in the queue"
    }
    var together = 0
    var reread = (count: 0, blocks: 0)
    for (block, entry) in findable {
      together += max(0, Int(entry.owners) - 1)
      if entry.readers > 1 { reread = (reread.count + Int(entry.readers) - 1, reread.blocks + 1) }
      if entry.readers < 0 || entry.readers > entry.owners {
        return "block \(block) is read by \(entry.readers) sequences and held by \(entry.owners)"
      }
      if entry.owners == 0, entry.place < head || queue[entry.place].block != block || queue[entry.place].count != 1 {
        return "block \(block), which nobody holds, is not in the queue"
      }
    }
    if reread != (rereads, readTogether) {
      return
        "\(reread.blocks) blocks are read \(reread.count) times too often, the counts say \(readTogether), \(rereads)"
    }
    return together == shared ? nil : "\(together) blocks are held together with others, the count says \(shared)"
  }

  /// Adds an owner; true when it is the first, so that the block is no longer free.
  private func hold(_ block: Int) -> Bool {
    guard var entry = findable[block] else { return false }
    let wasFree = entry.owners == 0
    if wasFree { queue[entry.place].count = 0 } else { shared += 1 }
    entry.owners += 1
    findable[block] = entry
    return wasFree
  }

  private func append(_ stretch: Free) {
    if stretch.count == 0 { return }
    if stretch.block == Free.nothing, queue.count > head, queue[queue.count - 1].block == Free.nothing {
      queue[queue.count - 1].count += stretch.count
    } else {
      queue.append(stretch)
    }
  }

  /// Drops the queue's first stretch; now and then the room of those dropped is given back.
  private func removeHead() {
    head += 1
    guard head > 4096, head * 2 > queue.count else { return }
    queue.removeFirst(head)
    for place in 0..<queue.count where queue[place].block != Free.nothing && queue[place].count > 0 {
      let stretch = queue[place]
      if let slot = stretch.slot { own[slot] = place } else { findable[stretch.block]?.place = place }
    }
    head = 0
  }
}

/// The hash numbers of the full blocks of prompts: equal numbers stand for equal tokens, all before them included.
public struct PrefixBlocks: Sendable, Equatable {
  private var ends: [Int] = [0]
  private var blocks: [Int32] = []

  /// - Parameter requests: the numbers of each request's blocks, from its prompt's start.
  public init(_ requests: [[Int]]) {
    var numbers: [Int: Int32] = [:]
    self.init(requests, &numbers)
  }

  /// Lists for streams whose requests meet in one engine: equal numbers stand for equal blocks in all of them.
  public static func together(_ streams: [[[Int]]]) -> [PrefixBlocks] {
    var numbers: [Int: Int32] = [:]
    return streams.map { PrefixBlocks($0, &numbers) }
  }

  /// Hashes may be of any size; what counts is which are equal.
  private init(_ requests: [[Int]], _ numbers: inout [Int: Int32]) {
    for request in requests {
      for block in request {
        let number = numbers[block] ?? Int32(numbers.count)
        numbers[block] = number
        blocks.append(number)
      }
      ends.append(blocks.count)
    }
  }

  public var isEmpty: Bool { blocks.isEmpty }

  /// The blocks of request `index`; none for requests beyond those given.
  public subscript(index: Int) -> ArraySlice<Int32> {
    index >= 0 && index + 1 < ends.count ? blocks[ends[index]..<ends[index + 1]] : []
  }
}
