import CZlib

/// Compresses bytes into one gzip member. Equal bytes give equal bytes: no name and no time is written into it.
public final class Gzip {
  /// At a fixed address: zlib's state points back at it.
  private let stream: UnsafeMutablePointer<z_stream>
  private static let chunk = 1 << 16
  /// 15, the largest window, + 16: a gzip header.
  private static let windowBits: Int32 = 31

  public init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, Self.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib gives no memory, or is another version than it was built for")
  }

  deinit {
    deflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// Compresses some more.
  ///
  /// - Parameter isLast: whether nothing comes after it.
  /// - Returns: what is ready so far.
  public func compress(_ bytes: [UInt8], isLast: Bool = false) -> [UInt8] {
    var input = bytes
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    input.withUnsafeMutableBufferPointer { source in
      stream.pointee.next_in = source.baseAddress
      stream.pointee.avail_in = UInt32(source.count)
      repeat {
        buffer.withUnsafeMutableBufferPointer { target in
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(target.count)
          let status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
          precondition(status != Z_STREAM_ERROR, "zlib's state is damaged")
        }
        output.append(contentsOf: buffer[..<(Self.chunk - Int(stream.pointee.avail_out))])
      } while stream.pointee.avail_out == 0
    }
    return output
  }

  /// A whole file of these bytes.
  public static func file(_ bytes: [UInt8]) -> [UInt8] { Gzip().compress(bytes, isLast: true) }
}
