import Cluster
import Metrics
import Scheduling
import SimCore
import Testing

/// Which replica a request goes to, on cases that can be followed by hand. An iteration takes 1 ms.
struct RoutingTests {
  private func replicas(
    _ router: Router, _ count: Int, _ requests: String, seed: UInt64 = 1
  ) throws -> [Int32] {
    var world = SmallWorld(VLLMv1Policy.self, requests)
    world.router = router
    world.replicas = count
    world.seed = seed
    return try world.story().outcomes.map(\.replica)
  }

  @Test("round robin goes round, whatever the load")
  func roundRobin() throws {
    let requests = "A@0 4+100, B@1 4+1, C@2 4+1, D@9 4+1, E@20 4+1, F@21 4+1, G@22 4+1"
    #expect(try replicas(.roundRobin, 3, requests) == [0, 1, 2, 0, 1, 2, 0])
    #expect(try replicas(.roundRobin, 1, requests) == [0, 0, 0, 0, 0, 0, 0])
  }

  /// A is long. B's two tokens are out at 3 ms; C comes then, after the end of that iteration is due but before it is
  /// looked at: arrivals go first, so B still counts and the tie goes to replica 0. D finds 2 and 0.
  @Test("least outstanding counts requests that are not finished; ties go to the first")
  func leastOutstanding() throws {
    #expect(try replicas(.leastOutstanding, 2, "A@0 4+50, B@1 4+2, C@3 4+50, D@4 4+50, E@5 4+50") == [0, 1, 0, 1, 1])
    #expect(try replicas(.leastOutstanding, 2, "A@0 4+50, B@1 4+2, C@3.5 4+50, D@4 4+50") == [0, 1, 1, 0])
  }

  /// Blocks of four tokens. A holds 10 and more; B and C together stay below that for long, though they are two.
  @Test("least KV counts blocks held and promised, not requests")
  func leastKV() throws {
    #expect(try replicas(.leastKV, 2, "A@0 40+50, B@0.5 4+50, C@2 4+50, D@3 4+50") == [0, 1, 1, 1])
    #expect(try replicas(.leastOutstanding, 2, "A@0 40+50, B@0.5 4+50, C@2 4+50, D@3 4+50") == [0, 1, 0, 1])
    // At 10.5 ms A has decoded 9 tokens past a full block, and holds 4 of them; B's prompt of 12 needs 3, and C's 5th
    // token is the first of a second block: 3 + 2 = 5 blocks where A has 4.
    #expect(try replicas(.leastKV, 2, "A@0 4+50, B@9.2 12+50, C@10.5 4+50") == [0, 1, 1])
    // Waiting prompts count too: B waits, at the same moment, with 15 blocks.
    #expect(try replicas(.leastKV, 2, "A@0 4+50, B@0 60+50, C@0 4+50, D@0 4+50") == [0, 1, 0, 0])
  }

  @Test("power of two takes the less loaded of two replicas", arguments: 1...10)
  func powerOfTwo(seed: Int) throws {
    let requests = "A@0 4+90, B@1 4+90, C@2 4+90, D@3 4+90, E@4 4+90, F@5 4+90"
    // Of two replicas both are drawn, so it is least outstanding.
    #expect(try replicas(.powerOfTwo, 2, requests, seed: UInt64(seed)) == [0, 1, 0, 1, 0, 1])
    // Of three, the one that alone has the most is never taken.
    let chosen = try replicas(.powerOfTwo, 3, requests, seed: UInt64(seed))
    var load = [0, 0, 0]
    for replica in chosen {
      let most = load.max()!
      if load.count(where: { $0 == most }) == 1 { #expect(load[Int(replica)] < most) }
      load[Int(replica)] += 1
    }
  }

  @Test("what is drawn depends on the seed and on nothing else")
  func deterministic() throws {
    let requests = (0..<12).map { "A@\($0) 4+90" }.joined(separator: ", ")
    let runs = try (1...8).map { try replicas(.powerOfTwo, 4, requests, seed: $0) }
    #expect(Set(runs).count > 1)
    for (index, run) in runs.enumerated() {
      #expect(try replicas(.powerOfTwo, 4, requests, seed: UInt64(index + 1)) == run)
    }
  }
}
