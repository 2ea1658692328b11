import Synchronization

/// What was made once for a key, for whoever wants it again: sweeps ask for the same server, model and kernel times at
/// every point.
public final class Memo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let made = Mutex<[Key: Value]>([:])
  /// All is forgotten when there are more than this.
  private let limit: Int

  public init(limit: Int = 1_000) { self.limit = limit }

  /// The value of a key; two who ask at the same time may both make it, and get equal ones.
  public func value<Failure: Error>(for key: Key, make: () throws(Failure) -> Value) throws(Failure) -> Value {
    if let known = made.withLock({ $0[key] }) { return known }
    let value = try make()
    made.withLock { made in
      if made.count >= limit { made.removeAll() }
      made[key] = value
    }
    return value
  }
}
