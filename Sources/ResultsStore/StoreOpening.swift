import GRDB

/// What a file is to a program that wants to keep results in it.
enum StoreState: Equatable {
  /// An empty database.
  case empty
  /// A store that lacks these migrations, or columns when there are none.
  case behind([String])
  case current
  /// A store with something that this program does not know.
  case newer
  /// A database of another program; in words, what shows it.
  case foreign(String)
}

/// How a file becomes a store that this program can use.
enum StoreOpening {
  /// `PRAGMA application_id` of a results store: "Splw" in ASCII. Stores of version 0.1.0 do not have it.
  static let applicationID: Int32 = 0x5370_6C77

  /// The table in which a store notes its migrations. The name is that of the library which used to keep it, so that
  /// programs of that time see that the store is newer than they are.
  static let journal = "grdb_migrations"

  /// Looks at a database without changing it.
  static func state(of database: Database) throws -> StoreState {
    let mark = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    let tables = try String.fetchAll(
      database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    let applied: Set<String> =
      tables.contains(journal) ? try String.fetchSet(database, sql: "SELECT identifier FROM \(journal)") : []
    if mark != applicationID {
      if mark == 0, tables.isEmpty { return .empty }
      let isOld = mark == 0 && applied.contains(StoreMigration.all[0].name) && tables.contains("request_group")
      guard isOld else { return .foreign(words(mark, tables)) }
    }
    let known = StoreMigration.all.map(\.name)
    if !applied.isSubset(of: known) { return .newer }
    let missing = known.filter { !applied.contains($0) }
    if !missing.isEmpty { return .behind(missing) }
    for table in FigureTable.allCases where try !table.missingColumns(database).isEmpty { return .behind([]) }
    return .current
  }

  private static func words(_ mark: Int32, _ tables: [String]) -> String {
    let shown = tables.prefix(3).map { "'\($0)'" }.joined(separator: ", ") + (tables.count > 3 ? ", ..." : "")
    var words = "it is a database of another program"
    if mark != 0 { words += " (application_id 0x\(String(UInt32(bitPattern: mark), radix: 16)))" }
    return words + (tables.isEmpty ? "" : ", with tables \(shown)")
  }

  /// Brings an empty or older store up to date: all of it or nothing.
  ///
  /// Several programs may find the same store behind at the same moment. The first to get the write lock does the work;
  /// the others wait for it, look again, and find nothing left to do.
  static func bringUpToDate(_ database: Database) throws {
    // Tables are rebuilt under other names. SQLite ignores this switch inside a transaction.
    try database.execute(sql: "PRAGMA foreign_keys = OFF")
    defer { try? database.execute(sql: "PRAGMA foreign_keys = ON") }
    try database.inTransaction(.immediate) {
      let missing: [String]
      switch try state(of: database) {
      case .current, .newer, .foreign: return .commit
      case .empty: missing = StoreMigration.all.map(\.name)
      case .behind(let names): missing = names
      }
      try database.execute(
        sql: "CREATE TABLE IF NOT EXISTS \(journal) (identifier TEXT NOT NULL PRIMARY KEY)")
      for migration in StoreMigration.all where missing.contains(migration.name) {
        try migration.apply(database)
        try database.execute(sql: "INSERT INTO \(journal) VALUES (?)", arguments: [migration.name])
      }
      for table in FigureTable.allCases { _ = try table.grow(database) }
      try StoreViews.rebuild(database)
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.checkForeignKeys()
      return .commit
    }
  }
}
