import Foundation
import GRDB

/// Version 0.1.0 kept an engine's totals as words in a fixed order, so that a new counter made every stored run
/// unreadable, and figures as a row each. Both become columns with names. What nobody wrote or read goes: the table of
/// points, which said of a run what its scenario's digest says, and the table of request rows. What `--set` changed in
/// the scenario is now kept.
extension StoreMigration {
  @Sendable static func nameColumns(_ database: Database) throws {
    try database.execute(sql: changes)
    try copyEngines(database)
    try copyFigures(database)
    try database.execute(
      sql: "DROP TABLE old_engine; DROP TABLE metric; DROP TABLE request_chunk; DROP TABLE point")
  }

  /// SQLite cannot take a column out of a foreign key or a constraint: `run` and `engine` are made anew. Other tables
  /// refer to `run` by its name, so it is the new one that gets renamed.
  private static let changes = """
    ALTER TABLE scenario DROP COLUMN name;
    ALTER TABLE scenario DROP COLUMN path;
    ALTER TABLE deployment RENAME COLUMN fixedPolicy TO fixed_policy;

    CREATE TABLE new_run (
      id INTEGER PRIMARY KEY,
      scenario TEXT NOT NULL REFERENCES scenario (digest),
      scenario_name TEXT NOT NULL,
      scenario_path TEXT NOT NULL,
      policy TEXT NOT NULL,
      seed INTEGER NOT NULL,
      replication INTEGER NOT NULL CHECK (replication >= 0),
      profile_name TEXT NOT NULL,
      profile_digest TEXT NOT NULL,
      spillway_version TEXT NOT NULL,
      simulated_end_ps INTEGER NOT NULL CHECK (simulated_end_ps >= 0),
      warm_up_end_ps INTEGER NOT NULL CHECK (warm_up_end_ps >= 0),
      injected INTEGER NOT NULL CHECK (injected >= 0),
      warm_up_requests INTEGER NOT NULL CHECK (warm_up_requests BETWEEN 0 AND injected),
      wall_seconds REAL NOT NULL CHECK (wall_seconds >= 0),
      fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 16),
      UNIQUE (scenario, policy, seed, replication)
    ) STRICT;
    INSERT INTO new_run SELECT id, scenario, scenario_name, scenario_path, policy, seed, replication, profile_name,
      profile_digest, spillway_version, simulated_end_ps, warm_up_end_ps, injected, warm_up_requests, wall_seconds,
      fingerprint FROM run;
    DROP TABLE run;
    ALTER TABLE new_run RENAME TO run;

    CREATE TABLE override (
      run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE figure (
      run INTEGER NOT NULL,
      request_group INTEGER NOT NULL,
      PRIMARY KEY (run, request_group),
      FOREIGN KEY (run, request_group) REFERENCES request_group (run, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE engine RENAME TO old_engine;
    CREATE TABLE engine (
      run INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      deployment INTEGER NOT NULL,
      replica INTEGER NOT NULL CHECK (replica >= 0),
      PRIMARY KEY (run, position),
      UNIQUE (run, deployment, replica),
      FOREIGN KEY (run, deployment) REFERENCES deployment (run, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    """

  /// An engine's totals in the order of version 0.1.0; the last but one pair are the halves of 128-bit numbers.
  private static let oldTotals = [
    "elapsed_ps", "busy_ps", "idle_ps", "blocked_on_transfer_ps", "head_waited_for_memory_ps",
    "head_waited_for_slots_ps", "head_waited_for_token_budget_ps", "aborted_work_ps", "iterations", "decode_tokens",
    "prefill_tokens", "preemptions_by_recompute", "preemptions_by_swap", "recomputed_tokens", "aborted_iterations",
    "checkpointed_bytes", "kv_capacity_tokens", "peak_kv_blocks", "kv_capacity_blocks", "peak_running",
  ]
  private static let oldIntegrals = ["kv_token_time_ps", "request_time_ps"]

  private static func copyEngines(_ database: Database) throws {
    let names = oldTotals + ["kv_block_size"] + oldIntegrals
    for name in names {
      let kind = oldIntegrals.contains(name) ? "TEXT" : "INTEGER"
      try database.execute(sql: "ALTER TABLE engine ADD COLUMN \(name) \(kind)")
    }
    let marks = databaseQuestionMarks(count: 4 + names.count)
    let insertion = try database.makeStatement(
      sql: "INSERT INTO engine (run, position, deployment, replica, \(names.joined(separator: ", "))) VALUES (\(marks))"
    )
    for row in try Row.fetchAll(database, sql: "SELECT run, position, deployment, replica, totals FROM old_engine") {
      guard let words = StoredWords.words(row["totals"]),
        words.count == oldTotals.count + 2 * oldIntegrals.count + 1
      else { throw StoreDamage(what: "engine totals") }
      var values: [(any DatabaseValueConvertible)?] = (0..<4).map { row[$0] as DatabaseValue }
      values += words[..<oldTotals.count].map { $0 }
      values.append(words[words.count - 1])
      for index in oldIntegrals.indices {
        let high = words[oldTotals.count + 2 * index]
        let low = UInt64(bitPattern: words[oldTotals.count + 2 * index + 1])
        values.append(String(Int128(high) << 64 | Int128(low)))
      }
      try insertion.execute(arguments: StatementArguments(values))
    }
  }

  /// Figures of version 0.1.0 that are whole numbers.
  private static let oldWholeFigures: Set<String> = [
    "completed", "rejected", "unfinished", "total_input_tokens", "total_output_tokens", "preemptions",
    "recomputed_tokens", "paged_out_bytes", "paged_in_bytes", "paged_out_host_bytes", "paged_in_host_bytes",
    "paged_out_peer_gpu_bytes", "paged_in_peer_gpu_bytes",
  ]

  private static func copyFigures(_ database: Database) throws {
    let names = try String.fetchAll(database, sql: "SELECT DISTINCT name FROM metric ORDER BY name")
    if names.isEmpty { return }
    for name in names {
      let kind = oldWholeFigures.contains(name) ? "INTEGER" : "REAL"
      try database.execute(sql: "ALTER TABLE figure ADD COLUMN \(name.quotedDatabaseIdentifier) \(kind)")
    }
    let columns = names.map(\.quotedDatabaseIdentifier).joined(separator: ", ")
    let values = names.map { _ in "max(CASE name WHEN ? THEN value END)" }.joined(separator: ", ")
    try database.execute(
      sql: """
        INSERT INTO figure (run, request_group, \(columns))
        SELECT run, request_group, \(values) FROM metric GROUP BY run, request_group
        """, arguments: StatementArguments(names))
  }
}
