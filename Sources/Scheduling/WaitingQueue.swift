import Replica

/// Waiting requests, first come first served or most urgent first.
///
/// By priority, the order is (priority, arrival); smaller numbers are more urgent, as in vLLM. Before all others come
/// those that wait with KV that another replica sent: what they hold could keep the others from ever starting.
public struct WaitingQueue: Sendable {
  /// Whether `priority` counts before arrival.
  public let byPriority: Bool
  private var list = SequenceList()
  /// By priority: where in `list` a request belongs.
  private var order = PriorityOrder()
  /// Those that hold KV, in the order they came.
  private var begun = SequenceList()

  public init(byPriority: Bool = false) { self.byPriority = byPriority }

  public var isEmpty: Bool { list.isEmpty && begun.isEmpty }
  public var count: Int { list.count + begun.count }
  /// Whether the next request to admit holds KV that another replica sent.
  public var headHoldsKV: Bool { !begun.isEmpty }
  /// The next request to admit, -1 when none waits.
  public var head: Int32 { begun.isEmpty ? list.head : begun.head }
  /// The one after `slot`, -1 at the end.
  public func after(_ slot: Int32) -> Int32 {
    guard begun.contains(slot) else { return list.after(slot) }
    let next = begun.after(slot)
    return next >= 0 ? next : list.head
  }
  public func contains(_ slot: Int32) -> Bool { list.contains(slot) || begun.contains(slot) }

  /// Puts a newly arrived request into its place; true when that is the head.
  @discardableResult
  public mutating func arrive(_ slot: Int32, in table: SequenceTable) -> Bool {
    // One that is being dropped has KV too, until the decision is carried out.
    if table[slot].phase == .waiting, table[slot].kv > 0 {
      begun.append(slot)
    } else if byPriority {
      insertByPriority(slot, in: table)
    } else {
      list.append(slot)
    }
    return head == slot
  }

  /// Puts a preempted request back: at the head, or by priority into its place.
  public mutating func `return`(_ slot: Int32, in table: SequenceTable) {
    // What it holds is about to be given back, so it waits among those that hold nothing.
    if byPriority { insertByPriority(slot, in: table) } else { list.prepend(slot) }
  }

  private mutating func insertByPriority(_ slot: Int32, in table: SequenceTable) {
    let sequence = table[slot]
    let key = PriorityOrder.Key(priority: sequence.priority, request: sequence.request, slot: slot)
    list.insert(slot, before: order.insert(key))
  }

  public mutating func remove(_ slot: Int32) {
    if byPriority, list.contains(slot) { order.remove(slot) }
    list.remove(slot)
    begun.remove(slot)
  }

  /// Whether `a` comes before `b` by (priority, arrival).
  public static func precedes(_ a: SequenceState, _ b: SequenceState) -> Bool {
    a.priority != b.priority ? a.priority < b.priority : a.request < b.request
  }

  /// The one that every other precedes, -1 in an empty list.
  public static func leastUrgent(of list: SequenceList, in table: SequenceTable) -> Int32 {
    var worst = list.head
    var slot = worst
    while slot >= 0 {
      if precedes(table[worst], table[slot]) { worst = slot }
      slot = list.after(slot)
    }
    return worst
  }
}
