import Cluster
import Hardware
import Metrics
import Network
import Replica
import Scheduling
import SimCore
import StepTime
import Synchronization
import TestSupport
import Workload

/// A small cluster drawn at random: tight memory, short and long requests, any policy, paging to peers and hosts. One
/// in four has room for a token or two beside those that decode, one in four a pool of little more than its longest
/// request.
struct RandomPlan {
  var plan: ClusterPlan
  var policyName: String

  /// - Parameters:
  ///   - isTiny: whether budget and pool both are tiny; drawn when nil.
  ///   - offloads: whether `vllm-v1` may keep copies of KV on the host.
  ///   - isPredictable: whether iterations take what policies take them to: the host never plans ahead, and sizes that
  ///     were not met before cost nothing more.
  init(
    seed: UInt64, policy: (any SchedulingPolicy.Type)? = nil, isTiny: Bool? = nil, offloads: Bool = true,
    isPredictable: Bool = false
  ) {
    var random = RandomStream(seed: seed, replication: 0, purpose: "random plan")
    func whole(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.below(range.count) }
    func chance(_ p: Double) -> Bool { random.uniform() < p }

    let type = policy ?? PolicyCatalogue.builtIn.all[random.below(PolicyCatalogue.builtIn.all.count)]
    policyName = type.descriptor.name
    let blockSize = [1, 4, 8, 16, 32][random.below(5)]
    let drawn = (budget: chance(0.25), pool: chance(0.25))
    let (hasTinyBudget, hasTinyPool) = (isTiny ?? drawn.budget, isTiny ?? drawn.pool)
    let maxSequences = hasTinyBudget ? whole(1...4) : whole(1...24)
    let maxTokens = hasTinyBudget ? maxSequences + whole(0...3) : max(maxSequences, whole(16...600))
    let longest = hasTinyBudget ? whole(10...100) : whole(40...400)
    let longestBlocks = (longest + blockSize - 1) / blockSize
    let kvBlocks = longestBlocks + (hasTinyPool ? whole(2...4) : 8 + whole(0...(1600 / blockSize)))
    var host = RandomHost(seed: seed)
    if isPredictable {
      host.bound?.plansAhead = false
      host.bound?.launch.newSize = 0
    }
    let cost = BoundStepCost(
      perStep: .microseconds(Double(whole(100...3000))), perToken: .microseconds(random.uniform() * 30),
      perSequence: .microseconds(random.uniform() * 20), perDecodeContextToken: .microseconds(random.uniform()),
      perPrefillPair: .microseconds(random.uniform() * 0.05), maxBatchedTokens: maxTokens, maxSequences: maxSequences,
      host: host.bound)
    let bent = chance(0.5)
    let tensorParallel = chance(0.3) ? 2 : 1
    let limits = EngineLimits(
      maxBatchedTokens: maxTokens, maxSequences: maxSequences, blockSize: blockSize, kvBlocks: kvBlocks,
      maxModelLength: longest, layers: whole(1...80), tensorParallel: tensorParallel,
      timeToFirstTokenTarget: chance(0.5) ? .milliseconds(Double(whole(1...200))) : nil,
      timePerOutputTokenTarget: chance(0.5) ? .milliseconds(Double(whole(1...30))) : nil)
    let hostBlocks = chance(0.3) ? 0 : whole(0...(4 * kvBlocks))
    let peers = chance(0.5)
    let replicas = whole(1...2)
    var places: [ReplicaPlan] = []
    for replica in 0..<replicas {
      let gpus = (0..<tensorParallel).map { replica * tensorParallel + $0 }
      places.append(
        ReplicaPlan(
          gpus: gpus, lenders: peers ? gpus.map { $0 + 4 } : [], peerBlocks: peers ? whole(0...(2 * kvBlocks)) : 0,
          hostBlocks: hostBlocks))
    }
    var parameters = Self.parameters(of: type.descriptor, &random)
    // vLLM before 0.20 lets requests of one priority and arrival preempt each other in turn, for ever, where prompts
    // are cut and the pool holds little more than one of them.
    if hasTinyPool { parameters["reserve_full_prompt"] = nil }
    if !offloads { parameters["kv_offloading"] = nil }
    let blockBytes = Int64(blockSize) * Int64(whole(1...200)) * 1024
    var main = DeploymentPlan(
      name: "main", model: "toy", replicas: places, router: Router.allCases[random.below(Router.allCases.count)],
      policy: PolicyChoice(type, parameters), limits: limits,
      cost: bent ? Self.bent(maxTokens, maxSequences, host.bound) : cost, blockBytesPerGPU: blockBytes,
      fragmentBytes: max(1, blockBytes / 16), transferMode: [.coalesced, .fragmented, .kernel][random.below(3)])
    main.host = host.pace
    // A neighbour on the lending GPUs, slowed by what is paged there.
    var neighbourLimits = limits
    neighbourLimits.kvBlocks = kvBlocks * 4
    neighbourLimits.tensorParallel = 1
    let neighbour = DeploymentPlan(
      name: "neighbour", model: "toy", replicas: [ReplicaPlan(gpus: [4])], policy: PolicyChoice(VLLMv1Policy.self),
      limits: neighbourLimits, cost: cost, blockBytesPerGPU: blockBytes, fragmentBytes: blockBytes)
    var server = ToyServer()
    server.lane = Double(whole(1...20))
    server.port = Double(whole(20...100))
    server.gpuMemory = 200
    server.latency = random.uniform() * 1e-5
    server.synchronise = random.uniform() * 1e-4
    server.leavingInterference = random.uniform() * 3
    server.arrivingInterference = random.uniform() * 3

    let lengths = { (random: inout RandomStream) -> LengthModel in
      .independent(
        prompt: LengthDistribution(.uniform(low: 1, high: longest * 3 / 4)),
        output: random.below(2) == 0
          ? LengthDistribution(.uniform(low: 1, high: max(1, longest / 3)))
          : LengthDistribution(.fixed(1 + random.below(max(1, longest / 4)))))
    }
    func arrivals(_ random: inout RandomStream) -> ArrivalProcess {
      let rate = 1 + random.uniform() * 60
      switch random.below(5) {
      case 0: return .poisson(rate: rate)
      case 1: return .gamma(rate: rate, cv: 1 + random.uniform() * 4, endsAtMean: false)
      case 2: return .constant(gap: .milliseconds(Double(1 + random.below(50))))
      case 3: return .batch(count: 1 + random.below(40))
      default:
        return .closedLoop(
          ClosedLoop(
            users: 1 + random.below(30), thinkTime: .exponential(mean: 0.05), firstRequests: .together))
      }
    }
    var streams: [StreamPlan] = []
    for index in 0..<whole(1...3) {
      let component = WorkloadComponent(
        requestClass: chance(0.4) ? .offline : .online, tenant: Int32(index), priority: Int32(random.below(3)),
        deadline: index == 1 ? .milliseconds(400) : nil, lengths: lengths(&random))
      streams.append(
        StreamPlan(
          stream: WorkloadStream(
            name: "s\(index)", arrivals: arrivals(&random), components: [component],
            requestLimit: hasTinyBudget ? whole(2...12) : whole(5...60)),
          deployment: 0,
          objective: ServiceObjective(timeToFirstToken: .milliseconds(300), timePerOutputToken: .milliseconds(20))))
    }
    streams.append(
      StreamPlan(
        stream: WorkloadStream(
          name: "n", arrivals: .poisson(rate: 10),
          components: [WorkloadComponent(requestClass: .online, lengths: lengths(&random))], requestLimit: 20),
        deployment: 1))
    // Half of the lenders decide by their own load; they look once a second, so give them short runs to be seen in.
    // A lender so slow that it cannot finish a prompt between getting its memory back and lending it again would do so
    // for ever: not with a tiny budget.
    let elastic = peers && !hasTinyBudget && chance(0.5)
    var elasticMain = main
    if elastic {
      for index in elasticMain.replicas.indices { elasticMain.replicas[index].peerBlocks = 0 }
    }
    plan = ClusterPlan(
      servers: [server.spec], deployments: [elasticMain, neighbour], streams: streams, seed: seed,
      warmUpEnd: chance(0.5) ? .zero : SimTime(seconds: random.uniform()),
      end: chance(0.7) ? .never : SimTime(seconds: 0.5 + random.uniform() * 4), checksInvariants: true)
    if elastic {
      plan.lendingRules = LendingRules(
        look: .milliseconds(Double(whole(1...60))), respond: .milliseconds(Double(whole(1...200))))
      // A lender that offered and wanted back at once would do both for ever; scenarios refuse that.
      let offer = whole(0...3)
      plan.lenders = [
        LenderPlan(
          lender: ReplicaName(deployment: 1, replica: 0), blocks: whole(1...(4 * kvBlocks - 1)),
          retainedBlocks: whole(0...kvBlocks),
          offerBelowWaiting: offer, reclaimAtWaiting: max(offer + 1, whole(1...6)))
      ]
      plan.loans = places.indices.map {
        LoanPlan(
          borrower: ReplicaName(deployment: 0, replica: $0), lenders: [0], blocks: whole(1...(2 * kvBlocks)))
      }
    }
  }

