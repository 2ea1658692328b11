import Metrics
import Scheduling
import SimCore
import Testing

/// KV copied to the host as it is produced, and loaded again after a preemption.
struct OffloadingTests {
  /// Three requests of 12 tokens in a pool that cannot hold what they grow to.
  private func outcomes(offloads: Bool, hostBlocks: Int = 100) throws -> [RequestOutcome] {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 12+60, B@0 12+60, C@0 12+60")
    world.blocks = 24
    world.hostBlocks = hostBlocks
    world.parameters["kv_offloading"] = .boolean(offloads)
    return try world.story().outcomes
  }

  @Test("a preempted request loads what the host has and processes the rest")
  func loads() throws {
    let dropped = try outcomes(offloads: false)
    let loaded = try outcomes(offloads: true)
    #expect(dropped.allSatisfy { $0.status == .completed } && loaded.allSatisfy { $0.status == .completed })
    #expect(dropped.contains { $0.preemptions > 0 } && loaded.contains { $0.preemptions > 0 })
    let again = { (rows: [RequestOutcome]) in rows.reduce(0) { $0 + Int($1.recomputedTokens) } }
    // Of each preemption at most a block and what waited for its copy is lost, where a drop loses all.
    #expect(again(loaded) > 0 && again(loaded) * 3 < again(dropped))
    #expect(loaded.contains { $0.pagedInBytes > 0 } && !dropped.contains { $0.pagedInBytes > 0 })
  }

  /// A's blocks are what B waits for; C and D go on meanwhile.
  @Test("blocks of a finished request that was stored come back an iteration later")
  func heldBlocks() throws {
    func outcomes(offloads: Bool) throws -> [RequestOutcome] {
      var world = SmallWorld(VLLMv1Policy.self, "A@0 12+20, C@0 12+60, D@0 4+30, B@17.5 40+4")
      world.blocks = 30
      world.hostBlocks = 100
      world.parameters["kv_offloading"] = .boolean(offloads)
      return try world.story().outcomes
    }
    let (plain, stored) = (try outcomes(offloads: false), try outcomes(offloads: true))
    #expect(plain[3].scheduled == plain[0].finished, "B begins where A ends")
    #expect(stored[0].finished == plain[0].finished && stored[3].scheduled > stored[0].finished)
    #expect(stored[3].scheduled == stored[0].finished + .milliseconds(1))
  }

  @Test("without room on the host it is computed again")
  func noRoom() throws {
    let without = try outcomes(offloads: true, hostBlocks: 0)
    #expect(without == (try outcomes(offloads: false)))
  }
}
