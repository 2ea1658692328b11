import TextIO

/// A YAML document read as text and places, ready to be checked against a `Section`.
///
/// Only the part of YAML whose meaning is plain is accepted: one document of mappings with plain keys, lists and
/// scalars; anchors, aliases and merge keys, but no cycles; no explicit tags.
public struct Document: Sendable {
  /// The name for diagnostics: the path as the person typed it.
  public let name: String
  /// The text as it was read.
  public let text: String
  public var root: DocumentNode

  init(name: String, text: String, root: DocumentNode) {
    self.name = name
    self.text = text
    self.root = root
  }

  /// The path that stands for standard input.
  public static let standardInput = "-"

  /// Reads a file; the path `-` is standard input, called `stdin` in messages.
  ///
  /// - Returns: `nil` when the content is not a document; `diagnostics` then say why.
  /// - Throws: `UnreadableFile` when there is no such file, or no permission.
  public static func read(path: String, into diagnostics: Diagnostics) throws(UnreadableFile) -> Document? {
    // A larger file is read no further than shows that it is; the check of the text says so.
    let bytes =
      try path == standardInput
      ? ReadableFile.standardInput(upTo: byteLimit) : ReadableFile.bytes(path, upTo: byteLimit)
    return Document(bytes: bytes, name: path == standardInput ? "stdin" : path, into: diagnostics)
  }

  /// The largest file that is read, bytes.
  public static let byteLimit = TextCheck.byteLimit

  /// Reads a document from text.
  public init?(text: String, name: String, into diagnostics: Diagnostics) {
    self.init(bytes: Array(text.utf8), name: name, into: diagnostics)
  }

  /// Reads a document from bytes, which must be UTF-8.
  ///
  /// - Returns: `nil` after reporting why the bytes are not a document.
  public init?(bytes: [UInt8], name: String, into diagnostics: Diagnostics) {
    guard let text = TextCheck.text(of: bytes, name: name, diagnostics: diagnostics) else { return nil }
    guard let root = Composer.compose(text, name: name, diagnostics: diagnostics) else { return nil }
    if case .nothing = root.content {
      diagnostics.error(at: .file(name, line: 1, column: 1), "the file is empty")
      return nil
    }
    self.init(name: name, text: text, root: root)
  }
}
