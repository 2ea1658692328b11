/// Writes JSON text, keys in the order given, numbers in their shortest exact form: equal values give equal bytes.
public struct JSONWriter {
  private(set) var text = ""
  private var indentation = 0
  private var needsComma = false

  private mutating func newItem() {
    if needsComma { text += "," }
    if indentation > 0 {
      text += "\n"
      text += String(repeating: " ", count: 2 * indentation)
    }
    needsComma = true
  }

  private mutating func key(_ name: String?) {
    newItem()
    if let name { text += JSONWriter.quoted(name) + ": " }
  }

  private mutating func nest(_ open: String, _ close: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
    text += open
    indentation += 1
    needsComma = false
    try body(&self)
    indentation -= 1
    if needsComma { text += "\n" + String(repeating: " ", count: 2 * indentation) }
    text += close
    needsComma = true
  }

  mutating func object(_ name: String? = nil, _ body: (inout JSONWriter) throws -> Void) rethrows {
    key(name)
    try nest("{", "}", body)
  }

  mutating func array(_ name: String? = nil, _ body: (inout JSONWriter) throws -> Void) rethrows {
    key(name)
    try nest("[", "]", body)
  }

  mutating func string(_ name: String? = nil, _ value: String) {
    key(name)
    text += JSONWriter.quoted(value)
  }

  mutating func integer(_ name: String? = nil, _ value: some BinaryInteger) {
    key(name)
    text += String(value)
  }

  /// A number; null when there is none or it is not finite, which JSON cannot say.
  mutating func number(_ name: String? = nil, _ value: Double?, asInteger: Bool = false) {
    key(name)
    text += JSONWriter.digits(value, asInteger: asInteger) ?? "null"
  }

  /// The shortest digits that read back as the same number; nil when there is no finite value.
  static func digits(_ value: Double?, asInteger: Bool = false) -> String? {
    guard let value, value.isFinite else { return nil }
    if asInteger, let whole = Int64(exactly: value) { return String(whole) }
    return value == 0 ? "0.0" : value.description
  }

  /// A string as JSON writes it, quotes and escapes included.
  public static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case let control where control.value < 0x20 || control.value == 0x7f:
        let hex = String(control.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
