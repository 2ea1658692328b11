/// How a deployment chooses the replica for a request.
public enum Router: String, CaseIterable, Hashable, Sendable {
  case roundRobin = "round-robin"
  /// The fewest requests waiting or running.
  case leastOutstanding = "least-outstanding"
  /// The least KV: blocks in use and those that waiting prompts will take.
  case leastKV = "least-kv"
  /// The one with fewer outstanding requests of two drawn at random.
  case powerOfTwo = "power-of-two"
}
