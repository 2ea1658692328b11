import Foundation
import GRDB
import Metrics
import SimCore

extension ResultsStore {
  /// The runs of a point, policies in the order they were stored, replications in order.
  ///
  /// - Throws: `StoreError`.
  public func runs(ofPoint digest: String) throws(StoreError) -> [RunResult] {
    try reading { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM run WHERE point = ?
          ORDER BY (SELECT min(id) FROM run AS first WHERE first.point = run.point AND first.policy = run.policy),
            seed, replication
          """, arguments: [digest])
      return try rows.map { try self.run($0, database) }
    }
  }

  /// The digests of all points, in order.
  ///
  /// - Throws: `StoreError`.
  public func points() throws(StoreError) -> [StoredPoint] {
    try reading { database in
      try Row.fetchAll(database, sql: "SELECT digest, parameters FROM point ORDER BY digest")
        .map { StoredPoint(digest: $0["digest"], parameters: $0["parameters"]) }
    }
  }

  /// The text of a scenario file; nil when no stored run is of it.
  ///
  /// - Throws: `StoreError`.
  public func scenarioText(digest: String) throws(StoreError) -> String? {
    try reading { try String.fetchOne($0, sql: "SELECT text FROM scenario WHERE digest = ?", arguments: [digest]) }
  }

  /// The per-request rows of a run, as they were given; empty when none were.
  ///
  /// - Throws: `StoreError`.
  public func requests(
    ofPoint digest: String, policy: String, seed: UInt64, replication: Int
  ) throws(StoreError) -> [RequestOutcome] {
    try reading { database in
      let chunks = try Data.fetchAll(
        database,
        sql: """
          SELECT rows FROM request_chunk JOIN run ON run.id = request_chunk.run
          WHERE point = ? AND policy = ? AND seed = ? AND replication = ? ORDER BY position
          """, arguments: [digest, policy, Int64(bitPattern: seed), replication])
      return try chunks.flatMap { chunk in
        let words = try self.words(chunk, "request rows")
        return try stride(from: 0, to: words.count, by: StoredRequest.wordCount).map { start in
          let slice = words[start..<min(words.count, start + StoredRequest.wordCount)]
          guard let outcome = StoredRequest.outcome(slice) else { throw self.damaged("request rows") }
          return outcome
        }
      }
    }
  }

  private func reading<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
    do {
      return try queue.read(body)
    } catch {
      throw StoreError(error, path: path, writing: false)
    }
  }

  private func damaged(_ what: String) -> StoreError {
    .notAStore(path: path, reason: "its \(what) are damaged")
  }

  private func words(_ data: Data, _ what: String) throws -> [Int64] {
    guard let words = StoredWords.words(data) else { throw damaged(what) }
    return words
  }

  private func children(_ table: String, of run: Int64, _ database: Database) throws -> [Row] {
    try Row.fetchAll(database, sql: "SELECT * FROM \(table) WHERE run = ? ORDER BY position", arguments: [run])
  }

  private func run(_ row: Row, _ database: Database) throws -> RunResult {
    let id: Int64 = row["id"]
    let deployments = try children("deployment", of: id, database).map {
      DeploymentLabel(
        name: $0["name"], model: $0["model"], placement: $0["placement"],
        fixedPolicy: $0["fixedPolicy"])
    }
    let engines = try children("engine", of: id, database).map { row in
      let words = try self.words(row["totals"], "engine totals")
      guard let engine = StoredEngine.engine(words, deployment: row["deployment"], replica: row["replica"]) else {
        throw damaged("engine totals")
      }
      return engine
    }
    let links = try children("link", of: id, database).map { row in
      guard let kind = LinkKind(rawValue: row["kind"]) else { throw damaged("links") }
      return LinkTotals(
        name: row["name"], kind: kind, bytes: row["bytes"], busy: SimDuration(picoseconds: row["busy_ps"]))
    }
    let paging = try children("paging", of: id, database).map { row in
      guard let tier = PagingTier(rawValue: row["tier"]) else { throw damaged("paging totals") }
      return PagingTotals(
        deployment: row["deployment"], tier: tier, link: row["link"], pagedOutBytes: row["paged_out_bytes"],
        pagedInBytes: row["paged_in_bytes"])
    }
    return RunResult(
      provenance: RunProvenance(
        scenarioName: row["scenario_name"], scenarioPath: row["scenario_path"], scenarioDigest: row["scenario"],
        profileName: row["profile_name"], profileDigest: row["profile_digest"],
        spillwayVersion: row["spillway_version"]),
      policy: row["policy"], seed: UInt64(bitPattern: row["seed"] as Int64), replication: row["replication"],
      deployments: deployments, groups: try children("request_group", of: id, database).map(group), engines: engines,
      links: links, paging: paging, simulatedEnd: SimTime(picoseconds: row["simulated_end_ps"]),
      warmUpEnd: SimTime(picoseconds: row["warm_up_end_ps"]), injected: row["injected"],
      warmUpRequests: row["warm_up_requests"], wallSeconds: row["wall_seconds"], fingerprint: row["fingerprint"],
      warnings: try children("warning", of: id, database).map { $0["text"] })
  }

  private func group(_ row: Row) throws -> GroupCollector {
    guard let requestClass = RequestClass(rawValue: row["class"]) else { throw damaged("request groups") }
    func limit(_ column: String) -> SimDuration? { (row[column] as Int64?).map { SimDuration(picoseconds: $0) } }
    func histogram(_ column: String) throws -> LatencyHistogram {
      guard let histogram = LatencyHistogram(words: try words(row[column], "histograms")) else {
        throw damaged("histograms")
      }
      return histogram
    }
    var group = GroupCollector(
      deployment: row["deployment"], requestClass: requestClass,
      objective: ServiceObjective(
        timeToFirstToken: limit("ttft_limit_ps"), timePerOutputToken: limit("tpot_limit_ps"),
        endToEnd: limit("end_to_end_limit_ps")))
    group.completed = row["completed"]
    group.rejectedExceedsPool = row["rejected_exceeds_pool"]
    group.rejectedExceedsContext = row["rejected_exceeds_context"]
    group.unfinished = row["unfinished"]
    group.good = row["good"]
    group.inputTokens = row["input_tokens"]
    group.outputTokens = row["output_tokens"]
    group.unfinishedOutputTokens = row["unfinished_output_tokens"]
    group.preemptions = row["preemptions"]
    group.preemptedRequests = row["preempted_requests"]
    group.recomputedTokens = row["recomputed_tokens"]
    group.pagedOutBytes = row["paged_out_bytes"]
    group.pagedInBytes = row["paged_in_bytes"]
    group.ttft = try histogram("ttft")
    group.tpot = try histogram("tpot")
    group.itl = try histogram("itl")
    group.e2el = try histogram("e2el")
    group.queue = try histogram("queue")
    return group
  }
}
