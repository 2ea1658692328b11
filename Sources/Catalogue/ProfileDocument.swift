/// A profile file: figures of one machine, in sections that different readers take.
///
/// A section begins with a line `@name,field,...` and holds comma-separated rows; its name says who reads it (see
/// ``KnownSections``) and what its fields mean. A field that holds a comma or a quotation mark is quoted as in RFC
/// 4180. Lines that begin with `#` are comments; one that begins `# source: ` says where the figures come from. Blank
/// lines are skipped.
public struct ProfileDocument: Hashable, Sendable {
  /// One line of a section.
  public struct Row: Hashable, Sendable {
    /// Counted from 1; 0 in a document that was not read from a file.
    public var line: Int
    public var fields: [String]
    /// Comment lines above the row, without the `#` and the space after it.
    public var comments: [String]

    public init(_ fields: [String], comments: [String] = [], line: Int = 0) {
      self.line = line
      self.fields = fields
      self.comments = comments
    }
  }

  /// A header and the rows below it.
  public struct Section: Hashable, Sendable {
    /// Without the `@`.
    public var name: String
    /// What follows the name on the header's line.
    public var header: [String]
    /// The header's line, counted from 1; 0 in a document that was not read from a file.
    public var line: Int
    /// Comment lines above the header; those above the first section are the document's.
    public var comments: [String]
    public var rows: [Row]

    public init(_ name: String, header: [String], rows: [Row] = [], comments: [String] = [], line: Int = 0) {
      self.name = name
      self.header = header
      self.line = line
      self.comments = comments
      self.rows = rows
    }
  }

  /// What errors call it: its path, or the name of an embedded file.
  public var file: String
  /// Comment lines above the first section, without the `#` and the space after it.
  public var comments: [String]
  /// In the order of the file; a name may come more than once.
  public var sections: [Section]
  /// Comment lines below the last row.
  public var closingComments: [String]

  public init(file: String, comments: [String] = [], sections: [Section] = [], closingComments: [String] = []) {
    self.file = file
    self.comments = comments
    self.sections = sections
    self.closingComments = closingComments
  }

  /// The sections of one name, in order.
  public func sections(named name: String) -> [Section] { sections.filter { $0.name == name } }

  /// What the comment `# source: ` above the first section says; empty without one.
  public var source: String {
    let mark = "source: "
    return comments.first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) } ?? ""
  }

  /// An error about a line of this document; 0 stands for the whole file.
  public func error(_ message: String, line: Int = 0) -> ProfileTextError {
    ProfileTextError(file: file, line: line == 0 ? nil : line, message: message)
  }
}

/// What is wrong with the text of a profile, and where.
public struct ProfileTextError: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  /// Counted from 1, `nil` when the file as a whole is at fault.
  public var line: Int?
  public var message: String

  public init(file: String, line: Int?, message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  public var description: String {
    line.map { "\(file):\($0): error: \(message)" } ?? "\(file): error: \(message)"
  }
}
