import Foundation
import Workload

/// A JSON value with its place, so that what is wrong can be named: `experiments.B.requests[12].finish_s`.
struct KitJSON {
  let file: String
  let path: String
  /// What `JSONSerialization` made of it; nil for null and for what is not there.
  let value: Any?

  /// Reads a whole document, plain or gzip.
  static func read(_ path: String) throws -> KitJSON {
    try parse(try FileContents.bytes(path: path), file: path)
  }

  /// - Parameter line: of the file, where each line is a document of its own.
  static func parse(_ bytes: [UInt8], file: String, line: Int? = nil) throws -> KitJSON {
    do {
      let value = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
      return KitJSON(file: file, path: "", value: value)
    } catch {
      let reason = (error as NSError).userInfo["NSDebugDescription"] as? String
      throw KitError(file: file, line: line, "not a JSON document" + (reason.map { ": \($0)" } ?? ""))
    }
  }

  func error(_ message: String) -> KitError {
    KitError(file: file, (path.isEmpty ? "" : "'\(path)': ") + message)
  }

  var isMissing: Bool { value == nil || value is NSNull }

  private var shape: String {
    switch value {
    case nil: "nothing"
    case is NSNull: "null"
    case is [Any]: "a list"
    case is [String: Any]: "an object"
    case let text as String: "\"\(text.prefix(40))\""
    case let number as NSNumber: number.isBoolean ? "\(number.boolValue)" : "\(number)"
    default: "something else"
    }
  }

  /// The value of a key; one that is missing where there is no such key or no object.
  subscript(key: String) -> KitJSON {
    KitJSON(file: file, path: path.isEmpty ? key : path + "." + key, value: (value as? [String: Any])?[key])
  }

  /// Keys in alphabetical order: JSON objects have none of their own.
  func keys() throws -> [String] {
    guard let object = value as? [String: Any] else { throw error("wants an object, found \(shape)") }
    return object.keys.sorted()
  }

  func list() throws -> [KitJSON] {
    guard let list = value as? [Any] else { throw error("wants a list, found \(shape)") }
    return list.enumerated().map { KitJSON(file: file, path: "\(path)[\($0.offset)]", value: $0.element) }
  }

  /// A finite number; nil for null or nothing.
  func optionalNumber() throws -> Double? {
    if isMissing { return nil }
    guard let number = value as? NSNumber, !number.isBoolean, number.doubleValue.isFinite else {
      throw error("wants a number, found \(shape)")
    }
    return number.doubleValue
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
    guard let number = try optionalNumber() else { return nil }
    guard let integer = Int(exactly: number), range.contains(integer) else {
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
    guard let text = value as? String else { throw error("wants text, found \(shape)") }
    return text
  }

  func text() throws -> String {
    guard let text = try optionalText() else { throw error("wants text, found \(shape)") }
    return text
  }

  func optionalFlag() throws -> Bool? {
    if isMissing { return nil }
    guard let number = value as? NSNumber, number.isBoolean else { throw error("wants true or false, found \(shape)") }
    return number.boolValue
  }

  /// The value written out again, for readers that take text.
  func document() throws -> String {
    // Foundation traps on what is neither an object nor a list.
    guard let value, JSONSerialization.isValidJSONObject(value),
      let data = try? JSONSerialization.data(withJSONObject: value)
    else {
      throw error("wants an object, found \(shape)")
    }
    return String(decoding: data, as: UTF8.self)
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
      guard let cells = row.value as? [Any], cells.count >= columns.count else {
        throw row.error("wants a list of \(columns.count) values, one per column")
      }
      return try make { name in
        KitJSON(file: row.file, path: "\(row.path).\(name)", value: columns[name].map { cells[$0] })
      }
    }
  }
}

extension NSNumber {
  /// JSON tells `true` from 1; `NSNumber` does so by the type it was made from, C's `char`.
  fileprivate var isBoolean: Bool { String(cString: objCType) == "c" }
}
