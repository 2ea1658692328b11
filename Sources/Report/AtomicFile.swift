import Foundation

/// An output that could not be written.
public struct OutputError: Error, Sendable, Hashable, CustomStringConvertible {
  public var path: String
  /// What the system said.
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  init(path: String, errno code: Int32) { self.init(path: path, reason: String(cString: strerror(code))) }

  public var description: String { "\(path): cannot be written: \(reason)" }
}

/// A file that appears whole or not at all: written beside its place, and moved there when finished.
///
/// A path that exists and is no regular file (a pipe, `/dev/stdout`) is written directly. Dropping the file without
/// `finish()` removes what was written.
public final class AtomicFile {
  private let path: String
  /// Where the bytes go until the end; nil when written directly.
  private let temporaryPath: String?
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 16

  /// - Throws: `OutputError`.
  public init(path: String) throws(OutputError) {
    self.path = path
    var information = stat()
    if stat(path, &information) == 0, information.st_mode & S_IFMT != S_IFREG {
      if information.st_mode & S_IFMT == S_IFDIR { throw OutputError(path: path, errno: EISDIR) }
      temporaryPath = nil
      descriptor = open(path, O_WRONLY)
      if descriptor < 0 { throw OutputError(path: path, errno: errno) }
    } else {
      var template = Array((path + ".part-XXXXXX").utf8CString)
      descriptor = mkstemp(&template)
      let code = errno
      temporaryPath = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if descriptor < 0 { throw OutputError(path: path, errno: code) }
      // mkstemp makes files for the owner alone; give this one what any new file would get.
      let mask = umask(0)
      umask(mask)
      fchmod(descriptor, 0o666 & ~mask)
    }
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if descriptor != Self.moved, let temporaryPath { unlink(temporaryPath) }
  }

  /// The descriptor once the file is in its place.
  private static let moved: Int32 = -2

  /// - Throws: `OutputError`.
  public func write(_ text: String) throws(OutputError) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// - Throws: `OutputError`.
  public func write(_ bytes: [UInt8]) throws(OutputError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Hands everything written so far to the system, so that a disk that is full is found out.
  ///
  /// - Throws: `OutputError`.
  public func flush() throws(OutputError) {
    var written = 0
    while written < buffer.count {
      let count = buffer[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: path, errno: errno)
      }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left and puts the file in its place.
  ///
  /// - Throws: `OutputError`; the place is then as it was.
  public func finish() throws(OutputError) {
    try flush()
    let closed = close(descriptor)
    descriptor = -1
    if closed != 0 { throw OutputError(path: path, errno: errno) }
    if let temporaryPath {
      if rename(temporaryPath, path) != 0 { throw OutputError(path: path, errno: errno) }
      descriptor = Self.moved
    }
  }

  /// Writes a whole text in one go.
  ///
  /// - Throws: `OutputError`.
  public static func write(_ text: String, to path: String) throws(OutputError) {
    let file = try AtomicFile(path: path)
    try file.write(text)
    try file.finish()
  }
}
