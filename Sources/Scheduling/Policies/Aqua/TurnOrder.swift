import Replica

/// The order in which sequences have their turn on the GPU: least served first, of equals the first to arrive.
///
/// What "served" counts is the policy's: tokens made, time on the GPU. Sequences on the GPU are all served alike while
/// they run, so one clock does for them and their order stays as it is; those off the GPU are not served. Both are
/// therefore kept in order, those that have moved are merged in when the order is asked for, and choosing among
/// everybody is linear.
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

  /// Everybody, in order.
  mutating func all(clock: Int64, _ table: SequenceTable, into turns: inout ContiguousArray<Turn>) {
    merge(table)
    turns.removeAll(keepingCapacity: true)
    var a = here.head
    var b = out.head
    while a >= 0 || b >= 0 {
      let takesOut = a < 0 || (b >= 0 && precedes(b, a, by: clock, table))
      turns.append(Turn(slot: takesOut ? b : a, isOut: takesOut))
      if takesOut { b = out.after(b) } else { a = here.after(a) }
    }
  }

  /// Whether `a`, off the GPU, has its turn before `b`, which is on it.
  private func precedes(_ a: Int32, _ b: Int32, by clock: Int64, _ table: SequenceTable) -> Bool {
    let (one, other) = (served[Int(a)], served[Int(b)] + clock)
    return one != other ? one < other : table[a].request < table[b].request
  }

  private mutating func merge(_ table: SequenceTable) {
    merge(\.newlyHere, into: \.here, table)
    merge(\.newlyOut, into: \.out, table)
  }

  private mutating func merge(
    _ news: WritableKeyPath<Self, SequenceList>, into list: WritableKeyPath<Self, SequenceList>, _ table: SequenceTable
  ) {
    if self[keyPath: news].isEmpty { return }
    let served = served
    func precedes(_ a: Int32, _ b: Int32) -> Bool {
      served[Int(a)] != served[Int(b)]
        ? served[Int(a)] < served[Int(b)] : table[a].request < table[b].request
    }
    self[keyPath: news].sort(by: precedes)
    var place = self[keyPath: list].head
    while case let slot = self[keyPath: news].head, slot >= 0 {
      while place >= 0, precedes(place, slot) { place = self[keyPath: list].after(place) }
      self[keyPath: news].remove(slot)
      self[keyPath: list].insert(slot, before: place)
    }
  }
}
