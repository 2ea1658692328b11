import SimCore
import TextIO

extension Section {
  /// A JSON Schema (draft 2020-12) of documents that follow this section, for editors.
  ///
  /// It is written from the declarations that the reader uses. What only the reader can tell (names that must exist,
  /// values that exclude each other) is not in it. Bounds of quantities with units, which JSON Schema cannot compare,
  /// are annotations: `x-minimum`, `x-exclusive-minimum`, `x-maximum`. Former names of keys are left out.
  public func jsonSchema(title: String) -> String {
    var json = JSONWriter()
    json.object {
      $0.string("$schema", "https://json-schema.org/draft/2020-12/schema")
      $0.string("title", title)
      $0.string("description", help)
      $0.writeSchema(of: self)
    }
    return json.text + "\n"
  }
}

extension JSONWriter {
  /// The fields of an object's schema but its description.
  ///
  /// - Parameter tag: the key that says which section it is, with what that is called, for one of a tagged mapping.
  fileprivate mutating func writeSchema(of section: Section, tag: (key: String, noun: String)? = nil) {
    string("type", "object")
    if let others = section.otherKeys {
      object("additionalProperties") { $0.string("description", others) }
    } else {
      boolean("additionalProperties", false)
    }
    let required = (tag.map { [$0.key] } ?? []) + section.keys.filter { $0.presence == .required }.map(\.name)
    if !required.isEmpty { strings("required", required) }
    object("properties") {
      if let tag {
        $0.object(tag.key) {
          $0.string("description", "Which \(tag.noun): \(section.help)")
          $0.string("const", section.name)
        }
      }
      for key in section.keys {
        $0.object(key.name) {
          $0.string("description", key.help)
          if case .standard(let value) = key.presence { $0.writeDefault(value, of: key.kind) }
          $0.writeSchema(of: key.kind)
        }
      }
    }
  }

  /// The fields of a value's schema but its description.
  ///
  /// - Parameter isAlone: whether a tagged mapping may be written as its bare name.
  private mutating func writeSchema(of kind: ValueKind, isAlone: Bool = true) {
    switch kind {
    case .text: string("type", "string")
    case .identifier:
      string("type", "string")
      string("pattern", "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$")
    case .choice(_, let names): strings("enum", names)
    case .boolean: string("type", "boolean")
    case .integer(let bounds):
      string("type", "integer")
      if let minimum = bounds.minimum { integer(bounds.excludesMinimum ? "exclusiveMinimum" : "minimum", minimum) }
      if let maximum = bounds.maximum { integer("maximum", maximum) }
    case .number(let bounds): writeNumber(bounds)
    case .fraction(let bounds):
      array("anyOf") {
        $0.object { $0.writeNumber(bounds) }
        $0.object { $0.writeQuantity("%", bounds, zero: 0) { Quantity.plain($0 * 100) + " %" } }
      }
    case .bytes(let bounds): writeQuantity("B|[kKMGT]B|[KMGT]iB", bounds, zero: 0, Quantity.text(bytes:))
    case .duration(let bounds):
      writeQuantity("ps|ns|us|µs|μs|ms|s|min|h|d", bounds, zero: .zero, Quantity.text(duration:))
    case .rate(let bounds, _):
      writeQuantity("/ ?(s|min|h)|per second|per minute|per hour", bounds, zero: 0, Quantity.text(rate:))
    case .bandwidth(let bounds):
      writeQuantity("([kKMGT]?[bB]|[KMGT]iB)/s", bounds, zero: 0, Quantity.text(bandwidth:))
    case .floatingPointRate(let bounds):
      writeQuantity("[MGTP]?FLOP(S|/s)", bounds, zero: 0, Quantity.text(floatingPointRate:))
    case .list(let element, let count):
      string("type", "array")
      if count > 0 { integer("minItems", count) }
      object("items") { $0.writeDescribed(element) }
    case .mapping(let section): writeSchema(of: section)
    case .tagged(let tag, let noun, let sections):
      array("anyOf") {
        let bare = sections.filter { section in !section.keys.contains { $0.presence == .required } }.map(\.name)
        if isAlone, !bare.isEmpty { $0.object { $0.strings("enum", bare) } }
        for section in sections {
          $0.object {
            $0.string("description", section.help)
            $0.writeSchema(of: section, tag: (tag, noun))
          }
        }
      }
    case .either(let kinds):
      array("anyOf") {
        for kind in kinds { $0.object { $0.writeDescribed(kind, isAlone: false) } }
      }
    }
  }

  /// The schema of a value that no key describes.
  private mutating func writeDescribed(_ kind: ValueKind, isAlone: Bool = true) {
    if case .mapping(let section) = kind { string("description", section.help) }
    writeSchema(of: kind, isAlone: isAlone)
  }

  private mutating func writeNumber(_ bounds: Bounds<Double>) {
    string("type", "number")
    // A bound that is whole is written so: editors show it.
    if let minimum = bounds.minimum {
      number(bounds.excludesMinimum ? "exclusiveMinimum" : "minimum", minimum, asInteger: true)
    }
    if let maximum = bounds.maximum { number("maximum", maximum, asInteger: true) }
  }

  /// The schema of a number with a unit.
  private mutating func writeQuantity<Value>(
    _ units: String, _ bounds: Bounds<Value>, zero: Value, _ spelt: (Value) -> String
  ) {
    let isNeverNegative = bounds.minimum.map { $0 >= zero } ?? false
    let number = "([0-9]+(\\.[0-9]+)?|\\.[0-9]+)([eE][+-]?[0-9]+)?"
    string("type", "string")
    string("pattern", "^ *[\(isNeverNegative ? "+" : "+-")]?\(number) *(\(units)) *$")
    if let minimum = bounds.minimum {
      string(bounds.excludesMinimum ? "x-exclusive-minimum" : "x-minimum", spelt(minimum))
    }
    if let maximum = bounds.maximum { string("x-maximum", spelt(maximum)) }
  }

  /// A default as an editor would insert it; none where it is not one word.
  private mutating func writeDefault(_ text: String, of kind: ValueKind) {
    switch (text, kind) {
    case ("{}", _): object("default") { _ in }
    case ("[]", _): array("default") { _ in }
    case (_, .boolean): boolean("default", text == "true")
    case (_, .integer): integer("default", Int(text) ?? 0)
    case (_, .number): number("default", DecimalText.double(text), asInteger: true)
    case (_, .fraction) where DecimalText.double(text) != nil: number("default", DecimalText.double(text))
    case (_, .either(let kinds)):
      if let fitting = kinds.first(where: { $0.accepts(text) }) { writeDefault(text, of: fitting) }
    case (_, .list), (_, .mapping): break
    default: string("default", text)
    }
  }
}

extension ValueKind {
  /// Whether a bare scalar is of this kind.
  fileprivate func accepts(_ text: String) -> Bool {
    guard shape == .scalar, case .success = scalar(text, isQuoted: false) else { return false }
    return true
  }
}
