import Replica

/// The order in which sequences have their turn on the GPU: least served first, of equals the first to arrive.
///
/// What "served" counts is the policy's: tokens made, time on the GPU. Sequences on the GPU are all served alike while
/// they run, so one clock does for them and their order stays as it is; those off the GPU are not served. Both are
/// therefore kept in order, those that have moved are merged in when the order is asked for, and whoever goes through
/// it can stop where it has found enough: off the GPU there may be many more than find room on it.
struct TurnOrder: Sendable {
  /// One sequence in order.
  struct Turn {
    var slot: Int32
    var isOut: Bool
  }

  /// How much each slot's sequence was served; of those on the GPU, less what the clock showed when they came.
  private var served: ContiguousArray<Int64> = []
  private var here = SequenceList()
  private var out = SequenceList()
  /// Moved there since the order was last asked for.
  private var newlyHere = SequenceList()
  private var newlyOut = SequenceList()

  /// How many are off the GPU.
  var outCount: Int { out.count + newlyOut.count }
  /// How many are on it.
  var hereCount: Int { here.count + newlyHere.count }
  func isHere(_ slot: Int32) -> Bool { here.contains(slot) || newlyHere.contains(slot) }
  func isOut(_ slot: Int32) -> Bool { out.contains(slot) || newlyOut.contains(slot) }

  /// How much a sequence was served when the clock shows `clock`.
  func served(_ slot: Int32, clock: Int64) -> Int64 { served[Int(slot)] + (isHere(slot) ? clock : 0) }

  /// A sequence begins to run that was served so much.
  mutating func enter(_ slot: Int32, served amount: Int64, clock: Int64) {
    while served.count <= Int(slot) { served.append(0) }
    served[Int(slot)] = amount - clock
    newlyHere.append(slot)
  }

  /// A sequence goes off the GPU.
  mutating func leave(_ slot: Int32, clock: Int64) {
    here.remove(slot)
    newlyHere.remove(slot)
    served[Int(slot)] += clock
    newlyOut.append(slot)
  }

  /// A sequence comes back.
  mutating func comeBack(_ slot: Int32, clock: Int64) {
    out.remove(slot)
    newlyOut.remove(slot)
    served[Int(slot)] -= clock
    newlyHere.append(slot)
  }

  /// A sequence has no turns any more.
  mutating func remove(_ slot: Int32) {
    here.remove(slot)
    newlyHere.remove(slot)
    out.remove(slot)
    newlyOut.remove(slot)
  }

  /// The one on the GPU that was served most, of equals the last to arrive; -1 when none is.
  mutating func last(_ table: SequenceTable) -> Int32 {
    merge(table)
    return here.tail
  }

  /// The one before `slot` among those on the GPU, -1 at the start; no one may have moved since `last` was asked for.
  func before(_ slot: Int32) -> Int32 { here.before(slot) }

  /// How far the order has been gone through: the next on the GPU and the next off it, -1 where there is none.
  struct Place {
    private(set) var here: Int32
    private(set) var out: Int32

    fileprivate init(here: Int32, out: Int32) {
      self.here = here
      self.out = out
    }

    fileprivate mutating func move(to slot: Int32, isOut: Bool) {
      if isOut { out = slot } else { here = slot }
    }
  }

  /// The start of the order. A place is good until somebody moves.
  mutating func start(_ table: SequenceTable) -> Place {
    merge(table)
    return Place(here: here.head, out: out.head)
  }

  /// Whose turn it is at a place; nil at the end.
  func turn(at place: Place, clock: Int64, _ table: SequenceTable) -> Turn? {
    if place.out >= 0, place.here < 0 || precedes(place.out, place.here, by: clock, table) {
      return Turn(slot: place.out, isOut: true)
    }
    return place.here >= 0 ? Turn(slot: place.here, isOut: false) : nil
  }

  /// Goes past the turn at a place.
  func pass(_ turn: Turn, _ place: inout Place) {
    place.move(to: turn.isOut ? out.after(turn.slot) : here.after(turn.slot), isOut: turn.isOut)
  }

  /// Whether `a`, off the GPU, has its turn before `b`, which is on it.
  private func precedes(_ a: Int32, _ b: Int32, by clock: Int64, _ table: SequenceTable) -> Bool {
    let (one, other) = (served[Int(a)], served[Int(b)] + clock)
    return one != other ? one < other : table[a].request < table[b].request
  }

  private mutating func merge(_ table: SequenceTable) {
    Self.merge(&newlyHere, into: &here, by: served, table)
    Self.merge(&newlyOut, into: &out, by: served, table)
  }

  private static func merge(
    _ news: inout SequenceList, into list: inout SequenceList, by served: ContiguousArray<Int64>, _ table: SequenceTable
  ) {
    if news.isEmpty { return }
    func precedes(_ a: Int32, _ b: Int32) -> Bool {
      served[Int(a)] != served[Int(b)]
        ? served[Int(a)] < served[Int(b)] : table[a].request < table[b].request
    }
    news.sort(by: precedes)
    var place = list.head
    while case let slot = news.head, slot >= 0 {
      while place >= 0, precedes(place, slot) { place = list.after(place) }
      news.remove(slot)
      list.insert(slot, before: place)
    }
  }
}
