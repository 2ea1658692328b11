import SimCore

/// Keeps a server's books of lent memory: AQUA's coordinator, as far as time goes. It answers calls in the order in
/// which they come, one after the other.
struct Coordinator<Call> {
  let timePerCall: SimDuration
  /// In order of coming.
  private var calls: [(time: SimTime, call: Call)] = []
  private var busyUntil = SimTime.zero

  init(timePerCall: SimDuration) { self.timePerCall = timePerCall }

  /// When it answers the next call; `.never` when none is under way.
  var nextAnswer: SimTime { calls.first.map { max($0.time, busyUntil) + timePerCall } ?? .never }

  /// Takes a call that is made at `time`, now or later.
  mutating func take(_ call: Call, at time: SimTime) {
    let place = calls.firstIndex { $0.time > time } ?? calls.count
    calls.insert((time, call), at: place)
  }

  /// The next call that is answered by now; nil when none is.
  mutating func answer(at now: SimTime) -> Call? {
    let time = nextAnswer
    guard time <= now else { return nil }
    busyUntil = time
    return calls.removeFirst().call
  }
}
