/// Which low-rank adapters are in an engine's GPU memory.
///
/// There is a fixed number of places (vLLM's `max_loras`). An adapter that requests here use stays. When another is
/// wanted and every place is taken, the one whose last user left longest ago makes room: least recently used.
public struct AdapterCache: Sendable {
  /// What becomes of a request for an adapter.
  public enum Answer: Sendable, Equatable {
    /// It is in GPU memory.
    case here
    /// It is on its way.
    case coming
    /// It has been given a place, and is to be fetched.
    case fetch
    /// Every place holds one that is in use.
    case full
  }

  private struct Entry: Sendable {
    /// Requests that use it or wait for it to come.
    var users: Int
    var isHere: Bool
    /// Among those without users, who was left just before and just after it.
    var before: Int64 = AdapterCache.nobody
    var after: Int64 = AdapterCache.nobody
  }

  private static let nobody: Int64 = -1

  /// Adapters that fit.
  public let places: Int
  private var entries: [Int64: Entry] = [:]
  private var leastRecent = AdapterCache.nobody
  private var mostRecent = AdapterCache.nobody

  public init(places: Int) {
    precondition(places > 0, "a cache of adapters has a place at least")
    self.places = places
  }

  /// Adapters that are here or on their way.
  public var count: Int { entries.count }

  public func contains(_ adapter: Int64) -> Bool { entries[adapter] != nil }

  /// How many requests use an adapter or wait for it to come.
  public func users(of adapter: Int64) -> Int { entries[adapter]?.users ?? 0 }

  /// A request wants an adapter, not negative: it is one of its users from now on, unless all places are in use.
  public mutating func claim(_ adapter: Int64) -> Answer {
    if let entry = entries[adapter] {
      if entry.users == 0 { unlink(adapter) }
      entries[adapter]!.users += 1
      return entry.isHere ? .here : .coming
    }
    if entries.count == places {
      guard leastRecent != Self.nobody else { return .full }
      let victim = leastRecent
      unlink(victim)
      entries[victim] = nil
    }
    entries[adapter] = Entry(users: 1, isHere: false)
    return .fetch
  }

  /// An adapter that was to be fetched is here.
  public mutating func arrived(_ adapter: Int64) { entries[adapter]!.isHere = true }

  /// A user of an adapter that is here has gone.
  ///
  /// - Returns: whether it was the last.
  public mutating func leave(_ adapter: Int64) -> Bool {
    entries[adapter]!.users -= 1
    guard entries[adapter]!.users == 0 else { return false }
    entries[adapter]!.before = mostRecent
    if mostRecent == Self.nobody { leastRecent = adapter } else { entries[mostRecent]!.after = adapter }
    mostRecent = adapter
    return true
  }

  private mutating func unlink(_ adapter: Int64) {
    guard let entry = entries[adapter] else { return }
    if entry.before == Self.nobody { leastRecent = entry.after } else { entries[entry.before]!.after = entry.after }
    if entry.after == Self.nobody { mostRecent = entry.before } else { entries[entry.after]!.before = entry.before }
    entries[adapter]!.before = Self.nobody
    entries[adapter]!.after = Self.nobody
  }
}
