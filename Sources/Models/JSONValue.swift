import Foundation

/// A JSON document as values, keeping booleans, whole numbers and other numbers apart.
enum JSONValue: Decodable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// How the value would be named in an error.
  var description: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): "\"\(value)\""
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// Reads typed values out of a `config.json` and collects what is wrong with it.
struct ConfigurationReader {
  let file: String
  let values: [String: JSONValue]

  init(json: String, file: String) throws(ModelConfigurationError) {
    self.file = file
    let document: JSONValue
    do {
      document = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
    } catch {
      throw ModelConfigurationError(file: file, key: nil, message: "not a JSON document")
    }
    guard case .object(var top) = document else {
      throw ModelConfigurationError(file: file, key: nil, message: "wants a JSON object, found \(document.description)")
    }
    // Multimodal models keep the language model's keys one level down.
    if top["hidden_size"] == nil, case .object(let text)? = top["text_config"] {
      top.merge(text) { _, inner in inner }
    }
    values = top
  }

  func error(_ key: String, _ message: String) -> ModelConfigurationError {
    ModelConfigurationError(file: file, key: key, message: message)
  }

  /// The first of `keys` that is present and not null.
  private func find(_ keys: [String]) -> (key: String, value: JSONValue)? {
    for key in keys {
      guard let value = values[key] else { continue }
      if case .null = value { continue }
      return (key, value)
    }
    return nil
  }

  /// The largest number of anything that a configuration may state: ten times the longest contexts there are.
  static let largestCount = 100_000_000

  /// A positive whole number under one of `keys`, `nil` when absent or null.
  func count(_ keys: String..., minimum: Int = 1) throws(ModelConfigurationError) -> Int? {
    guard let (key, value) = find(keys) else { return nil }
    var number: Int?
    switch value {
    case .integer(let whole): number = whole
    case .number(let real): number = Int(exactly: real)
    default: break
    }
    guard let number, number >= minimum else {
      throw error(key, "wants a whole number of at least \(minimum), found \(value.description)")
    }
    guard number <= Self.largestCount else {
      throw error(key, "wants a whole number up to \(Self.largestCount), found \(value.description)")
    }
    return number
  }

  /// A positive whole number that must be there, under one of `keys`.
  func required(_ first: String, _ others: String...) throws(ModelConfigurationError) -> Int {
    for key in [first] + others {
      if let value = try count(key) { return value }
    }
    throw error(first, "missing")
  }

  func flag(_ keys: String...) throws(ModelConfigurationError) -> Bool? {
    guard let (key, value) = find(keys) else { return nil }
    guard case .boolean(let flag) = value else {
      throw error(key, "wants true or false, found \(value.description)")
    }
    return flag
  }

  func text(_ keys: String...) throws(ModelConfigurationError) -> String? {
    guard let (key, value) = find(keys) else { return nil }
    guard case .string(let text) = value else { throw error(key, "wants text, found \(value.description)") }
    return text
  }

  func number(_ key: String) throws(ModelConfigurationError) -> Double? {
    guard let (_, value) = find([key]) else { return nil }
    switch value {
    case .integer(let whole): return Double(whole)
    case .number(let real): return real
    default: throw error(key, "wants a number, found \(value.description)")
    }
  }

  func list(_ key: String) throws(ModelConfigurationError) -> [JSONValue]? {
    guard let (_, value) = find([key]) else { return nil }
    guard case .array(let list) = value else { throw error(key, "wants a list, found \(value.description)") }
    return list
  }

  /// A reader for the object under `key`, whose errors carry the path `key.inner`.
  func object(_ key: String) throws(ModelConfigurationError) -> ConfigurationReader? {
    guard let (_, value) = find([key]) else { return nil }
    guard case .object(let inner) = value else { throw error(key, "wants an object, found \(value.description)") }
    return ConfigurationReader(file: file, values: inner)
  }

  private init(file: String, values: [String: JSONValue]) {
    self.file = file
    self.values = values
  }
}

/// What is wrong with a model's `config.json`, and where.
public struct ModelConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the catalogue's name of the model.
  public let file: String
  /// The key at fault, `nil` when the document as a whole is.
  public let key: String?
  /// What was found and what was expected.
  public let message: String

  /// - Parameter key: the key at fault, `nil` when the document as a whole is.
  public init(file: String, key: String?, message: String) {
    self.file = file
    self.key = key
    self.message = message
  }

  public var description: String {
    if let key { return "\(file): error: '\(key)': \(message)" }
    return "\(file): error: \(message)"
  }
}
