import Cluster
import Foundation
import Metrics
import Network
import Scheduling
import SimCore
import TestSupport
import Testing
import Workload

/// The main test of the engine: a segment of iterations per event, and one iteration per event through plain code, give
/// the same results to the last picosecond.
struct SteppingTests {
  @Test("both steppings agree on random clusters", arguments: 0..<Effort.engineCases(60))
  func steppingsAgree(batch: Int) throws {
    for seed in UInt64(batch * 5)..<UInt64(batch * 5 + 5) {
      let random = RandomPlan(seed: seed)
      let segment = try random.result(stepping: .segment)
      let iteration = try random.result(stepping: .iteration)
      let difference = firstDifference(segment, iteration)
      #expect(
        difference == nil,
        "seed \(seed), \(random.policyName) \(random.plan.deployments[0].policy.parameters): \(difference ?? "")")
      #expect(segment.injected > 0, "seed \(seed) made no requests")
    }
  }

  @Test("and where KV is paged block by block", arguments: 0..<8)
  func steppingsAgreeBlockByBlock(part: UInt64) throws {
    var paged: Int64 = 0
    for seed in stride(from: 40_000 + part, to: 40_040, by: 8) {
      var random = RandomPlan(seed: seed, policy: AquaPolicy.self, isTiny: false)
      random.plan.deployments[0].transferMode = .blockwise
      let segment = try random.result(stepping: .segment)
      let difference = firstDifference(segment, try random.result(stepping: .iteration))
      #expect(difference == nil, "seed \(seed): \(difference ?? "")")
      paged += segment.paging.reduce(0) { $0 + $1.pagedOutBytes }
    }
    #expect(paged > 0)
  }

  /// A user who sends the next request when an answer ends does so at the moment at which the next iteration begins.
  @Test("and where iterations are planned ahead and users do not think", arguments: 0..<4)
  func steppingsAgreePlanningAhead(part: UInt64) throws {
    for seed in stride(from: 80_000 + part, to: 80_060, by: 4) {
      var random = RandomPlan(seed: seed, policy: VLLMv1Policy.self, isTiny: seed % 3 == 0)
      random.plan.deployments[0].policy = PolicyChoice(VLLMv1Policy.self, ["async_scheduling": .boolean(true)])
      var users = random.plan.streams[0]
      users.stream.name = "users"
      users.stream.arrivals = .closedLoop(
        ClosedLoop(users: 3, thinkTime: .fixed(seconds: 0), firstRequests: .together))
      users.stream.requestLimit = 30
      random.plan.streams[0].stream.arrivals = .gamma(rate: 20, cv: 3, endsAtMean: false)
      random.plan.streams.append(users)
      let segment = try random.result(stepping: .segment)
      let difference = firstDifference(segment, try random.result(stepping: .iteration))
      #expect(difference == nil, "seed \(seed): \(difference ?? "")")
    }
  }

  /// As many clusters for each policy as `SPILLWAY_RANDOM_CLUSTERS` says, 40 otherwise.
  @Test("and on clusters with tiny pools and budgets, under every policy", arguments: ConformanceTests.names, 0..<8)
  func steppingsAgreeWhereItIsTight(name: String, part: UInt64) throws {
    let count = ProcessInfo.processInfo.environment["SPILLWAY_RANDOM_CLUSTERS"].flatMap(UInt64.init) ?? 40
    let type = try ConformanceTests.type(name)
    for seed in stride(from: part, to: count, by: 8) {
      let random = RandomPlan(seed: 20_000 + seed, policy: type, isTiny: true)
      let segment = try random.result(stepping: .segment)
      let iteration = try random.result(stepping: .iteration)
      let difference = firstDifference(segment, iteration)
      #expect(difference == nil, "seed \(seed), policy \(name): \(difference ?? "")")
    }
  }

  /// Online requests come one by one; of offline ones there are always a few more than the tiny pool has room for.
  @Test(
    "and where offline work never runs out beside online requests, under the policies that co-serve",
    arguments: ["conserve", "hygen", "non-preemptive", "sarathi-p"], 0..<4)
  func steppingsAgreeOnPools(name: String, part: UInt64) throws {
    let type = try ConformanceTests.type(name)
    var preempted: Int64 = 0
    for seed in stride(from: part, to: 60, by: 4) {
      var random = RandomPlan(seed: 30_000 + seed, policy: type, isTiny: true)
      var stream = random.plan.streams[0]
      stream.stream.components[0].requestClass = .offline
      stream.stream.arrivals = .closedLoop(
        ClosedLoop(users: 6, thinkTime: .fixed(seconds: 0), firstRequests: .together))
      stream.stream.requestLimit = 30
      random.plan.streams[0].stream.components[0].requestClass = .online
      random.plan.streams[0].stream.arrivals = .gamma(rate: 20, cv: 3, endsAtMean: false)
      stream.stream.name = "pool"
      random.plan.streams.append(stream)
      let segment = try random.result(stepping: .segment)
      let iteration = try random.result(stepping: .iteration)
      #expect(segment.fingerprint == iteration.fingerprint, "seed \(seed), policy \(name)")
      let difference = firstDifference(segment, iteration)
      #expect(difference == nil, "seed \(seed), policy \(name): \(difference ?? "")")
      preempted += segment.groups.filter { $0.requestClass == .offline }.reduce(0) { $0 + $1.preemptions }
    }
    #expect(preempted > 0 || name == "non-preemptive", "offline work gives way")
  }

  @Test("both steppings agree on sessions and prefix groups", arguments: 0..<20)
  func sessionsAgree(batch: Int) throws {
    var found: Int64 = 0
    for seed in UInt64(70_000 + batch * 5)..<UInt64(70_000 + batch * 5 + 5) {
      let random = RandomPlan(seed: seed).holdingSessions()
      let segment = try random.result(stepping: .segment)
      let iteration = try random.result(stepping: .iteration)
      let difference = firstDifference(segment, iteration)
      #expect(difference == nil, "seed \(seed), policy \(random.policyName): \(difference ?? "")")
      found += segment.engines.reduce(0) { $0 + $1.prefixHitTokens }
    }
    #expect(found > 0, "prompts find what earlier turns left")
  }

  @Test("both steppings agree where prompts share blocks beside paging and lending", arguments: 0..<40)
  func sharingAgrees(batch: Int) throws {
    for seed in UInt64(50_000 + batch * 5)..<UInt64(50_000 + batch * 5 + 5) {
      let random = RandomPlan(seed: seed).sharingPrefixes()
      let segment = try random.result(stepping: .segment)
      let iteration = try random.result(stepping: .iteration)
      let difference = firstDifference(segment, iteration)
      #expect(difference == nil, "seed \(seed), policy \(random.policyName): \(difference ?? "")")
    }
  }
}

/// In words, the first part in which two results differ; nil for equal ones.
func firstDifference(_ a: RunResult, _ b: RunResult) -> String? {
  if a == b { return nil }
  if a.simulatedEnd != b.simulatedEnd { return "end \(a.simulatedEnd.seconds) s and \(b.simulatedEnd.seconds) s" }
  for (one, other) in zip(a.engines, b.engines) where one != other {
    let parts = zip(Mirror(reflecting: one).children, Mirror(reflecting: other).children)
    for (left, right) in parts where "\(left.value)" != "\(right.value)" {
      return "engine \(one.deployment).\(one.replica): \(left.label ?? "") \(left.value) and \(right.value)"
    }
  }
  for (one, other) in zip(a.groups, b.groups) where one != other {
    let parts = zip(Mirror(reflecting: one).children, Mirror(reflecting: other).children)
    for (left, right) in parts where "\(left.value)" != "\(right.value)" {
      return "group \(one.deployment) \(one.requestClass): \(left.label ?? "")"
    }
  }
  return a.fingerprint == b.fingerprint ? "links or paging" : "fingerprints \(a.fingerprint) and \(b.fingerprint)"
}
