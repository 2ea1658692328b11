import Report

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
  var document: String { written(indentation: 0) + "\n" }

  private func written(indentation: Int) -> String {
    let inner = String(repeating: " ", count: 2 * (indentation + 1))
    let outer = String(repeating: " ", count: 2 * indentation)
    func block(_ open: String, _ items: [String], _ close: String) -> String {
      items.isEmpty
        ? open + close : open + "\n" + items.map { inner + $0 }.joined(separator: ",\n") + "\n" + outer + close
    }
    switch self {
    case .object(let members):
      let items = members.map { JSONWriter.quoted($0.0) + ": " + $0.1.written(indentation: indentation + 1) }
      return block("{", items, "}")
    case .array(let values): return block("[", values.map { $0.written(indentation: indentation + 1) }, "]")
    case .string(let text): return JSONWriter.quoted(text)
    case .number(let value): return value.isFinite ? value.description : "null"
    case .integer(let value): return String(value)
    case .boolean(let value): return value ? "true" : "false"
    case .null: return "null"
    }
  }
}
