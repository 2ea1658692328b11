import GRDB
import SimCore

extension ResultsStore {
  /// Rows of one run, table by table.
  private struct CopiedRun {
    var scenarioText: String
    var run: Row
    var children: [(table: String, rows: [Row])]
  }

  /// Takes the runs of another store that this one does not have: those of another scenario, policy, seed or
  /// replication. What is there stays.
  ///
  /// - Returns: how many were added, and how many were there.
  /// - Throws: `StoreError`; runs added by then stay.
  public func merge(_ other: ResultsStore) throws(StoreError) -> (added: Int, present: Int) {
    let ids = try other.reading { try Int64.fetchAll($0, sql: "SELECT id FROM run ORDER BY id") }
    var added = 0
    var next = 0
    while next < ids.count {
      let batch = Array(ids[next..<min(next + 64, ids.count)])
      next += batch.count
      let runs = try other.copies(of: batch)
      do {
        added += try queue.write { database in try runs.count { try Self.add($0, database) } }
      } catch {
        let found = StoreError(error, path: path, writing: true)
        // What breaks the rules of stores comes from the other one.
        if case .inconsistent(_, let reason) = found { throw .notAStore(path: other.path, reason: reason) }
        throw found
      }
    }
    return (added, ids.count - added)
  }

  private func copies(of ids: [Int64]) throws(StoreError) -> [CopiedRun] {
    try reading { database in
      try ids.compactMap { id in
        guard let run = try Row.fetchOne(database, sql: "SELECT * FROM run WHERE id = ?", arguments: [id]) else {
          return nil
        }
        let text = try String.fetchOne(
          database, sql: "SELECT text FROM scenario WHERE digest = ?", arguments: [run["scenario"] as String])
        return CopiedRun(
          scenarioText: text ?? "", run: run,
          children: try Self.tablesOfRuns.map { table in
            let sql = "SELECT * FROM \(table.name) WHERE run = ? ORDER BY \(table.order)"
            return (table.name, try Row.fetchAll(database, sql: sql, arguments: [id]))
          })
      }
    }
  }

  /// - Returns: whether the run was not there yet.
  private static func add(_ copy: CopiedRun, _ database: Database) throws -> Bool {
    let run = copy.run
    let identity: StatementArguments = [
      run["scenario"] as String, run["policy"] as String, run["seed"] as Int64, run["replication"] as Int,
    ]
    let known = try Int.fetchOne(
      database, sql: "SELECT 1 FROM run WHERE scenario = ? AND policy = ? AND seed = ? AND replication = ?",
      arguments: identity)
    if known != nil { return false }
    try database.execute(
      sql: "INSERT INTO scenario (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING",
      arguments: [run["scenario"] as String, copy.scenarioText])
    try insert("run", run.filter { $0.0 != "id" }.map { ($0.0, $0.1) }, database)
    let id = database.lastInsertedRowID
    var isNew = false
    for (table, rows) in copy.children {
      for row in rows {
        try insert(table, row.map { ($0.0, $0.0 == "run" ? id.databaseValue : $0.1) }, database)
        if table == "setting" { isNew = try noteVaried(row["key"], database) || isNew }
      }
    }
    if isNew { try StoreViews.rebuild(database) }
    return true
  }
}
