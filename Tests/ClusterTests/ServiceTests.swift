import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import TestSupport
import Testing
import Workload

/// Policies are told what ran: all of it, once, whatever the stepping; and fairness can be built on it.
struct ServiceTests {
  @Test(
    "what policies are told adds up to what engines count", arguments: PolicyCatalogue.builtIn.descriptors.map(\.name))
  func nothingIsTwiceOrLeftOut(name: String) throws {
    let type = try #require(PolicyCatalogue.builtIn.policy(named: name))
    for seed in UInt64(5000)..<5040 {
      for stepping in Stepping.allCases {
        let tally = ServiceTally()
        var random = RandomPlan(seed: seed, policy: tallied(type))
        random.plan.warmUpEnd = .zero
        let result = try ServiceTally.$current.withValue(tally) { try random.result(stepping: stepping) }
        let totals = result.totals(ofDeployment: 0).sums
        let told = tally.sums
        #expect(told.iterations == totals.iterations, "\(name), seed \(seed), \(stepping)")
        #expect(told.outputTokens == totals.decodeTokens, "\(name), seed \(seed), \(stepping)")
        #expect(told.promptTokens == totals.prefillTokens, "\(name), seed \(seed), \(stepping)")
      }
    }
  }

  /// Two tenants with work for the whole run, of whom one was first with all of it.
  private func plan(_ policy: any SchedulingPolicy.Type) -> ClusterPlan {
    let limits = EngineLimits(
      maxBatchedTokens: 64, maxSequences: 8, blockSize: 4, kvBlocks: 100, maxModelLength: 200, layers: 4)
    let cost = BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: 64, maxSequences: 8)
    let deployment = DeploymentPlan(
      name: "main", model: "toy", replicas: [ReplicaPlan(gpus: [0])], policy: PolicyChoice(policy), limits: limits,
      cost: cost, blockBytesPerGPU: 4096, fragmentBytes: 4096)
    let streams = (0..<2).map { tenant in
      StreamPlan(
        stream: WorkloadStream(
          name: "tenant \(tenant)", arrivals: .batch(count: 150),
          components: [
            WorkloadComponent(
              tenant: Int32(tenant),
              lengths: .independent(
                prompt: LengthDistribution(.uniform(low: 10, high: 60)),
                output: LengthDistribution(.uniform(low: 5, high: 30))))
          ]), deployment: 0)
    }
    return ClusterPlan(servers: [ToyServer().spec], deployments: [deployment], streams: streams)
  }

  /// The greatest difference in service finished for the two tenants while both have work, in weighted tokens.
  private func unfairness(_ policy: any SchedulingPolicy.Type, _ stepping: Stepping) throws -> (Int64, RunResult) {
    var plan = plan(policy)
    plan.stepping = stepping
    let rows = Mutex<[RequestOutcome]>([])
    let result = try Simulation.run(
      plan, provenance: RandomPlan.provenance, policy: "x", sink: { row in rows.withLock { $0.append(row) } })
    var served: [Int64] = [0, 0]
    var left = [150, 150]
    var greatest: Int64 = 0
    for row in rows.withLock({ $0 }) where row.status == .completed {
      served[Int(row.tenant)] += FairPolicy.service(prompt: row.promptTokens, output: row.generatedTokens)
      left[Int(row.tenant)] -= 1
      if left.allSatisfy({ $0 > 8 }) { greatest = max(greatest, abs(served[0] - served[1])) }
    }
    return (greatest, result)
  }

  /// Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024, theorem 4.4: the service of two backlogged
  /// clients differs by at most 2 max(w_p L_input, w_q M), with M tokens in the KV pool. What is counted here, when a
  /// request is done, lags by what is in the batch, at most the pool once more for each.
  @Test("virtual token counters keep two backlogged tenants level")
  func countersKeepTenantsLevel() throws {
    let bound: Int64 = 2 * max(60, 2 * 400) + 2 * 400
    let (fair, segments) = try unfairness(FairPolicy.self, .segment)
    let (_, iterations) = try unfairness(FairPolicy.self, .iteration)
    #expect(firstDifference(segments, iterations) == nil)
    #expect(fair <= bound, "\(fair)")
    let (first, _) = try unfairness(VLLMv1Policy.self, .segment)
    #expect(first > 3 * bound, "first come first served is no better: \(first)")
  }
}

/// Virtual token counters: of the tenants with waiting requests, the one that has had least service is next.
private struct FairPolicy: SchedulingPolicy {
  static let descriptor = PolicyDescriptor(
    name: "fair", summary: "Virtual token counters.", source: "Sheng et al., OSDI 2024", parameters: [],
    traits: [.recomputes])

  /// A prompt token counts once, an output token twice.
  static func service(prompt: Int32, output: Int32) -> Int64 { Int64(prompt) + 2 * Int64(output) }

