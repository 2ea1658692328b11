import Foundation
import GRDB
import Metrics
import SimCore

extension ResultsStore {
  /// The runs of a scenario, policies in the order they were stored, replications in order.
  ///
  /// - Parameter digest: of the scenario's canonical text.
  /// - Throws: `StoreError`.
  public func runs(ofScenario digest: String) throws(StoreError) -> [StoredRun] {
    try reading { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT * FROM run WHERE scenario = ?
          ORDER BY (SELECT min(id) FROM run AS first WHERE first.scenario = run.scenario AND first.policy = run.policy),
            seed, replication
          """, arguments: [digest])
      return try rows.map { try Self.run($0, database) }
    }
  }

  /// The digests of the scenarios that have runs, in order.
  ///
  /// - Throws: `StoreError`.
  public func scenarios() throws(StoreError) -> [String] {
    try reading { try String.fetchAll($0, sql: "SELECT DISTINCT scenario FROM run ORDER BY scenario") }
  }

  /// The canonical text of a scenario; nil when no stored run is of it.
  ///
  /// - Throws: `StoreError`.
  public func scenarioText(digest: String) throws(StoreError) -> String? {
    try reading { try String.fetchOne($0, sql: "SELECT text FROM scenario WHERE digest = ?", arguments: [digest]) }
  }

  func reading<T>(_ body: (Database) throws -> T) throws(StoreError) -> T {
    do {
      return try queue.read(body)
    } catch {
      throw StoreError(error, path: path, writing: false)
    }
  }

  private static func children(_ table: String, of run: Int64, _ database: Database) throws -> [Row] {
    try Row.fetchAll(database, sql: "SELECT * FROM \(table) WHERE run = ? ORDER BY position", arguments: [run])
  }

  private static func run(_ row: Row, _ database: Database) throws -> StoredRun {
    let id: Int64 = row["id"]
    var unrecorded: [String] = []
    let deployments = try children("deployment", of: id, database).map { row in
      DeploymentLabel(
        name: row["name"], model: row["model"], placement: row["placement"], fixedPolicy: row["fixed_policy"],
        trust: try (row["trust"] as String?).map(StoredTrust.basis))
    }
    let engines = try children("engine", of: id, database).map { try engine($0, &unrecorded) }
    let groups = try children("request_group", of: id, database).map { try group($0, &unrecorded) }
    let links = try children("link", of: id, database).map { row in
      guard let kind = LinkFamily(rawValue: row["kind"]) else { throw StoreDamage(what: "links") }
      return LinkTotals(
        name: row["name"], kind: kind, bytes: row["bytes"], busy: SimDuration(picoseconds: row["busy_ps"]))
    }
    let paging = try children("paging", of: id, database).map { row in
      guard let tier = PagingTier(rawValue: row["tier"]) else { throw StoreDamage(what: "paging totals") }
      return PagingTotals(
        deployment: row["deployment"], tier: tier, link: row["link"], pagedOutBytes: row["paged_out_bytes"],
        pagedInBytes: row["paged_in_bytes"])
    }
    let overrides = try children("override", of: id, database).map { "\($0["key"] as String)=\($0["value"] as String)" }
    let settings = try children("setting", of: id, database).map {
      Setting(key: $0["key"], text: $0["value"], number: $0["number"])
    }
    var result = RunResult(
      provenance: RunProvenance(
        scenarioName: row["scenario_name"], scenarioPath: row["scenario_path"], scenarioDigest: row["scenario"],
        overrides: overrides, pointDigest: row["point"], profileName: row["profile_name"],
        profileDigest: row["profile_digest"],
        spillwayVersion: row["spillway_version"]),
      policy: row["policy"], seed: UInt64(bitPattern: row["seed"] as Int64), replication: row["replication"],
      deployments: deployments, groups: groups, engines: engines, links: links, paging: paging,
      simulatedEnd: SimTime(picoseconds: row["simulated_end_ps"]),
      warmUpEnd: SimTime(picoseconds: row["warm_up_end_ps"]), injected: row["injected"],
      warmUpRequests: row["warm_up_requests"], wallSeconds: row["wall_seconds"], fingerprint: row["fingerprint"],
      warnings: try children("warning", of: id, database).map { $0["text"] })
    result.variant = (row["variant"] as String?).map { VariantLabel(name: $0, settings: settings) }
    return StoredRun(result, unrecorded: unrecorded)
  }

  private static func engine(_ row: Row, _ unrecorded: inout [String]) throws -> EngineTotals {
    var engine = EngineTotals(deployment: row["deployment"], replica: row["replica"])
    for counter in EngineCounter.all {
      let stored: DatabaseValue = row[counter.column]
      if stored.isNull {
        note("engine.\(counter.column)", &unrecorded)
      } else if !counter.restore(stored, to: &engine) {
        throw StoreDamage(what: "engine totals")
      }
    }
    return engine
  }

  private static func group(_ row: Row, _ unrecorded: inout [String]) throws -> GroupCollector {
    guard let requestClass = RequestClass(rawValue: row["class"]) else { throw StoreDamage(what: "request groups") }
    func limit(_ column: String) -> SimDuration? { (row[column] as Int64?).map { SimDuration(picoseconds: $0) } }
    var group = GroupCollector(
      deployment: row["deployment"], requestClass: requestClass,
      objective: ServiceObjective(
        timeToFirstToken: limit("ttft_limit_ps"), timePerOutputToken: limit("tpot_limit_ps"),
        endToEnd: limit("end_to_end_limit_ps")))
    for counter in GroupCounter.all {
      guard let value = row[counter.name] as Int64? else {
        note("request_group.\(counter.name)", &unrecorded)
        continue
      }
      group[keyPath: counter.path] = value
    }
    for kind in LatencyKind.allCases {
      guard let data = row[kind.rawValue] as Data? else {
        note("request_group.\(kind.rawValue)", &unrecorded)
        continue
      }
      guard let histogram = StoredWords.words(data).flatMap({ LatencyHistogram(words: $0) }) else {
        throw StoreDamage(what: "histograms")
      }
      group[keyPath: kind.histogram] = histogram
    }
    return group
  }

  private static func note(_ column: String, _ unrecorded: inout [String]) {
    if !unrecorded.contains(column) { unrecorded.append(column) }
  }
}
