/// Numbered slots that each hold a key; the slot with the least key is known at all times.
///
/// A tournament tree: every match remembers its winner, so setting a key replays only the matches on the way to the
/// root, O(log slots), and looking is O(1). Of slots with equal keys the first wins.
public struct TournamentTree: Sendable {
  public private(set) var slotCount: Int
  /// A power of two; the match above leaf i is node (leafBase + i) / 2, the final is node 1.
  private var leafBase: Int
  private var keys: ContiguousArray<Int64>
  private var winners: ContiguousArray<Int32>

  /// - Parameter slots: how many, at least one. Every key is `Int64.max` at first.
  public init(slots: Int) {
    precondition(slots > 0, "a tournament needs at least one slot")
    slotCount = slots
    leafBase = 1
    keys = []
    winners = []
    build(for: slots, keys: [])
  }

  public subscript(slot: Int) -> Int64 { keys[slot] }

  /// The slot whose key is least, and the key.
  public var least: (slot: Int, key: Int64) {
    let slot = Int(leafBase == 1 ? 0 : winners[1])
    return (slot, keys[slot])
  }

  public mutating func set(_ slot: Int, to key: Int64) {
    if keys[slot] == key { return }
    keys[slot] = key
    let leaf = leafBase + slot
    // The slot is one of the tree's, or the line above has stopped the process. A node's children are below 2 leafBase,
    // which is how many winners there are, and what stands in them is a slot; so no access leaves the buffers.
    keys.withUnsafeBufferPointer { keys in
      winners.withUnsafeMutableBufferPointer { winners in
        var node = leaf / 2
        while node >= 1 {
          let left = winners[2 * node]
          let right = winners[2 * node + 1]
          let winner = keys[Int(right)] < keys[Int(left)] ? right : left
          // A match won by the same other slot as before changes nothing above it.
          if winner == winners[node] && winner != Int32(slot) { return }
          winners[node] = winner
          node /= 2
        }
      }
    }
  }

  /// Adds slots at the end, with `Int64.max` as their keys.
  public mutating func grow(to slots: Int) {
    guard slots > slotCount else { return }
    if slots > leafBase { build(for: slots, keys: keys) }
    slotCount = slots
  }

  private mutating func build(for slots: Int, keys old: ContiguousArray<Int64>) {
    while leafBase < slots { leafBase *= 2 }
    keys = old + ContiguousArray(repeating: .max, count: leafBase - old.count)
    winners = ContiguousArray(repeating: 0, count: 2 * leafBase)
    for leaf in 0..<leafBase { winners[leafBase + leaf] = Int32(leaf) }
    for node in stride(from: leafBase - 1, through: 1, by: -1) {
      let left = winners[2 * node]
      let right = winners[2 * node + 1]
      winners[node] = keys[Int(right)] < keys[Int(left)] ? right : left
    }
  }
}
