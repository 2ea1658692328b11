import GRDB

/// Variants and sweeps: which variant of its scenario a run is of, with the values of the keys that are varied, and the
/// digest by which a sweep finds its own runs again.
extension StoreMigration {
  @Sendable static func addVariants(_ database: Database) throws {
    try database.execute(
      sql: """
        ALTER TABLE run ADD COLUMN variant TEXT;
        ALTER TABLE run ADD COLUMN point TEXT CHECK (length(point) > 0);
        CREATE INDEX run_by_point ON run (point) WHERE point IS NOT NULL;

        CREATE TABLE setting (
          run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
          position INTEGER NOT NULL CHECK (position >= 0),
          key TEXT NOT NULL,
          value TEXT,
          number REAL,
          PRIMARY KEY (run, position),
          UNIQUE (run, key)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE varied_key (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        """)
  }
}
