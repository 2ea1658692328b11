import Foundation
import GRDB
import Metrics
import SimCore
import Statistics

extension ResultsStore {
  /// Stores a run, whole or not at all; one of the same scenario, policy, seed and replication is replaced.
  ///
  /// - Parameters:
  ///   - run: the run.
  ///   - scenarioText: the scenario's canonical text, of which the run's provenance has the digest.
  /// - Throws: `StoreError`.
  public func write(_ run: RunResult, scenarioText: String) throws(StoreError) {
    try write([(run, scenarioText)])
  }

  /// Stores several runs, all or none.
  ///
  /// - Throws: `StoreError`.
  public func write(_ runs: [(run: RunResult, scenarioText: String)]) throws(StoreError) {
    if runs.isEmpty { return }
    do {
      try queue.write { try Self.insert(runs, $0) }
    } catch {
      let found = StoreError(error, path: path, writing: true)
      guard case .inconsistent = found, Self.newStoreTakes(runs) else { throw found }
      throw found.ofTheFile
    }
  }

  /// Whether a new store takes these runs: then a rule that they break elsewhere is not one of stores.
  private static func newStoreTakes(_ runs: [(run: RunResult, scenarioText: String)]) -> Bool {
    do {
      let new = try DatabaseQueue()
      try new.writeWithoutTransaction(StoreOpening.bringUpToDate)
      try new.write { try insert(runs, $0) }
      return true
    } catch { return false }
  }

  private static func insert(_ runs: [(run: RunResult, scenarioText: String)], _ database: Database) throws {
    for (run, scenarioText) in runs {
      let id = try insertRun(run, scenarioText: scenarioText, database)
      try insertDeployments(run, id: id, database)
      try insertGroups(run, id: id, database)
      try insertTotals(run, id: id, database)
    }
  }

  typealias Field = (column: String, value: (any DatabaseValueConvertible)?)

  /// Adds a row; columns are found by name, since a newer program may have added some.
  static func insert(_ table: String, _ fields: [Field], _ database: Database) throws {
    let columns = fields.map(\.column.quotedDatabaseIdentifier).joined(separator: ", ")
    let statement = try database.cachedStatement(
      sql: "INSERT INTO \(table) (\(columns)) VALUES (\(databaseQuestionMarks(count: fields.count)))")
    try statement.execute(arguments: StatementArguments(fields.map(\.value)))
  }

  private static func insertRun(_ run: RunResult, scenarioText: String, _ database: Database) throws -> Int64 {
    let provenance = run.provenance
    let seed = Int64(bitPattern: run.seed)
    try database.execute(
      sql: "INSERT INTO scenario (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING",
      arguments: [provenance.scenarioDigest, scenarioText])
    try database.execute(
      sql: "DELETE FROM run WHERE scenario = ? AND policy = ? AND seed = ? AND replication = ?",
      arguments: [provenance.scenarioDigest, run.policy, seed, run.replication])
    try insert(
      "run",
      [
        ("scenario", provenance.scenarioDigest), ("scenario_name", provenance.scenarioName),
        ("scenario_path", provenance.scenarioPath), ("policy", run.policy), ("variant", run.variant?.name),
        ("point", provenance.pointDigest), ("seed", seed),
        ("replication", run.replication), ("profile_name", provenance.profileName),
        ("profile_digest", provenance.profileDigest), ("spillway_version", provenance.spillwayVersion),
        ("simulated_end_ps", run.simulatedEnd.picoseconds), ("warm_up_end_ps", run.warmUpEnd.picoseconds),
        ("injected", run.injected), ("warm_up_requests", run.warmUpRequests), ("wall_seconds", run.wallSeconds),
        ("fingerprint", run.fingerprint),
      ], database)
    let id = database.lastInsertedRowID
    for (position, override) in provenance.overrides.enumerated() {
      let parts = override.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      try insert(
        "override",
        [("run", id), ("position", position), ("key", parts[0]), ("value", parts.count > 1 ? parts[1] : "")], database)
    }
    var isNew = false
    for (position, setting) in (run.variant?.settings ?? []).enumerated() {
      try insert(
        "setting",
        [
          ("run", id), ("position", position), ("key", setting.key), ("value", setting.text),
          ("number", setting.number),
        ], database)
      isNew = try noteVaried(setting.key, database) || isNew
    }
    if isNew { try StoreViews.rebuild(database) }
    return id
  }

  /// Notes a key that a run varies.
  ///
  /// - Returns: whether none before it did, so that views lack its column.
  static func noteVaried(_ key: String, _ database: Database) throws -> Bool {
    try database.execute(sql: "INSERT OR IGNORE INTO varied_key VALUES (?)", arguments: [key])
    return database.changesCount > 0
  }

  private static func insertDeployments(_ run: RunResult, id: Int64, _ database: Database) throws {
    for (position, deployment) in run.deployments.enumerated() {
      try insert(
        "deployment",
        [
          ("run", id), ("position", position), ("name", deployment.name), ("model", deployment.model),
          ("placement", deployment.placement), ("fixed_policy", deployment.fixedPolicy),
          ("trust", deployment.trust.map(StoredTrust.text)),
        ], database)
    }
  }

  private static func insertGroups(_ run: RunResult, id: Int64, _ database: Database) throws {
    for (position, group) in run.groups.enumerated() {
      var fields: [Field] = [
        ("run", id), ("position", position), ("deployment", group.deployment), ("class", group.requestClass.rawValue),
        ("ttft_limit_ps", group.objective.timeToFirstToken?.picoseconds),
        ("tpot_limit_ps", group.objective.timePerOutputToken?.picoseconds),
        ("end_to_end_limit_ps", group.objective.endToEnd?.picoseconds),
      ]
      fields += GroupCounter.all.map { ($0.name, group[keyPath: $0.path]) }
      fields += LatencyKind.allCases.map { ($0.rawValue, StoredWords.data(group[keyPath: $0.histogram].words)) }
      try insert("request_group", fields, database)
      let view = GroupView(run, group: position)
      let figures = MetricKey.all.map { key -> Field in
        let value = key.value(in: view)
        return key.isInteger ? (key.name, value.flatMap { Int64(exactly: $0) }) : (key.name, value)
      }
      try insert("figure", [("run", id), ("request_group", position)] + figures, database)
    }
  }

  private static func insertTotals(_ run: RunResult, id: Int64, _ database: Database) throws {
    for (position, engine) in run.engines.enumerated() {
      try insert(
        "engine",
        [("run", id), ("position", position), ("deployment", engine.deployment), ("replica", engine.replica)]
          + EngineCounter.all.map { ($0.column, $0.stored(engine)) }, database)
    }
    for (position, link) in run.links.enumerated() {
      try insert(
        "link",
        [
          ("run", id), ("position", position), ("name", link.name), ("kind", link.kind.rawValue),
          ("bytes", link.bytes), ("busy_ps", link.busy.picoseconds),
        ], database)
    }
    for (position, paging) in run.paging.enumerated() {
      try insert(
        "paging",
        [
          ("run", id), ("position", position), ("deployment", paging.deployment), ("tier", paging.tier.rawValue),
          ("link", paging.link), ("paged_out_bytes", paging.pagedOutBytes), ("paged_in_bytes", paging.pagedInBytes),
        ], database)
    }
    for (position, warning) in run.warnings.enumerated() {
      try insert("warning", [("run", id), ("position", position), ("text", warning)], database)
    }
  }
}
