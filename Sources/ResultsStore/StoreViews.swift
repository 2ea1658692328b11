import GRDB
import Metrics
import Statistics

/// Views that answer without joins, with the names that JSON has.
///
/// They are made anew whenever a table gains a column, or a run varies a key that none before it did.
enum StoreViews {
  static let names = ["results", "runs", "engines", "links", "tiers", "warnings"]

  static func rebuild(_ database: Database) throws {
    for name in names { try database.execute(sql: "DROP VIEW IF EXISTS \(name)") }
    for (name, columns, source) in try definitions(database) {
      try database.execute(sql: "CREATE VIEW \(name) AS SELECT \(columns.joined(separator: ",\n  ")) FROM \(source)")
    }
  }

  /// What every view says of the run; a column for each key that any run varies.
  private static func run(_ database: Database) throws -> [String] {
    let keys = try String.fetchAll(database, sql: "SELECT key FROM varied_key ORDER BY key")
    return provenance
      + keys.map { key in
        let quoted = key.replacing("'", with: "''")
        let column = Alternatives.columnName(key).replacing("\"", with: "\"\"")
        return """
          (SELECT coalesce(number, value) FROM setting WHERE setting.run = run.id AND key = '\(quoted)') AS "\(column)"
          """
      }
  }

  private static let provenance = [
    "run.id AS run", "run.scenario_name", "run.scenario_path", "run.scenario AS scenario_sha256",
    "run.spillway_version", "run.profile_name", "run.profile_digest AS profile_sha256", "run.policy", "run.variant",
    "run.seed", "run.replication", "run.fingerprint", "run.point AS point_sha256",
    """
    (SELECT group_concat(key || '=' || value, '; ')
      FROM (SELECT key, value FROM override WHERE override.run = run.id ORDER BY position)) AS overrides
    """,
  ]
  private static let deployment = ["deployment.name AS deployment", "deployment.model"]

  private static func definitions(_ database: Database) throws -> [(String, [String], String)] {
    let figures = try columns(of: .figure, known: MetricKey.all.map(\.name), database)
    let run = try run(database)
    return [
      (
        "results",
        run + deployment + [
          "deployment.placement", "deployment.fixed_policy",
          "json_extract(deployment.trust, '$.nearest.title') AS nearest_recording", "request_group.class",
          seconds("request_group.ttft_limit_ps"), seconds("request_group.tpot_limit_ps"),
          seconds("request_group.end_to_end_limit_ps"),
        ] + figures.map { "figure.\($0.quotedDatabaseIdentifier)" },
        """
        figure JOIN request_group
            ON request_group.run = figure.run AND request_group.position = figure.request_group
          JOIN deployment ON deployment.run = figure.run AND deployment.position = request_group.deployment
          JOIN run ON run.id = figure.run
        """
      ),
      (
        "runs",
        run + [
          "run.injected", "run.warm_up_requests", "run.warm_up_end_ps / 1e12 AS warm_up_seconds",
          "run.simulated_end_ps / 1e12 AS simulated_seconds", "run.wall_seconds",
        ], "run"
      ),
      (
        "engines", run + deployment + ["engine.replica"] + (try engineColumns(database)),
        """
        engine JOIN deployment ON deployment.run = engine.run AND deployment.position = engine.deployment
          JOIN run ON run.id = engine.run
        """
      ),
      (
        "links", run + ["link.name", "link.kind", "link.bytes", "link.busy_ps / 1e12 AS busy_seconds"],
        "link JOIN run ON run.id = link.run"
      ),
      (
        "tiers",
        run + deployment + ["paging.tier", "paging.link", "paging.paged_out_bytes", "paging.paged_in_bytes"],
        """
        paging JOIN deployment ON deployment.run = paging.run AND deployment.position = paging.deployment
          JOIN run ON run.id = paging.run
        """
      ),
      ("warnings", run + ["warning.text"], "warning JOIN run ON run.id = warning.run"),
    ]
  }

  /// A column of picoseconds in seconds, under the name that JSON would give it.
  private static func seconds(_ column: String) -> String {
    let name = column.split(separator: ".").last.map(String.init) ?? column
    return "\(column) / 1e12 AS \(name.dropLast("_ps".count))_seconds"
  }

  private static func engineColumns(_ database: Database) throws -> [String] {
    try columns(of: .engine, known: EngineCounter.all.map(\.column), database).map { name in
      if !name.hasSuffix("_ps") { return "engine.\(name.quotedDatabaseIdentifier)" }
      let isDigits = EngineCounter.all.contains { $0.column == name && $0.columnKind == .digits }
      return isDigits
        ? "CAST(engine.\(name) AS REAL) / 1e12 AS \(name.dropLast("_ps".count))_seconds" : seconds("engine.\(name)")
    }
  }

  /// The figures that a table has: those this program knows, in the order of results, then those of newer ones.
  private static func columns(
    of table: FigureTable, known: [String], _ database: Database
  ) throws -> [String] {
    let keys: Set = ["run", "position", "request_group", "deployment", "replica"]
    let present = try database.columns(in: table.rawValue).map(\.name).filter { !keys.contains($0) }
    return known.filter(present.contains) + present.filter { !known.contains($0) }
  }
}