  /// The same plan, with prompts that begin alike and an engine that shares what is alike.
  func sharingPrefixes() -> RandomPlan {
    var copy = self
    var random = RandomStream(seed: plan.seed, replication: 0, purpose: "random prefixes")
    copy.plan.deployments[0].cachesPrefixes = true
    let size = plan.deployments[0].limits.blockSize
    let longest = plan.deployments[0].limits.maxModelLength / size
    // Few families, so that many prompts meet; a prompt has fewer blocks than are listed for it.
    let families = 1 + random.below(4)
    let listed = PrefixBlocks.together(
      plan.streams.indices.map { stream in
        (0..<60).map { request in
          let (family, alike) = (random.below(families), random.below(longest + 1))
          return (0..<longest).map {
            $0 < alike ? family * 10_000 + $0 : (1 + stream) * 10_000_000 + request * 10_000 + $0
          }
        }
      })
    for index in copy.plan.streams.indices where copy.plan.streams[index].deployment == 0 {
      copy.plan.streams[index].prefixBlocks = listed[index]
    }
    return copy
  }

  /// The same plan, with prompt prefixes of groups, and sessions where arrivals have a rate.
  func holdingSessions() -> RandomPlan {
    var copy = self
    var random = RandomStream(seed: plan.seed, replication: 0, purpose: "random sessions")
    copy.plan.deployments[0].cachesPrefixes = true
    let longest = plan.deployments[0].limits.maxModelLength
    for index in copy.plan.streams.indices where copy.plan.streams[index].deployment == 0 {
      copy.plan.streams[index].stream.sharedPrefix = SharedPrefix(
        tokens: LengthDistribution(.uniform(low: 1, high: max(1, longest / 4))), groups: 1 + random.below(3),
        exponent: random.uniform() * 2)
      if case .closedLoop = copy.plan.streams[index].stream.arrivals { continue }
      copy.plan.streams[index].stream.conversations = Conversations(
        turns: LengthDistribution(.uniform(low: 1, high: 5)), thinkTime: .exponential(mean: 0.05),
        newTokens: LengthDistribution(.uniform(low: 1, high: max(1, longest / 8))))
    }
    return copy
  }

