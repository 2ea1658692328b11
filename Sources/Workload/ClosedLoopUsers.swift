import SimCore

/// When each user of a closed loop sends next.
///
/// Every user has random streams of its own, so its think times and lengths don't depend on the order in which a
/// policy happens to finish other users' requests.
///
/// Users are met when they first send, in order of their numbers, but where each first thinks for a time that is drawn:
/// so the cost is that of the requests, not of the users.
struct ClosedLoopUsers: Sendable {
  private let loop: ClosedLoop
  private let start: SimTime
  private let stream: @Sendable (Int) -> RandomStream
  /// When those whom it has met send next.
  private var board = EventBoard(slots: 1)
  private var thinking: ContiguousArray<RandomStream> = []

  /// - Parameter stream: where a user's think times come from.
  init(_ loop: ClosedLoop, start: SimTime, stream: @escaping @Sendable (_ user: Int) -> RandomStream) {
    self.loop = loop
    self.start = start
    self.stream = stream
    guard case .afterThinkTime = loop.firstRequests else { return }
    thinking.reserveCapacity(loop.users)
    for user in 0..<loop.users {
      meet(user)
      schedule(user, after: start)
    }
  }

  /// Who sends next, and when; users who send at the same time go in order of their numbers.
  var earliest: (user: Int, time: SimTime) {
    let (slot, time) = board.earliest
    let next = thinking.count
    // Whoever it has met comes before those it has not.
    guard next < loop.users, case let first = firstRequest(of: next), first < time else { return (slot, time) }
    return (next, first)
  }

  /// When a user whom it has not met sends: never before those with lower numbers.
  private func firstRequest(of user: Int) -> SimTime {
    guard case .spread(let over) = loop.firstRequests else { return start }
    let share = Int128(over.picoseconds) * Int128(user) / Int128(loop.users)
    return start + SimDuration(picoseconds: Int64(share))
  }

  private mutating func meet(_ user: Int) {
    thinking.append(loop.thinkTime.draws ? stream(user) : .unused)
    board.grow(to: thinking.count)
  }

  /// The user has sent and waits for the answer.
  mutating func wait(_ user: Int) {
    if user == thinking.count { meet(user) } else { board.set(user, to: .never) }
  }

  /// The user has its answer and starts to think.
  mutating func schedule(_ user: Int, after time: SimTime) {
    precondition(board.time(of: user) == .never, "user \(user) of a closed loop has no request under way")
    board.set(user, to: time.adding(seconds: loop.thinkTime.draw(&thinking[user])))
  }
}

extension ThinkTime {
  /// Whether one takes anything from the stream.
  var draws: Bool { if case .fixed = self { false } else { true } }

  /// Draws one, in seconds.
  func draw(_ stream: inout RandomStream) -> Double {
    switch self {
    case .fixed(let seconds): return seconds
    case .exponential(let mean): return stream.exponential(mean: mean)
    case .gamma(let mean, let cv): return stream.gamma(shape: 1 / (cv * cv), scale: mean * cv * cv)
    case .logNormal(let mean, let cv):
      let parameters = logNormalParametersOf(mean: mean, cv: cv)
      return stream.logNormal(mu: parameters.mu, sigma: parameters.sigma)
    }
  }
}
