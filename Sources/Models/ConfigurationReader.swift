import TextIO

/// Reads typed values out of a `config.json` and collects what is wrong with it.
struct ConfigurationReader {
  let file: String
  let values: [String: JSONNode]

  /// Where the configuration begins, for what is missing in it.
  private let place: ConfigurationPlace

  init(_ document: JSONNode, file: String) throws(ModelConfigurationError) {
    self.file = file
    place = ConfigurationPlace(document)
    guard let members = document.members else {
      throw ModelConfigurationError(
        file: file, place: place, key: nil, message: "wants a JSON object, found \(document.shape)")
    }
    var top = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
    // Multimodal models keep the language model's keys one level down.
    if top["hidden_size"] == nil, let text = top["text_config"]?.members {
      for member in text { top[member.name] = member.value }
    }
    values = top
  }

  func error(_ key: String, _ message: String) -> ModelConfigurationError {
    let value = values[key.split(separator: ".").first.map(String.init) ?? key]
    return ModelConfigurationError(
      file: file, place: value.map { ConfigurationPlace($0) } ?? place, key: key, message: message)
  }

  /// The first of `keys` that is present and not null.
  private func find(_ keys: [String]) -> (key: String, value: JSONNode)? {
    for key in keys {
      guard let value = values[key] else { continue }
      if value.isNull { continue }
      return (key, value)
    }
    return nil
  }

  /// The largest number of anything that a configuration may state: ten times the longest contexts there are.
  static let largestCount = 100_000_000

  /// A positive whole number under one of `keys`, `nil` when absent or null.
  func count(_ keys: String..., minimum: Int = 1) throws(ModelConfigurationError) -> Int? {
    guard let (key, value) = find(keys) else { return nil }
    guard let number = value.integer, number >= minimum else {
      throw error(key, "wants a whole number of at least \(minimum), found \(value.shape)")
    }
    guard number <= Self.largestCount else {
      throw error(key, "wants a whole number up to \(Self.largestCount), found \(value.shape)")
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
    guard let flag = value.boolean else {
      throw error(key, "wants true or false, found \(value.shape)")
    }
    return flag
  }

  func text(_ keys: String...) throws(ModelConfigurationError) -> String? {
    guard let (key, value) = find(keys) else { return nil }
    guard let text = value.string else { throw error(key, "wants text, found \(value.shape)") }
    return text
  }

  func number(_ key: String) throws(ModelConfigurationError) -> Double? {
    guard let (_, value) = find([key]) else { return nil }
    guard let number = value.number else { throw error(key, "wants a number, found \(value.shape)") }
    return number
  }

  func list(_ key: String) throws(ModelConfigurationError) -> [JSONNode]? {
    guard let (_, value) = find([key]) else { return nil }
    guard let list = value.array else { throw error(key, "wants a list, found \(value.shape)") }
    return list
  }

  /// A reader for the object under `key`, whose errors carry the path `key.inner`.
  func object(_ key: String) throws(ModelConfigurationError) -> ConfigurationReader? {
    guard let (_, value) = find([key]) else { return nil }
    guard value.members != nil else { throw error(key, "wants an object, found \(value.shape)") }
    return try ConfigurationReader(value, file: file)
  }
}

/// A place in a `config.json`, both counted from 1.
public struct ConfigurationPlace: Hashable, Sendable {
  public var line: Int
  public var column: Int

  init(_ node: JSONNode) { (line, column) = (node.line, node.column) }
  init(_ error: JSONError) { (line, column) = (error.line, error.column) }
}

/// What is wrong with a model's `config.json`, and where.
public struct ModelConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, or the catalogue's name of the model.
  public let file: String
  /// The value at fault, or what holds it; `nil` when no place is.
  public let place: ConfigurationPlace?
  /// The key at fault, `nil` when the document as a whole is.
  public let key: String?
  /// What was found and what was expected.
  public let message: String

  /// - Parameter key: the key at fault, `nil` when the document as a whole is.
  public init(file: String, place: ConfigurationPlace? = nil, key: String?, message: String) {
    self.file = file
    self.place = place
    self.key = key
    self.message = message
  }

  public var description: String {
    let start = place.map { "\(file):\($0.line):\($0.column): error: " } ?? "\(file): error: "
    return start + (key.map { "'\($0)': " } ?? "") + message
  }
}
