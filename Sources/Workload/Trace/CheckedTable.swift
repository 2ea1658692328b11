import TextIO

/// A table of measurements, its columns found by name and its fields read with checks.
public struct CheckedTable {
  private let table: CSVTable

  /// Moments and durations that are read, seconds: up to 50 days.
  public static let seconds = 0.0...4_320_000.0

  /// One row, read by the names of columns.
  public struct Row {
    fileprivate let columns: [String: Int]
    fileprivate let fields: [String]
    public let file: String
    /// Of the (uncompressed) file, from 1.
    public let line: Int

    /// A mistake in one field of the row.
    public func error(_ column: String, _ message: String) -> WorkloadError {
      WorkloadError(.badContents, file: file, line: line, "'\(column)' \(message)")
    }

    /// The field; nil when it is empty or there is no such column.
    public func text(_ column: String) -> String? {
      guard let index = columns[column], !fields[index].isEmpty else { return nil }
      return fields[index]
    }

    /// A finite number; nil when the field is empty.
    public func optionalNumber(_ column: String) throws(WorkloadError) -> Double? {
      guard let text = text(column) else { return nil }
      guard let number = DecimalText.double(text) else {
        throw error(column, "wants a number, found '\(Printable.excerpt(text))'")
      }
      return number
    }

    /// Seconds from the experiment's start, or a duration in seconds; nil when the field is empty.
    public func optionalSeconds(_ column: String) throws(WorkloadError) -> Double? {
      guard let seconds = try optionalNumber(column) else { return nil }
      guard CheckedTable.seconds.contains(seconds) else {
        throw error(column, "wants 0 s to 50 days, found \(seconds) s")
      }
      return seconds
    }

    /// The same where it must be there.
    public func seconds(_ column: String) throws(WorkloadError) -> Double {
      guard let seconds = try optionalSeconds(column) else {
        throw error(column, "wants a number of seconds, found nothing")
      }
      return seconds
    }

    public func number(
      _ column: String, _ range: ClosedRange<Double> = -1e9...1e9
    ) throws(WorkloadError) -> Double {
      guard let number = try optionalNumber(column) else { throw error(column, "wants a number, found nothing") }
      guard range.contains(number) else {
        throw error(column, "wants a number from \(range.lowerBound) to \(range.upperBound), found \(number)")
      }
      return number
    }

    /// A whole number; nil when the field is empty.
    public func optionalInteger(_ column: String, _ range: ClosedRange<Int>) throws(WorkloadError) -> Int? {
      guard let text = text(column) else { return nil }
      guard let number = Int(text), range.contains(number) else {
        throw error(
          column,
          "wants a whole number from \(range.lowerBound) to \(range.upperBound), found '\(Printable.excerpt(text))'")
      }
      return number
    }

    /// The same where it must be there.
    public func integer(_ column: String, _ range: ClosedRange<Int>) throws(WorkloadError) -> Int {
      guard let number = try optionalInteger(column, range) else {
        throw error(column, "wants a whole number, found nothing")
      }
      return number
    }
  }

  /// - Parameter required: columns that must be there.
  /// - Throws: when the file cannot be read, is damaged, or lacks one of them.
  public init(_ path: String, required: [String]) throws(WorkloadError) {
    table = try CSVTable(path: path)
    if let name = table.repeatedColumn {
      throw WorkloadError(
        .badContents, file: path, line: 1, "the column '\(Printable.excerpt(name))' is repeated")
    }
    for name in required where table.positions[name] == nil {
      throw WorkloadError(
        .badContents, file: path, line: 1, "lacks the column '\(name)'; it has \(Printable.list(table.columns))")
    }
  }

  /// What is made of each row, in order.
  public func map<Value, Failure: Error>(_ make: (Row) throws(Failure) -> Value) throws(Failure) -> [Value] {
    try table.rows.map { row throws(Failure) in
      try make(Row(columns: table.positions, fields: row.fields, file: table.path, line: row.line))
    }
  }
}
