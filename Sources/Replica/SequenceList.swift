/// An ordered list of sequence slots with O(1) append, prepend, removal and membership.
///
/// Links are two numbers per slot, so a policy's queues never hold references. A slot is in a given list at most once.
public struct SequenceList: Sendable {
  /// A slot's neighbours, -1 at the ends; `next` is `absent` for a slot that is not in the list.
  @usableFromInline struct Link: Sendable, BitwiseCopyable {
    @usableFromInline var next: Int32
    @usableFromInline var previous: Int32

    init(next: Int32, previous: Int32) {
      self.next = next
      self.previous = previous
    }
  }

  @usableFromInline var links: ContiguousArray<Link> = []
  /// The first slot, -1 when the list is empty.
  public private(set) var head: Int32 = -1
  /// The last slot, -1 when the list is empty.
  public private(set) var tail: Int32 = -1
  public private(set) var count = 0

  /// Marks a slot that is not in the list.
  @inlinable static var absent: Int32 { -2 }

  public init() {}

  @inlinable public var isEmpty: Bool { count == 0 }

  @inlinable public func contains(_ slot: Int32) -> Bool {
    Int(slot) < links.count && links[Int(slot)].next != Self.absent
  }

  /// The slot after `slot`, -1 at the end.
  @inlinable public func after(_ slot: Int32) -> Int32 { links[Int(slot)].next }
  /// The slot before `slot`, -1 at the start.
  @inlinable public func before(_ slot: Int32) -> Int32 { links[Int(slot)].previous }

  private mutating func makeRoom(for slot: Int32) {
    while links.count <= Int(slot) { links.append(Link(next: Self.absent, previous: Self.absent)) }
    precondition(links[Int(slot)].next == Self.absent, "slot \(slot) is already in the list")
  }

  public mutating func append(_ slot: Int32) {
    makeRoom(for: slot)
    links[Int(slot)] = Link(next: -1, previous: tail)
    if tail >= 0 { links[Int(tail)].next = slot } else { head = slot }
    tail = slot
    count += 1
  }

  public mutating func prepend(_ slot: Int32) {
    makeRoom(for: slot)
    links[Int(slot)] = Link(next: head, previous: -1)
    if head >= 0 { links[Int(head)].previous = slot } else { tail = slot }
    head = slot
    count += 1
  }

  /// Puts `slot` just before `other`, or at the end when `other` is -1.
  public mutating func insert(_ slot: Int32, before other: Int32) {
    if other < 0 { return append(slot) }
    if other == head { return prepend(slot) }
    makeRoom(for: slot)
    let ahead = links[Int(other)].previous
    links[Int(slot)] = Link(next: other, previous: ahead)
    links[Int(ahead)].next = slot
    links[Int(other)].previous = slot
    count += 1
  }

  /// Takes a slot out; does nothing when it is not in the list.
  public mutating func remove(_ slot: Int32) {
    guard contains(slot) else { return }
    let (ahead, behind) = (links[Int(slot)].previous, links[Int(slot)].next)
    if ahead >= 0 { links[Int(ahead)].next = behind } else { head = behind }
    if behind >= 0 { links[Int(behind)].previous = ahead } else { tail = ahead }
    links[Int(slot)].next = Self.absent
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
