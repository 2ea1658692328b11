import Foundation
import GRDB
import Metrics
import SimCore
import Testing

@testable import ResultsStore

/// A new empty folder, removed when the body is done.
private func withFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

private let point = StoredPoint(digest: "p1", parameters: "rate=4")

private func outcomes(_ count: Int, replication: Int = 0) -> [RequestOutcome] {
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

private func result(policy: String = "aqua", replication: Int = 0, requests: Int = 300) -> RunResult {
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
  engine.elapsed = SimDuration(picoseconds: 1)
  engine.busy = SimDuration(picoseconds: 2)
  engine.idle = SimDuration(picoseconds: 3)
  engine.blockedOnTransfer = SimDuration(picoseconds: 4)
  engine.headWaitedForMemory = SimDuration(picoseconds: 5)
  engine.headWaitedForSlots = SimDuration(picoseconds: 6)
  engine.headWaitedForTokenBudget = SimDuration(picoseconds: 7)
  engine.iterations = 8
  engine.decodeTokens = 9
  engine.prefillTokens = 10
  engine.preemptionsByRecompute = 11
  engine.preemptionsBySwap = 12
  engine.recomputedTokens = 13
  engine.abortedIterations = 14
  engine.abortedWork = SimDuration(picoseconds: 15)
  engine.checkpointedBytes = 16
  engine.kvTokenTime = Int128(17) << 80
  engine.kvCapacityTokens = 18
  engine.kvBlockSize = 19
  engine.peakKVBlocks = 20
  engine.kvCapacityBlocks = 21
  engine.peakRunning = 22
  engine.requestTime = 23
  return RunResult(
    provenance: RunProvenance(
      scenarioName: "burst", scenarioPath: "Scenarios/burst.yaml", scenarioDigest: "abc", profileName: "h100",
      profileDigest: "def", spillwayVersion: "0.1.0"),
    policy: policy, seed: .max, replication: replication,
    deployments: [DeploymentLabel(name: "chat", model: "llama-3.1-8b", placement: "4 replicas of 1 x H100")],
    collector: collector, engines: [engine],
    links: [LinkTotals(name: "gpu0 NVLink out", kind: .nvlink, bytes: 77, busy: .seconds(2))],
    paging: [PagingTotals(deployment: 0, tier: .peerGPU, link: "NVLink", pagedOutBytes: 77, pagedInBytes: 33)],
    simulatedEnd: SimTime(seconds: 60), wallSeconds: 0.5, warnings: ["é 漢", "second"])
}

private func rowCounts(_ path: String) throws -> [Int] {
  try DatabaseQueue(path: path).read { database in
    try [
      "scenario", "point", "run", "deployment", "request_group", "metric", "engine", "link", "paging", "warning",
      "request_chunk",
    ].map { try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") ?? -1 }
  }
}

@Suite struct ResultsStoreTests {
  @Test("another program's database is refused and left as it is")
  func foreignDatabase() throws {
    try withFolder { folder in
      for (name, setUp) in [
        ("tables", "CREATE TABLE photo (id INTEGER PRIMARY KEY)"), ("mark", "PRAGMA application_id = 252006673"),
      ] {
        let path = "\(folder)/\(name).sqlite"
        try DatabaseQueue(path: path).write { try $0.execute(sql: setUp) }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: StoreError.notAStore(path: path, reason: "it is a database of another program")) {
          try ResultsStore(path: path)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      }
    }
  }

  @Test("a store says in its header whose it is; one from before that is taken and marked")
  func marks() throws {
    try withFolder { folder in
      let path = "\(folder)/a.sqlite"
      func mark() throws -> Int32? {
        try DatabaseQueue(path: path).read { try Int32.fetchOne($0, sql: "PRAGMA application_id") }
      }
      _ = try ResultsStore(path: path)
      #expect(try mark() == ResultsStore.applicationID)
      try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA application_id = 0") }
      _ = try ResultsStore(path: path)
      #expect(try mark() == ResultsStore.applicationID)
    }
  }

  @Test func theReaderReturnsWhatTheWriterGot() throws {
    try withFolder { folder in
      let path = folder + "/deep/er/spillway.sqlite"
      let runs = [result(), result(replication: 1), result(policy: "vllm-v1")]
      let rows = outcomes(10_000)
      do {
        let store = try ResultsStore(path: path)
        for run in runs { try store.write(run, scenarioText: "text: é", point: point, requests: rows) }
      }
      let store = try ResultsStore(path: path)
      #expect(try store.runs(ofPoint: "p1") == runs)
      #expect(try store.scenarioText(digest: "abc") == "text: é")
      #expect(try store.scenarioText(digest: "none") == nil)
      #expect(try store.requests(ofPoint: "p1", policy: "aqua", seed: .max, replication: 1) == rows)
      #expect(try store.requests(ofPoint: "p1", policy: "none", seed: .max, replication: 1).isEmpty)
      #expect(try store.points() == [point])
      #expect(try rowCounts(path)[10] == 3 * 3)
    }
  }

  @Test func aRunStoredAgainReplacesTheFirst() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      try store.write(result(requests: 300), scenarioText: "t", point: point, requests: outcomes(10))
      let before = try rowCounts(path)
      let again = result(requests: 200)
      try store.write(again, scenarioText: "t", point: point)
      #expect(try store.runs(ofPoint: "p1") == [again])
      var expected = before
      expected[10] = 0
      #expect(try rowCounts(path) == expected)
    }
  }

  @Test func completedPointsAreRemembered() throws {
    try withFolder { folder in
      let store = try ResultsStore(path: folder + "/s.sqlite")
      try store.write(result(), scenarioText: "t", point: point)
      #expect(try store.completedPoints() == [])
      try store.markCompleted(point)
      try store.markCompleted(StoredPoint(digest: "a0", parameters: "rate=8"))
      try store.write(result(replication: 5), scenarioText: "t", point: point)
      #expect(try store.completedPoints() == ["a0", "p1"])
    }
  }

  @Test func aFailureAtTheLastStepLeavesNoRow() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      try DatabaseQueue(path: path).write { database in
        try database.execute(
          sql: """
            CREATE TRIGGER injected BEFORE INSERT ON request_chunk WHEN NEW.position = 1
            BEGIN SELECT RAISE(ABORT, 'injected'); END
            """)
      }
      #expect(throws: StoreError.self) {
        try store.write(result(), scenarioText: "t", point: point, requests: outcomes(5_000))
      }
      #expect(try rowCounts(path).allSatisfy { $0 == 0 })
      // The same store goes on working, and an older run survives a failed replacement.
      try store.write(result(), scenarioText: "t", point: point)
      #expect(throws: StoreError.self) {
        try store.write(result(requests: 9), scenarioText: "t", point: point, requests: outcomes(5_000))
      }
      #expect(try store.runs(ofPoint: "p1") == [result()])
    }
  }

  @Test func resultsThatContradictThemselvesAreRefused() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      var broken = result()
      broken.groups[1].good = broken.groups[1].completed + 1
      let error = #expect(throws: StoreError.self) { try store.write(broken, scenarioText: "t", point: point) }
      guard case .inconsistent = error else {
        Issue.record("not .inconsistent: \(String(describing: error))")
        return
      }
      #expect(try rowCounts(path).allSatisfy { $0 == 0 })
    }
  }

  @Test func aStoreBeingWrittenElsewhereIsBusy() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path, patience: 0.05)
      let other = try DatabaseQueue(path: path)
      try other.inDatabase { database in
        try database.execute(sql: "BEGIN IMMEDIATE")
        defer { try? database.execute(sql: "ROLLBACK") }
        #expect(throws: StoreError.busy(path: path)) {
          try store.write(result(), scenarioText: "t", point: point)
        }
      }
      try store.write(result(), scenarioText: "t", point: point)
      #expect(try store.runs(ofPoint: "p1").count == 1)
    }
  }

  @Test func twoWritersBothGetThrough() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/s.sqlite"
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for writer in 0..<2 {
        tasks.addTask {
          let store = try ResultsStore(path: path)
          for replication in 0..<10 {
            try store.write(
              result(policy: "policy \(writer)", replication: replication, requests: 20), scenarioText: "t",
              point: point)
          }
        }
      }
      try await tasks.waitForAll()
    }
    #expect(try ResultsStore(path: path).runs(ofPoint: "p1").count == 20)
  }

  @Test func placesThatCannotHoldAStoreAreNamed() throws {
    try withFolder { folder in
      for path in ["/proc/nowhere/s.sqlite", folder, "/dev/null/s.sqlite"] {
        let error = #expect(throws: StoreError.self) { try ResultsStore(path: path) }
        guard case .unwritable(let named, _) = error else {
          Issue.record("\(path) gave \(String(describing: error))")
          continue
        }
        #expect(named == path)
      }
      let text = folder + "/notes.txt"
      try String(repeating: "not a database\n", count: 100).write(toFile: text, atomically: true, encoding: .utf8)
      let error = #expect(throws: StoreError.self) { try ResultsStore(path: text) }
      guard case .notAStore = error else {
        Issue.record("not .notAStore: \(String(describing: error))")
        return
      }
      #expect(try String(contentsOfFile: text, encoding: .utf8).hasPrefix("not a database\n"))
    }
  }

  @Test func aNewerStoreIsLeftAlone() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      _ = try ResultsStore(path: path)
      try DatabaseQueue(path: path).write { database in
        try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 from the future')")
      }
      let error = #expect(throws: StoreError.self) { try ResultsStore(path: path) }
      #expect(error?.description.contains("newer version") == true)
    }
  }

  @Test func damageIsReportedNotReturned() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      try store.write(result(), scenarioText: "t", point: point, requests: outcomes(10))
      try DatabaseQueue(path: path).write { database in
        try database.execute(sql: "UPDATE request_group SET ttft = x'0102' WHERE position = 0")
        try database.execute(sql: "UPDATE request_chunk SET rows = x'0102030405060708'")
      }
      #expect(throws: StoreError.notAStore(path: path, reason: "its histograms are damaged")) {
        try store.runs(ofPoint: "p1")
      }
      #expect(throws: StoreError.notAStore(path: path, reason: "its request rows are damaged")) {
        try store.requests(ofPoint: "p1", policy: "aqua", seed: .max, replication: 0)
      }
    }
  }
}
