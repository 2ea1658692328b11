import SimCore

extension Section {
  /// A JSON Schema (draft 2020-12) of documents that follow this section, for editors.
  ///
  /// It is written from the declarations that the reader uses. What only the reader can tell (names that must exist,
  /// values that exclude each other) is not in it.
  public func jsonSchema(title: String) -> String {
    var writer = SchemaWriter()
    writer.open("{")
    writer.field("$schema", SchemaWriter.quoted("https://json-schema.org/draft/2020-12/schema"))
    writer.field("title", SchemaWriter.quoted(title))
    writer.write(self, tag: nil)
    writer.close("}")
    return writer.text + "\n"
  }
}

/// Writes indented JSON.
struct SchemaWriter {
  private(set) var text = ""
  private var indent = 0
  private var needsComma = false

  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  private mutating func line(_ content: String) {
    if needsComma { text += "," }
    if !text.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
    text += content
  }

  mutating func open(_ content: String) {
    line(content)
    indent += 2
    needsComma = false
  }

  mutating func close(_ content: String) {
    indent -= 2
    needsComma = false
    line(content)
    needsComma = true
  }

  mutating func field(_ name: String, _ value: String) {
    line("\(Self.quoted(name)): \(value)")
    needsComma = true
  }

  private mutating func item(_ value: String) {
    line(value)
    needsComma = true
  }

  private static func list(_ names: [String]) -> String { "[" + names.map(quoted).joined(separator: ", ") + "]" }

  /// The fields of an object schema; with the tag's key when the section is one of a tagged mapping.
  mutating func write(_ section: Section, tag: String?) {
    field("description", Self.quoted(section.help))
    field("type", "\"object\"")
    field("additionalProperties", "false")
    let required = (tag.map { [$0] } ?? []) + section.keys.filter { $0.presence == .required }.map(\.name)
    if !required.isEmpty { field("required", Self.list(required)) }
    open("\"properties\": {")
    if let tag { field(tag, "{ \"const\": \(Self.quoted(section.name)) }") }
    for key in section.keys {
      open("\(Self.quoted(key.name)): {")
      field("description", Self.quoted(key.help))
      if case .standard(let value) = key.presence, let json = key.kind.json(ofDefault: value) { field("default", json) }
      write(key.kind)
      close("}")
    }
    close("}")
  }

  /// The fields of a value's schema.
  ///
  /// - Parameter isAlone: whether a tagged mapping may be written as its bare name.
  mutating func write(_ kind: ValueKind, isAlone: Bool = true) {
    switch kind {
    case .text: field("type", "\"string\"")
    case .identifier:
      field("type", "\"string\"")
      field("pattern", Self.quoted("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$"))
    case .choice(_, let names): field("enum", Self.list(names))
    case .boolean: field("type", "\"boolean\"")
    case .integer(let bounds):
      field("type", "\"integer\"")
      write(bounds, text: { "\($0)" })
    case .number(let bounds):
      field("type", "\"number\"")
      write(bounds, text: Quantity.plain)
    case .fraction(let bounds):
      open("\"anyOf\": [")
      open("{")
      field("type", "\"number\"")
      write(bounds, text: Quantity.plain)
      close("}")
      item(Self.quantity("%"))
      close("]")
    case .bytes: item(Self.inner(Self.quantity("B|[kKMGT]B|[KMGT]iB")))
    case .duration: item(Self.inner(Self.quantity("ps|ns|us|µs|μs|ms|s|min|h|d")))
    case .rate: item(Self.inner(Self.quantity("/ ?(s|min|h)|per second|per minute|per hour")))
    case .bandwidth: item(Self.inner(Self.quantity("([kKMGT]?[bB]|[KMGT]iB)/s")))
    case .floatingPointRate: item(Self.inner(Self.quantity("[MGTP]?FLOP(S|/s)")))
    case .list(let element, let count):
      field("type", "\"array\"")
      if count > 0 { field("minItems", "\(count)") }
      open("\"items\": {")
      write(element)
      close("}")
    case .mapping(let section): write(section, tag: nil)
    case .tagged(let tag, _, let sections):
      open("\"anyOf\": [")
      let bare = sections.filter { section in !section.keys.contains { $0.presence == .required } }.map(\.name)
      if isAlone, !bare.isEmpty { item("{ \"enum\": \(Self.list(bare)) }") }
      for section in sections {
        open("{")
        write(section, tag: tag)
        close("}")
      }
      close("]")
    case .either(let kinds):
      open("\"anyOf\": [")
      for kind in kinds {
        open("{")
        write(kind, isAlone: false)
        close("}")
      }
      close("]")
    }
  }

  private mutating func write<Value>(_ bounds: Bounds<Value>, text: (Value) -> String) {
    if let minimum = bounds.minimum { field(bounds.excludesMinimum ? "exclusiveMinimum" : "minimum", text(minimum)) }
    if let maximum = bounds.maximum { field("maximum", text(maximum)) }
  }

  /// The schema of a number with a unit.
  private static func quantity(_ units: String) -> String {
    let pattern = "^ *[+-]?([0-9]+(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)? *(\(units)) *$"
    return "{ \"type\": \"string\", \"pattern\": \(quoted(pattern)) }"
  }

  /// The fields of a one-line schema, without its braces.
  private static func inner(_ schema: String) -> String { String(schema.dropFirst(2).dropLast(2)) }
}

extension ValueKind {
  /// A default as JSON, as an editor would insert it.
  fileprivate func json(ofDefault text: String) -> String? {
    if text == "{}" || text == "[]" { return text }
    switch self {
    case .boolean, .integer, .number: return text
    case .fraction: return Double(text) == nil ? SchemaWriter.quoted(text) : text
    case .either(let kinds): return kinds.lazy.compactMap { $0.jsonIfFits(text) }.first
    case .list, .mapping: return nil
    default: return SchemaWriter.quoted(text)
    }
  }

  private func jsonIfFits(_ text: String) -> String? {
    guard shape == .scalar, case .success = scalar(text, isQuoted: false) else { return nil }
    return json(ofDefault: text)
  }
}
