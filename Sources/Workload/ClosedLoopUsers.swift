import SimCore

/// When each user of a closed loop sends next.
///
/// Every user has random streams of its own, so its think times and lengths don't depend on the order in which a
/// policy happens to finish other users' requests.
struct ClosedLoopUsers: Sendable {
  private let thinkTime: ThinkTime
  private var board: EventBoard
  private var thinking: ContiguousArray<RandomStream>

  init(_ loop: ClosedLoop, start: SimTime, thinking: ContiguousArray<RandomStream>) {
    thinkTime = loop.thinkTime
    board = EventBoard(slots: loop.users)
    self.thinking = thinking
    for user in 0..<loop.users {
      switch loop.firstRequests {
      case .together: board.set(user, to: start)
      case .afterThinkTime: schedule(user, after: start)
      case .spread(let over):
        let share = Int128(over.picoseconds) * Int128(user) / Int128(loop.users)
        board.set(user, to: start + SimDuration(picoseconds: Int64(share)))
      }
    }
  }

  /// Who sends next, and when; users who send at the same time go in order of their numbers.
  var earliest: (user: Int, time: SimTime) {
    let (slot, time) = board.earliest
    return (slot, time)
  }

  /// The user has sent and waits for the answer.
  mutating func wait(_ user: Int) { board.set(user, to: .never) }

  /// The user has its answer and starts to think.
  mutating func schedule(_ user: Int, after time: SimTime) {
    precondition(board.time(of: user) == .never, "user \(user) of a closed loop has no request under way")
    board.set(user, to: time.adding(seconds: thinkTime.draw(&thinking[user])))
  }
}

extension ThinkTime {
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
