#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that cannot be read at all, as opposed to one whose content is wrong.
public struct UnreadableFile: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  /// The operating system's reason.
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): error: cannot be read: \(reason)" }
}

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
    if path != standardInput { return Document(bytes: try readBytes(path: path), name: path, into: diagnostics) }
    // A descriptor of its own, so that closing the file leaves standard input open.
    guard let file = fdopen(dup(STDIN_FILENO), "rb") else {
      throw UnreadableFile(path: "stdin", reason: String(cString: strerror(errno)))
    }
    return Document(bytes: try readBytes(of: file, path: "stdin"), name: "stdin", into: diagnostics)
  }

  /// The largest file that is read, bytes.
  public static let byteLimit = TextCheck.byteLimit

  private static func open(_ path: String) throws(UnreadableFile) -> UnsafeMutablePointer<FILE> {
    func reason() -> String { String(cString: strerror(errno)) }
    var status = stat()
    guard stat(path, &status) == 0 else { throw UnreadableFile(path: path, reason: reason()) }
    if status.st_mode & S_IFMT == S_IFDIR { throw UnreadableFile(path: path, reason: "it is a folder") }
    guard let file = fopen(path, "rb") else { throw UnreadableFile(path: path, reason: reason()) }
    return file
  }

  /// Checks that a file is there and may be read, without reading it.
  public static func checkReadable(path: String) throws(UnreadableFile) { fclose(try open(path)) }

  /// The bytes of a file, cut off where it is larger than any document accepted.
  public static func readBytes(path: String) throws(UnreadableFile) -> [UInt8] {
    try readBytes(of: try open(path), path: path)
  }

  private static func readBytes(of file: UnsafeMutablePointer<FILE>, path: String) throws(UnreadableFile) -> [UInt8] {
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= TextCheck.byteLimit {
      let count = fread(&chunk, 1, chunk.count, file)
      bytes.append(contentsOf: chunk[..<count])
      if count < chunk.count {
        if ferror(file) != 0 { throw UnreadableFile(path: path, reason: String(cString: strerror(errno))) }
        break
      }
    }
    return bytes
  }

  /// Reads a document from text.
  public init?(text: String, name: String, into diagnostics: Diagnostics) {
    self.init(bytes: Array(text.utf8), name: name, into: diagnostics)
  }

  /// Reads a document from bytes, which must be UTF-8.
  ///
  /// - Returns: `nil` after reporting why the bytes are not a document.
  public init?(bytes: [UInt8], name: String, into diagnostics: Diagnostics) {
    guard let text = TextCheck.text(of: bytes, name: name, diagnostics: diagnostics) else { return nil }
    if let problem = StructureCheck(text).problem {
      diagnostics.error(at: .file(name, line: problem.line, column: problem.column), problem.message)
      return nil
    }
    guard let root = Composer.compose(text, name: name, diagnostics: diagnostics) else { return nil }
    if case .nothing = root.content {
      diagnostics.error(at: .file(name, line: 1, column: 1), "the file is empty")
      return nil
    }
    self.init(name: name, text: text, root: root)
  }
}
