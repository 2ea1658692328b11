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

/// One engine with round numbers, and requests written by hand: for runs that can be followed on paper.
///
/// An iteration takes 1 ms. A block holds 4 tokens in 25 MB: 0.1 ms to the peer GPU, 1 ms to the host. Nothing else
/// costs anything, unless a test says so. The engine runs on GPU 0; GPU 4 lends, and a neighbour may run there.
struct SmallWorld {
  var policy: any SchedulingPolicy.Type
  /// For example `A@0 8+5, B@2.5 4+3 offline`: name, arrival in ms, prompt + output tokens. Names are for the reader.
  var requests: String
  var parameters: [String: ParameterValue] = [:]
  var blocks = 100
  var peerBlocks = 0
  var hostBlocks = 0
  var maxTokens = 64
  var maxSequences = 8
  var layers = 8
  var step = SimDuration.milliseconds(1)
  var perSequence = SimDuration.zero
  var perToken = SimDuration.zero
  var blockBytes: Int64 = 25_000_000
  var server = ToyServer(
    port: 250, lane: 25, leavingInterference: 0, arrivingInterference: 0, fromHostInterference: 0)
  var replicas = 1
  var router = Router.roundRobin
  /// Requests of a second deployment, on GPU 4, under `vllm-v1`.
  var neighbour = ""
  var seed: UInt64 = 1
  var warmUp = SimDuration.zero
  /// The numbers of prompts' full blocks, by request name; the engine shares them when there are any.
  var prefixes: [String: [Int]] = [:]

  init(_ policy: any SchedulingPolicy.Type, _ requests: String) {
    self.policy = policy
    self.requests = requests
  }

  /// What came of a run.
  struct Story {
    var picture: String
    /// By request number, which is the order of arrival.
    var outcomes: [RequestOutcome]
    var result: RunResult
    /// When each iteration of the recorded policy was decided.
    var decided: [SimTime]
  }

  /// Runs it iteration by iteration, drawn, and again in segments, which must give the same.
  ///
  /// - Parameter watchesNeighbour: the neighbour's policy is recorded instead.
  func story(watchesNeighbour: Bool = false) throws -> Story {
    let recorder = Recorder()
    let rows = Mutex<[RequestOutcome]>([])
    let result = try Recorder.$current.withValue(recorder) {
      try Simulation.run(
        plan(.iteration, watchesNeighbour: watchesNeighbour), provenance: RandomPlan.provenance, policy: "small",
        sink: { row in rows.withLock { $0.append(row) } })
    }
    let segments = try Simulation.run(
      plan(.segment, watchesNeighbour: watchesNeighbour), provenance: RandomPlan.provenance, policy: "small")
    if let difference = firstDifference(result, segments) { throw BrokenLaw("steppings differ: \(difference)") }
    return Story(
      picture: Timeline.picture(recorder.consultations),
      outcomes: rows.withLock { $0 }.sorted { $0.id < $1.id }, result: result,
      decided: recorder.consultations.map(\.time))
  }

  var cost: BoundStepCost {
    BoundStepCost(
      perStep: step, perToken: perToken, perSequence: perSequence, maxBatchedTokens: maxTokens,
      maxSequences: maxSequences)
  }

  /// Runs it once.
  func result(_ stepping: Stepping) throws -> RunResult {
    try Simulation.run(
      plan(stepping, watchesNeighbour: false), provenance: RandomPlan.provenance, policy: "small")
  }

  private func plan(_ stepping: Stepping, watchesNeighbour: Bool) -> ClusterPlan {
    let limits = EngineLimits(
      maxBatchedTokens: maxTokens, maxSequences: maxSequences, blockSize: 4, kvBlocks: blocks, maxModelLength: 10_000,
      layers: layers)
    let places = (0..<replicas).map {
      ReplicaPlan(gpus: [$0], lenders: [$0 + 4], peerBlocks: peerBlocks, hostBlocks: hostBlocks)
    }
    var main = DeploymentPlan(
      name: "main", model: "toy", replicas: places, router: router,
      policy: PolicyChoice(watchesNeighbour ? policy : recording(policy), parameters), limits: limits, cost: cost,
      blockBytesPerGPU: blockBytes, fragmentBytes: blockBytes, transferMode: .fragmented)
    main.cachesPrefixes = !prefixes.isEmpty
    var deployments = [main]
    var streams = Self.streams(requests, deployment: 0)
    let listed = PrefixBlocks.together(streams.map { [prefixes[$0.stream.name] ?? []] })
    for index in streams.indices { streams[index].prefixBlocks = listed[index] }
    if !neighbour.isEmpty {
      var other = main
      other.name = "neighbour"
      other.replicas = [ReplicaPlan(gpus: [4])]
      other.policy = PolicyChoice(watchesNeighbour ? recording(VLLMv1Policy.self) : VLLMv1Policy.self)
      other.limits.kvBlocks = 100
      deployments.append(other)
      streams += Self.streams(neighbour, deployment: 1)
    }
    return ClusterPlan(
      servers: [server.spec], deployments: deployments, streams: streams, seed: seed,
      warmUpEnd: .zero + warmUp, stepping: stepping, checksInvariants: true)
  }

  /// A stream for each written request.
  private static func streams(_ text: String, deployment: Int) -> [StreamPlan] {
    text.split(separator: ",").map { part in
      let words = part.split(separator: " ")
      let name = words[0].split(separator: "@")
      let tokens = words[1].split(separator: "+").map { Int($0)! }
      let component = WorkloadComponent(
        requestClass: words.contains("offline") ? .offline : .online,
        priority: words.contains("urgent") ? -1 : 0,
        lengths: .independent(prompt: .fixed(tokens[0]), output: .fixed(tokens[1])))
      return StreamPlan(
        stream: WorkloadStream(
          name: String(name[0]), arrivals: .constant(gap: .seconds(1)), components: [component],
          start: .milliseconds(Double(name[1])!), requestLimit: 1),
        deployment: deployment)
    }
  }
}
