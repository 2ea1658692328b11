import Foundation

/// A file without a name, in the folder of an output: what is kept there is gone with its last holder.
final class ScratchFile: Sendable {
  private let descriptor: Int32
  /// The output, for what errors say.
  private let path: String

  /// - Throws: `OutputError`.
  init(beside path: String) throws(OutputError) {
    self.path = path
    var template = Array((path + ".rows-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    if descriptor < 0 { throw OutputError(path: path, errno: errno) }
    unlink(template)
  }

  deinit { close(descriptor) }

  /// Adds bytes at the end.
  ///
  /// - Throws: `OutputError`.
  func append(_ bytes: [UInt8]) throws(OutputError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: path, errno: errno)
      }
      written += count
    }
  }

  /// Up to so many bytes from an offset on; none only at the end.
  ///
  /// - Throws: `OutputError`.
  func read(_ count: Int, at offset: Int64) throws(OutputError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var got = 0
    while got < count {
      let more = bytes[got...].withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress!, $0.count, off_t(offset) + off_t(got))
      }
      if more < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: path, errno: errno)
      }
      if more == 0 { break }
      got += more
    }
    return Array(bytes[..<got])
  }
}
