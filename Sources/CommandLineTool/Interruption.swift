import Foundation
import Synchronization

/// The user's wish to stop, asked for by the runs under way.
public final class Interruption: Sendable {
  private let flag = Atomic(false)

  public init() {}

  /// Stops what is under way, cleanly.
  public func request() { flag.store(true, ordering: .relaxed) }

  public var isRequested: Bool { flag.load(ordering: .relaxed) }
}

extension Interruption {
  /// The one that Ctrl-C requests.
  private static let bySignal = Interruption()

  /// An interruption that SIGINT requests; a second SIGINT ends the process at once.
  public static func onSignal() -> Interruption {
    _ = bySignal.isRequested  // made now, so that the handler only stores a flag
    signal(SIGINT) { _ in
      Interruption.bySignal.request()
      signal(SIGINT, SIG_DFL)
    }
    return bySignal
  }
}
