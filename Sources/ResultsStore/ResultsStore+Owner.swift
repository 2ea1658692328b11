import GRDB

extension ResultsStore {
  /// Says in an SQLite file's header whose it is: "Spil" in ASCII.
  static let applicationID: Int32 = 0x5370_696C

  /// Refuses a database that another program made, before anything is written to it.
  ///
  /// - Returns: whether the file still has to be marked as ours: it is new, or older than the mark.
  /// - Throws: `StoreError.notAStore`, and what SQLite says of a file that is no database.
  static func checkOwner(_ database: Database, path: String) throws -> Bool {
    let mark = try Int32.fetchOne(database, sql: "PRAGMA application_id") ?? 0
    if mark == applicationID { return false }
    let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
    // The first version's stores have no mark, but the tables of the first migration.
    let isOlder = try database.tableExists("request_group") && database.tableExists("grdb_migrations")
    guard mark == 0, isEmpty || isOlder else {
      throw StoreError.notAStore(path: path, reason: "it is a database of another program")
    }
    return true
  }

  /// Marks the file as ours.
  static func markOwner(_ queue: DatabaseQueue) throws {
    try queue.write { try $0.execute(sql: "PRAGMA application_id = \(applicationID)") }
  }
}
