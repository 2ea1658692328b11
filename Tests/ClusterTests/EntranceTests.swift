import Cluster
import Metrics
import Network
import Replica
import Scheduling
import SimCore
import TestSupport
import Testing
import Workload

/// Adapters and stored prefixes, which are fetched before a request is scheduled.
struct EntranceTests {
  @Test("both steppings agree, and no block, place or request is lost", arguments: 0..<Effort.cases(4))
  func storms(batch: Int) throws {
    var prefixes: Int64 = 0
    var adapters: Int64 = 0
    for seed in UInt64(90_000 + batch * 10)..<UInt64(90_000 + batch * 10 + 10) {
      let plain = RandomPlan(seed: seed)
      for random in [plain.fetching(), plain.storm()?.fetching()].compactMap({ $0 }) {
        let segment = try random.result(stepping: .segment)
        let iteration = try random.result(stepping: .iteration)
        let difference = firstDifference(segment, iteration)
        let what = "seed \(seed), \(random.policyName) \(random.plan.deployments[0].entrance)"
        #expect(difference == nil, "\(what): \(difference ?? "")")
        if random.plan.end == .never {
          #expect(segment.groups.allSatisfy { $0.unfinished == 0 }, "\(what): requests are left")
        }
        for engine in segment.engines {
          prefixes += engine.storedPrefixLoads
          adapters += engine.adapterLoads
          // With a warm-up an adapter may be asked for before it and fetched after it.
          if random.plan.warmUpEnd == .zero, let adapters = random.plan.deployments[0].entrance.adapters,
            engine.deployment == 0
          {
            #expect(engine.adapterHits + engine.adapterLoads <= engine.adapterRequests, "\(what)")
            let gpus = Int64(random.plan.deployments[0].replicas[0].gpus.count)
            #expect(engine.adapterBytes == engine.adapterLoads * adapters.bytesPerGPU * gpus, "\(what)")
          }
        }
      }
    }
    #expect(prefixes > 0 && adapters > 0, "something is fetched")
  }

  /// Prompts of 40 tokens behind a prefix of 400, one at a time; a block of 4 tokens is 25 MB.
  private func prefixes(_ tier: MemoryTier, caches: Bool = false, keeps: Bool = true) throws -> RunResult {
    var stream = WorkloadStream(
      name: "s", arrivals: .constant(gap: .seconds(2)),
      components: [
        WorkloadComponent(requestClass: .online, lengths: .independent(prompt: .fixed(40), output: .fixed(5)))
      ], requestLimit: 3)
    stream.sharedPrefix = SharedPrefix(tokens: .fixed(400))
    return try results(stream, tier, caches: caches) { $0.keepsPrefixes = keeps }
  }

