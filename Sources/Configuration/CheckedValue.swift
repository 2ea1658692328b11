import SimCore

/// A value that has passed its check: of the kind declared, in range, in base units.
public struct CheckedValue: Sendable {
  public enum Content: Sendable {
    case text(String)
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case fraction(Double)
    case bytes(Int)
    case duration(SimDuration)
    /// Per second.
    case rate(Double)
    /// Bytes per second.
    case bandwidth(Double)
    /// Operations per second.
    case floatingPointRate(Double)
    case list([CheckedValue])
    case mapping(CheckedMap)
  }

  public var content: Content
  public var position: Position

  public init(_ content: Content, at position: Position) {
    self.content = content
    self.position = position
  }

  public var text: String? { if case .text(let value) = content { value } else { nil } }
  public var integer: Int? { if case .integer(let value) = content { value } else { nil } }
  /// A number, fraction, rate, bandwidth or computing rate, in base units.
  public var number: Double? {
    switch content {
    case .number(let value), .fraction(let value), .rate(let value), .bandwidth(let value),
      .floatingPointRate(let value):
      value
    case .integer(let value): Double(value)
    default: nil
    }
  }
  public var bytes: Int? { if case .bytes(let value) = content { value } else { nil } }
  public var duration: SimDuration? { if case .duration(let value) = content { value } else { nil } }
  public var boolean: Bool? { if case .boolean(let value) = content { value } else { nil } }
  public var list: [CheckedValue]? { if case .list(let value) = content { value } else { nil } }
  public var map: CheckedMap? { if case .mapping(let value) = content { value } else { nil } }
}

/// A mapping that has been checked against its section.
///
/// A key asked for must be declared; asking for another is a programming error and traps. A value is `nil` when its
/// key is absent without a default, or was wrong and has been reported.
public struct CheckedMap: Sendable {
  public let section: Section
  /// The path of keys, for messages: `deployments[0]`; empty at the top.
  public let path: String
  public let position: Position
  private var values: [String: CheckedValue] = [:]
  /// The keys that were written, right or wrong, or were probably meant by unknown ones.
  private var written: Set<String> = []
  /// The keys in whose values something was wrong.
  private var flawed: Set<String> = []

  init(section: Section, path: String, position: Position) {
    self.section = section
    self.path = path
    self.position = position
  }

  mutating func noteWritten(_ key: String) { written.insert(key) }
  mutating func noteFlawed(_ key: String) { flawed.insert(key) }

  /// Puts a value in place, for defaults that depend on other values.
  public mutating func set(_ key: String, _ value: CheckedValue) {
    precondition(section.key(key) != nil, "section '\(section.name)' declares no key '\(key)'")
    values[key] = value
  }

  /// Puts a value in place as if it had been written.
  public mutating func write(_ key: String, _ value: CheckedValue) {
    set(key, value)
    written.insert(key)
  }

  /// A mapping that was not written but made, for defaults.
  public init(_ section: Section, path: String, at position: Position) {
    self.init(section: section, path: path, position: position)
  }

  /// Takes a value away, for one that others stand for.
  public mutating func remove(_ key: String) {
    precondition(section.key(key) != nil, "section '\(section.name)' declares no key '\(key)'")
    values[key] = nil
    written.remove(key)
  }

  /// The mapping with what another one of keys that this one declares too says in place of its own.
  public func overridden(by other: CheckedMap) -> CheckedMap {
    var result = self
    for key in other.section.keys where other.isWritten(key.name) {
      guard let value = other[key.name] else { continue }
      result.write(key.name, value)
    }
    return result
  }

  /// The value of a declared key.
  public subscript(key: String) -> CheckedValue? {
    precondition(section.key(key) != nil, "section '\(section.name)' declares no key '\(key)'")
    return values[key]
  }

  /// Whether the key stands in the document, be its value right or wrong; also true for the key that a misspelt one
  /// probably meant, so that one mistake is not reported as two.
  public func isWritten(_ key: String) -> Bool { written.contains(key) }

  /// Whether something in the key's value was wrong and has been reported.
  public func isFlawed(_ key: String) -> Bool { flawed.contains(key) }

  /// Where the key's value was written; where the mapping begins when it was not.
  public func position(of key: String) -> Position { self[key]?.position ?? position }

  /// How to call this mapping in a message: `'deployments[0]'`, or `the scenario`-like text at the top.
  public var subject: String { path.isEmpty ? "the file" : "'\(path)'" }

  public func text(_ key: String) -> String? { self[key]?.text }
  public func integer(_ key: String) -> Int? { self[key]?.integer }
  public func number(_ key: String) -> Double? { self[key]?.number }
  public func bytes(_ key: String) -> Int? { self[key]?.bytes }
  public func duration(_ key: String) -> SimDuration? { self[key]?.duration }
  public func boolean(_ key: String) -> Bool? { self[key]?.boolean }
  public func list(_ key: String) -> [CheckedValue] { self[key]?.list ?? [] }
  public func map(_ key: String) -> CheckedMap? { self[key]?.map }
}