  /// Random values for a policy's parameters, within their declared ranges.
  private static func parameters(
    of descriptor: PolicyDescriptor, _ random: inout RandomStream
  ) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [:]
    for parameter in descriptor.parameters where random.below(2) == 0 {
      switch parameter.kind {
      case .integer(let range): values[parameter.name] = .integer(range.lowerBound + random.below(min(range.count, 32)))
      case .boolean: values[parameter.name] = .boolean(random.below(2) == 0)
      case .choice(let choices): values[parameter.name] = .choice(choices[random.below(choices.count)])
      case .number(let range):
        values[parameter.name] = .number(
          range.lowerBound + (range.upperBound - range.lowerBound) * 0.3 * random.uniform())
      case .duration: values[parameter.name] = .duration(.milliseconds(Double(random.below(40))))
      }
    }
    return values
  }

  /// A cost whose decode attention changes slope, and that replays graphs in steps of eight.
  private static func bent(_ maxTokens: Int, _ maxSequences: Int, _ host: BoundHost?) -> BoundStepCost {
    func microseconds(_ count: Int, _ cost: (Double) -> Double) -> [SimDuration] {
      (0...count).map { SimDuration.microseconds(cost(Double($0))) }
    }
    func curve(_ sequences: Int) -> DecodeAttentionCurve {
      DecodeAttentionCurve(
        start: .microseconds(30), knots: [Int64(20 * sequences + 1), Int64(90 * sequences + 2)],
        slopes: [SimDuration.microseconds(0.3), .microseconds(0.9), .microseconds(1.7)])
    }
    return BoundStepCost(
      linear: microseconds(maxTokens) { 900 + $0 * 7.3 },
      linearInGraph: microseconds(min(maxTokens, 16)) { 500 + ($0 / 8).rounded(.up) * 58.4 },
      sequences: microseconds(maxSequences) { $0 * 3.1 }, chunkAlone: microseconds(maxTokens) { $0 * $0 * 0.01 },
      chunkPerContextToken: microseconds(maxTokens) { $0 * 0.02 }, decode: (0...maxSequences).map(curve),
      host: host)
  }

  /// Runs it; a run that comes to no end is cancelled, for the test to name it.
  func result(stepping: Stepping) throws -> RunResult {
    var plan = plan
    plan.stepping = stepping
    // Asked every few thousand events; no plan drawn here needs millions.
    let asked = Mutex(0)
    return try Simulation.run(
      plan, provenance: Self.provenance, policy: policyName,
      isCancelled: {
        asked.withLock { count in
          count += 1
          return count > 1_000
        }
      })
  }

  static let provenance = RunProvenance(
    scenarioName: "random", scenarioPath: "", scenarioDigest: "", profileName: "", profileDigest: "",
    spillwayVersion: "")
}

