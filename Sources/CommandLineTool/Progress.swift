import Experiments
import Synchronization

/// The line on a terminal that says how far the runs are.
///
/// Fed from within the runs, so that it needs no thread of its own.
final class Progress: RunProgress {
  private struct State {
    var finishedRuns = 0
    /// Requests of the finished runs.
    var finishedRequests = 0
    var lastShown: ContinuousClock.Instant
  }

  private let runs: Int
  /// How many requests all runs will see, as far as the scenarios say; nil until a run has finished otherwise.
  private let expected: Int?
  private let start: ContinuousClock.Instant
  private let requests = Atomic(0)
  private let state: Mutex<State>
  private let width: Int
  private let write: @Sendable (String) -> Void

  private static let interval = Duration.milliseconds(200)

  /// - Parameter width: the columns of the terminal; the line is cut short of them, so that it never wraps.
  init(runs: Int, expectedRequests: Int?, width: Int, write: @escaping @Sendable (String) -> Void) {
    self.runs = runs
    self.width = width
    expected = expectedRequests
    start = .now
    state = Mutex(State(lastShown: .now))
    self.write = write
  }

  func requestLeft() { requests.add(1, ordering: .relaxed) }

  func runFinished(requests count: Int) {
    state.withLock {
      $0.finishedRuns += 1
      $0.finishedRequests += count
    }
  }

  /// Shows the line when the last one is old enough.
  func goesOn() {
    let now = ContinuousClock.now
    let text: String? =
      state.withLockIfAvailable { state in
        if now - state.lastShown < Self.interval { return nil }
        state.lastShown = now
        return line(state, at: now)
      } ?? nil
    if let text { Self.show(text, width: width, write) }
  }

  /// Takes the line away.
  func clear() { Self.clear(write) }

  /// Puts a line in place of the last one, cut short of the terminal's columns, so that it never wraps.
  static func show(_ line: String, width: Int, _ write: (String) -> Void) {
    write("\r\u{1b}[K" + line.prefix(max(1, width - 1)))
  }

  static func clear(_ write: (String) -> Void) { write("\r\u{1b}[K") }

  private func line(_ state: State, at now: ContinuousClock.Instant) -> String {
    let count = requests.load(ordering: .relaxed)
    let runs = "\(state.finishedRuns) of \(self.runs) run\(self.runs == 1 ? "" : "s")"
    var end = ""
    let total = state.finishedRuns > 0 ? state.finishedRequests * self.runs / state.finishedRuns : expected
    if let total, total > 0, count > 0 {
      let fraction = min(1, Double(count) / Double(total))
      end += ", \(Int(fraction * 100)) %"
      let elapsed = (now - start) / .seconds(1)
      end += ", about \(Self.words(elapsed * (1 - fraction) / fraction)) left"
    }
    // A narrow terminal shows rather how long it takes than how many requests there were.
    let whole = "\(runs), \(count) requests\(end)"
    return whole.count < width || end.isEmpty ? whole : runs + end
  }

  static func words(_ seconds: Double) -> String {
    switch seconds {
    case 5_400...: "\(Int((seconds / 3_600).rounded())) h"
    case 90...: "\(Int((seconds / 60).rounded())) min"
    default: "\(Int(seconds.rounded(.up))) s"
    }
  }
}
