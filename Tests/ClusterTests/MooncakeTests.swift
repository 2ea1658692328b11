import Cluster
import Metrics
import Replica
import Scheduling
import SimCore
import StepTime
import TestSupport
import Testing
import Workload

private let mooncake = "mooncake_fast25/conversation_first40min.jsonl.gz"

/// Mooncake's recorded conversations (FAST'25), prompts only, one request at a time: what the engine's prefix cache
/// finds is what a least-recently-used cache of as many blocks finds.
@Suite(.enabled(if: RecordedData.published(mooncake) != nil, Comment(rawValue: RecordedData.isMissing(mooncake))))
struct MooncakeDataTests {
  private static let size = 512

  private func prompts() throws -> PromptBlocks {
    let path = try #require(RecordedData.published(mooncake))
    let stream = WorkloadStream(
      name: "mooncake", arrivals: .trace(TraceDescription(path: path)),
      components: [WorkloadComponent(lengths: .recorded)])
    return try #require(try stream.promptBlocks(seed: 1, replication: 0))
  }

  @Test("hits are those of a plain LRU", arguments: [1_000, 8_000, 30_000])
  func hits(blocks: Int) throws {
    let prompts = try prompts()
    var numbers: [Int: Int] = [:]
    let listed = try #require(prompts.blocks(of: Self.size, numberedBy: &numbers))
    let tokens = 262_144
    let limits = EngineLimits(
      maxBatchedTokens: tokens, maxSequences: 1, blockSize: Self.size, kvBlocks: blocks, maxModelLength: tokens,
      layers: 1)
    var deployment = DeploymentPlan(
      name: "main", model: "toy", replicas: [ReplicaPlan(gpus: [0])], policy: PolicyChoice(VLLMv1Policy.self),
      limits: limits, cost: BoundStepCost(perStep: .milliseconds(1), maxBatchedTokens: tokens, maxSequences: 1),
      blockBytesPerGPU: 1, fragmentBytes: 1)
    deployment.cachesPrefixes = true
    let requests = prompts.requests.enumerated().map { index, prompt in
      Request(
        id: Int64(index), stream: 0, arrival: .zero + .seconds(Double(index)), promptTokens: Int32(prompt.promptTokens),
        outputTokens: 1)
    }
    var stream = StreamPlan(
      stream: WorkloadStream(
        name: "listed", arrivals: .listed(requests), components: [WorkloadComponent(lengths: .recorded)]),
      deployment: 0)
    stream.prefixBlocks = PrefixBlocks(listed)
    let result = try Simulation.run(
      ClusterPlan(servers: [ToyServer().spec], deployments: [deployment], streams: [stream]),
      provenance: RandomPlan.provenance, policy: "vllm-v1")

    var cache = PlainLRU(blocks: blocks)
    var found = 0
    for (prompt, names) in zip(prompts.requests, listed) {
      found += cache.serve(names, tokens: prompt.promptTokens, size: Self.size)
    }
    let totals = result.engines[0]
    #expect(totals.prefixHitTokens == Int64(found * Self.size))
    #expect(totals.prefixQueriedTokens == prompts.requests.reduce(0) { $0 + Int64($1.promptTokens) })
    #expect(found > 0)
  }
}

/// A cache of blocks, of which the least recently used goes first; of one prompt's blocks the last goes first.
private struct PlainLRU {
  /// In order of use, the oldest first; entries whose stamp is not the key's latest are void.
  private var order: [(key: Int, stamp: Int)] = []
  private var oldest = 0
  private var latest: [Int: Int] = [:]
  private var clock = 0
  private var nameless = -1

  init(blocks: Int) {
    for _ in 0..<blocks { useNameless() }
  }

  private mutating func use(_ key: Int) {
    clock += 1
    latest[key] = clock
    order.append((key, clock))
  }

  private mutating func useNameless() {
    use(nameless)
    nameless -= 1
  }

  private mutating func evict() {
    while latest[order[oldest].key] != order[oldest].stamp { oldest += 1 }
    latest[order[oldest].key] = nil
    oldest += 1
  }

  /// Serves a prompt; how many of its blocks were there, at least one token left aside.
  mutating func serve(_ names: [Int], tokens: Int, size: Int) -> Int {
    let found = names.prefix((tokens - 1) / size).prefix { latest[$0] != nil }.count
    for name in names.prefix(found) { latest[name] = nil }
    let all = (tokens + size - 1) / size
    for _ in found..<all { evict() }
    for name in names.dropFirst(found) where latest[name] != nil {
      latest[name] = nil
      useNameless()
    }
    for _ in names.count..<max(names.count, all) { useNameless() }
    for name in names.reversed() { use(name) }
    return found
  }
}
