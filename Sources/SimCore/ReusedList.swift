/// A list that is filled and emptied again and again, as what one event hands to the next.
///
/// Emptying it sets a number, and no access asks whether the memory is shared: it never is, since the list cannot be
/// copied. An array's uniqueness check and its `removeAll` cost more than what most events do with its few elements.
public struct ReusedList<Element: BitwiseCopyable>: ~Copyable {
  @usableFromInline var storage: UnsafeMutablePointer<Element>
  @usableFromInline var room: Int
  @usableFromInline var filled: Int

  @inlinable public init() {
    room = 8
    storage = .allocate(capacity: 8)
    filled = 0
  }

  deinit { storage.deallocate() }

  /// How many elements there are.
  @inlinable public var count: Int { filled }

  @inlinable public var isEmpty: Bool { filled == 0 }

  /// An element; read and changed where it lies, so that a field of a large one costs no more than the field.
  ///
  /// - Precondition: `index` is one of the list's.
  @inlinable public subscript(index: Int) -> Element {
    @inline(__always) _read {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: filled), "the list has no such element")
      yield storage[index]
    }
    @inline(__always) _modify {
      precondition(UInt(bitPattern: index) < UInt(bitPattern: filled), "the list has no such element")
      yield &storage[index]
    }
  }

  /// The last element; nil when there is none.
  @inlinable public var last: Element? { filled > 0 ? storage[filled - 1] : nil }

  @inlinable public mutating func append(_ element: Element) {
    if filled == room { grow() }
    storage[filled] = element
    filled += 1
  }

  @usableFromInline mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: 2 * room)
    larger.update(from: storage, count: count)
    storage.deallocate()
    storage = larger
    room *= 2
  }

  /// Takes the last element away.
  ///
  /// - Precondition: the list has one.
  @inlinable public mutating func removeLast() -> Element {
    precondition(filled > 0, "an empty list has no last element")
    filled -= 1
    return storage[filled]
  }

  /// Takes the first `count` elements out; those behind them move up.
  ///
  /// - Precondition: the list has as many.
  public mutating func removeFirst(_ count: Int) {
    precondition(count >= 0 && count <= filled, "the list has not as many elements")
    storage.update(from: storage + count, count: filled - count)
    filled -= count
  }

  /// Takes an element out; those behind it move up.
  ///
  /// - Precondition: `index` is one of the list's.
  public mutating func remove(at index: Int) {
    precondition(index >= 0 && index < count, "the list has no such element")
    (storage + index).update(from: storage + index + 1, count: count - index - 1)
    filled -= 1
  }

  /// Takes all elements out and keeps their room.
  @inlinable public mutating func removeAll() { filled = 0 }

  /// The elements in an array.
  public var elements: [Element] { Array(UnsafeBufferPointer(start: storage, count: count)) }
}

extension ReusedList where Element: Equatable {
  /// Where an element is first; nil when it is not in the list.
  public func firstIndex(of element: Element) -> Int? {
    UnsafeBufferPointer(start: storage, count: count).firstIndex(of: element)
  }
}
