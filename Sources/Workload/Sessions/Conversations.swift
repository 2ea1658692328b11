import SimCore

/// Sessions of several turns: a stream's arrivals start sessions, and each further turn follows the answer to the one
/// before.
///
/// A turn's prompt is all that was said before, prompts and answers, and what the user adds.
public struct Conversations: Hashable, Sendable {
  /// How many turns a session has.
  public var turns: LengthDistribution
  /// The time between an answer and the next turn.
  public var thinkTime: ThinkTime
  /// How much a user adds from the second turn on; as much as in the first when nil.
  public var newTokens: LengthDistribution?

  public init(turns: LengthDistribution, thinkTime: ThinkTime, newTokens: LengthDistribution? = nil) {
    self.turns = turns
    self.thinkTime = thinkTime
    self.newTokens = newTokens
  }

  /// Everything wrong with the description, in words.
  func problems() -> [WorkloadProblem] {
    turns.problems().below("turns") + thinkTime.problems().below("think_time")
      + (newTokens?.problems().below("new_tokens") ?? [])
  }
}

/// The sessions under way, and when their next turns come.
///
/// Every session has a random stream of its own, so its turns don't depend on the order in which others are served.
struct SessionTurns: Sendable {
  private struct Session: Sendable {
    var random: RandomStream
    /// Which part of the mixture it is.
    var component: Int
    var turnsLeft: Int
    /// The turn sent last.
    var last: Request
  }

  private let thinkTime: ThinkTime
  private let turns: LengthSampler
  private let newTokens: LengthSampler?
  private let random: @Sendable (Int) -> RandomStream
  private var board = EventBoard(slots: 1)
  /// By place on the board.
  private var sessions: ContiguousArray<Session?> = [nil]
  private var vacant: ContiguousArray<Int32> = [0]
  private var started = 0

  init(_ description: Conversations, random: @escaping @Sendable (_ purpose: String) -> RandomStream) {
    thinkTime = description.thinkTime
    turns = LengthSampler(description.turns)
    newTokens = description.newTokens.map { LengthSampler($0) }
    self.random = { random("session-\($0)") }
  }

  /// When the next turn of a session under way comes.
  var nextTurn: SimTime { board.earliest.time }

  /// Makes a request the first turn of a new session.
  mutating func start(
    _ request: inout Request, _ components: ComponentSampler, _ prefix: PrefixSampler?, _ adapters: AdapterSampler?
  ) {
    var stream = random(started)
    let left = Int(turns.draw(&stream)) - 1
    let component = components.choose(&stream)
    components.complete(&request, as: component, &stream)
    prefix?.complete(&request, &stream)
    adapters?.complete(&request, &stream)
    request.session = Int32(started % Request.largestSession)
    started += 1
    if vacant.isEmpty {
      vacant.append(Int32(sessions.count))
      sessions.append(nil)
      board.grow(to: sessions.count)
    }
    request.user = vacant.removeLast()
    sessions[Int(request.user)] = Session(random: stream, component: component, turnsLeft: left, last: request)
  }

  /// Makes a request the turn that comes next.
  ///
  /// - Precondition: there is one.
  mutating func goOn(_ request: inout Request, _ components: ComponentSampler) {
    let place = board.earliest.slot
    guard var session = sessions[place] else { preconditionFailure("no session has place \(place)") }
    board.set(place, to: .never)
    components.complete(&request, as: session.component, &session.random)
    if let newTokens { request.promptTokens = newTokens.draw(&session.random) }
    let before = session.last
    let prompt = Int(before.promptTokens) + Int(before.outputTokens) + Int(request.promptTokens)
    request.promptTokens = Int32(min(LengthDistribution.largest, prompt))
    request.prefixTokens = before.prefixTokens
    request.prefixGroup = before.prefixGroup
    request.adapter = before.adapter
    request.session = before.session
    request.turn = before.turn + 1
    request.user = Int32(place)
    session.turnsLeft -= 1
    session.last = request
    sessions[place] = session
  }

  /// The turn of a session that was sent last is done.
  ///
  /// - Parameter isAnswered: false for one that was refused, as when the history has become too long: the session ends.
  mutating func completed(_ place: Int, at time: SimTime, isAnswered: Bool) {
    guard var session = sessions[place] else { preconditionFailure("no session has place \(place)") }
    guard isAnswered, session.turnsLeft > 0 else {
      sessions[place] = nil
      return vacant.append(Int32(place))
    }
    let pause = thinkTime.draw(&session.random)
    sessions[place] = session
    board.set(place, to: time.adding(seconds: pause))
  }
}

extension SimTime {
  /// This time and a drawn number of seconds, in whole nanoseconds; `.never` beyond the longest of runs.
  func adding(seconds: Double) -> SimTime {
    let limited = min(seconds, ArrivalSampler.horizonSeconds)
    let (sum, overflow) = picoseconds.addingReportingOverflow(Int64((limited * 1e9).rounded()) * 1000)
    return overflow ? .never : SimTime(picoseconds: sum)
  }
}
