import Foundation
import GRDB
import Metrics
import SimCore
import Statistics

extension ResultsStore {
  /// Requests per BLOB of per-request rows.
  static let chunkSize = 4_096

  /// Stores a run, whole or not at all; one of the same point, policy, seed and replication is replaced.
  ///
  /// - Parameters:
  ///   - run: the run.
  ///   - scenarioText: the scenario file's text.
  ///   - point: which experiment the run belongs to.
  ///   - requests: per-request rows; none by default. Read once, in chunks.
  /// - Throws: `StoreError`.
  public func write(
    _ run: RunResult, scenarioText: String, point: StoredPoint, requests: any Sequence<RequestOutcome> = []
  ) throws(StoreError) {
    do {
      try queue.write { database in
        let id = try Self.insertRun(run, scenarioText: scenarioText, point: point, database)
        try Self.insertDeployments(run, id: id, database)
        try Self.insertGroups(run, id: id, database)
        try Self.insertTotals(run, id: id, database)
        try Self.insertRequests(requests, id: id, database)
      }
    } catch {
      throw StoreError(error, path: path, writing: true)
    }
  }

  private static func insertRun(
    _ run: RunResult, scenarioText: String, point: StoredPoint, _ database: Database
  ) throws -> Int64 {
    let provenance = run.provenance
    let seed = Int64(bitPattern: run.seed)
    try database.execute(
      sql: "INSERT INTO scenario VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      arguments: [provenance.scenarioDigest, provenance.scenarioName, provenance.scenarioPath, scenarioText])
    try database.execute(
      sql: "INSERT INTO point (digest, parameters) VALUES (?, ?) ON CONFLICT DO NOTHING",
      arguments: [point.digest, point.parameters])
    try database.execute(
      sql: "DELETE FROM run WHERE point = ? AND policy = ? AND seed = ? AND replication = ?",
      arguments: [point.digest, run.policy, seed, run.replication])
    try database.execute(
      sql: """
        INSERT INTO run (scenario, point, scenario_name, scenario_path, policy, seed, replication, profile_name,
          profile_digest, spillway_version, simulated_end_ps, warm_up_end_ps, injected, warm_up_requests, wall_seconds,
          fingerprint)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        provenance.scenarioDigest, point.digest, provenance.scenarioName, provenance.scenarioPath, run.policy, seed,
        run.replication, provenance.profileName, provenance.profileDigest, provenance.spillwayVersion,
        run.simulatedEnd.picoseconds, run.warmUpEnd.picoseconds, run.injected, run.warmUpRequests, run.wallSeconds,
        run.fingerprint,
      ])
    return database.lastInsertedRowID
  }

  private static func insertDeployments(_ run: RunResult, id: Int64, _ database: Database) throws {
    for (position, deployment) in run.deployments.enumerated() {
      try database.execute(
        sql: "INSERT INTO deployment VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          id, position, deployment.name, deployment.model, deployment.placement, deployment.fixedPolicy,
        ])
    }
  }

  private static func insertGroups(_ run: RunResult, id: Int64, _ database: Database) throws {
    for (position, g) in run.groups.enumerated() {
      let marks = databaseQuestionMarks(count: 25)
      try database.execute(
        sql: "INSERT INTO request_group VALUES (\(marks))",
        arguments: [
          id, position, g.deployment, g.requestClass.rawValue, g.objective.timeToFirstToken?.picoseconds,
          g.objective.timePerOutputToken?.picoseconds, g.objective.endToEnd?.picoseconds, g.completed,
          g.rejectedExceedsPool, g.rejectedExceedsContext, g.unfinished, g.good, g.inputTokens, g.outputTokens,
          g.unfinishedOutputTokens, g.preemptions, g.preemptedRequests, g.recomputedTokens, g.pagedOutBytes,
          g.pagedInBytes, StoredWords.data(g.ttft.words), StoredWords.data(g.tpot.words),
          StoredWords.data(g.itl.words), StoredWords.data(g.e2el.words), StoredWords.data(g.queue.words),
        ])
      let view = GroupView(run, group: position)
      for key in MetricKey.all {
        guard let value = key.value(in: view) else { continue }
        try database.execute(
          sql: "INSERT INTO metric VALUES (?, ?, ?, ?)", arguments: [id, position, key.name, value])
      }
    }
  }

  private static func insertTotals(_ run: RunResult, id: Int64, _ database: Database) throws {
    for (position, engine) in run.engines.enumerated() {
      try database.execute(
        sql: "INSERT INTO engine (run, position, deployment, replica, totals) VALUES (?, ?, ?, ?, ?)",
        arguments: [id, position, engine.deployment, engine.replica, StoredWords.data(StoredEngine.words(engine))])
    }
    for (position, link) in run.links.enumerated() {
      try database.execute(
        sql: "INSERT INTO link VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [id, position, link.name, link.kind.rawValue, link.bytes, link.busy.picoseconds])
    }
    for (position, paging) in run.paging.enumerated() {
      try database.execute(
        sql: "INSERT INTO paging VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          id, position, paging.deployment, paging.tier.rawValue, paging.link, paging.pagedOutBytes, paging.pagedInBytes,
        ])
    }
    for (position, warning) in run.warnings.enumerated() {
      try database.execute(sql: "INSERT INTO warning VALUES (?, ?, ?)", arguments: [id, position, warning])
    }
  }

  private static func insertRequests(
    _ requests: any Sequence<RequestOutcome>, id: Int64, _ database: Database
  ) throws {
    var words: [Int64] = []
    var position = 0
    func insert() throws {
      if words.isEmpty { return }
      try database.execute(
        sql: "INSERT INTO request_chunk VALUES (?, ?, ?, ?)",
        arguments: [id, position, words.count / StoredRequest.wordCount, StoredWords.data(words)])
      position += 1
      words.removeAll(keepingCapacity: true)
    }
    for outcome in requests {
      StoredRequest.append(outcome, to: &words)
      if words.count == chunkSize * StoredRequest.wordCount { try insert() }
    }
    try insert()
  }
}
