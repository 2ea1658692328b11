import GRDB

/// One change of the store's tables. A released one is never edited; what is added later is a migration of its own.
/// A new figure needs none: see `FigureTable`.
struct StoreMigration: Sendable {
  let name: String
  let apply: @Sendable (Database) throws -> Void

  /// In order.
  static let all = [
    StoreMigration(name: "1 runs") { try $0.execute(sql: version1) },
    StoreMigration(name: "2 named columns", apply: nameColumns),
    StoreMigration(name: "3 variants", apply: addVariants),
    StoreMigration(name: "4 trust") {
      try $0.execute(
        sql: "ALTER TABLE deployment ADD COLUMN trust TEXT CHECK (trust IS NULL OR json_valid(trust))")
    },
  ]

  /// The tables of version 0.1.0.
  private static let version1 = """
    CREATE TABLE scenario (
      digest TEXT PRIMARY KEY CHECK (length(digest) > 0),
      name TEXT NOT NULL,
      path TEXT NOT NULL,
      text TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE point (
      digest TEXT PRIMARY KEY CHECK (length(digest) > 0),
      parameters TEXT NOT NULL,
      completed INTEGER NOT NULL DEFAULT 0 CHECK (completed IN (0, 1))
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE run (
      id INTEGER PRIMARY KEY,
      scenario TEXT NOT NULL REFERENCES scenario (digest),
      point TEXT NOT NULL REFERENCES point (digest),
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
      UNIQUE (point, policy, seed, replication)
    ) STRICT;

    CREATE TABLE deployment (
      run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      model TEXT NOT NULL,
      placement TEXT NOT NULL,
      fixedPolicy TEXT,
      PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE request_group (
      run INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      deployment INTEGER NOT NULL,
      class TEXT NOT NULL CHECK (class IN ('online', 'offline')),
      ttft_limit_ps INTEGER CHECK (ttft_limit_ps >= 0),
      tpot_limit_ps INTEGER CHECK (tpot_limit_ps >= 0),
      end_to_end_limit_ps INTEGER CHECK (end_to_end_limit_ps >= 0),
      completed INTEGER NOT NULL CHECK (completed >= 0),
      rejected_exceeds_pool INTEGER NOT NULL CHECK (rejected_exceeds_pool >= 0),
      rejected_exceeds_context INTEGER NOT NULL CHECK (rejected_exceeds_context >= 0),
      unfinished INTEGER NOT NULL CHECK (unfinished >= 0),
      good INTEGER NOT NULL CHECK (good BETWEEN 0 AND completed),
      input_tokens INTEGER NOT NULL CHECK (input_tokens >= 0),
      output_tokens INTEGER NOT NULL CHECK (output_tokens >= 0),
      unfinished_output_tokens INTEGER NOT NULL CHECK (unfinished_output_tokens >= 0),
      preemptions INTEGER NOT NULL CHECK (preemptions >= 0),
      preempted_requests INTEGER NOT NULL CHECK (preempted_requests >= 0),
      recomputed_tokens INTEGER NOT NULL CHECK (recomputed_tokens >= 0),
      paged_out_bytes INTEGER NOT NULL CHECK (paged_out_bytes >= 0),
      paged_in_bytes INTEGER NOT NULL CHECK (paged_in_bytes >= 0),
      ttft BLOB NOT NULL,
      tpot BLOB NOT NULL,
      itl BLOB NOT NULL,
      e2el BLOB NOT NULL,
      queue BLOB NOT NULL,
      PRIMARY KEY (run, position),
      UNIQUE (run, deployment, class),
      FOREIGN KEY (run, deployment) REFERENCES deployment (run, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE metric (
      run INTEGER NOT NULL,
      request_group INTEGER NOT NULL,
      name TEXT NOT NULL,
      value REAL NOT NULL,
      PRIMARY KEY (run, request_group, name),
      FOREIGN KEY (run, request_group) REFERENCES request_group (run, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE engine (
      run INTEGER NOT NULL,
      deployment INTEGER NOT NULL,
      replica INTEGER NOT NULL CHECK (replica >= 0),
      position INTEGER NOT NULL CHECK (position >= 0),
      totals BLOB NOT NULL,
      PRIMARY KEY (run, position),
      UNIQUE (run, deployment, replica),
      FOREIGN KEY (run, deployment) REFERENCES deployment (run, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE link (
      run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      name TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('nvlink', 'pcie', 'network', 'memory')),
      bytes INTEGER NOT NULL CHECK (bytes >= 0),
      busy_ps INTEGER NOT NULL CHECK (busy_ps >= 0),
      PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE paging (
      run INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position >= 0),
      deployment INTEGER NOT NULL,
      tier TEXT NOT NULL CHECK (tier IN ('host', 'peer_gpu')),
      link TEXT NOT NULL,
      paged_out_bytes INTEGER NOT NULL CHECK (paged_out_bytes >= 0),
      paged_in_bytes INTEGER NOT NULL CHECK (paged_in_bytes >= 0),
      PRIMARY KEY (run, position),
      FOREIGN KEY (run, deployment) REFERENCES deployment (run, position) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE warning (
      run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      text TEXT NOT NULL,
      PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE request_chunk (
      run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
      position INTEGER NOT NULL CHECK (position >= 0),
      count INTEGER NOT NULL CHECK (count > 0),
      rows BLOB NOT NULL,
      PRIMARY KEY (run, position)
    ) STRICT, WITHOUT ROWID;
    """
}
