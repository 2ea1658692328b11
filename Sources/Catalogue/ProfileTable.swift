import TextIO

/// A section whose header names the columns of its rows.
public struct ProfileTable: Hashable, Sendable {
  /// One row with its columns by name.
  public struct Row: Hashable, Sendable {
    fileprivate let file: String
    fileprivate let columns: [String]
    public let line: Int
    public let fields: [String]

    /// The text in a column; empty where nothing was measured.
    ///
    /// - Precondition: the table has the column (see `ProfileTable.init`).
    public func text(_ column: String) -> String {
      guard let index = columns.firstIndex(of: column) else { preconditionFailure("no column '\(column)'") }
      return fields[index]
    }

    /// The text in a column that older profiles lack: nil there, and where nothing was measured.
    public func optionalText(_ column: String) -> String? {
      guard let index = columns.firstIndex(of: column), !fields[index].isEmpty else { return nil }
      return fields[index]
    }

    /// A finite number.
    public func number(_ column: String) throws(ProfileTextError) -> Double {
      guard let value = try optionalNumber(column) else { throw error("'\(column)' wants a number, found nothing") }
      return value
    }

    /// A finite number, or `nil` for an empty field.
    public func optionalNumber(_ column: String) throws(ProfileTextError) -> Double? {
      let text = text(column)
      if text.isEmpty { return nil }
      guard let value = DecimalText.double(text) else {
        throw error("'\(column)' wants a number, found '\(Printable.excerpt(text))'")
      }
      return value
    }

    /// A whole number.
    public func integer(_ column: String) throws(ProfileTextError) -> Int {
      guard let value = Int(text(column)) else {
        throw error("'\(column)' wants a whole number, found '\(Printable.excerpt(text(column)))'")
      }
      return value
    }

    public func error(_ message: String) -> ProfileTextError {
      ProfileTextError(file: file, line: line, message: message)
    }
  }

  public let columns: [String]
  public let rows: [Row]

  /// The rows of a section by column.
  ///
  /// - Parameters:
  ///   - required: columns that it must have; others are kept.
  ///   - file: what errors call the document.
  /// - Throws: ``ProfileTextError`` for a column that is missing or comes twice, and for a row of another length.
  public init(
    _ section: ProfileDocument.Section, required: [String], file: String
  ) throws(ProfileTextError) {
    func fail(_ message: String, _ line: Int) -> ProfileTextError {
      ProfileTextError(file: file, line: line == 0 ? nil : line, message: message)
    }
    columns = section.header
    for column in required where !columns.contains(column) {
      let found = Printable.list(columns)
      throw fail("'@\(section.name)' lacks the column '\(column)'; it has \(found)", section.line)
    }
    if Set(columns).count < columns.count { throw fail("'@\(section.name)' names a column twice", section.line) }
    var rows: [Row] = []
    for row in section.rows {
      guard row.fields.count == columns.count else {
        throw fail("wants \(columns.count) fields like the section's header, found \(row.fields.count)", row.line)
      }
      rows.append(Row(file: file, columns: columns, line: row.line, fields: row.fields))
    }
    self.rows = rows
  }
}

extension ProfileDocument {
  /// The rows of every section of one name, by column.
  public func rows(of name: String, columns: [String]) throws(ProfileTextError) -> [ProfileTable.Row] {
    var rows: [ProfileTable.Row] = []
    for section in sections(named: name) {
      rows += try ProfileTable(section, required: columns, file: file).rows
    }
    return rows
  }
}
