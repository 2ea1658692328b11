import Synchronization

/// The wish to stop, asked for by the runs under way.
public final class StopRequest: Sendable {
  private let flag = Atomic(false)

  public init() {}

  /// Stops what is under way, cleanly.
  public func request() { flag.store(true, ordering: .relaxed) }

  public var isRequested: Bool { flag.load(ordering: .relaxed) }
}
