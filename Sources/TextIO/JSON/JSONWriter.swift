/// Writes JSON text, keys in the order given, numbers in their shortest exact form: equal values give equal bytes.
///
/// Members and items stand on lines of their own, two spaces deeper than what holds them.
public struct JSONWriter {
  /// What has been written so far.
  public private(set) var text = ""
  private var indentation = 0
  private var needsComma = false

  public init() {}

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

  /// An object; with a name, as a member of the object around it.
  public mutating func object(_ name: String? = nil, _ body: (inout JSONWriter) throws -> Void) rethrows {
    key(name)
    try nest("{", "}", body)
  }

  public mutating func array(_ name: String? = nil, _ body: (inout JSONWriter) throws -> Void) rethrows {
    key(name)
    try nest("[", "]", body)
  }

  public mutating func string(_ name: String? = nil, _ value: String) {
    key(name)
    text += JSONWriter.quoted(value)
  }

  /// An array of strings on one line.
  public mutating func strings(_ name: String? = nil, _ values: [String]) {
    key(name)
    text += "[" + values.map(JSONWriter.quoted).joined(separator: ", ") + "]"
  }

  /// An array of numbers on one line; null where one is not finite.
  public mutating func numbers(_ name: String? = nil, _ values: [Double]) {
    key(name)
    text += "[" + values.map { JSONWriter.digits($0) ?? "null" }.joined(separator: ", ") + "]"
  }

  public mutating func integer(_ name: String? = nil, _ value: some BinaryInteger) {
    key(name)
    text += String(value)
  }

  /// A number; null when there is none or it is not finite, which JSON cannot say.
  public mutating func number(_ name: String? = nil, _ value: Double?, asInteger: Bool = false) {
    key(name)
    text += JSONWriter.digits(value, asInteger: asInteger) ?? "null"
  }

  public mutating func boolean(_ name: String? = nil, _ value: Bool) {
    key(name)
    text += value ? "true" : "false"
  }

  public mutating func null(_ name: String? = nil) {
    key(name)
    text += "null"
  }

  /// The shortest digits that read back as the same number; nil when there is no finite value.
  public static func digits(_ value: Double?, asInteger: Bool = false) -> String? {
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
      case let control where Printable.isControl(control):
        let hex = String(control.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
