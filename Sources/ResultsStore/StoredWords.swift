import Foundation

/// Whole numbers as little-endian 64-bit words in a BLOB.
enum StoredWords {
  static func data(_ words: [Int64]) -> Data {
    var data = Data(capacity: 8 * words.count)
    for word in words { withUnsafeBytes(of: word.littleEndian) { data.append(contentsOf: $0) } }
    return data
  }

  /// - Returns: nil when the length is no whole number of words.
  static func words(_ data: Data) -> [Int64]? {
    guard data.count % 8 == 0 else { return nil }
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
    }
  }
}
