import Cluster
import ExamplePolicies
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import TestSupport
import Testing
import Workload

/// What every policy must do, whatever its rules: the built-in ones, by their line in the catalogue, and the one of the
/// template in `Examples`. What it may do besides, its descriptor says.
struct ConformanceTests {
  static let policies = PolicyCatalogue.builtIn + [ShortestJobFirstPolicy.self]
  static let names = policies.descriptors.map(\.name)

  static func type(_ name: String) throws -> any SchedulingPolicy.Type {
    try #require(policies.policy(named: name))
  }

  /// Runs without faults, with every ledger recounted after every event; every admitted request is served to its end.
  @Test("random plans run to their end and serve everyone", arguments: names, 0..<Effort.engineCases(6))
  func servesEveryone(name: String, batch: Int) throws {
    for seed in UInt64(1000 + batch * 12)..<UInt64(1000 + batch * 12 + 12) {
      var random = RandomPlan(seed: seed, policy: try Self.type(name))
      random.plan.end = .never
      random.plan.warmUpEnd = .zero
      let result = try random.result(stepping: .segment)
      let unfinished = result.groups.map(\.unfinished)
      #expect(unfinished.allSatisfy { $0 == 0 }, "\(name), seed \(seed): \(unfinished) unfinished")
      #expect(result.injected == random.plan.streams.reduce(0) { $0 + requests(of: $1) }, "\(name), seed \(seed)")
    }
  }

  /// Likewise with prompts that begin alike; and sharing changes what happens.
  @Test("random plans that share prefixes run to their end and serve everyone", arguments: names)
  func servesEveryoneSharing(name: String) throws {
    var changed = 0
    let seeds = Effort.engineSeeds(20, from: 7000)
    for seed in seeds {
      var random = RandomPlan(seed: seed, policy: try Self.type(name))
      random.plan.end = .never
      random.plan.warmUpEnd = .zero
      let result = try random.sharingPrefixes().result(stepping: .segment)
      #expect(result.groups.allSatisfy { $0.unfinished == 0 }, "\(name), seed \(seed)")
      if try random.result(stepping: .segment).fingerprint != result.fingerprint { changed += 1 }
    }
    #expect(changed > seeds.count / 2, "\(name): sharing changed \(changed) plans of \(seeds.count)")
  }

  private func requests(of stream: StreamPlan) -> Int64 {
    var limit = Int64(stream.stream.requestLimit ?? .max)
    if case .batch(let count) = stream.stream.arrivals { limit = min(limit, Int64(count)) }
    return limit
  }

  /// What the other tests say of a policy is worth as much as the plans make it do.
  @Test("random plans bring every mechanism into play", arguments: names)
  func plansAreDemanding(name: String) throws {
    var sum = EngineTotals()
    var rejected: Int64 = 0
    for seed in UInt64(1000)..<1060 {
      // What a policy is known by is what it does without options: vLLM's keeps no copies unless it is told to.
      let plan = RandomPlan(seed: seed, policy: try Self.type(name), offloads: false)
      let result = try plan.result(stepping: .segment)
      let totals = result.totals(ofDeployment: 0).sums
      sum.preemptionsByRecompute += totals.preemptionsByRecompute
      sum.preemptionsBySwap += totals.preemptionsBySwap
      sum.abortedIterations += totals.abortedIterations
      sum.checkpointedBytes += totals.checkpointedBytes
      sum.headWaitedForMemory += totals.headWaitedForMemory
      sum.headWaitedForSlots += totals.headWaitedForSlots
      rejected += result.groups.reduce(0) { $0 + $1.rejected }
    }
    #expect(sum.headWaitedForMemory > .zero && sum.headWaitedForSlots > .zero && rejected > 0)
    var seen: PolicyTraits = []
    if sum.preemptionsByRecompute > 0 { seen.insert(.recomputes) }
    if sum.preemptionsBySwap > 0 { seen.insert(.pages) }
    if sum.checkpointedBytes > 0 { seen.insert(.checkpoints) }
    if sum.abortedIterations > 0 { seen.insert(.abortsIterations) }
    #expect(seen == (try Self.type(name).descriptor.traits), "\(name): \(seen.names)")
  }

  @Test("the same plan gives the same result", arguments: names)
  func repeats(name: String) throws {
    for seed in UInt64(2000)..<2006 {
      let random = RandomPlan(seed: seed, policy: try Self.type(name))
      let one = try random.result(stepping: .segment)
      let other = try random.result(stepping: .segment)
      #expect(one == other, "\(name), seed \(seed)")
    }
  }

