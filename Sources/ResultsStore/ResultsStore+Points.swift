import GRDB
import Metrics
import SimCore
import Statistics

/// What a sweep knows a run by.
public struct StoredPoint: Sendable, Hashable {
  /// Of the resolved scenario with one policy: `ResolvedScenario.pointDigest`.
  public var digest: String
  /// What results call the policy.
  public var policy: String
  public var seed: UInt64
  public var replication: Int

  public init(digest: String, policy: String, seed: UInt64, replication: Int) {
    self.digest = digest
    self.policy = policy
    self.seed = seed
    self.replication = replication
  }

  fileprivate init(_ row: Row) {
    self.init(
      digest: row["point"], policy: row["policy"], seed: UInt64(bitPattern: row["seed"] as Int64),
      replication: row["replication"])
  }
}

/// The figures of one deployment and request class in a run.
public struct StoredFigures: Sendable {
  public var deployment: String
  public var requestClass: String
  /// In the order of `MetricKey.all`; nil where there is no such figure.
  public var values: [Double?]
  /// What the deployment's step times rest on; nil where the version that stored the run did not say.
  public var trust: TrustBasis?
}

extension ResultsStore {
  /// The runs that sweeps can find again.
  ///
  /// - Throws: `StoreError`.
  public func points() throws(StoreError) -> Set<StoredPoint> {
    try reading { database in
      var points: Set<StoredPoint> = []
      let sql = "SELECT point, policy, seed, replication FROM run WHERE point IS NOT NULL"
      let rows = try Row.fetchCursor(database, sql: sql)
      while let row = try rows.next() { points.insert(StoredPoint(row)) }
      return points
    }
  }

  /// The figures of runs, deployments and classes in the order of the scenario. Runs that the store does not have are
  /// left out.
  ///
  /// - Throws: `StoreError`.
  public func figures(of runs: [StoredPoint]) throws(StoreError) -> [StoredPoint: [StoredFigures]] {
    let wanted = Set(runs)
    return try reading { database in
      var figures: [StoredPoint: [StoredFigures]] = [:]
      let keys = 8
      let names = MetricKey.all.map { "figure." + $0.name.quotedDatabaseIdentifier }
      let rows = try Row.fetchCursor(
        database,
        sql: """
          SELECT figure.run, run.point, run.policy, run.seed, run.replication, deployment.name, request_group.class,
            deployment.trust, \(names.joined(separator: ", "))
          FROM figure
            JOIN request_group ON request_group.run = figure.run AND request_group.position = figure.request_group
            JOIN deployment ON deployment.run = figure.run AND deployment.position = request_group.deployment
            JOIN run ON run.id = figure.run
          WHERE run.point IS NOT NULL ORDER BY figure.run, figure.request_group
          """)
      // A point that was stored under two scenarios' names has two runs, with the same figures: the first will do.
      var runs: [StoredPoint: Int64] = [:]
      var trust: [String: TrustBasis] = [:]
      while let row = try rows.next() {
        let point = StoredPoint(row)
        let run: Int64 = row["run"]
        guard wanted.contains(point), runs[point, default: run] == run else { continue }
        runs[point] = run
        let text: String? = row["trust"]
        // Points of one engine have the same text.
        if let text, trust[text] == nil { trust[text] = try StoredTrust.basis(text) }
        figures[point, default: []].append(
          StoredFigures(
            deployment: row["name"], requestClass: row["class"],
            values: MetricKey.all.indices.map { row[keys + $0] as Double? }, trust: text.flatMap { trust[$0] }))
      }
      return figures
    }
  }
}
