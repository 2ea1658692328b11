/// How a deployment chooses the replica for a request.
public enum Router: String, CaseIterable, Hashable, Sendable {
  case roundRobin = "round-robin"
  /// The fewest requests waiting or running.
  case leastOutstanding = "least-outstanding"
  /// The least KV: blocks in use and those that waiting prompts will take.
  case leastKV = "least-kv"
  /// The one with fewer outstanding requests of two drawn at random.
  case powerOfTwo = "power-of-two"
  /// All turns of a session to one replica, by consistent hashing, unless loads are very unequal.
  case sessionAffinity = "session-affinity"
  /// To the replica that was sent the longest beginning of the prompt, unless that is short or loads are very unequal.
  case cacheAware = "cache-aware"

  /// Whether it looks at what a request is, not at loads alone.
  public var followsRequests: Bool {
    switch self {
    case .sessionAffinity, .cacheAware: true
    case .roundRobin, .leastOutstanding, .leastKV, .powerOfTwo: false
    }
  }
}
