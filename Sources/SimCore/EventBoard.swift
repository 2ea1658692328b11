/// The pending events of a run: at most one per source, the earliest found at once.
///
/// A serving cluster has few things that can happen next: one change of the link network, one arrival per request
/// stream, one boundary per engine. Each owns a *slot*; setting a slot's time overwrites what was
/// there, so nothing is ever cancelled or left stale. The structure is a winner tree: O(log slots) to set, O(1)
/// to look.
///
/// **Tie rule.** Events at the same time leave in slot order. The cluster numbers its slots by kind (transfers,
/// then arrivals, then engine boundaries) and within a kind by entity, so the order at equal times is (kind rank,
/// entity number) whatever path led there.
public struct EventBoard: Sendable {
  public let slotCount: Int
  private let leafBase: Int
  private var times: ContiguousArray<Int64>
  private var winners: ContiguousArray<Int32>

  /// - Parameter slots: how many sources there are, at least one.
  public init(slots: Int) {
    precondition(slots > 0, "an event board needs at least one slot")
    var leaves = 1
    while leaves < slots { leaves *= 2 }
    slotCount = slots
    leafBase = leaves
    times = ContiguousArray(repeating: .max, count: leaves)
    winners = ContiguousArray(repeating: 0, count: 2 * leaves)
    for leaf in 0..<leaves { winners[leaves + leaf] = Int32(leaf) }
    var node = leaves - 1
    while node >= 1 {
      winners[node] = winners[2 * node]
      node -= 1
    }
  }

  /// The time in a slot, `.never` when it is empty.
  public func time(of slot: Int) -> SimTime { SimTime(picoseconds: times[slot]) }

  /// Puts a slot's event at `time`, replacing what was there; `.never` empties the slot.
  public mutating func set(_ slot: Int, to time: SimTime) {
    if times[slot] == time.picoseconds { return }
    times[slot] = time.picoseconds
    var node = (leafBase + slot) / 2
    while node >= 1 {
      let left = winners[2 * node]
      let right = winners[2 * node + 1]
      winners[node] = times[Int(right)] < times[Int(left)] ? right : left
      node /= 2
    }
  }

  /// The slot whose event is first, and when; `.never` when nothing is pending.
  public var earliest: (slot: Int, time: SimTime) {
    let slot = Int(leafBase == 1 ? 0 : winners[1])
    return (slot, SimTime(picoseconds: times[slot]))
  }
}
