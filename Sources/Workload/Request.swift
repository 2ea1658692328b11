import SimCore

/// One request as a stream offers it: when it arrives, how long it is, and whose it is.
///
/// Lengths are in tokens and at least 1; a stream knows nothing of a model's context limit, the engine applies it.
public struct Request: Hashable, Sendable, BitwiseCopyable {
  /// 0, 1, 2, … in order of arrival within the stream.
  public var id: Int64
  /// When it arrives.
  public var arrival: SimTime
  /// The stream's number, as given when the source was built.
  public var stream: Int32
  public var promptTokens: Int32
  public var outputTokens: Int32
  public var tenant: Int32
  /// Smaller is more urgent, 0 unless a component says otherwise (the convention of vLLM's `priority`).
  public var priority: Int32
  /// The user of a closed loop, -1 otherwise.
  public var user: Int32
  /// Tokens of the prompt, from its first, that all prompts of its prefix group have in common.
  public var prefixTokens: Int32 = 0
  /// Which group that is, of those of its stream.
  public var prefixGroup: Int32 = 0
  /// Which adapter it names, of those of its stream; -1 for the base model.
  public var adapter: Int32 = -1
  /// The session that it is a turn of, -1 otherwise: its prompt begins with prompts and answers of all turns before.
  public var session: Int32 = -1
  /// The greatest number of a session.
  public static let largestSession = 1_000_000_000
  /// Which turn of the session, from 0.
  public var turn: Int32 = 0
  /// The time from its arrival by which it should be finished; nil when nothing is said.
  public var deadline: SimDuration?
  private var isOffline: Bool

  public init(
    id: Int64, stream: Int32, arrival: SimTime, promptTokens: Int32, outputTokens: Int32,
    requestClass: RequestClass = .online, tenant: Int32 = 0, priority: Int32 = 0, user: Int32 = -1,
    deadline: SimDuration? = nil
  ) {
    self.id = id
    self.arrival = arrival
    self.stream = stream
    self.promptTokens = promptTokens
    self.outputTokens = outputTokens
    self.tenant = tenant
    self.priority = priority
    self.user = user
    self.deadline = deadline
    self.isOffline = requestClass == .offline
  }

  /// Whether a person waits for it.
  public var requestClass: RequestClass {
    get { isOffline ? .offline : .online }
    set { isOffline = newValue == .offline }
  }
}
