/// Numbered slots that each hold a key; the slot with the least key is known at all times.
///
/// A tournament tree: every match remembers its winner, so setting a key replays only the matches on the way to the
/// root, O(log slots), and looking is O(1). Of slots with equal keys the first wins.
public struct TournamentTree: Sendable {
  /// Who has come so far, with the key it won by: a match is then decided by what lies in its two nodes.
  private struct Winner: BitwiseCopyable {
    var key: Int64
    var slot: Int
  }

  public private(set) var slotCount: Int
  /// A power of two; slot i is the leaf leafBase + i, the match above node n is node n / 2, the final is node 1.
  private var leafBase: Int
  private var nodes: ContiguousArray<Winner>

  /// - Parameter slots: how many, at least one. Every key is `Int64.max` at first.
  public init(slots: Int) {
    precondition(slots > 0, "a tournament needs at least one slot")
    slotCount = slots
    leafBase = 1
    nodes = []
    build(for: slots, keys: [])
  }

  public subscript(slot: Int) -> Int64 {
    precondition(UInt(bitPattern: slot) < UInt(bitPattern: slotCount), "the tournament has no such slot")
    return nodes[leafBase + slot].key
  }

  /// The slot whose key is least, and the key.
  public var least: (slot: Int, key: Int64) {
    let winner = nodes[1]
    return (winner.slot, winner.key)
  }

  public mutating func set(_ slot: Int, to key: Int64) {
    precondition(UInt(bitPattern: slot) < UInt(bitPattern: slotCount), "the tournament has no such slot")
    let leaf = leafBase &+ slot
    // The leaf is one of the tree's, so that it, its neighbour and all nodes above it lie within the buffer.
    nodes.withUnsafeMutableBufferPointer { buffer in
      guard let nodes = buffer.baseAddress, nodes[leaf].key != key else { return }
      nodes[leaf].key = key
      var node = leaf
      while node > 1 {
        let left = nodes[node & ~1]
        let right = nodes[node | 1]
        let winner = right.key < left.key ? right : left
        node >>= 1
        // A match won by the same other slot as before changes nothing above it.
        if winner.slot != slot && winner.slot == nodes[node].slot { return }
        nodes[node] = winner
      }
    }
  }

  /// Adds slots at the end, with `Int64.max` as their keys.
  public mutating func grow(to slots: Int) {
    guard slots > slotCount else { return }
    if slots > leafBase { build(for: slots, keys: (0..<slotCount).map { self[$0] }) }
    slotCount = slots
  }

  private mutating func build(for slots: Int, keys: [Int64]) {
    while leafBase < slots { leafBase *= 2 }
    nodes = ContiguousArray(repeating: Winner(key: .max, slot: 0), count: 2 * leafBase)
    for slot in 0..<leafBase {
      nodes[leafBase + slot] = Winner(key: slot < keys.count ? keys[slot] : .max, slot: slot)
    }
    for node in stride(from: leafBase - 1, through: 1, by: -1) {
      let (left, right) = (nodes[2 * node], nodes[2 * node + 1])
      nodes[node] = right.key < left.key ? right : left
    }
  }
}