  private var waiting: [Int32: SequenceList] = [:]
  private var service: [Int32: Int64] = [:]
  private var running = SequenceList()

  init(_ parameters: PolicyParameters, limits: EngineLimits) {}

  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption {
    let tenant = state.table[slot].tenant
    if waiting[tenant]?.isEmpty ?? true {
      // Who comes back has no claim on the time in which it wanted nothing.
      let least = waiting.filter { !$0.value.isEmpty }.compactMap { service[$0.key] }.min() ?? 0
      service[tenant] = max(service[tenant, default: 0], least)
    }
    waiting[tenant, default: SequenceList()].append(slot)
    return .boundary
  }

  mutating func finished(_ slot: Int32, _ state: EngineState) { running.remove(slot) }

  mutating func ran(_ work: CompletedWork, _ state: EngineState) {
    for chunk in work.chunks where state.prefillRemaining(chunk.slot) == Int(chunk.tokens) {
      service[state.table[chunk.slot].tenant, default: 0] += 2
    }
    guard work.decodes > 0 else { return }
    for slot in 0..<Int32(state.table.slotCount) where state.table[slot].phase == .decoding {
      service[state.table[slot].tenant, default: 0] += 2 * Int64(work.iterations)
    }
  }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    var memory = PlannedMemory(state)
    var tokens = state.limits.maxBatchedTokens - state.batch.count
    while memory.shortage > 0 {
      let last = running.tail
      if state.table[last].phase == .decoding { tokens += 1 }
      memory.drop(last, state)
      decision.drops.append(last)
      running.remove(last)
      waiting[state.table[last].tenant, default: SequenceList()].prepend(last)
    }
    if !decision.drops.isEmpty { return decision.admissionLimit = .memory }
    var slot = running.head
    while slot >= 0 {
      if state.table[slot].phase == .prefilling, tokens > 0 {
        let chunk = min(tokens, state.prefillRemaining(slot))
        decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk))
        tokens -= chunk
      }
      slot = running.after(slot)
    }
    while let tenant = next {
      guard let slot = waiting[tenant]?.head else { return }
      let prompt = state.prefillRemaining(slot)
      if running.count >= state.limits.maxSequences { return decision.admissionLimit = .sequences }
      if tokens <= 0 { return decision.admissionLimit = .tokens }
      if state.blocks(forTokens: prompt) > memory.free { return decision.admissionLimit = .memory }
      memory.take(state.blocks(forTokens: prompt))
      let chunk = min(tokens, prompt)
      decision.chunks.append(PrefillChunk(slot: slot, tokens: chunk, reserveTokens: prompt))
      tokens -= chunk
      waiting[tenant]?.remove(slot)
      running.append(slot)
      service[tenant, default: 0] += Int64(state.table[slot].promptTokens)
    }
  }

  private var next: Int32? {
    waiting.filter { !$0.value.isEmpty }.keys.min { (service[$0, default: 0], $0) < (service[$1, default: 0], $1) }
  }
}

/// What policies were told of.
private final class ServiceTally: Sendable {
  @TaskLocal static var current: ServiceTally?
  private let state = Mutex<(iterations: Int64, outputTokens: Int64, promptTokens: Int64)>((0, 0, 0))

  func add(_ work: CompletedWork, finishing: Int) {
    state.withLock {
      $0.iterations += Int64(work.iterations)
      $0.outputTokens += Int64(work.iterations) * Int64(work.decodes) + Int64(finishing)
      $0.promptTokens += work.chunks.reduce(0) { $0 + Int64($1.tokens) }
    }
  }
  var sums: (iterations: Int64, outputTokens: Int64, promptTokens: Int64) { state.withLock { $0 } }
}

/// Does what another policy does, and adds up what it is told.
private struct TalliedPolicy<Real: SchedulingPolicy>: PolicyStandIn {
  var real: Real
  private let tally = ServiceTally.current

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = Real(parameters, limits: limits) }

  mutating func ran(_ work: CompletedWork, _ state: EngineState) {
    tally?.add(work, finishing: work.chunks.count { state.prefillRemaining($0.slot) == Int($0.tokens) })
    let decoding = (0..<Int32(state.table.slotCount)).count { state.table[$0].phase == .decoding }
    precondition(work.decodes == 0 || work.decodes == decoding, "told of \(work.decodes) of \(decoding) sequences")
    real.ran(work, state)
  }
}

private func tallied(_ type: any SchedulingPolicy.Type) -> any SchedulingPolicy.Type {
  func open<Real: SchedulingPolicy>(_ type: Real.Type) -> any SchedulingPolicy.Type { TalliedPolicy<Real>.self }
  return open(type)
}
