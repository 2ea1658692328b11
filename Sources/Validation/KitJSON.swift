import TextIO
import Workload

/// A JSON value with its place, so that what is wrong can be named: `experiments.B.requests[12].finish_s`.
struct KitJSON {
  let file: String
  let path: String
  /// Nil for what is not there.
  let value: JSONNode?
  /// Where errors point when the value is not there: what should hold it.
  private let holder: JSONNode?

  init(file: String, path: String, value: JSONNode?, holder: JSONNode?) {
    self.file = file
    self.path = path
    self.value = value
    self.holder = value ?? holder
  }

  /// Reads a whole document, plain or gzip.
  static func read(_ path: String) throws -> KitJSON {
    try parse(try FileContents.bytes(path: path), file: path)
  }

  /// - Parameter line: of the file, where each line is a document of its own.
  static func parse(_ bytes: [UInt8], file: String, line: Int = 1) throws -> KitJSON {
    do {
      let value = try JSONReader.value(of: bytes, line: line)
      return KitJSON(file: file, path: "", value: value, holder: nil)
    } catch {
      throw KitError(file: file, line: error.line, column: error.column, "not a JSON document: \(error.message)")
    }
  }

  func error(_ message: String) -> KitError {
    KitError(
      file: file, line: holder?.line, column: holder?.column, (path.isEmpty ? "" : "'\(path)': ") + message)
  }

  var isMissing: Bool { value?.isNull ?? true }

  private var shape: String { value?.shape ?? "nothing" }

  /// The value of a key; one that is missing where there is no such key or no object.
  subscript(key: String) -> KitJSON {
    KitJSON(file: file, path: path.isEmpty ? key : path + "." + key, value: value?[key], holder: holder)
  }

  /// Keys in alphabetical order: what a JSON object means does not depend on the order of its members.
  func keys() throws -> [String] {
    guard let members = value?.members else { throw error("wants an object, found \(shape)") }
    return members.map(\.name).sorted()
  }

  func list() throws -> [KitJSON] {
    guard let list = value?.array else { throw error("wants a list, found \(shape)") }
    return list.enumerated().map {
      KitJSON(file: file, path: "\(path)[\($0.offset)]", value: $0.element, holder: nil)
    }
  }

  /// A finite number; nil for null or nothing.
  func optionalNumber() throws -> Double? {
    if isMissing { return nil }
    guard let number = value?.number else { throw error("wants a number, found \(shape)") }
    return number
  }

  /// Seconds from the experiment's start, or a duration in seconds; nil for null or nothing.
  func optionalSeconds() throws -> Double? {
    guard let seconds = try optionalNumber() else { return nil }
    guard CheckedTable.seconds.contains(seconds) else { throw error("wants 0 s to 50 days, found \(seconds) s") }
    return seconds
  }

  func seconds() throws -> Double {
    guard let seconds = try optionalSeconds() else { throw error("wants a number of seconds, found \(shape)") }
    return seconds
  }

  /// Bytes of memory; nil for null or nothing.
  func optionalBytes() throws -> Int64? {
    guard let bytes = try optionalNumber() else { return nil }
    guard (0...1e15).contains(bytes) else { throw error("wants bytes, up to a petabyte, found \(bytes)") }
    return Int64(bytes)
  }

  /// A share above 0 and up to 1; nil for null or nothing.
  func optionalShare() throws -> Double? {
    guard let share = try optionalNumber() else { return nil }
    guard share > 0, share <= 1 else { throw error("wants a share above 0 and up to 1, found \(share)") }
    return share
  }

  func optionalInteger(_ range: ClosedRange<Int> = 0...Int(Int32.max)) throws -> Int? {
    if try optionalNumber() == nil { return nil }
    guard let integer = value?.integer, range.contains(integer) else {
      throw error("wants a whole number from \(range.lowerBound) to \(range.upperBound), found \(shape)")
    }
    return integer
  }

  func integer(_ range: ClosedRange<Int> = 0...Int(Int32.max)) throws -> Int {
    guard let integer = try optionalInteger(range) else {
      throw error("wants a whole number from \(range.lowerBound) to \(range.upperBound), found \(shape)")
    }
    return integer
  }

  func optionalText() throws -> String? {
    if isMissing { return nil }
    guard let text = value?.string else { throw error("wants text, found \(shape)") }
    return text
  }

  func text() throws -> String {
    guard let text = try optionalText() else { throw error("wants text, found \(shape)") }
    return text
  }

  func optionalFlag() throws -> Bool? {
    if isMissing { return nil }
    guard let flag = value?.boolean else { throw error("wants true or false, found \(shape)") }
    return flag
  }

  func object() throws -> JSONNode {
    guard let value, value.members != nil else { throw error("wants an object, found \(shape)") }
    return value
  }
}

/// Rows whose columns are named once, beside them.
struct KitRows {
  private let rows: [KitJSON]
  private let columns: [String: Int]

  /// - Parameters:
  ///   - required: columns that must be there.
  init(_ rows: KitJSON, columns: KitJSON, required: [String]) throws {
    var named: [String: Int] = [:]
    for (index, column) in try columns.list().enumerated() {
      let name = try column.text()
      if named.updateValue(index, forKey: name) != nil { throw column.error("the column '\(name)' is repeated") }
    }
    for name in required where named[name] == nil { throw columns.error("lacks the column '\(name)'") }
    self.columns = named
    self.rows = try rows.list()
  }

  /// Every row as a function from a column's name to its value.
  func map<Row>(_ make: ((String) -> KitJSON) throws -> Row) throws -> [Row] {
    try rows.map { row in
      guard let cells = row.value?.array, cells.count >= columns.count else {
        throw row.error("wants a list of \(columns.count) values, one per column")
      }
      return try make { name in
        KitJSON(
          file: row.file, path: "\(row.path).\(name)", value: columns[name].map { cells[$0] }, holder: row.value)
      }
    }
  }
}
