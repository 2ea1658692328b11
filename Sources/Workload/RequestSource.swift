import SimCore

/// The requests of one stream, one at a time in order of arrival, in memory that doesn't grow with their number.
///
/// Made for an event loop: `nextTime` is when the next request comes, `take()` hands it over. A closed loop needs
/// to be told of each answer with `completed(user:at:)`, which may bring `nextTime` forward.
///
/// Not for sharing between threads: each run builds its own.
public final class RequestSource {
  /// The number that its requests carry.
  public let stream: Int32
  /// When the next request comes; `.never` at the end and while every user of a closed loop waits.
  public private(set) var nextTime: SimTime = .never
  /// How many requests have been taken.
  public var taken: Int64 { state.taken }

  fileprivate var state: State

  /// What comes next of sessions under way, and when the next one starts.
  fileprivate struct Sessions {
    var turns: SessionTurns
    var nextStart = SimTime.never
  }

  /// Exactly one of `open`, `users`, `trace`, `clients` and `listed` is set.
  fileprivate struct State {
    var open: ArrivalSampler?
    var users: ClosedLoopUsers?
    var trace: TraceReader?
    var clients: ClientArrivals?
    var record: TraceRecord?
    /// The blocks of the next request's prompt, and of the last one's that was taken.
    var recordBlocks: [Int] = []
    var takenBlocks: [Int] = []
    var listed: [Request]?
    /// Beside `open`: its arrivals start sessions.
    var sessions: Sessions?
    var prefix: PrefixSampler?
    var adapters: AdapterSampler?
    /// One, or one per user of a closed loop who has sent, and those before them.
    var components: ContiguousArray<ComponentSampler> = []
    var componentsOfUser: (@Sendable (Int) -> ComponentSampler)?
    let start: SimTime
    let end: SimTime
    var limit: Int64
    /// Whether the description gives deadlines.
    let hasDeadlines: Bool
    var taken: Int64 = 0
  }

  /// Builds the source of a stream.
  ///
  /// - Parameters:
  ///   - description: the stream; it is checked here once more.
  ///   - number: what its requests carry as `stream`.
  ///   - seed: the run's seed.
  ///   - replication: the replication's number, from 0.
  ///   - keepsBlocks: whether ``takenBlocks`` is asked for.
  /// - Throws: when the description has problems, or its trace can't be read up to the first request.
  public init(
    _ description: WorkloadStream, number: Int32, seed: UInt64, replication: Int, keepsBlocks: Bool = false
  ) throws(WorkloadError) {
    let problems = description.problems()
    if !problems.isEmpty {
      throw WorkloadError(
        .badDescription, "stream '\(description.name)': \(problems.map(\.description).joined(separator: "; "))")
    }
    func random(_ purpose: String) -> RandomStream {
      RandomStream(seed: seed, replication: replication, purpose: "\(purpose)/\(description.name)")
    }
    @Sendable func components(_ suffix: String) -> ComponentSampler {
      ComponentSampler(
        description.components, seed: seed, replication: replication, suffix: description.name + suffix,
        drawsPrefixes: description.sharedPrefix != nil, drawsAdapters: description.adapters != nil)
    }
    let start = SimTime.zero + description.start
    var state = State(
      start: start, end: description.durationLimit.map { start + $0 } ?? .never,
      limit: Int64(description.requestLimit ?? .max),
      hasDeadlines: description.components.contains { $0.deadline != nil })
    switch description.arrivals {
    case .trace(let trace):
      state.trace = try TraceReader(
        trace, sampling: random("sampling"), spreading: random("spread"), keepsBlocks: keepsBlocks)
      state.components.append(components(""))
    case .closedLoop(let loop):
      let name = description.name
      state.users = ClosedLoopUsers(loop, start: start) { user in
        RandomStream(seed: seed, replication: replication, purpose: "think/\(name)/\(user)")
      }
      state.componentsOfUser = { user in components("/\(user)") }
    case .clients(let population):
      state.clients = ClientArrivals(population, random: random)
      state.components.append(components(""))
    case .listed(let requests):
      state.listed = requests
      state.limit = min(state.limit, Int64(requests.count))
      state.components.append(components(""))
    default:
      if case .batch(let count) = description.arrivals { state.limit = min(state.limit, Int64(count)) }
      state.open = ArrivalSampler(
        description.arrivals, requestLimit: description.requestLimit, stream: random("arrivals"),
        phases: random("phases"))
      state.components.append(components(""))
    }
    let name = description.name
    let ownRandom: @Sendable (String) -> RandomStream = {
      RandomStream(seed: seed, replication: replication, purpose: "\($0)/\(name)")
    }
    state.prefix = description.sharedPrefix.map { PrefixSampler($0, random: ownRandom) }
    state.adapters = description.adapters.map { AdapterSampler($0) }
    if let conversations = description.conversations {
      var sessions = Sessions(turns: SessionTurns(conversations, random: ownRandom))
      sessions.nextStart = state.nextArrival()
      state.sessions = sessions
    }
    stream = number
    self.state = state
    nextTime = try self.state.findNext()
  }

