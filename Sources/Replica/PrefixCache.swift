/// Which blocks of prompts are on the GPU, by the hash of what they hold and of all that came before: vLLM's prefix
/// cache.
///
/// A block stays findable after its last owner has gone, among the free blocks, until it is taken for something else.
/// Free blocks are taken in the order in which they became free (vLLM's free queue). The cache knows the queue's order
/// and who shares what; how many blocks are free is the pool's to say (`follow(free:)`).
public struct PrefixCache: Sendable {
  /// A stretch of the queue of free blocks: one findable block, or `count` blocks that hold nothing of use.
  private struct Free {
    var block: Int32
    var count: Int
    static let nothing: Int32 = -1
  }

  private struct Findable {
    /// Sequences that hold it.
    var owners: Int32
    /// Its place in the queue while it has none.
    var place: Int
  }

  private var findable: [Int32: Findable] = [:]
  private var queue: [Free] = []
  private var head = 0
  private var free: Int
  /// Blocks that sequences hold together with others, counted once for each sequence but the first.
  public private(set) var shared = 0

  /// - Parameter blocks: all blocks of the pool; they are free and hold nothing.
  public init(blocks: Int) {
    free = blocks
    queue = [Free(block: Free.nothing, count: blocks)]
  }

  /// How many blocks of a prompt are there, from its start, and how many of these no sequence holds.
  public func find(_ blocks: ArraySlice<Int32>) -> (found: Int, free: Int) {
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
  public func sharedCount(_ blocks: ArraySlice<Int32>) -> Int {
    blocks.reduce(0) { $0 + ((findable[$1]?.owners ?? 0) > 1 ? 1 : 0) }
  }

  /// Brings the queue in line with a pool that has `count` free blocks: those taken leave at its head and can no longer
  /// be found, those given back join at its end.
  public mutating func follow(free count: Int) {
    if count > free { append(Free(block: Free.nothing, count: count - free)) }
    while free > count {
      let first = queue[head]
      let taken = min(first.count, free - count)
      if first.block != Free.nothing && taken > 0 { findable[first.block] = nil }
      free -= taken
      if taken == first.count { removeHead() } else { queue[head].count -= taken }
    }
  }

  /// A sequence holds these blocks, which are all there. Those that nobody held are no longer free.
  public mutating func reuse(_ blocks: ArraySlice<Int32>) {
    for block in blocks { hold(block) }
  }

  /// A sequence has filled blocks of its own, which can be found from now on.
  ///
  /// - Returns: how many of them were there already: the sequence shares those, and its own are to be given back.
  public mutating func keep(_ blocks: ArraySlice<Int32>) -> Int {
    var known = 0
    for block in blocks {
      if findable[block] == nil {
        findable[block] = Findable(owners: 1, place: 0)
      } else {
        let wasFree = findable[block]?.owners == 0
        hold(block)
        // One that was free is taken in place of the sequence's own, which is free instead.
        if wasFree { append(Free(block: Free.nothing, count: 1)) } else { known += 1 }
      }
    }
    return known
  }

  /// A sequence of `count` blocks lets go, the findable ones among them being `blocks`, from its start.
  ///
  /// - Returns: how many of the blocks others still hold. The rest are free, the last first in the queue.
  public mutating func release(_ blocks: ArraySlice<Int32>, of count: Int) -> Int {
    append(Free(block: Free.nothing, count: count - blocks.count))
    var held = 0
    for block in blocks.reversed() {
      guard var entry = findable[block] else { continue }
      entry.owners -= 1
      if entry.owners > 0 {
        held += 1
        shared -= 1
        findable[block] = entry
      } else {
        entry.place = queue.count
        findable[block] = entry
        append(Free(block: block, count: 1))
      }
    }
    return held
  }

  /// The broken law in words, `nil` when queue and owners agree.
  public func check() -> String? {
    let queued = queue[head...].reduce(0) { $0 + $1.count }
    if queued != free { return "\(queued) blocks are queued where \(free) are free" }
    var together = 0
    for (block, entry) in findable {
      together += max(0, Int(entry.owners) - 1)
      if entry.owners == 0, entry.place < head || queue[entry.place].block != block || queue[entry.place].count != 1 {
        return "block \(block), which nobody holds, is not in the queue"
      }
    }
    return together == shared ? nil : "\(together) blocks are held together with others, the count says \(shared)"
  }

  private mutating func hold(_ block: Int32) {
    guard var entry = findable[block] else { return }
    if entry.owners == 0 {
      queue[entry.place].count = 0
      free -= 1
    } else {
      shared += 1
    }
    entry.owners += 1
    findable[block] = entry
  }

  private mutating func append(_ stretch: Free) {
    guard stretch.count > 0 else { return }
    free += stretch.count
    queue.append(stretch)
  }

  /// Drops the queue's first stretch; now and then the room of those dropped is given back.
  private mutating func removeHead() {
    head += 1
    guard head > 4096, head * 2 > queue.count else { return }
    queue.removeFirst(head)
    for (place, stretch) in queue.enumerated() where stretch.block != Free.nothing && stretch.count > 0 {
      findable[stretch.block]?.place = place
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