/// A host that is unknown, usual, slow, or faster and slower in turns, down to every few milliseconds; drawn apart from
/// everything else, so that plans of a seed are otherwise the same with and without it.
private struct RandomHost {
  var bound: BoundHost?
  var pace = HostPace.usual

  init(seed: UInt64) {
    var random = RandomStream(seed: seed, replication: 0, purpose: "random host")
    guard random.uniform() < 0.6 else { return }
    let perSequence = random.uniform() * 2e-5
    let withPrefill = random.uniform() * 1e-3
    bound = BoundHost(
      slowdown: random.uniform() * 3e-3, perSequence: perSequence, withPrefill: withPrefill,
      work: BoundHost.Work(
        perStep: random.uniform() * 3e-3, perSequence: perSequence, withPrefill: withPrefill),
      launch: BoundHost.Launch(
        broken: random.uniform() * 4e-3, whole: random.uniform() * 8e-3, newSize: random.uniform() * 4e-3,
        largestGraph: random.uniform() < 0.8 ? random.below(64) : nil),
      plansAhead: random.uniform() < 0.5)
    switch random.below(4) {
    case 0: break
    case 1: pace = HostPace(0.2 + random.uniform() * 2)
    case 2:
      pace = HostPace(
        HostVariation(
          betweenRuns: random.uniform() * 0.3, withinRun: random.uniform() * 0.5,
          interval: .milliseconds(1 + random.uniform() * 300)))
    default:
      let longest = [2e-3, 20e-3, 1][random.below(3)]
      var time = 0.0
      let changes = (0..<2000).map { _ in
        time += random.uniform() * longest
        return HostPace.Change(time: SimTime(seconds: time), pace: 0.2 + random.uniform() * 2)
      }
      pace = HostPace(changes)
    }
  }
}
