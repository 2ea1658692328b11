import Cluster
import Metrics
import Scheduling
import SimCore
import StepTime
import Synchronization
import Testing
import Workload

/// The way between clients and engines: a constant before the queue.
struct FrontEndTests {
  private static func outcomes(_ plan: ClusterPlan) throws -> (RunResult, [RequestOutcome]) {
    let kept = Mutex<[RequestOutcome]>([])
    let result = try Simulation.run(
      plan,
      provenance: RunProvenance(
        scenarioName: "f", scenarioPath: "f", scenarioDigest: "", profileName: "", profileDigest: "",
        spillwayVersion: ""),
      policy: "test", sink: { outcome in kept.withLock { $0.append(outcome) } })
    return (result, kept.withLock { $0 }.sorted { $0.id < $1.id })
  }

  @Test("everything happens later by just that, on random clusters, under both steppings")
  func shifts() throws {
    let delay = SimDuration.milliseconds(15)
    var compared = 0
    for seed in 0..<16 {
      var plan = (seed < 8 ? RandomPlan(seed: UInt64(seed)) : RandomPlan(seed: UInt64(seed), policy: VLLMv1Policy.self))
        .plan
      plan.end = .never
      plan.warmUpEnd = .zero
      for index in plan.deployments.indices { plan.deployments[index].frontEnd = delay }
      plan.stepping = .segment
      let (segments, later) = try Self.outcomes(plan)
      plan.stepping = .iteration
      plan.checksInvariants = true
      #expect(try Self.outcomes(plan).0.fingerprint == segments.fingerprint, "seed \(seed)")
      // What goes by the clock, such as a lender's looks, is not moved; nor is a user's next request alone.
      guard seed >= 8, plan.lenders.isEmpty, plan.fleet.isEmpty,
        plan.deployments.allSatisfy({ !$0.host.varies }), plan.streams.allSatisfy({ $0.stream.isListedOrOpen })
      else { continue }
      compared += 1
      for index in plan.deployments.indices { plan.deployments[index].frontEnd = .zero }
      let (_, before) = try Self.outcomes(plan)
      #expect(before.count == later.count)
      for (a, b) in zip(before, later) where a.status == .completed {
        #expect(a.arrival == b.arrival && b.firstToken == a.firstToken + delay && b.finished == a.finished + delay)
        #expect(b.timeSpent.waiting == a.timeSpent.waiting + delay)
      }
    }
    #expect(compared > 0)
  }
}

extension WorkloadStream {
  /// Whether its arrivals do not depend on when requests are done.
  fileprivate var isListedOrOpen: Bool {
    if case .closedLoop = arrivals { return false }
    return conversations == nil
  }
}