  /// Hands over the request that comes at `nextTime` and finds the time of the one after it.
  ///
  /// - Precondition: `nextTime` is not `.never`.
  /// - Throws: when the trace's next row is bad.
  public func take() throws(WorkloadError) -> Request {
    precondition(nextTime != .never, "a request was taken from a stream that has none now")
    let request = state.take(at: nextTime, stream: stream)
    nextTime = try state.findNext()
    return request
  }

  /// Tells a closed loop, or a stream of sessions, that a user's request has been answered, refused or dropped; the
  /// user starts to think.
  ///
  /// Does nothing for other streams, whose requests have `user` -1.
  ///
  /// - Parameter isAnswered: false for a request that was refused; it ends its session.
  public func completed(user: Int32, at time: SimTime, isAnswered: Bool = true) {
    guard user >= 0 else { return }
    if state.sessions != nil {
      state.sessions!.turns.completed(Int(user), at: time, isAnswered: isAnswered)
      nextTime = state.earliestOfSessions()
    } else if state.users != nil {
      state.users!.schedule(Int(user), after: time)
      nextTime = state.earliestUser()
    }
  }

  /// Whether any request may have a deadline.
  public var mayHaveDeadlines: Bool {
    state.hasDeadlines || state.trace?.mayHaveDeadlines == true || state.listed?.contains { $0.deadline != nil } == true
  }

  /// Whether any request may say what its prompt begins with.
  public var mayNamePrefixes: Bool {
    state.prefix != nil || state.sessions != nil || state.trace?.mayNamePrefixes == true
  }

  /// What blocks the prompt of the request taken last is made of; empty where the trace does not say.
  public var takenBlocks: [Int] { state.takenBlocks }

  /// Tokens of each of these blocks; nil where the trace names none.
  public var blockTokens: Int? { state.trace?.blockTokens }

  /// What a trace's rows have come to so far; nil for other streams.
  public var traceReport: TraceReport? { state.trace?.report }
}

extension RequestSource.State {
  /// When the next request comes, before the limits of the stream.
  fileprivate mutating func findNext() throws(WorkloadError) -> SimTime {
    if taken >= limit { return .never }
    if users != nil { return earliestUser() }
    if sessions != nil { return earliestOfSessions() }
    var time = SimTime.never
    if open != nil {
      time = nextArrival()
    } else if let listed {
      time = start + SimDuration(picoseconds: listed[Int(taken)].arrival.picoseconds)
    } else if let clients {
      let since = clients.nextTime
      time = since == .never ? since : start + (since - .zero)
    } else if let trace {
      record = try trace.next()
      guard let record else { return .never }
      recordBlocks = trace.takeBlocks(of: record)
      time = start + SimDuration(picoseconds: record.arrival.picoseconds)
    }
    return time < end ? time : .never
  }

  /// When the open process has its next arrival.
  fileprivate mutating func nextArrival() -> SimTime {
    guard let elapsed = open?.next() else { return .never }
    return start + SimDuration(picoseconds: elapsed)
  }

  fileprivate func earliestOfSessions() -> SimTime {
    guard taken < limit, let sessions else { return .never }
    let time = min(sessions.turns.nextTurn, sessions.nextStart)
    return time < end ? time : .never
  }

  /// The next turn of a session, or the first of a new one.
  private mutating func takeTurn(_ request: inout Request) {
    if sessions!.turns.nextTurn <= sessions!.nextStart {
      sessions!.turns.goOn(&request, components[0])
    } else {
      sessions!.turns.start(&request, components[0], prefix, adapters)
      sessions!.nextStart = nextArrival()
    }
    taken += 1
  }

  fileprivate func earliestUser() -> SimTime {
    guard taken < limit, let time = users?.earliest.time else { return .never }
    return time < end ? time : .never
  }

  fileprivate mutating func take(at time: SimTime, stream: Int32) -> Request {
    var request = Request(id: taken, stream: stream, arrival: time, promptTokens: 1, outputTokens: 1)
    if sessions != nil {
      takeTurn(&request)
      return request
    }
    var source = 0
    if let record {
      takenBlocks = recordBlocks
      request.promptTokens = record.promptTokens
      request.outputTokens = record.outputTokens
      request.tenant = record.tenant
      request.priority = record.priority
      request.deadline = record.deadline
      request.requestClass = record.requestClass
      request.prefixTokens = record.prefixTokens
      request.prefixGroup = record.prefixGroup
      request.session = record.session
      request.turn = record.turn
    } else if let listed {
      let given = listed[Int(taken)]
      request.promptTokens = given.promptTokens
      request.outputTokens = given.outputTokens
      request.tenant = given.tenant
      request.priority = given.priority
      request.deadline = given.deadline
      request.requestClass = given.requestClass
      request.prefixTokens = given.prefixTokens
      request.prefixGroup = given.prefixGroup
      request.session = given.session
      request.turn = given.turn
      request.adapter = given.adapter
    } else if clients != nil {
      let next = clients!.take()
      request.tenant = next.client
      request.promptTokens = next.prompt ?? 1
      request.outputTokens = next.output ?? 1
    } else if users != nil {
      source = users!.earliest.user
      request.user = Int32(source)
      users!.wait(source)
      while components.count <= source { components.append(componentsOfUser!(components.count)) }
    }
    components[source].complete(&request, prefix, adapters)
    taken += 1
    return request
  }
}
