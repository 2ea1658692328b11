/// Copies that run at the same time, so that they share links.
public struct ContentionPattern: Hashable, Sendable {
  /// One copy among them.
  public struct Flow: Hashable, Sendable {
    /// A GPU by its position among those measured, or `nil` for the host.
    public let from: Int?
    public let to: Int?
    /// The GPU whose stream the copy is queued on.
    public let driver: Int

    public init(from: Int?, to: Int?, driver: Int) {
      self.from = from
      self.to = to
      self.driver = driver
    }

    static func push(_ from: Int, _ to: Int) -> Flow { Flow(from: from, to: to, driver: from) }
    static func pull(_ from: Int, _ to: Int) -> Flow { Flow(from: from, to: to, driver: to) }
    static func fromHost(_ to: Int) -> Flow { Flow(from: nil, to: to, driver: to) }
    static func toHost(_ from: Int) -> Flow { Flow(from: from, to: nil, driver: from) }

    /// Whether it goes over PCIe.
    public var isHost: Bool { from == nil || to == nil }
  }

  public let name: String
  public let flows: [Flow]

  /// Every pattern that a number of GPUs allows.
  ///
  /// - Parameter peers: whether the GPUs reach each other's memory.
  public static func all(gpus: Int, peers: Bool) -> [ContentionPattern] {
    var patterns = host(gpus: gpus)
    if !peers || gpus < 2 { return patterns }
    func add(_ name: String, _ flows: [Flow]) { patterns.append(ContentionPattern(name: name, flows: flows)) }
    add("one_pair", [.push(0, 1)])
    add("one_pair_both_ways", [.push(0, 1), .push(1, 0)])
    add("peer_and_host_into_one", [.push(1, 0), .fromHost(0)])
    add("peer_and_host_out_of_one", [.push(0, 1), .toHost(0)])
    if gpus >= 3 {
      add("two_into_one", [.push(1, 0), .push(2, 0)])
      add("one_into_two", [.push(0, 1), .push(0, 2)])
      add("two_from_one", [.pull(0, 1), .pull(0, 2)])
    }
    if gpus >= 4 {
      let pairs = stride(from: 0, to: gpus - 1, by: 2).map { ($0, $0 + 1) }
      add("disjoint_pairs", pairs.map { .push($0.0, $0.1) })
      add("disjoint_pairs_both_ways", pairs.flatMap { [.push($0.0, $0.1), .push($0.1, $0.0)] })
      add("all_into_one", (1..<gpus).map { .push($0, 0) })
      add("all_from_one", (1..<gpus).map { .pull(0, $0) })
      add("ring", (0..<gpus).map { .push($0, ($0 + 1) % gpus) })
      // Sharing at one end only: one flow has the sender to itself after the first bottleneck.
      add("two_into_one_and_one_elsewhere", [.push(1, 0), .push(2, 0), .push(2, 3)])
    }
    return patterns
  }

  private static func host(gpus: Int) -> [ContentionPattern] {
    var patterns: [ContentionPattern] = []
    var counts = [1]
    while counts[counts.count - 1] < gpus { counts.append(min(2 * counts[counts.count - 1], gpus)) }
    for count in counts {
      let all = Array(0..<count)
      patterns.append(.init(name: "host_to_\(count)", flows: all.map { .fromHost($0) }))
      patterns.append(.init(name: "\(count)_to_host", flows: all.map { .toHost($0) }))
      patterns.append(.init(name: "host_both_ways_\(count)", flows: all.flatMap { [.fromHost($0), .toHost($0)] }))
    }
    // Which GPUs share a way to the host shows in pairs.
    if gpus > 2 {
      for a in 0..<gpus {
        for b in (a + 1)..<gpus where (a, b) != (0, 1) {
          patterns.append(.init(name: "host_to_pair_\(a)_\(b)", flows: [.fromHost(a), .fromHost(b)]))
        }
      }
    }
    return patterns
  }
}
