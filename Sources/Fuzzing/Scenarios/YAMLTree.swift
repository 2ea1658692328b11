/// A value of a scenario file that can be changed and written: JSON, which is YAML.
public indirect enum YAMLTree: Sendable, Equatable {
  /// Written as it is: a number, a name, a quantity in quotes.
  case scalar(String)
  case list([YAMLTree])
  case mapping([(key: String, value: YAMLTree)])

  public static func == (a: Self, b: Self) -> Bool { a.text == b.text }

  /// On one line.
  public var text: String {
    switch self {
    case .scalar(let text): text
    case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
    case .mapping(let entries): "{" + entries.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + "}"
    }
  }

  /// A file: a line for each of its keys.
  public var document: String {
    guard case .mapping(let entries) = self else { return text + "\n" }
    return entries.map { "\($0.key): \($0.value.text)\n" }.joined()
  }

  /// A step into a value.
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  public subscript(key: String) -> YAMLTree? {
    guard case .mapping(let entries) = self else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// The tree with another value at a path; nil removes the key there. Steps that lead nowhere change nothing.
  public func replacing(_ path: ArraySlice<Step>, with value: YAMLTree?) -> YAMLTree {
    guard let step = path.first else { return value ?? self }
    let rest = path.dropFirst()
    switch (self, step) {
    case (.mapping(var entries), .key(let key)):
      if let place = entries.firstIndex(where: { $0.key == key }) {
        if rest.isEmpty, value == nil {
          entries.remove(at: place)
        } else {
          entries[place].value = entries[place].value.replacing(rest, with: value)
        }
      } else if rest.isEmpty, let value {
        entries.append((key, value))
      }
      return .mapping(entries)
    case (.list(var items), .index(let index)) where items.indices.contains(index):
      items[index] = items[index].replacing(rest, with: value)
      return .list(items)
    default: return self
    }
  }
}
