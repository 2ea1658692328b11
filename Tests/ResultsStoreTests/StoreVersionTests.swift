import Foundation
import GRDB
import Metrics
import SimCore
import Statistics
import Testing

@testable import ResultsStore

/// Stores of other versions: older ones are read, whole; a new counter leaves what is stored readable.
@Suite struct StoreVersionTests {
  /// A store that version 0.1.0 wrote: two policies, two replications, two deployments of which one has a policy of its
  /// own, paging to a peer and to the host. The scenario is in it.
  static let old = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Data/store-0.1.0.sqlite")

  private func withOldStore(_ body: (String) throws -> Void) throws {
    try withFolder { folder in
      try FileManager.default.copyItem(at: Self.old, to: URL(filePath: folder + "/old.sqlite"))
      try body(folder + "/old.sqlite")
    }
  }

  @Test func aStoreOfVersion010IsReadWhole() throws {
    try withOldStore { path in
      // Every figure as that version worked it out, by run and request group.
      var figures: [[Int64]: [String: Double]] = [:]
      try DatabaseQueue(path: path).read { database in
        for row in try Row.fetchAll(database, sql: "SELECT * FROM metric") {
          figures[[row["run"], row["request_group"]], default: [:]][row["name"]] = row["value"]
        }
      }
      #expect(figures.count == 12)

      let store = try ResultsStore(path: path)
      let digest = try #require(try store.scenarios().first)
      #expect(try store.scenarioText(digest: digest)?.contains("kv_blocks: 260") == true)
      let runs = try store.runs(ofScenario: digest)
      #expect(
        runs.map(\.result.fingerprint) == [
          "4abe9e486335a4a2", "5351a2177f761534", "ea52ed47b59a08d9", "6405a7495375bb3e",
        ])
      #expect(runs.map(\.result.policy) == ["vllm-v1", "vllm-v1", "sliced", "sliced"])
      for (number, run) in runs.enumerated() {
        #expect(run.result.deployments.map(\.fixedPolicy) == [nil, "vllm-v0"])
        #expect(run.result.engines.count == 2 && run.result.links.isEmpty == (number < 2))
        #expect(run.result.engines.allSatisfy { $0.kvTokenTime > 0 && $0.requestTime > 0 && $0.kvBlockSize == 16 })
        for group in run.result.groups.indices {
          let view = GroupView(run.result, group: group)
          let stored = try #require(figures[[Int64(number + 1), Int64(group)]])
          for (name, value) in stored {
            #expect(MetricKey.named(name)?.value(in: view) == value, "run \(number), group \(group): \(name)")
          }
        }
      }
      // The view says the same, and nothing of the old tables is left.
      try DatabaseQueue(path: path).read { database in
        for row in try Row.fetchAll(database, sql: "SELECT * FROM results") {
          let group = try #require(
            try Int64.fetchOne(
              database,
              sql: """
                SELECT request_group.position FROM request_group JOIN deployment
                  ON deployment.run = request_group.run AND deployment.position = request_group.deployment
                WHERE request_group.run = ? AND deployment.name = ? AND class = ?
                """, arguments: [row["run"] as Int64, row["deployment"] as String, row["class"] as String]))
          let key: [Int64] = [row["run"], group]
          let stored = try #require(figures[key])
          figures[key] = nil
          for (name, value) in stored { #expect(row[name] as Double? == value, "\(name)") }
        }
        #expect(figures.isEmpty)
        let left = try String.fetchSet(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        #expect(left == Set(tables + ["grdb_migrations"]))
      }
    }
  }

  @Test func aStoreOfVersion010TakesNewRunsBesideItsOwn() throws {
    try withOldStore { path in
      let store = try ResultsStore(path: path)
      try store.write(result(), scenarioText: "t")
      #expect(try store.results(ofScenario: digest) == [result()])
      #expect(try store.scenarios().count == 2)
    }
  }

