import Glibc

/// The lines of a text file, one at a time, without copying them.
///
/// Ends of line may be LF or CR LF, the last may be missing, a UTF-8 byte order mark is dropped. A NUL byte or a
/// line over the limit is an error with its line number.
final class LineReader {
  /// No table here comes near it: 1 MiB.
  static let longestLine = 1 << 20

  let path: String
  /// What the file should be, for messages: `a trace`.
  private let expected: String
  /// The number of the line last returned, from 1.
  private(set) var line = 0
  private let source: ByteSource
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity = 2 * ByteSource.chunkSize
  private var start = 0
  private var end = 0
  private var atEnd = false

  init(_ path: String, expecting expected: String) throws(WorkloadError) {
    self.path = path
    self.expected = expected
    source = try ByteSource(path)
    buffer = .allocate(capacity: capacity)
  }

  deinit { buffer.deallocate() }

  /// The next line without its end; nil after the last. Valid until the next call.
  func next() throws(WorkloadError) -> UnsafeBufferPointer<UInt8>? {
    line += 1
    var searched = start
    while true {
      if let found = memchr(buffer + searched, 0x0a, end - searched) {
        let position = found.assumingMemoryBound(to: UInt8.self) - buffer
        defer { start = position + 1 }
        return try finish(start..<position)
      }
      searched = end
      if end - start > Self.longestLine { throw tooLong() }
      if atEnd {
        if start == end {
          line -= 1
          return nil
        }
        defer { start = end }
        return try finish(start..<end)
      }
      searched -= start
      try fill()
      searched += start
    }
  }

  private func finish(_ range: Range<Int>) throws(WorkloadError) -> UnsafeBufferPointer<UInt8> {
    var low = range.lowerBound
    var high = range.upperBound
    if high > low, buffer[high - 1] == 0x0d { high -= 1 }
    if line == 1, high - low >= 3, buffer[low] == 0xef, buffer[low + 1] == 0xbb, buffer[low + 2] == 0xbf { low += 3 }
    if high - low > Self.longestLine { throw tooLong() }
    if let found = memchr(buffer + low, 0, high - low) {
      let column = found.assumingMemoryBound(to: UInt8.self) - (buffer + low) + 1
      throw WorkloadError(
        .badContents, file: path, line: line, "a NUL byte at column \(column); \(expected) is plain UTF-8 text or gzip")
    }
    return UnsafeBufferPointer(start: buffer + low, count: high - low)
  }

  private func tooLong() -> WorkloadError {
    WorkloadError(
      .badContents, file: path, line: line, "the line is longer than \(Self.longestLine) bytes; is this \(expected)?")
  }

  private func fill() throws(WorkloadError) {
    if start > 0 {
      memmove(buffer, buffer + start, end - start)
      end -= start
      start = 0
    }
    if capacity - end < ByteSource.chunkSize {
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
      larger.update(from: buffer, count: end)
      buffer.deallocate()
      buffer = larger
      capacity *= 2
    }
    let count = try source.read(into: buffer + end, capacity: capacity - end, line: line)
    if count == 0 { atEnd = true }
    end += count
  }
}
