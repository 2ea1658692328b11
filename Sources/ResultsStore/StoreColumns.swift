import GRDB
import Metrics
import Statistics

/// A column for one figure. Tables gain those they lack when a program that counts more opens the store: rows stored
/// before have no value there.
struct FigureColumn: Sendable {
  enum Kind: String, Sendable {
    case integer = "INTEGER"
    case number = "REAL"
    /// A whole number that may exceed 64 bits, in decimal digits.
    case digits = "TEXT"
    /// 64-bit words, see `StoredWords`.
    case words = "BLOB"
  }

  let name: String
  let kind: Kind
}

/// Tables whose columns follow the lists of figures that the program has, and those columns.
enum FigureTable: String, CaseIterable {
  /// What an engine counts.
  case engine
  /// What is counted of a request group, and its latencies.
  case requestGroup = "request_group"
  /// What results say of a request group.
  case figure

  var columns: [FigureColumn] {
    switch self {
    case .engine: EngineCounter.all.map { FigureColumn(name: $0.column, kind: $0.columnKind) }
    case .requestGroup:
      GroupCounter.all.map { FigureColumn(name: $0.name, kind: .integer) }
        + LatencyKind.allCases.map { FigureColumn(name: $0.rawValue, kind: .words) }
    case .figure: MetricKey.all.map { FigureColumn(name: $0.name, kind: $0.isInteger ? .integer : .number) }
    }
  }

  /// The columns that the table of a store lacks.
  func missingColumns(_ database: Database) throws -> [FigureColumn] {
    let present = Set(try database.columns(in: rawValue).map(\.name))
    return columns.filter { !present.contains($0.name) }
  }

  /// Adds the columns that the table lacks.
  ///
  /// - Returns: whether there were any.
  func grow(_ database: Database) throws -> Bool {
    let missing = try missingColumns(database)
    for column in missing {
      try database.execute(sql: "ALTER TABLE \(rawValue) ADD COLUMN \"\(column.name)\" \(column.kind.rawValue)")
    }
    return !missing.isEmpty
  }
}

extension EngineCounter {
  /// The column that holds it: picoseconds where it is a time.
  var column: String {
    switch storage {
    case .duration, .integral: name + "_ps"
    case .count, .small: name
    }
  }

  var columnKind: FigureColumn.Kind {
    if case .integral = storage { .digits } else { .integer }
  }

  /// The value as the column holds it.
  func stored(_ totals: EngineTotals) -> DatabaseValue {
    let value = value(in: totals)
    if case .integral = storage { return String(value).databaseValue }
    return Int64(value).databaseValue
  }

  /// Takes the value that the column holds.
  ///
  /// - Returns: false when it is not one of the counter's.
  func restore(_ stored: DatabaseValue, to totals: inout EngineTotals) -> Bool {
    let value: Int128? =
      if case .integral = storage {
        String.fromDatabaseValue(stored).flatMap { Int128($0) }
      } else {
        Int64.fromDatabaseValue(stored).map { Int128($0) }
      }
    guard let value else { return false }
    return set(value, in: &totals)
  }
}
