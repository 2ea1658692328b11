/// A list of all blocks of an engine.
struct PlainLedger {
  /// What a block holds and others can find; -1 for nothing.
  var contents: [Int]
  var holders: [Int]
  /// Free blocks in the order in which they will be taken.
  var queue: [Int]

  init(blocks: Int) {
    contents = Array(repeating: -1, count: blocks)
    holders = Array(repeating: 0, count: blocks)
    queue = Array(0..<blocks)
  }

  func block(with number: Int) -> Int? { contents.firstIndex(of: number) }

  func found(_ numbers: ArraySlice<Int>) -> [Int] {
    var list: [Int] = []
    for number in numbers {
      guard let block = block(with: number) else { break }
      list.append(block)
    }
    return list
  }

  mutating func hold(_ block: Int) {
    holders[block] += 1
    queue.removeAll { $0 == block }
  }

  mutating func take(_ count: Int) -> [Int] {
    (0..<count).map { _ in
      let block = queue.removeFirst()
      contents[block] = -1
      holders[block] = 1
      return block
    }
  }

  /// Blocks without content become free first, then the others, the last first.
  mutating func free(_ blocks: [Int]) {
    for block in blocks where contents[block] < 0 { letGo(block) }
    for block in blocks.reversed() where contents[block] >= 0 { letGo(block) }
  }

  private mutating func letGo(_ block: Int) {
    holders[block] -= 1
    if holders[block] == 0 { queue.append(block) }
  }
}
