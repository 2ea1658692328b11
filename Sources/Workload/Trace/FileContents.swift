/// A file as a whole, uncompressed if it is gzip.
public enum FileContents {
  /// The most that is read, uncompressed: 1 GiB.
  public static let byteLimit = 1 << 30

  /// - Throws: when the file cannot be read, is damaged or cut off, or is larger than `byteLimit`.
  public static func bytes(path: String) throws(WorkloadError) -> [UInt8] {
    let source = try ByteSource(path)
    var bytes: [UInt8] = []
    let chunk = UnsafeMutablePointer<UInt8>.allocate(capacity: ByteSource.chunkSize)
    defer { chunk.deallocate() }
    while true {
      let count = try source.read(into: chunk, capacity: ByteSource.chunkSize, line: 1)
      if count == 0 { return bytes }
      bytes.append(contentsOf: UnsafeBufferPointer(start: chunk, count: count))
      if bytes.count > byteLimit {
        throw WorkloadError(.badContents, file: path, "the file is larger than \(byteLimit) bytes")
      }
    }
  }
}

/// A table of comma-separated values with a header, plain or gzip, held in memory.
public struct CSVTable: Sendable {
  public let path: String
  public let columns: [String]
  /// Where each column stands, counted from 0; of columns of one name the last.
  public let positions: [String: Int]
  /// The first name that two columns have; `nil` when all differ.
  public private(set) var repeatedColumn: String?
  /// As many fields as there are columns, with the line of the (uncompressed) file they stand in.
  public private(set) var rows: [(line: Int, fields: [String])] = []

  /// - Throws: when the file cannot be read or is damaged, is empty, or has a row with more or fewer fields than the
  ///   header; with the line.
  public init(path: String) throws(WorkloadError) {
    self.path = path
    let reader = try LineReader(path, expecting: "a table")
    var fields = CSVFields()
    func split(_ line: UnsafeBufferPointer<UInt8>) throws(WorkloadError) -> [String] {
      if let problem = fields.split(line) {
        throw WorkloadError(.badContents, file: path, line: reader.line, problem)
      }
      return (0..<fields.count).map { fields.field($0, of: line).string }
    }
    guard let header = try reader.next() else {
      throw WorkloadError(.badContents, file: path, line: 1, "the file is empty; a header with column names is needed")
    }
    columns = try split(header)
    var positions: [String: Int] = [:]
    for (index, name) in columns.enumerated() where positions.updateValue(index, forKey: name) != nil {
      repeatedColumn = repeatedColumn ?? name
    }
    self.positions = positions
    while let line = try reader.next() {
      if line.isEmpty { continue }
      let row = try split(line)
      guard row.count == columns.count else {
        throw WorkloadError(
          .badContents, file: path, line: reader.line,
          "the row has \(row.count) fields, the header has \(columns.count)")
      }
      rows.append((reader.line, row))
    }
  }
}
