import Metrics
import SimCore
import Statistics

/// Runs made by hand: enough variety for every row of every output.
enum Fixture {
  static let provenance = RunProvenance(
    scenarioName: "quickstart", scenarioPath: "Scenarios/quickstart.yaml", scenarioDigest: "5ce0", profileName: "h100",
    profileDigest: "9f17", spillwayVersion: "0.1.0")

  /// A run of 200 requests over ten minutes whose latencies are `slowness` times those of the first policy.
  static func run(
    policy: String, replication: Int = 0, slowness: Double = 1, memoryWait: Double = 0, busy: Double = 0.5,
    pagedBytes: Int64 = 0, warnings: [String] = [], objective: Bool = true
  ) -> RunResult {
    let limits = ServiceObjective(timeToFirstToken: .seconds(1), timePerOutputToken: .milliseconds(50))
    var collector = RunCollector(groups: [
      GroupCollector(deployment: 0, requestClass: .online, objective: objective ? limits : ServiceObjective()),
      GroupCollector(deployment: 0, requestClass: .offline),
    ])
    var random = RandomStream(seed: 1, replication: replication, purpose: "fixture")
    for id in 0..<200 {
      let arrival = SimTime(seconds: 2.5 * Double(id))
      let wait = SimDuration.milliseconds(slowness * 100 * random.uniform())
      let prefill = SimDuration.milliseconds(slowness * (50 + 400 * random.uniform()))
      let decode = SimDuration.milliseconds(slowness * 100 * (25 + 10 * random.uniform()))
      let offline = id % 10 == 0
      collector.record(
        RequestOutcome(
          id: Int64(id), stream: 0, deployment: 0, replica: 0, requestClass: offline ? .offline : .online, tenant: 0,
          status: .completed, arrival: arrival, scheduled: arrival + wait, firstToken: arrival + wait + prefill,
          finished: arrival + wait + prefill + decode, promptTokens: 1_000, outputTokens: 101, generatedTokens: 101,
          preemptions: pagedBytes > 0 && id % 20 == 0 ? 1 : 0, pagedOutBytes: pagedBytes > 0 && id % 20 == 0 ? 1_000 : 0
        ),
        group: offline ? 1 : 0)
    }
    var engine = EngineTotals(deployment: 0, replica: 0)
    engine.elapsed = .seconds(600)
    engine.busy = .seconds(600 * busy)
    engine.idle = .seconds(600 * (1 - busy))
    engine.headWaitedForMemory = .seconds(600 * memoryWait)
    engine.kvCapacityTokens = 100_000
    engine.kvTokenTime = 36_000_000_000_000_000_000
    return RunResult(
      provenance: provenance, policy: policy, seed: 1, replication: replication,
      deployments: [DeploymentLabel(name: "chat", model: "llama-3.1-70b", placement: "1 replica of 4 x H100-SXM-80GB")],
      collector: collector, engines: [engine],
      links: [LinkTotals(name: "gpu4 NVLink in", kind: .nvlink, bytes: pagedBytes, busy: .seconds(6))],
      paging: pagedBytes == 0
        ? []
        : [
          PagingTotals(
            deployment: 0, tier: .peerGPU, link: "NVLink", pagedOutBytes: pagedBytes, pagedInBytes: pagedBytes / 2)
        ],
      simulatedEnd: SimTime(seconds: 600), wallSeconds: 0.25, warnings: warnings)
  }

  static func results(replications: Int = 1) throws -> ResultSet {
    var runs: [RunResult] = []
    for replication in 0..<replications {
      runs.append(run(policy: "vllm-v1", replication: replication, slowness: 3, memoryWait: 0.41, busy: 0.99))
      runs.append(
        run(
          policy: "aqua", replication: replication, busy: 0.95, pagedBytes: 12_300_000_000,
          warnings: ["2 step-time lookups were outside the measured range."]))
      runs.append(run(policy: "conserve", replication: replication, slowness: 1.5, busy: 0.6))
    }
    return try ResultSet(runs)
  }
}