  /// Two copies of the policy are asked at the same boundary; one more copy after the output lengths were changed
  /// behind its back; and one that has just answered "go on" is asked again.
  @Test("a decision follows from what may be seen, and asking again changes nothing", arguments: names)
  func asksTwice(name: String) throws {
    let type = try Self.type(name)
    // The first three in four without shared prefixes, the others with.
    let seeds = Effort.engineSeeds(24, from: 3000)
    for seed in seeds {
      let log = InterrogationLog()
      for stepping in Stepping.allCases {
        var random = RandomPlan(seed: seed, policy: interrogated(type))
        if (seed - 3000) * 4 >= seeds.count * 3 { random = random.sharingPrefixes() }
        _ = try InterrogationLog.$current.withValue(log) { try random.result(stepping: stepping) }
      }
      #expect(log.complaints.isEmpty, "\(name), seed \(seed): \(log.complaints.prefix(3))")
      #expect(log.consultations > 0)
    }
  }

  @Test("a policy that looks at output lengths, and one that changes its mind, are caught")
  func interrogationWorks() throws {
    for type in [NosyPolicy.self, FicklePolicy.self] as [any SchedulingPolicy.Type] {
      let log = InterrogationLog()
      _ = try InterrogationLog.$current.withValue(log) {
        try RandomPlan(seed: 3000, policy: interrogated(type)).result(stepping: .segment)
      }
      #expect(!log.complaints.isEmpty, "\(type) was not caught")
    }
  }

  @Test("a policy without requests decides nothing", arguments: names)
  func emptyState(name: String) throws {
    let type = try Self.type(name)
    let limits = EngineLimits(
      maxBatchedTokens: 64, maxSequences: 8, blockSize: 4, kvBlocks: 50, maxModelLength: 100, layers: 4)
    let state = EngineState(
      limits: limits, cost: BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: 64, maxSequences: 8),
      peerBlocks: 5, hostBlocks: 5, batch: ClosedFormBatch(blockSize: 4, groups: 1))
    var policy = type.init(PolicyParameters(type.descriptor), limits: limits)
    for _ in 0..<3 {
      var decision = Decision()
      policy.decide(state, &decision)
      #expect(!decision.changesAnything)
      #expect(decision.admissionLimit == .none)
      #expect(decision.reconsiderAt == .never)
      #expect(decision.maxIterations >= 1)
    }
    #expect(policy.reservedBlocks >= 0 && policy.reservedBlocks < limits.kvBlocks)
  }
}

/// Descriptors, which scenarios, the schema and `spillway policies` are made from.
struct PolicyDescriptorTests {
  @Test("names are unique, sorted and found again")
  func names() {
    let names = PolicyCatalogue.builtIn.descriptors.map(\.name)
    #expect(names == names.sorted())
    for name in names { #expect(PolicyCatalogue.builtIn.policy(named: name)?.descriptor.name == name) }
    #expect(PolicyCatalogue.builtIn.policy(named: "vllm") == nil)
    #expect(ConformanceTests.policies.problems == [])
  }

  @Test("what is wrong with a descriptor is told, all at once")
  func problems() {
    let twice = PolicyCatalogue.builtIn + [AquaPolicy.self]
    #expect(twice.problems == ["the policies AquaPolicy and AquaPolicy are both called 'aqua'"])
    let descriptor = PolicyDescriptor(
      name: "My policy", summary: "", source: "",
      parameters: [
        ParameterDescriptor("label", .boolean, default: .boolean(true), ""),
        ParameterDescriptor("Slice", .integer(1...4), default: .integer(5), ""),
        ParameterDescriptor("gap", .number(0...1), default: .integer(0), ""),
        ParameterDescriptor("gap", .choice(["a"]), default: .choice("b"), ""),
      ])
    #expect(
      descriptor.problems == [
        "is called 'My policy'; names are small letters, digits and '-', and start with a letter",
        "has a parameter 'label', which is a key of every policy's entry in a scenario",
        "has a parameter 'Slice'; names are small letters, digits and '_', and start with a letter",
        "has a parameter 'Slice' that does not accept its own default",
        "has a parameter 'gap' that does not accept its own default", "has two parameters 'gap'",
        "has a parameter 'gap' that does not accept its own default",
      ])
  }

  @Test(
    "everything is described, and every default is a value the parameter accepts", arguments: ConformanceTests.names)
  func described(name: String) throws {
    let descriptor = try ConformanceTests.type(name).descriptor
    #expect(descriptor.summary.hasSuffix(".") && !descriptor.source.isEmpty)
    #expect(descriptor.problems == [])
    for parameter in descriptor.parameters {
      #expect(parameter.help.count > 10, "\(parameter.name)")
      if case .choice(let choices) = parameter.kind {
        #expect(choices.count > 1 && Set(choices).count == choices.count)
      }
    }
  }

