import Cluster
import Metrics
import Scheduling
import SimCore
import Synchronization
import TestSupport
import Testing

/// Aqua's two sets of rules, its slices, and the bound on gaps.
struct AquaRulesTests {
  /// Every rule with every unit of slices and every way to charge GPU time, in turn, on random clusters.
  @Test("both steppings agree and serve everyone under every rule", arguments: 0..<Effort.engineCases(24))
  func steppingsAgree(batch: Int) throws {
    for seed in UInt64(9000 + batch * 4)..<UInt64(9000 + batch * 4 + 4) {
      var random = RandomPlan(seed: seed, policy: AquaPolicy.self)
      let n = Int(seed)
      let parameters: [String: ParameterValue] = [
        "rules": .choice(n % 4 == 0 ? "v2" : "v3"),
        "slice_unit": .choice(["steps", "tokens", "milliseconds"][n % 3]),
        "slice": .integer([1, 6, 40][n / 3 % 3]),
        "gpu_time_share": .choice(["tokens", "equal", "whole"][n / 2 % 3]),
        "longest_gap": .duration(.milliseconds([0, 5, 60, 400][n / 5 % 4])),
        "prefill_tokens": .integer([0, 16, 200][n / 7 % 3]),
        "decode_sequences": .integer([0, 2, 9][n / 11 % 3]),
        "long_prompts": .choice(n % 8 == 0 ? "alone" : "beside"),
      ]
      random.plan.deployments[0].policy = PolicyChoice(AquaPolicy.self, parameters)
      random.plan.end = .never
      let segment = try random.result(stepping: .segment)
      let iteration = try random.result(stepping: .iteration)
      let difference = firstDifference(segment, iteration)
      #expect(difference == nil, "seed \(seed), \(parameters): \(difference ?? "")")
      #expect(segment.groups.allSatisfy { $0.unfinished == 0 }, "seed \(seed), \(parameters)")
    }
  }

  @Test("gaps and the division of time are the same in both steppings, and the parts add up")
  func timeAddsUp() throws {
    var offGPU = SimDuration.zero
    var waiting = SimDuration.zero
    for seed in UInt64(9500)..<9524 {
      var rows: [[RequestOutcome]] = []
      let random = seed % 2 == 0 ? RandomPlan(seed: seed, policy: AquaPolicy.self) : RandomPlan(seed: seed)
      for stepping in Stepping.allCases {
        var plan = random.plan
        plan.stepping = stepping
        let seen = Mutex<[RequestOutcome]>([])
        let result = try Simulation.run(
          plan, provenance: RandomPlan.provenance, policy: random.policyName,
          sink: { row in seen.withLock { $0.append(row) } })
        let outcomes = seen.withLock { $0 }
        for outcome in outcomes {
          let stay =
            switch outcome.status {
            case .completed: outcome.finished - outcome.arrival
            case .unfinished: result.simulatedEnd - outcome.arrival
            case .rejected: SimDuration.zero
            }
          #expect(outcome.timeSpent.total == stay, "seed \(seed), request \(outcome.id)")
          offGPU += outcome.timeSpent.offGPU
          waiting += outcome.timeSpent.waiting
        }
        rows.append(outcomes)
      }
      #expect(rows[0] == rows[1], "seed \(seed), policy \(random.policyName)")
    }
    #expect(offGPU > .zero && waiting > .zero)
  }

  /// B comes when A has made fifteen tokens. Soon both do not fit, and A, well ahead, waits for B to draw level.
  private func rivals(_ parameters: [String: ParameterValue]) throws -> [RequestOutcome] {
    var world = SmallWorld(AquaPolicy.self, "A@0 4+30, B@15 4+30")
    world.blocks = 10
    world.peerBlocks = 100
    world.parameters = parameters
    world.parameters["watermark"] = .number(0)
    return try world.story().outcomes
  }

  @Test("the longest gap is bound where a bound is asked for", arguments: ["v2", "v3"])
  func longestGap(rules: String) throws {
    let free = try rivals(["rules": .choice(rules)])
    let bound = try rivals(["rules": .choice(rules), "longest_gap": .duration(.milliseconds(5))])
    #expect(free[0].longestTokenGap >= .milliseconds(12))
    // The bound, the iteration under way, copies of at most ten blocks each way, and an iteration.
    #expect(bound.allSatisfy { $0.longestTokenGap <= .milliseconds(5 + 1 + 2 + 1) })
    #expect((free + bound).allSatisfy { $0.status == .completed })
  }

  /// B's prompt takes four iterations of sixteen tokens.
  private func longPrompt(_ way: String) throws -> SmallWorld.Story {
    var world = SmallWorld(AquaPolicy.self, "A@0 4+9, B@1.5 60+3")
    world.maxTokens = 16
    world.parameters = ["long_prompts": .choice(way)]
    return try world.story()
  }

  @Test("what is left of a long prompt runs beside decode, or alone where that is asked for")
  func longPrompts() throws {
    #expect(
      try longPrompt("alone").picture == """
        A |Pd----ddddddd|
        B   |PPPPdd|
        """)
    #expect(
      try longPrompt("beside").picture == """
        A |Pd-ddddddd|
        B   |PPPPdd|
        """)
    #expect(try longPrompt("alone").outcomes[0].longestTokenGap == .milliseconds(5))
    #expect(try longPrompt("beside").outcomes[0].longestTokenGap == .milliseconds(2))
  }
}
