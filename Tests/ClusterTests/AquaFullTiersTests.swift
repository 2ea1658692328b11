import Cluster
import Replica
import SimCore
import Synchronization
import TestSupport
import Testing

@testable import Scheduling

/// Aqua where nobody on the GPU finds room off it.
struct AquaFullTiersTests {
  /// How often Aqua took it for known that nobody finds room, and by whom that was wrong.
  private final class Found: Sendable {
    @TaskLocal static var current: Found?
    private let counts = Mutex<(full: Int, wrong: [String])>((0, []))

    func add(wrong: [String]) {
      counts.withLock { counts in
        counts.full += 1
        counts.wrong += wrong
      }
    }
    var full: Int { counts.withLock { $0.full } }
    var wrong: [String] { counts.withLock { $0.wrong } }
  }

  /// Aqua, whose word that nobody finds room is held against asking everybody, before each decision.
  private struct CheckedAqua: PolicyStandIn {
    var real: AquaPolicy
    private let found = Found.current

    init(_ parameters: PolicyParameters, limits: EngineLimits) { real = AquaPolicy(parameters, limits: limits) }

    mutating func decide(_ state: EngineState, _ decision: inout Decision) {
      let planned = PlannedMemory(state)
      var asked = real
      if !asked.mayPageOut(planned, state) {
        var wrong: [String] = []
        for slot in 0..<Int32(state.table.slotCount) where state.table[slot].phase == .decoding {
          var trial = planned
          if trial.reserveCopies(slot, state) { wrong.append("slot \(slot) at \(state.now)") }
        }
        found?.add(wrong: wrong)
      }
      real.decide(state, &decision)
    }
  }

  @Test("whoever could leave the GPU is asked", arguments: 0..<Effort.engineCases(12))
  func nobodyIsPassedOver(batch: Int) throws {
    let found = Found()
    for seed in UInt64(9700 + batch * 4)..<UInt64(9700 + batch * 4 + 4) {
      var random = RandomPlan(seed: seed, policy: AquaPolicy.self)
      let parameters: [String: ParameterValue] = [
        "rules": .choice(seed % 2 == 0 ? "v2" : "v3"), "slice": .integer([1, 6][Int(seed / 2 % 2)]),
      ]
      random.plan.deployments[0].policy = PolicyChoice(CheckedAqua.self, parameters)
      let plan = random
      _ = try Found.$current.withValue(found) { try plan.result(stepping: .segment) }
    }
    #expect(found.wrong.isEmpty)
    #expect(found.full > 0, "no tier was ever full")
  }
}
