import Foundation
import GRDB
import SimCore

extension ResultsStore {
  /// Tables with rows of a run, each with what its rows are ordered by.
  static let tablesOfRuns: [(name: String, order: String)] = [
    ("override", "position"), ("setting", "position"), ("deployment", "position"), ("request_group", "position"),
    ("figure", "request_group"), ("engine", "position"), ("link", "position"), ("paging", "position"),
    ("warning", "position"),
  ]

  /// SHA-256 of what the store holds, in hexadecimal: the same for stores with the same runs, in whatever order they
  /// were stored. What differs between equal runs, the real time they took, is left out.
  ///
  /// - Throws: `StoreError`.
  public func contentDigest() throws(StoreError) -> String {
    try reading { database in
      var runs: [Int64: Fingerprint] = [:]
      var names: [Int64: String] = [:]
      let all = try Row.fetchCursor(database, sql: "SELECT * FROM run")
      while let row = try all.next() {
        let id: Int64 = row["id"]
        names[id] =
          "\(row["scenario"] as String) \(row["policy"] as String) \(row["seed"] as Int64) "
          + "\(row["replication"] as Int)"
        Self.add(row, of: "run", without: ["id", "wall_seconds"], to: &runs[id, default: Fingerprint()])
      }
      for table in Self.tablesOfRuns {
        let rows = try Row.fetchCursor(
          database, sql: "SELECT * FROM \(table.name) ORDER BY run, \(table.order)")
        while let row = try rows.next() {
          Self.add(
            row, of: table.name, without: ["run", "wall_seconds"], to: &runs[row["run"], default: Fingerprint()])
        }
      }
      let lines = runs.map { "\(names[$0.key] ?? "") \($0.value.description)\n" }.sorted()
      return SHA256.hexadecimal(of: lines.joined().utf8)
    }
  }

  /// A column without a value says nothing: a newer program may have added it.
  private static func add(
    _ row: Row, of table: String, without columns: Set<String>, to hash: inout Fingerprint
  ) {
    hash.combine(table)
    for (column, value) in row.sorted(by: { $0.0 < $1.0 }) where !columns.contains(column) {
      switch value.storage {
      case .null: continue
      case .int64(let number):
        hash.combine(column)
        hash.combine(number)
      case .double(let number):
        hash.combine(column)
        hash.combine(Int64(bitPattern: number.bitPattern))
      case .string(let text):
        hash.combine(column)
        hash.combine(text)
      case .blob(let data):
        hash.combine(column)
        data.withUnsafeBytes { hash.combine($0) }
      }
    }
  }
}

extension Fingerprint {
  fileprivate mutating func combine(_ text: String) {
    var text = text
    text.withUTF8 { combine(UnsafeRawBufferPointer($0)) }
  }

  /// Eight bytes at a time, and how many there were.
  fileprivate mutating func combine(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while offset + 8 <= bytes.count {
      combine(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)))
      offset += 8
    }
    while offset < bytes.count {
      combine(Int64(bytes[offset]))
      offset += 1
    }
    combine(Int64(bytes.count))
  }
}
