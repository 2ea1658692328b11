import SimCore

/// How a request left the run.
public enum RequestStatus: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// Every asked output token was generated.
  case completed
  /// Refused on arrival, because it can never be served.
  case rejected
  /// Still waiting or running when the run ended.
  case unfinished
}

/// Why a request can never be served.
public enum RejectionReason: UInt8, Sendable, BitwiseCopyable, CaseIterable {
  /// The prompt and one KV block more than fill the whole KV pool.
  case exceedsPool
  /// The prompt and the asked output are longer than the model's context.
  case exceedsContext
}

/// What happened to one request: one row of the per-request output.
public struct RequestOutcome: Sendable, BitwiseCopyable, Hashable {
  /// The request's number, unique in the run, in order of arrival.
  public var id: Int64
  /// Which request stream of the scenario it came from.
  public var stream: Int32
  /// Which deployment served it.
  public var deployment: Int32
  /// Which replica of the deployment served it; −1 when none did.
  public var replica: Int32
  public var tenant: Int32
  private var classCode: UInt8
  public var status: RequestStatus
  /// Why it was rejected; nil unless `status` is `.rejected`.
  public var rejectionReason: RejectionReason?
  public var arrival: SimTime
  /// When any of its tokens were first processed; `.never` when none were.
  public var scheduled: SimTime
  /// When its first output token was ready; `.never` when none was.
  public var firstToken: SimTime
  /// When its last output token was ready; `.never` unless completed.
  public var finished: SimTime
  public var promptTokens: Int32
  /// Output tokens asked for.
  public var outputTokens: Int32
  /// Output tokens made by the time it left.
  public var generatedTokens: Int32
  /// How often it lost its place in the running batch, by recompute or by paging.
  public var preemptions: Int32
  /// Tokens processed a second time because their KV blocks had been dropped.
  public var recomputedTokens: Int32
  /// Prompt tokens found among the blocks of earlier prompts when it was first admitted.
  public var cachedTokens: Int32 = 0
  public var pagedOutBytes: Int64
  public var pagedInBytes: Int64
  /// The longest time between two successive output tokens; zero with fewer than two.
  public var longestTokenGap: SimDuration
  /// How the time from arrival to the last token, or to the end of the run, is divided; zero when rejected.
  public var timeSpent: TimeSplit
  /// When it should have been finished; `.never` when nothing was said.
  public var deadline: SimTime

  /// How urgent the request is.
  public var requestClass: RequestClass {
    get { classCode == 0 ? .online : .offline }
    set { classCode = Self.code(newValue) }
  }

  private static func code(_ requestClass: RequestClass) -> UInt8 {
    switch requestClass {
    case .online: 0
    case .offline: 1
    }
  }

  public init(
    id: Int64, stream: Int32, deployment: Int32, replica: Int32, requestClass: RequestClass, tenant: Int32,
    status: RequestStatus, rejectionReason: RejectionReason? = nil,
    arrival: SimTime, scheduled: SimTime = .never, firstToken: SimTime = .never, finished: SimTime = .never,
    promptTokens: Int32, outputTokens: Int32, generatedTokens: Int32 = 0,
    preemptions: Int32 = 0, recomputedTokens: Int32 = 0, pagedOutBytes: Int64 = 0, pagedInBytes: Int64 = 0,
    longestTokenGap: SimDuration = .zero, timeSpent: TimeSplit = TimeSplit(),
    deadline: SimTime = .never
  ) {
    self.id = id
    self.stream = stream
    self.deployment = deployment
    self.replica = replica
    self.tenant = tenant
    self.classCode = Self.code(requestClass)
    self.status = status
    self.rejectionReason = rejectionReason
    self.arrival = arrival
    self.scheduled = scheduled
    self.firstToken = firstToken
    self.finished = finished
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
    self.generatedTokens = generatedTokens
    self.preemptions = preemptions
    self.recomputedTokens = recomputedTokens
    self.pagedOutBytes = pagedOutBytes
    self.pagedInBytes = pagedInBytes
    self.longestTokenGap = longestTokenGap
    self.timeSpent = timeSpent
    self.deadline = deadline
  }
}

extension RequestOutcome {
  /// Time to first token (TTFT): first output token − arrival; nil when there was none.
  public var timeToFirstToken: SimDuration? { firstToken == .never ? nil : firstToken - arrival }

  /// End-to-end latency: last output token − arrival; nil unless completed.
  public var endToEndLatency: SimDuration? { finished == .never ? nil : finished - arrival }

  /// Time between arrival and the first processing of any token; nil when it was never scheduled.
  public var queueTime: SimDuration? { scheduled == .never ? nil : scheduled - arrival }

  /// Time per output token (TPOT): (last token − first token) / (output tokens − 1), to the nearest picosecond,
  /// halves up; nil with fewer than two output tokens, as in `vllm bench serve`.
  public var timePerOutputToken: SimDuration? {
    guard finished != .never, firstToken != .never, generatedTokens > 1 else { return nil }
    let gaps = Int64(generatedTokens) - 1
    let (quotient, remainder) = (finished - firstToken).picoseconds.quotientAndRemainder(dividingBy: gaps)
    return SimDuration(picoseconds: 2 * remainder >= gaps ? quotient + 1 : quotient)
  }
}

extension Fingerprint {
  /// Mixes in every field of an outcome.
  public mutating func combine(_ outcome: RequestOutcome) {
    func pair(_ high: Int32, _ low: Int32) -> Int64 { Int64(high) << 32 | Int64(UInt32(bitPattern: low)) }
    let reason = outcome.rejectionReason.map { Int32($0.rawValue) + 1 } ?? 0
    let requestClass: Int32 = outcome.requestClass == .online ? 0 : 1
    combine(outcome.id)
    combine(pair(outcome.stream, outcome.deployment))
    combine(pair(outcome.replica, outcome.tenant))
    combine(pair(reason << 16 | requestClass << 8 | Int32(outcome.status.rawValue), outcome.preemptions))
    combine(outcome.arrival.picoseconds)
    combine(outcome.scheduled.picoseconds)
    combine(outcome.firstToken.picoseconds)
    combine(outcome.finished.picoseconds)
    combine(pair(outcome.promptTokens, outcome.outputTokens))
    combine(pair(outcome.generatedTokens, outcome.recomputedTokens))
    combine(outcome.pagedOutBytes)
    combine(outcome.pagedInBytes)
    // Requests without one hash as they did before there were any.
    if outcome.deadline != .never { combine(outcome.deadline.picoseconds) }
  }
}
