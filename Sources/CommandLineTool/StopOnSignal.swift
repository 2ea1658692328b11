import Experiments
import Foundation

extension StopRequest {
  /// The one that Ctrl-C requests.
  private static let bySignal = StopRequest()

  /// A stop that SIGINT requests; a second SIGINT ends the process at once.
  public static func onSignal() -> StopRequest {
    _ = bySignal.isRequested  // made now, so that the handler only stores a flag
    signal(SIGINT) { _ in
      StopRequest.bySignal.request()
      signal(SIGINT, SIG_DFL)
    }
    return bySignal
  }
}
