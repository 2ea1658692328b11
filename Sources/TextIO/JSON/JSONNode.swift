/// A JSON value with its place in the text, so that a mistake in it can be shown.
public struct JSONNode: Sendable {
  public enum Content: Sendable {
    case null
    case boolean(Bool)
    /// A number without fraction and exponent, within 64 bits.
    case integer(Int)
    /// Any other number, rounded to the nearest `Double`.
    case number(Double)
    case string(String)
    case array([JSONNode])
    /// In the order of the text; names are different.
    case object([Member])
  }

  public struct Member: Sendable {
    public var name: String
    public var value: JSONNode
  }

  public var content: Content
  /// Where the value begins; both count from 1, columns in Unicode scalars.
  public var line: Int
  public var column: Int

  /// The value of a member; `nil` when there is none of that name, or this is no object.
  public subscript(name: String) -> JSONNode? { members?.first { $0.name == name }?.value }

  public var members: [Member]? { if case .object(let members) = content { members } else { nil } }
  public var array: [JSONNode]? { if case .array(let items) = content { items } else { nil } }
  public var string: String? { if case .string(let text) = content { text } else { nil } }
  public var boolean: Bool? { if case .boolean(let value) = content { value } else { nil } }
  public var isNull: Bool { if case .null = content { true } else { false } }

  /// A number, whole or not.
  public var number: Double? {
    switch content {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// A whole number, also one that was written with a fraction of zero or an exponent.
  public var integer: Int? {
    switch content {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  /// How to call the value in a message; of a text its beginning.
  public var shape: String {
    switch content {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): "\"\(Printable.excerpt(text))\""
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension JSONNode {
  /// The value as JSON text, which reads back as the same value.
  public var text: String {
    var writer = JSONWriter()
    writer.node(nil, self)
    return writer.text
  }
}

extension JSONWriter {
  fileprivate mutating func node(_ name: String?, _ node: JSONNode) {
    switch node.content {
    case .null: null(name)
    case .boolean(let value): boolean(name, value)
    case .integer(let value): integer(name, value)
    case .number(let value): number(name, value)
    case .string(let value): string(name, value)
    case .array(let items): array(name) { writer in for item in items { writer.node(nil, item) } }
    case .object(let members):
      object(name) { writer in for member in members { writer.node(member.name, member.value) } }
    }
  }
}

/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1; columns in Unicode scalars.
  public var line: Int
  public var column: Int
  /// What was expected and what was found.
  public var message: String

  public init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  /// `LINE:COLUMN: error: not a JSON document: MESSAGE`, to stand behind a file's name and a colon.
  public var description: String { "\(line):\(column): error: not a JSON document: \(message)" }
}