  @Test("a parameter nobody declared stops the process")
  func unknownParameter() async {
    await #expect(processExitsWith: .failure) {
      _ = PolicyParameters(AquaPolicy.descriptor, overrides: ["slize": .integer(3)])
    }
  }
}

/// What interrogated policies were caught at.
private final class InterrogationLog: Sendable {
  @TaskLocal static var current: InterrogationLog?
  private let state = Mutex<(complaints: [String], consultations: Int)>(([], 0))

  func note(_ complaint: String?) {
    state.withLock {
      $0.consultations += 1
      if let complaint { $0.complaints.append(complaint) }
    }
  }
  var complaints: [String] { state.withLock { $0.complaints } }
  var consultations: Int { state.withLock { $0.consultations } }
}

/// Asks copies of a policy before it asks the policy itself.
private struct InterrogatedPolicy<Real: SchedulingPolicy>: PolicyStandIn {
  var real: Real
  private let log = InterrogationLog.current

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = Real(parameters, limits: limits) }

  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    let copied = Self.answer(of: real, state).decision
    let outputs = state.table.slots.elements.map(\.outputTokens)
    for slot in 0..<state.table.slots.count { state.table.slots[slot].outputTokens += Int32(1 + 7 * (slot % 5)) }
    let blinded = Self.answer(of: real, state).decision
    for slot in 0..<state.table.slots.count { state.table.slots[slot].outputTokens = outputs[slot] }
    real.decide(state, &decision)
    let given = Self.inWords(decision)
    var complaint: String?
    if Self.inWords(copied) != given { complaint = "a copy says \(Self.inWords(copied)), the policy \(given)" }
    if Self.inWords(blinded) != given {
      complaint = "with other output lengths it says \(Self.inWords(blinded)) instead of \(given)"
    }
    if !decision.changesAnything {
      let again = Self.answer(of: real, state).decision
      if Self.inWords(again) != given { complaint = "asked again it says \(Self.inWords(again)) instead of \(given)" }
    }
    log?.note(complaint.map { "at \(state.now.seconds) s \($0)" })
  }

  private static func answer(of policy: Real, _ state: EngineState) -> (policy: Real, decision: Decision) {
    var copy = policy
    var decision = Decision()
    copy.decide(state, &decision)
    return (copy, decision)
  }

  private static func inWords(_ decision: Decision) -> String {
    let chunks = decision.chunks.map { "\($0.slot): \($0.tokens) of \($0.reserveTokens)" }
    return """
      drops \(decision.drops), evictions \(decision.evictions), \
      out \(decision.pageOuts), in \(decision.fetches), pauses \(decision.pauses), \
      resumes \(decision.resumes), chunks \(chunks), decodes \(decision.decodes), joins \(decision.fetchedJoinBatch), \
      waits \(decision.waitsForTransfers), stands \(decision.maxIterations), until \(decision.reconsiderAt), \
      overhead \(decision.overheadPerIteration), limit \(decision.admissionLimit)
      """
  }
}

private func interrogated(_ type: any SchedulingPolicy.Type) -> any SchedulingPolicy.Type {
  func open<Real: SchedulingPolicy>(_ type: Real.Type) -> any SchedulingPolicy.Type { InterrogatedPolicy<Real>.self }
  return open(type)
}

/// Lets its decisions stand as long as the first slot's answer is.
private struct NosyPolicy: SchedulingPolicy {
  static let descriptor = VLLMv1Policy.descriptor
  private var real: VLLMv1Policy

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = VLLMv1Policy(parameters, limits: limits) }
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { real.arrived(slot, state) }
  mutating func finished(_ slot: Int32, _ state: EngineState) { real.finished(slot, state) }
  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    real.decide(state, &decision)
    if let first = state.table.slots.elements.first { decision.maxIterations = 1 + Int(first.outputTokens) }
  }
}

/// Lets every other decision stand for one iteration less.
private struct FicklePolicy: SchedulingPolicy {
  static let descriptor = VLLMv1Policy.descriptor
  private var real: VLLMv1Policy
  private var asked = 0

  init(_ parameters: PolicyParameters, limits: EngineLimits) { real = VLLMv1Policy(parameters, limits: limits) }
  mutating func arrived(_ slot: Int32, _ state: EngineState) -> Interruption { real.arrived(slot, state) }
  mutating func finished(_ slot: Int32, _ state: EngineState) { real.finished(slot, state) }
  mutating func decide(_ state: EngineState, _ decision: inout Decision) {
    real.decide(state, &decision)
    asked += 1
    decision.maxIterations = 100 - asked % 2
  }
}
