extension CheckedMap {
  /// The mapping as YAML that reads back to the same values, defaults included, in the order of the declaration.
  public var yaml: String {
    var lines: [String] = []
    write(indent: 0, into: &lines)
    return lines.joined(separator: "\n") + "\n"
  }

  private func write(indent: Int, into lines: inout [String]) {
    let margin = String(repeating: " ", count: indent)
    for key in section.keys {
      guard let value = self[key.name] else { continue }
      switch value.content {
      case .mapping(let map):
        if map.isEmpty {
          lines.append("\(margin)\(key.name): {}")
        } else {
          lines.append("\(margin)\(key.name):")
          map.write(indent: indent + 2, into: &lines)
        }
      case .list(let items) where items.contains { $0.map != nil }:
        lines.append("\(margin)\(key.name):")
        for item in items { Self.write(item: item, margin: margin, indent: indent, into: &lines) }
      default:
        lines.append("\(margin)\(key.name): \(value.yaml)")
      }
    }
  }

  private static func write(item: CheckedValue, margin: String, indent: Int, into lines: inout [String]) {
    guard let map = item.map, !map.isEmpty else {
      lines.append("\(margin)  - \(item.map == nil ? item.yaml : "{}")")
      return
    }
    var inner: [String] = []
    map.write(indent: indent + 4, into: &inner)
    inner[0] = "\(margin)  - " + inner[0].dropFirst(indent + 4)
    lines += inner
  }

  private var isEmpty: Bool { !section.keys.contains { self[$0.name] != nil } }
}

extension CheckedValue {
  /// The value on one line of YAML, of mappings only the keys that were written.
  public var writtenText: String {
    switch content {
    case .list(let items): "[" + items.map(\.writtenText).joined(separator: ", ") + "]"
    case .mapping(let map):
      "{"
        + map.section.keys.filter { map.isWritten($0.name) }.compactMap { key in
          map[key.name].map { "\(key.name): \($0.writtenText)" }
        }.joined(separator: ", ") + "}"
    default: yaml
    }
  }

  /// The value on one line of YAML.
  public var yaml: String {
    switch content {
    case .text(let text): Self.quoted(text)
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): "\(value)"
    case .number(let value), .fraction(let value): Quantity.plain(value)
    case .bytes(let value): Quantity.text(bytes: value)
    case .duration(let value): Quantity.text(duration: value)
    case .rate(let value): Quantity.text(rate: value)
    case .bandwidth(let value): Quantity.text(bandwidth: value)
    case .floatingPointRate(let value): Quantity.text(floatingPointRate: value)
    case .list(let items): "[" + items.map(\.yaml).joined(separator: ", ") + "]"
    case .mapping(let map):
      "{"
        + map.section.keys.compactMap { key in map[key.name].map { "\(key.name): \($0.yaml)" } }.joined(separator: ", ")
        + "}"
    }
  }

  /// Text, in double quotes unless it is a plain word that nothing could mistake.
  private static func quoted(_ text: String) -> String {
    let isWord =
      text.utf8.first.map { $0 >= 97 && $0 <= 122 } == true
      && text.utf8.allSatisfy { $0 >= 97 && $0 <= 122 || $0 >= 48 && $0 <= 57 || "-_./".utf8.contains($0) }
    if isWord, !["yes", "no", "on", "off", "true", "false", "null", "y", "n"].contains(text) { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
