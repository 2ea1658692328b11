/// The pending events of a run: at most one per source, the earliest found at once.
///
/// A serving cluster has few things that can happen next: one change of the link network, one arrival per request
/// stream, one boundary per engine. Each owns a *slot*; setting a slot's time overwrites what was there, so nothing is
/// ever cancelled or left stale. O(log slots) to set, O(1) to look (``TournamentTree``).
///
/// **Tie rule.** Events at the same time leave in slot order. The cluster numbers its slots by kind and within a kind
/// by entity, so the order at equal times is (kind rank, entity number) whatever path led there.
public struct EventBoard: Sendable {
  private var times: TournamentTree

  /// - Parameter slots: how many sources there are, at least one.
  public init(slots: Int) { times = TournamentTree(slots: slots) }

  public var slotCount: Int { times.slotCount }

  /// Adds empty slots at the end.
  public mutating func grow(to slots: Int) { times.grow(to: slots) }

  /// The time in a slot, `.never` when it is empty.
  public func time(of slot: Int) -> SimTime { SimTime(picoseconds: times[slot]) }

  /// Puts a slot's event at `time`, replacing what was there; `.never` empties the slot.
  public mutating func set(_ slot: Int, to time: SimTime) { times.set(slot, to: time.picoseconds) }

  /// The slot whose event is first, and when; `.never` when nothing is pending.
  public var earliest: (slot: Int, time: SimTime) {
    let (slot, time) = times.least
    return (slot, SimTime(picoseconds: time))
  }
}