  private func results(
    _ stream: WorkloadStream, _ tier: MemoryTier, caches: Bool = false, _ change: (inout EntrancePlan) -> Void
  ) throws -> RunResult {
    let limits = EngineLimits(
      maxBatchedTokens: 64, maxSequences: 8, blockSize: 4, kvBlocks: 1000, maxModelLength: 4000, layers: 8)
    var world = SmallWorld(VLLMv1Policy.self, "")
    world.server.lane = 25
    var main = DeploymentPlan(
      name: "main", model: "toy",
      replicas: [ReplicaPlan(gpus: [0], lenders: [4], peerBlocks: 10, hostBlocks: 10)],
      policy: PolicyChoice(VLLMv1Policy.self), limits: limits, cost: world.cost, blockBytesPerGPU: 25_000_000,
      fragmentBytes: 25_000_000, transferMode: .fragmented)
    main.cachesPrefixes = caches
    main.entrance.tier = tier
    change(&main.entrance)
    var plan = ClusterPlan(
      servers: [world.server.spec], deployments: [main], streams: [StreamPlan(stream: stream, deployment: 0)],
      checksInvariants: true)
    let segment = try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "small")
    plan.stepping = .iteration
    let iteration = try Simulation.run(plan, provenance: RandomPlan.provenance, policy: "small")
    if let difference = firstDifference(segment, iteration) { throw BrokenLaw("steppings differ: \(difference)") }
    return segment
  }

  /// Milliseconds.
  private func meanTTFT(_ result: RunResult) throws -> Double { try #require(result.groups[0].ttft.mean) * 1e-9 }

  @Test("a prefix is fetched over its link, and the rest of the prompt is computed")
  func fetchesPrefixes() throws {
    let host = try prefixes(.host)
    let peer = try prefixes(.peer)
    let computed = try prefixes(.host, keeps: false)
    // 100 blocks of 25 MB: 100 ms over a lane of 25 GB/s, 10 ms over a port of 250. Then one iteration of 1 ms.
    let (hostTime, peerTime) = (try meanTTFT(host), try meanTTFT(peer))
    #expect(abs(hostTime - 101) < 0.1, "\(hostTime)")
    #expect(abs(peerTime - 11) < 0.1, "\(peerTime)")
    // 440 tokens, 64 at a time.
    let computedTime = try meanTTFT(computed)
    #expect(abs(computedTime - 7) < 0.1, "\(computedTime)")
    #expect(host.engines[0].storedPrefixLoads == 3 && host.engines[0].prefillTokens == 3 * 40)
    #expect(host.engines[0].storedPrefixBytes == 3 * 100 * 25_000_000)
    #expect(abs(host.engines[0].storedPrefixWait.seconds - 0.3) < 1e-3)
    #expect(computed.engines[0].storedPrefixLoads == 0 && computed.engines[0].prefillTokens == 3 * 440)
  }

  @Test("what the GPU still has of it is not fetched again")
  func takesWhatIsThere() throws {
    let result = try prefixes(.host, caches: true)
    #expect(result.engines[0].storedPrefixLoads == 1)
    #expect(result.engines[0].prefillTokens == 3 * 40)
  }

  @Test("requests one at a time find the adapters that a plain LRU has", arguments: [1, 2, 3, 5, 8])
  func matchesPlainLRU(places: Int) throws {
    var stream = WorkloadStream(
      name: "s", arrivals: .constant(gap: .seconds(1)),
      components: [
        WorkloadComponent(requestClass: .online, lengths: .independent(prompt: .fixed(8), output: .fixed(3)))
      ], requestLimit: 400)
    stream.adapters = AdapterMix(count: 8, exponent: 1)
    let result = try results(stream, .host) {
      $0.adapters = EntrancePlan.Adapters(places: places, bytesPerGPU: 250_000_000, pieceBytes: 1_000_000)
    }
    // The same requests, through a list with the least recently used first.
    let source = try RequestSource(stream, number: 0, seed: 1, replication: 0)
    var held: [Int32] = []
    var hits: Int64 = 0
    while source.nextTime != .never {
      let adapter = try source.take().adapter
      if let place = held.firstIndex(of: adapter) {
        held.remove(at: place)
        hits += 1
      } else if held.count == places {
        held.removeFirst()
      }
      held.append(adapter)
    }
    let engine = result.engines[0]
    #expect(engine.adapterRequests == 400)
    #expect(engine.adapterHits == hits)
    #expect(engine.adapterLoads == 400 - hits)
    #expect(engine.adapterBytes == (400 - hits) * 250_000_000)
    // 10 ms each, by matrices without a cost of their own.
    #expect(abs(engine.adapterWait.seconds - Double(400 - hits) * 0.01) < 1e-3)
  }

  @Test("an adapter in use stays, and others pass by those that wait for a place")
  func staysInUse() throws {
    var stream = WorkloadStream(
      name: "s", arrivals: .batch(count: 40),
      components: [
        WorkloadComponent(requestClass: .online, lengths: .independent(prompt: .fixed(8), output: .fixed(50)))
      ])
    stream.adapters = AdapterMix(count: 6)
    let result = try results(stream, .peer) {
      $0.adapters = EntrancePlan.Adapters(places: 2, bytesPerGPU: 250_000_000, pieceBytes: 1_000_000)
    }
    // All come at once: each adapter is fetched once, and stays until the last of its requests is done.
    #expect(result.engines[0].adapterLoads == 6)
    #expect(result.groups[0].completed == 40)
  }
}