  /// A store that version 0.2.0 wrote, before there were variants: two policies of one scenario.
  @Test func aStoreOfVersion020IsReadWholeAndTakesVariants() throws {
    try withFolder { folder in
      let path = folder + "/old.sqlite"
      let old = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Data/store-0.2.0.sqlite")
      try FileManager.default.copyItem(at: old, to: URL(filePath: path))
      let store = try ResultsStore(path: path)
      let runs = try store.runs(ofScenario: try #require(try store.scenarios().first))
      #expect(runs.map(\.result.fingerprint) == ["674093c99630e57e", "efe8bed34f04c6cc"])
      #expect(runs.allSatisfy { $0.result.variant == nil && $0.result.provenance.overrides == ["workload.rate=5/s"] })
      var variant = result()
      variant.variant = VariantLabel(name: "a", settings: [Setting(key: "workload.rate", text: "4/s", number: 4)])
      try store.write(variant, scenarioText: "t")
      #expect(try store.results(ofScenario: digest) == [variant])
      try DatabaseQueue(path: path).read { database in
        let sql = "SELECT policy, variant, \"workload.rate\", p99_ttft_ms FROM results ORDER BY run, class"
        let rows = try Row.fetchAll(database, sql: sql)
        #expect(rows.map { $0["variant"] as String? } == [nil, nil, "a", "a"])
        #expect(rows.map { $0["workload.rate"] as Double? } == [nil, nil, 4, 4])
        #expect(rows[0]["p99_ttft_ms"] == 15.867540097905)
      }
    }
  }

  @Test func whatStepTimesRestOnIsKeptAndReadBack() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      var run = result()
      run.deployments[0].trust = TrustBasis(
        parts: [
          TrustBasis.Part(basis: "measured", decode: 0.006_1, prefill: 1.0 / 3),
          TrustBasis.Part(basis: "engine", decode: 0, prefill: 2e-7),
        ],
        nearest: TrustBasis.SeenError(
          title: "8B, \"one\" H100", latencyErrors: [0.1, -0.05], throughputErrors: [0.02], differences: ["GPU"],
          isOfThisEngine: false))
      try store.write(run, scenarioText: "t")
      #expect(try store.results(ofScenario: digest) == [run])
      try DatabaseQueue(path: path).read { database in
        let row = try #require(try Row.fetchOne(database, sql: "SELECT * FROM results WHERE class = 'online'"))
        #expect(row["nearest_recording"] == "8B, \"one\" H100")
        #expect(row["max_recorded_error_fraction"] == 0.1 && (row["measured_time_fraction"] as Double? ?? 0) > 0.9)
      }
      // Damage is told.
      try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE deployment SET trust = '{}'") }
      #expect(throws: StoreError.notAStore(path: path, reason: "its deployments are damaged")) {
        try store.runs(ofScenario: digest)
      }
    }
  }

  /// A file in which a rule of a table is another: that a result breaks it says nothing of the result.
  @Test func aRuleThatDamageMadeIsTheFilesFault() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      _ = try ResultsStore(path: path)
      try DatabaseQueue(path: path).write { database in
        try database.execute(
          sql: """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET sql = replace(sql, 'preemptions >= 0', 'preemptions >= 1000000000');
            PRAGMA writable_schema = OFF
            """)
      }
      let store = try ResultsStore(path: path)
      do throws(StoreError) {
        try store.write(result(), scenarioText: "t")
        Issue.record("it is taken")
      } catch {
        guard case .notAStore(_, let reason) = error else {
          Issue.record("\(error)")
          return
        }
        #expect(reason.contains("it is damaged: CHECK constraint failed: preemptions >= 1000000000"))
      }
    }
  }

  /// One that no store takes is ours.
  @Test func aResultThatNoStoreTakesIsAFaultOfOurs() throws {
    try withFolder { folder in
      let store = try ResultsStore(path: folder + "/s.sqlite")
      var run = result()
      run.injected = -1
      do throws(StoreError) {
        try store.write(run, scenarioText: "t")
        Issue.record("it is taken")
      } catch {
        guard case .inconsistent = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
  }

  @Test func severalMayBringAnOldStoreUpToDateAtOnce() async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString).sqlite")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.copyItem(atPath: Self.old.path(), toPath: path)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for writer in 0..<8 {
        tasks.addTask {
          try ResultsStore(path: path, patience: 60).write(result(policy: "p\(writer)"), scenarioText: "t")
        }
      }
      try await tasks.waitForAll()
    }
    let store = try ResultsStore(path: path)
    #expect(try store.scenarios().map { try store.runs(ofScenario: $0).count }.sorted() == [4, 8])
  }

  @Test func damageInAnOldStoreIsToldAndTheStoreLeftAsItIs() throws {
    try withOldStore { path in
      try DatabaseQueue(path: path).write { try $0.execute(sql: "UPDATE engine SET totals = x'00' WHERE run = 3") }
      for _ in 0..<2 {
        #expect(throws: StoreError.notAStore(path: path, reason: "its engine totals are damaged")) {
          try ResultsStore(path: path)
        }
      }
      #expect(try DatabaseQueue(path: path).read { try $0.tableExists("metric") })
    }
  }

  /// A store written before some counters were there: what a version with fewer of them left behind.
  @Test func countersThatAStoreLacksAreAddedAndSaidToBeUnrecorded() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      try ResultsStore(path: path).write(result(), scenarioText: "t")
      let lacking = [("engine", "busy_ps"), ("engine", "kv_token_time_ps"), ("figure", "p99_ttft_ms")]
      try DatabaseQueue(path: path).write { database in
        for view in StoreViews.names { try database.execute(sql: "DROP VIEW \(view)") }
        for (table, column) in lacking { try database.execute(sql: "ALTER TABLE \(table) DROP COLUMN \(column)") }
      }
      let store = try ResultsStore(path: path)
      let run = try #require(try store.runs(ofScenario: digest).first)
      #expect(run.unrecorded == ["engine.busy_ps", "engine.kv_token_time_ps"])
      var expected = result()
      expected.engines[0].busy = .zero
      expected.engines[0].kvTokenTime = 0
      #expect(run.result == expected)
      // New runs have them; in the views the old one has none, rather than zero.
      try store.write(result(replication: 1), scenarioText: "t")
      #expect(try store.runs(ofScenario: digest)[1] == StoredRun(result(replication: 1)))
      try DatabaseQueue(path: path).read { database in
        let busy = try Double?.fetchAll(database, sql: "SELECT busy_seconds FROM engines ORDER BY run")
        #expect(busy == [nil, result(replication: 1).engines[0].busy.seconds])
        let tails = try Double?.fetchAll(database, sql: "SELECT p99_ttft_ms FROM results WHERE class = 'online'")
        #expect(tails.count == 2 && tails[0] == nil && tails[1] != nil)
      }
    }
  }

  /// What a version with more counters leaves behind does not disturb this one.
  @Test func countersThatThisVersionDoesNotKnowAreLeftAlone() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      try store.write(result(), scenarioText: "t")
      try DatabaseQueue(path: path).write { database in
        try database.execute(
          sql: """
            ALTER TABLE engine ADD COLUMN shed_requests INTEGER;
            ALTER TABLE figure ADD COLUMN regret REAL;
            UPDATE engine SET shed_requests = 5
            """)
        try StoreViews.rebuild(database)
      }
      #expect(try store.results(ofScenario: digest) == [result()])
      try store.write(result(replication: 1), scenarioText: "t")
      let again = try ResultsStore(path: path)
      #expect(try again.results(ofScenario: digest) == [result(), result(replication: 1)])
      try DatabaseQueue(path: path).read { database in
        let shed = try Int?.fetchAll(database, sql: "SELECT shed_requests FROM engines ORDER BY run")
        #expect(shed == [5, nil])
      }
    }
  }
}
