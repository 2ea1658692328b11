import TextIO
import Workload

/// A table of a kit, its columns found by name.
struct KitTable {
  private let table: CSVTable

  /// Moments and durations that are read, seconds: up to 50 days.
  static let seconds = 0.0...4_320_000.0

  /// One row, read by the names of columns.
  struct Row {
    fileprivate let columns: [String: Int]
    fileprivate let fields: [String]
    let file: String
    let line: Int

    func error(_ column: String, _ message: String) -> KitError {
      KitError(file: file, line: line, "'\(column)' \(message)")
    }

    /// The field; nil when it is empty or there is no such column.
    func text(_ column: String) throws -> String? {
      guard let index = columns[column], !fields[index].isEmpty else { return nil }
      return fields[index]
    }

    func optionalNumber(_ column: String) throws -> Double? {
      guard let text = try text(column) else { return nil }
      guard let number = Double(text), number.isFinite else {
        throw error(column, "wants a number, found '\(Printable.excerpt(text))'")
      }
      return number
    }

    /// Seconds from the experiment's start, or a duration in seconds; nil when the field is empty.
    func optionalSeconds(_ column: String) throws -> Double? {
      guard let seconds = try optionalNumber(column) else { return nil }
      guard KitTable.seconds.contains(seconds) else {
        throw error(column, "wants 0 s to 50 days, found \(seconds) s")
      }
      return seconds
    }

    func seconds(_ column: String) throws -> Double {
      guard let seconds = try optionalSeconds(column) else {
        throw error(column, "wants a number of seconds, found nothing")
      }
      return seconds
    }

    func number(_ column: String, _ range: ClosedRange<Double> = -1e9...1e9) throws -> Double {
      guard let number = try optionalNumber(column) else { throw error(column, "wants a number, found nothing") }
      guard range.contains(number) else {
        throw error(column, "wants a number from \(range.lowerBound) to \(range.upperBound), found \(number)")
      }
      return number
    }

    func optionalInteger(_ column: String, _ range: ClosedRange<Int>) throws -> Int? {
      guard let text = try text(column) else { return nil }
      guard let number = Int(text), range.contains(number) else {
        throw error(
          column,
          "wants a whole number from \(range.lowerBound) to \(range.upperBound), found '\(Printable.excerpt(text))'")
      }
      return number
    }

    func integer(_ column: String, _ range: ClosedRange<Int>) throws -> Int {
      guard let number = try optionalInteger(column, range) else {
        throw error(column, "wants a whole number, found nothing")
      }
      return number
    }
  }

  /// - Parameter required: columns that must be there.
  init(_ path: String, required: [String]) throws {
    table = try CSVTable(path: path)
    if let name = table.repeatedColumn {
      throw KitError(file: path, line: 1, "the column '\(Printable.excerpt(name))' is repeated")
    }
    for name in required where table.positions[name] == nil {
      throw KitError(
        file: path, line: 1, "lacks the column '\(name)'; it has \(Printable.list(table.columns))")
    }
  }

  func map<Value>(_ make: (Row) throws -> Value) throws -> [Value] {
    try table.rows.map { row in
      try make(Row(columns: table.positions, fields: row.fields, file: table.path, line: row.line))
    }
  }
}
