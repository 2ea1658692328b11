import Experiments
import Synchronization

/// The line on a terminal that says how far a sweep is, and when it will be done at this pace.
final class SweepLine: SweepProgress {
  private let total: Int
  private let console: Console
  private let start = ContinuousClock.now
  private let finished = Atomic(0)
  private let lastShown: Mutex<ContinuousClock.Instant>

  private static let interval = Duration.milliseconds(200)

  init(_ total: Int, _ console: Console) {
    self.total = total
    self.console = console
    lastShown = Mutex(.now)
  }

  func runFinished() {
    finished.add(1, ordering: .relaxed)
    goesOn()
  }

  /// Shows the line when the last one is old enough.
  func goesOn() {
    let now = ContinuousClock.now
    let isDue =
      lastShown.withLockIfAvailable { last in
        if now - last < Self.interval { return false }
        last = now
        return true
      } ?? false
    if isDue { console.writeError("\r\u{1b}[K" + text(at: now).prefix(max(1, console.errorWidth - 1))) }
  }

  /// Takes the line away.
  func clear() { console.writeError("\r\u{1b}[K") }

  private func text(at now: ContinuousClock.Instant) -> String {
    let count = finished.load(ordering: .relaxed)
    var text = "\(count) of \(total) runs, \(count * 100 / max(1, total)) %"
    if count > 0 {
      let elapsed = (now - start) / .seconds(1)
      text += ", about \(Progress.words(elapsed * Double(total - count) / Double(count))) left"
    }
    return text
  }
}
