import CZlib
import Glibc
import TextIO

/// The bytes of a file, uncompressed if it is gzip, in chunks of 64 KiB.
///
/// Which it is shows in the first two bytes, not in the name. Several gzip members in a row read as one file.
final class ByteSource {
  static let chunkSize = 65_536

  let path: String
  private let descriptor: Int32
  private let compressed: UnsafeMutablePointer<UInt8>
  private var inflater: UnsafeMutablePointer<z_stream>?
  private var pending: Range<Int> = 0..<0
  private var atEnd = false
  private var memberEnded = false

  init(_ path: String) throws(WorkloadError) {
    self.path = path
    do throws(UnreadableFile) {
      descriptor = try ReadableFile.open(path)
    } catch {
      throw WorkloadError(error)
    }
    compressed = .allocate(capacity: Self.chunkSize)
    try fill()
    if pending.count < 2 { try fill(keeping: true) }
    if pending.count >= 2, compressed[0] == 0x1f, compressed[1] == 0x8b {
      let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
      stream.initialize(to: z_stream())
      // 15 + 16: the largest window, gzip headers only.
      guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        stream.deallocate()
        throw WorkloadError(.unreadableFile, file: path, "not enough memory to uncompress it")
      }
      inflater = stream
    }
  }

  deinit {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
    compressed.deallocate()
    if let inflater {
      inflateEnd(inflater)
      inflater.deallocate()
    }
  }

  /// Puts up to `capacity` bytes at `target`; 0 at the end of the file.
  ///
  /// - Parameter line: the number of the line being read, for messages.
  func read(into target: UnsafeMutablePointer<UInt8>, capacity: Int, line: Int) throws(WorkloadError) -> Int {
    guard let inflater else {
      if pending.isEmpty { try fill() }
      let count = min(capacity, pending.count)
      target.update(from: compressed + pending.lowerBound, count: count)
      pending = pending.lowerBound + count..<pending.upperBound
      return count
    }
    while true {
      if pending.isEmpty && !atEnd { try fill() }
      if memberEnded {
        if pending.isEmpty { return 0 }
        inflateReset(inflater)
        memberEnded = false
      }
      inflater.pointee.next_in = compressed + pending.lowerBound
      inflater.pointee.avail_in = UInt32(pending.count)
      inflater.pointee.next_out = target
      inflater.pointee.avail_out = UInt32(capacity)
      let result = inflate(inflater, Z_NO_FLUSH)
      pending = pending.upperBound - Int(inflater.pointee.avail_in)..<pending.upperBound
      let produced = capacity - Int(inflater.pointee.avail_out)
      switch result {
      case Z_STREAM_END: memberEnded = true
      case Z_OK: break
      case Z_BUF_ERROR:
        if produced == 0 && pending.isEmpty && atEnd {
          throw WorkloadError(
            .badContents, file: path, line: line, "the gzip file is cut off in this line (of its uncompressed text)")
        }
      default:
        let reason = inflater.pointee.msg.map { String(cString: $0) } ?? "zlib error \(result)"
        throw WorkloadError(
          .badContents, file: path, line: line,
          "the gzip data is damaged at or after this line (of its uncompressed text): \(reason)")
      }
      if produced > 0 { return produced }
    }
  }

  private func fill(keeping: Bool = false) throws(WorkloadError) {
    let kept = keeping ? pending.count : 0
    while true {
      let count = Glibc.read(descriptor, compressed + kept, Self.chunkSize - kept)
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.unreadable(path, errno)
      }
      atEnd = count == 0
      pending = 0..<kept + count
      return
    }
  }

  private static func unreadable(_ path: String, _ code: Int32) -> WorkloadError {
    WorkloadError(UnreadableFile(path: path, reason: String(cString: strerror(code))))
  }
}
