import CommandLineTool
import Foundation
import GRDB
import Testing

/// The views of a store say what JSON says, under the same names.
struct StoreViewTests {
  @Test func viewsHaveTheNamesAndValuesOfJSON() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", pagingScenario)
    let place = folder["s.sqlite"]
    let outcome = await spillway(
      "run", path, "--store", place, "--format", "json", "--quiet", "--set", "workload.rate=9/s", "--set", "seed=3")
    #expect(outcome.status == .done)
    try compare(try outcome.json(), try DatabaseQueue(path: place))
  }

  private func compare(_ json: [String: Any], _ store: DatabaseQueue) throws {
    let scenario = try #require(json["scenario"] as? [String: Any])
    let profile = try #require(json["profile"] as? [String: Any])
    let results = try #require(json["results"] as? [[String: Any]]).filter { $0["replication"] is Int }
    let runs = try #require(json["runs"] as? [[String: Any]])

    try store.read { database in
      /// The one row of a view in which these columns are so.
      func row(_ view: String, _ keys: [String: Any?]) throws -> Row {
        let conditions = keys.keys.sorted().map { "\"\($0)\" IS ?" }.joined(separator: " AND ")
        let values = keys.keys.sorted().map { name in keys[name].flatMap { $0 as? any DatabaseValueConvertible } }
        let rows = try Row.fetchAll(
          database, sql: "SELECT * FROM \(view) WHERE \(conditions)", arguments: StatementArguments(values))
        try #require(rows.count == 1, "\(view): \(keys) has \(rows.count) rows")
        return rows[0]
      }
      func rowCount(_ view: String) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \(view)") ?? 0
      }
      /// Whether the row has every plain member of an object; `nested` are the others.
      func expect(_ row: Row, says object: [String: Any], but nested: Set<String> = []) {
        for (name, value) in object where !nested.contains(name) {
          let column: DatabaseValue? = row.hasColumn(name) ? row[name] : nil
          switch (value, column) {
          case (let text as String, let column?): #expect(String.fromDatabaseValue(column) == text, "\(name)")
          case (is NSNull, let column?): #expect(column.isNull, "\(name)")
          case (let number as NSNumber, let column?):
            // Foundation reads some decimals a few units in the last place off.
            let wanted = number.doubleValue
            let stored = Double.fromDatabaseValue(column)
            #expect(stored.map { abs($0 - wanted) <= 8 * wanted.ulp } == true, "\(name): \(wanted)")
          default: Issue.record("there is no \(name) among \(row.columnNames.sorted())")
          }
        }
      }
      func identity(_ object: [String: Any]) -> [String: Any?] {
        ["policy": object["policy"], "replication": object["replication"]]
      }

      #expect(try rowCount("results") == results.count && results.count >= 6)
      for object in results {
        var keys = identity(object)
        for name in ["deployment", "class"] { keys[name] = object[name] }
        let found = try row("results", keys)
        expect(found, says: object, but: ["paging"])
        #expect(found["scenario_name"] == scenario["name"] as? String)
        #expect(found["scenario_path"] == scenario["path"] as? String)
        #expect(found["scenario_sha256"] == scenario["sha256"] as? String)
        #expect(found["profile_name"] == profile["name"] as? String)
        #expect(found["profile_sha256"] == profile["sha256"] as? String)
        #expect(found["spillway_version"] == json["spillway_version"] as? String)
        #expect(found["overrides"] == "workload.rate=9/s; seed=3")
        #expect(found["ttft_limit_seconds"] == 1.0 && found["tpot_limit_seconds"] as Double? == nil)
        for paging in try #require(object["paging"] as? [[String: Any]]) {
          var keys = identity(object)
          for (name, value) in ["deployment": object["deployment"], "tier": paging["tier"], "link": paging["link"]] {
            keys[name] = value
          }
          expect(try row("tiers", keys), says: paging)
        }
      }
      #expect(try rowCount("tiers") > 0)
      #expect(try rowCount("runs") == runs.count)
      var counts = (engines: 0, links: 0, warnings: 0)
      for run in runs {
        expect(try row("runs", identity(run)), says: run, but: ["engines", "links", "trust", "warnings"])
        for engine in try #require(run["engines"] as? [[String: Any]]) {
          var keys = identity(run)
          for name in ["deployment", "replica"] { keys[name] = engine[name] }
          expect(try row("engines", keys), says: engine)
          counts.engines += 1
        }
        for link in try #require(run["links"] as? [[String: Any]]) {
          var keys = identity(run)
          keys["name"] = link["name"]
          expect(try row("links", keys), says: link)
          counts.links += 1
        }
        for warning in try #require(run["warnings"] as? [String]) {
          var keys = identity(run)
          keys["text"] = warning
          _ = try row("warnings", keys)
          counts.warnings += 1
        }
      }
      #expect(try rowCount("engines") == counts.engines)
      #expect(try rowCount("links") == counts.links && counts.links > 0)
      #expect(try rowCount("warnings") == counts.warnings && counts.warnings > 0)
    }
  }
}
