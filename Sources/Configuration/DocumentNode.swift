import TextIO

/// A value as written in a document, with its place: text, a list, a mapping, or nothing.
///
/// Text is kept as typed, never interpreted by YAML's own rules; aliases are expanded and merge keys applied.
public struct DocumentNode: Sendable {
  /// One key of a mapping with its value.
  public struct Entry: Sendable {
    public var key: String
    public var keyPosition: Position
    public var value: DocumentNode

    public init(key: String, keyPosition: Position, value: DocumentNode) {
      self.key = key
      self.keyPosition = keyPosition
      self.value = value
    }
  }

  /// What was written.
  public enum Content: Sendable {
    /// No value, `~` or `null`.
    case nothing
    /// A scalar; quoted text is never taken for a number or a boolean.
    case text(String, isQuoted: Bool)
    case list([DocumentNode])
    case mapping([Entry])
  }

  public var content: Content
  public var position: Position

  public init(_ content: Content, at position: Position) {
    self.content = content
    self.position = position
  }

  /// The value of a key, when this is a mapping that has it.
  public subscript(key: String) -> DocumentNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// What this is called as an item of a list: by its label, its name, or the text that it is.
  public var itemName: String? { self["label"]?.text ?? self["name"]?.text ?? text }

  /// The text, when this is a scalar.
  public var text: String? {
    if case .text(let text, _) = content { return text }
    return nil
  }

  /// How to call what was found in a message.
  public var shape: String {
    switch content {
    case .nothing: "nothing"
    case .text(let text, _):
      text.unicodeScalars.count > 60 ? "'\(text.prefix(57))...'" : text.isEmpty ? "an empty text" : "'\(text)'"
    case .list: "a list"
    case .mapping: "a mapping"
    }
  }
}

extension DocumentNode {
  /// A key in single quotes, for a message. What is no word, as in a file that is no document of ours, is cut short.
  static func shown(key: String) -> String {
    let isWord = key.utf8.allSatisfy {
      $0 >= 48 && $0 <= 57 || $0 >= 65 && $0 <= 90 || $0 >= 97 && $0 <= 122 || "._-".utf8.contains($0)
    }
    return "'" + Printable.excerpt(key, length: isWord ? 60 : Printable.excerptLength) + "'"
  }

  /// Puts a value behind a key, replacing what was there; does nothing to what is not a mapping.
  public mutating func set(_ key: String, to value: DocumentNode) {
    guard case .mapping(var entries) = content else { return }
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index].value = value
    } else {
      entries.append(Entry(key: key, keyPosition: value.position, value: value))
    }
    content = .mapping(entries)
  }

  /// Takes a key away, with its value.
  public mutating func remove(_ key: String) {
    guard case .mapping(var entries) = content else { return }
    entries.removeAll { $0.key == key }
    content = .mapping(entries)
  }
}
