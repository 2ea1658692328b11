/// An ordered list of sequence slots with O(1) append, prepend, removal and membership.
///
/// Links are two numbers per slot, so a policy's queues never hold references. A slot is in a given list at most once.
public struct SequenceList: Sendable {
  private var next: ContiguousArray<Int32> = []
  private var previous: ContiguousArray<Int32> = []
  /// The first slot, -1 when the list is empty.
  public private(set) var head: Int32 = -1
  /// The last slot, -1 when the list is empty.
  public private(set) var tail: Int32 = -1
  public private(set) var count = 0

  /// Marks a slot that is not in the list.
  private static let absent: Int32 = -2

  public init() {}

  public var isEmpty: Bool { count == 0 }

  public func contains(_ slot: Int32) -> Bool {
    Int(slot) < next.count && next[Int(slot)] != Self.absent
  }

  /// The slot after `slot`, -1 at the end.
  public func after(_ slot: Int32) -> Int32 { next[Int(slot)] }
  /// The slot before `slot`, -1 at the start.
  public func before(_ slot: Int32) -> Int32 { previous[Int(slot)] }

  private mutating func makeRoom(for slot: Int32) {
    while next.count <= Int(slot) {
      next.append(Self.absent)
      previous.append(Self.absent)
    }
    precondition(next[Int(slot)] == Self.absent, "slot \(slot) is already in the list")
  }

  public mutating func append(_ slot: Int32) {
    makeRoom(for: slot)
    next[Int(slot)] = -1
    previous[Int(slot)] = tail
    if tail >= 0 { next[Int(tail)] = slot } else { head = slot }
    tail = slot
    count += 1
  }

  public mutating func prepend(_ slot: Int32) {
    makeRoom(for: slot)
    previous[Int(slot)] = -1
    next[Int(slot)] = head
    if head >= 0 { previous[Int(head)] = slot } else { tail = slot }
    head = slot
    count += 1
  }

  /// Puts `slot` just before `other`, or at the end when `other` is -1.
  public mutating func insert(_ slot: Int32, before other: Int32) {
    if other < 0 { return append(slot) }
    if other == head { return prepend(slot) }
    makeRoom(for: slot)
    let ahead = previous[Int(other)]
    previous[Int(slot)] = ahead
    next[Int(slot)] = other
    next[Int(ahead)] = slot
    previous[Int(other)] = slot
    count += 1
  }

  /// Takes a slot out; does nothing when it is not in the list.
  public mutating func remove(_ slot: Int32) {
    guard contains(slot) else { return }
    let ahead = previous[Int(slot)]
    let behind = next[Int(slot)]
    if ahead >= 0 { next[Int(ahead)] = behind } else { head = behind }
    if behind >= 0 { previous[Int(behind)] = ahead } else { tail = ahead }
    next[Int(slot)] = Self.absent
    previous[Int(slot)] = Self.absent
    count -= 1
  }

  /// Puts the list in order; in linear time when it is in order already, or made of a few runs that are.
  public mutating func sort(by precedes: (Int32, Int32) -> Bool) {
    var isSorted = true
    var slot = head
    while isSorted, slot >= 0, after(slot) >= 0 {
      isSorted = !precedes(after(slot), slot)
      slot = after(slot)
    }
    if isSorted { return }
    var slots: ContiguousArray<Int32> = []
    slots.reserveCapacity(count)
    while head >= 0 {
      slots.append(head)
      remove(head)
    }
    slots.sort(by: precedes)
    for slot in slots { append(slot) }
  }
}
