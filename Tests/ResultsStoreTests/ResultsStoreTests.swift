import Foundation
import GRDB
import Metrics
import SimCore
import Testing

@testable import ResultsStore

@Suite struct ResultsStoreTests {
  @Test("another program's database is refused and left as it is")
  func foreignDatabase() throws {
    try withFolder { folder in
      for (name, setUp, what) in [
        ("tables", "CREATE TABLE photo (id INTEGER PRIMARY KEY)", ", with tables 'photo'"),
        ("mark", "PRAGMA application_id = 252006673", " (application_id 0xf055111)"),
      ] {
        let path = "\(folder)/\(name).sqlite"
        try DatabaseQueue(path: path).write { try $0.execute(sql: setUp) }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: StoreError.notAStore(path: path, reason: "it is a database of another program" + what)) {
          try ResultsStore(path: path)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      }
    }
  }

  @Test("a store says in its header whose it is")
  func marks() throws {
    try withFolder { folder in
      let path = "\(folder)/a.sqlite"
      _ = try ResultsStore(path: path)
      let mark = try DatabaseQueue(path: path).read { try Int32.fetchOne($0, sql: "PRAGMA application_id") }
      #expect(mark == 0x5370_6C77)
    }
  }

  @Test func theReaderReturnsWhatTheWriterGot() throws {
    try withFolder { folder in
      let path = folder + "/deep/er/spillway.sqlite"
      let runs = [result(), result(replication: 1), result(policy: "vllm-v1")]
      do {
        let store = try ResultsStore(path: path)
        for run in runs { try store.write(run, scenarioText: "text: é") }
      }
      let store = try ResultsStore(path: path)
      #expect(try store.results(ofScenario: digest) == runs)
      #expect(try store.results(ofScenario: "none").isEmpty)
      #expect(try store.scenarioText(digest: digest) == "text: é")
      #expect(try store.scenarioText(digest: "none") == nil)
      #expect(try store.scenarios() == [digest])
    }
  }

  @Test func aRunStoredAgainReplacesTheFirst() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      try store.write(result(requests: 300), scenarioText: "t")
      let before = try rowCounts(path)
      let again = result(requests: 200)
      try store.write(again, scenarioText: "t")
      #expect(try store.results(ofScenario: digest) == [again])
      #expect(try rowCounts(path) == before)
    }
  }

  @Test("varied keys are columns of every view, whatever they are called")
  func variedKeysAreColumns() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      var runs = [result(), result(replication: 1)]
      runs[0].variant = VariantLabel(
        name: "a",
        settings: [
          Setting(key: "workload.rate", text: "4/s", number: 4),
          Setting(key: "it's[0].\"odd\"", text: nil, number: nil),
        ])
      runs[1].variant = VariantLabel(
        name: "b",
        settings: [
          Setting(key: "duration", text: "2 min", number: 120), Setting(key: "server", text: "x", number: nil),
        ])
      for run in runs { try store.write(run, scenarioText: "t") }
      #expect(try store.results(ofScenario: digest) == runs)
      try DatabaseQueue(path: path).read { database in
        for view in StoreViews.names {
          let columns = try database.columns(in: view).map(\.name)
          for name in ["workload.rate", "it's[0].\"odd\"", "scenario.duration", "scenario.server"] {
            #expect(columns.filter { $0 == name }.count == 1, "\(view): \(name)")
          }
        }
        let row = try #require(try Row.fetchOne(database, sql: "SELECT * FROM runs WHERE variant = 'b'"))
        #expect(row["scenario.duration"] == 120.0 && row["scenario.server"] == "x")
        #expect(row["workload.rate"] as Double? == nil)
      }
    }
  }

  @Test func aFailureAtTheLastStepLeavesNoRow() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      try DatabaseQueue(path: path).write { database in
        try database.execute(
          sql: """
            CREATE TRIGGER injected BEFORE INSERT ON warning WHEN NEW.position = 2
            BEGIN SELECT RAISE(ABORT, 'injected'); END
            """)
      }
      var broken = result()
      broken.warnings.append("third")
      #expect(throws: StoreError.self) { try store.write(broken, scenarioText: "t") }
      #expect(try rowCounts(path).allSatisfy { $0 == 0 })
      // The same store goes on working, and an older run survives a failed replacement.
      try store.write(result(), scenarioText: "t")
      #expect(throws: StoreError.self) { try store.write(broken, scenarioText: "t") }
      #expect(try store.results(ofScenario: digest) == [result()])
    }
  }

  @Test func resultsThatContradictThemselvesAreRefused() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      var broken = result()
      broken.groups[1].good = broken.groups[1].completed + 1
      let error = #expect(throws: StoreError.self) { try store.write(broken, scenarioText: "t") }
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
        #expect(throws: StoreError.busy(path: path)) { try store.write(result(), scenarioText: "t") }
      }
      try store.write(result(), scenarioText: "t")
      #expect(try store.results(ofScenario: digest).count == 1)
    }
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

  @Test func damageIsReportedNotReturned() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let store = try ResultsStore(path: path)
      try store.write(result(), scenarioText: "t")
      for (damage, what) in [
        ("UPDATE engine SET kv_token_time_ps = 'many'", "engine totals"),
        ("UPDATE engine SET kv_token_time_ps = '7', kv_block_size = 1 << 40", "engine totals"),
        (
          "UPDATE engine SET kv_block_size = 16; UPDATE request_group SET ttft = x'0102' WHERE position = 0",
          "histograms"
        ),
      ] {
        try DatabaseQueue(path: path).write { try $0.execute(sql: damage) }
        #expect(throws: StoreError.notAStore(path: path, reason: "its \(what) are damaged")) {
          try store.runs(ofScenario: digest)
        }
      }
    }
  }
}

