import Foundation
import GRDB
import Metrics
import SimCore

@testable import ResultsStore

/// A new empty folder, removed when the body is done.
func withFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

/// The digest of the scenario that `result` is of.
let digest = "abc"

func outcomes(_ count: Int, replication: Int = 0) -> [RequestOutcome] {
  var random = RandomStream(seed: 5, replication: replication, purpose: "store")
  return (0..<count).map { id in
    let arrival = SimTime(seconds: 0.1 * Double(id))
    let status = RequestStatus(rawValue: UInt8(random.below(3)))!
    let served = status == .completed
    return RequestOutcome(
      id: Int64(id), stream: 1, deployment: 0, replica: served ? 2 : -1,
      requestClass: random.below(2) == 0 ? .online : .offline, tenant: Int32(random.below(9)), status: status,
      rejectionReason: status == .rejected ? (random.below(2) == 0 ? .exceedsPool : .exceedsContext) : nil,
      arrival: arrival, scheduled: served ? arrival + .milliseconds(20 * random.uniform()) : .never,
      firstToken: served ? arrival + .milliseconds(20 + 50 * random.uniform()) : .never,
      finished: served ? arrival + .milliseconds(100 + 5_000 * random.uniform()) : .never,
      promptTokens: Int32(random.below(4_000)), outputTokens: 64, generatedTokens: served ? 64 : 0,
      preemptions: Int32(random.below(3)), recomputedTokens: Int32(random.below(500)),
      pagedOutBytes: Int64(random.below(1 << 40)), pagedInBytes: Int64(random.below(1 << 40)))
  }
}

func result(policy: String = "aqua", replication: Int = 0, requests: Int = 300) -> RunResult {
  let objective = ServiceObjective(timeToFirstToken: .milliseconds(50), endToEnd: .seconds(3))
  var collector = RunCollector(
    groups: [
      GroupCollector(deployment: 0, requestClass: .online, objective: objective),
      GroupCollector(deployment: 0, requestClass: .offline),
    ], warmUpEnd: SimTime(seconds: 1))
  for outcome in outcomes(requests, replication: replication) {
    collector.record(outcome, group: outcome.requestClass == .online ? 0 : 1)
  }
  collector.recordInterTokenLatencies(
    group: 0, first: .milliseconds(9), step: .microseconds(3), iterations: 5_000, sequences: 7)
  // Every integer of an engine's totals is different, so that none can stand in for another.
  var engine = EngineTotals(deployment: 0, replica: 3)
  for (index, counter) in EngineCounter.all.enumerated() {
    var value = Int128(index + 1)
    if case .integral = counter.storage { value <<= 80 }
    counter.set(value, in: &engine)
  }
  return RunResult(
    provenance: RunProvenance(
      scenarioName: "burst", scenarioPath: "Scenarios/burst.yaml", scenarioDigest: digest,
      overrides: ["workload.rate=4/s", "name=a=b"], profileName: "h100", profileDigest: "def",
      spillwayVersion: "0.1.0"),
    policy: policy, seed: .max, replication: replication,
    deployments: [DeploymentLabel(name: "chat", model: "llama-3.1-8b", placement: "4 replicas of 1 x H100")],
    collector: collector, engines: [engine],
    links: [LinkTotals(name: "gpu0 NVLink out", kind: .nvlink, bytes: 77, busy: .seconds(2))],
    paging: [PagingTotals(deployment: 0, tier: .peerGPU, link: "NVLink", pagedOutBytes: 77, pagedInBytes: 33)],
    simulatedEnd: SimTime(seconds: 60), wallSeconds: 0.5, warnings: ["é 漢", "second"])
}

let tables = [
  "scenario", "run", "override", "setting", "varied_key", "deployment", "request_group", "figure", "engine", "link",
  "paging", "warning",
]

/// How many rows each table has.
func rowCounts(_ path: String) throws -> [Int] {
  try DatabaseQueue(path: path).read { database in
    try tables.map { try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") ?? -1 }
  }
}

extension ResultsStore {
  /// The results of a scenario, every one with every figure.
  func results(ofScenario digest: String) throws -> [RunResult] {
    try runs(ofScenario: digest).map { run in
      if !run.unrecorded.isEmpty { throw StoreDamage(what: run.unrecorded.joined(separator: ", ")) }
      return run.result
    }
  }
}
