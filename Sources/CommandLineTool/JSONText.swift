import TextIO

/// A JSON value that listings and explanations are made of; keys keep their order.
indirect enum JSONText {
  case object([(String, JSONText)])
  case array([JSONText])
  case string(String)
  case number(Double)
  case integer(Int64)
  case boolean(Bool)
  case null

  static func integer(_ value: Int) -> JSONText { .integer(Int64(value)) }
  static func text(_ value: String?) -> JSONText { value.map { .string($0) } ?? .null }
  static func optional(_ value: Double?) -> JSONText { value.map { .number($0) } ?? .null }

  /// The text, ending in a line feed.
  var document: String {
    var writer = JSONWriter()
    write(nil, into: &writer)
    return writer.text + "\n"
  }

  private func write(_ name: String?, into writer: inout JSONWriter) {
    switch self {
    case .object(let members):
      writer.object(name) { writer in
        for (name, value) in members { value.write(name, into: &writer) }
      }
    case .array(let values):
      writer.array(name) { writer in
        for value in values { value.write(nil, into: &writer) }
      }
    case .string(let text): writer.string(name, text)
    case .number(let value): writer.number(name, value)
    case .integer(let value): writer.integer(name, value)
    case .boolean(let value): writer.boolean(name, value)
    case .null: writer.null(name)
    }
  }
}
