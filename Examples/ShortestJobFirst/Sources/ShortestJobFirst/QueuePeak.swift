import Spillway

/// Says at the end of a run how many requests waited at most, all replicas together, and when that was.
public final class QueuePeak: RunObserver {
  private let policy: String
  private let report: (String) -> Void
  private var waiting: Set<Int64> = []
  private var most = 0
  private var time = SimTime.zero

  public init(policy: String, report: @escaping (String) -> Void = { print($0) }) {
    self.policy = policy
    self.report = report
  }

  public func observe(_ event: RunEvent) {
    guard case .phase(let change) = event else { return }
    if change.phase == .queued { waiting.insert(change.request) } else { waiting.remove(change.request) }
    if waiting.count > most { (most, time) = (waiting.count, change.time) }
  }

  public func runEnded(at end: SimTime) {
    report("\(policy): at most \(most) requests waited, at \(time.seconds) s of \(end.seconds) s")
  }
}