/// What happens when a file is opened: new, another's, newer, or found by several at once.
@Suite struct StoreOpeningTests {
  @Test func eightMayMakeOneStoreAtOnce() async throws {
    for _ in 0..<8 {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString)").path
      defer { try? FileManager.default.removeItem(atPath: folder) }
      let path = folder + "/s.sqlite"
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for writer in 0..<8 {
          tasks.addTask {
            let store = try ResultsStore(path: path, patience: 60)
            for replication in 0..<2 {
              try store.write(
                result(policy: "policy \(writer)", replication: replication, requests: 20), scenarioText: "t")
            }
          }
        }
        try await tasks.waitForAll()
      }
      #expect(try ResultsStore(path: path).results(ofScenario: digest).count == 16)
    }
  }

  /// What one that saw the store empty does once another has made it.
  @Test func whoComesSecondFindsNothingToDo() throws {
    try withFolder { folder in
      let path = folder + "/s.sqlite"
      let second = try DatabaseQueue(path: path)
      #expect(try second.read(StoreOpening.state) == .empty)
      try ResultsStore(path: path).write(result(), scenarioText: "t")
      try second.writeWithoutTransaction(StoreOpening.bringUpToDate)
      #expect(try second.read(StoreOpening.state) == .current)
      #expect(try ResultsStore(path: path).results(ofScenario: digest) == [result()])
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

  @Test(
    arguments: [
      ("CREATE TABLE notes (text)", "it is a database of another program, with tables 'notes'"),
      (
        "CREATE TABLE a (x); CREATE TABLE b (x); CREATE TABLE c (x); CREATE TABLE d (x)",
        "it is a database of another program, with tables 'a', 'b', 'c', ..."
      ),
      ("PRAGMA application_id = 0x47504b47", "it is a database of another program (application_id 0x47504b47)"),
      // Another program that keeps its migrations as this one does.
      (
        "CREATE TABLE grdb_migrations (identifier TEXT); INSERT INTO grdb_migrations VALUES ('1 notes')",
        "it is a database of another program, with tables 'grdb_migrations'"
      ),
    ])
  func aDatabaseOfAnotherProgramIsRefusedAndLeftAsItIs(sql: String, reason: String) throws {
    try withFolder { folder in
      let path = folder + "/other.sqlite"
      try DatabaseQueue(path: path).writeWithoutTransaction { try $0.execute(sql: sql) }
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(throws: StoreError.notAStore(path: path, reason: reason)) { try ResultsStore(path: path) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }
}
