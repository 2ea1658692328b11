/// Splits a line of comma-separated values into fields, without copying.
struct CSVFields {
  private var ranges: ContiguousArray<Range<Int>> = []
  private(set) var count = 0

  /// - Returns: what is wrong with the line; nil when it has been split.
  mutating func split(_ line: UnsafeBufferPointer<UInt8>) -> String? {
    count = 0
    var index = 0
    while true {
      if index < line.count, line[index] == 0x22 {
        let first = index + 1
        index = first
        while true {
          guard index < line.count else { return "the quoted field \(count + 1) isn't closed in this line" }
          if line[index] == 0x22 {
            if index + 1 < line.count, line[index + 1] == 0x22 { index += 2; continue }
            break
          }
          index += 1
        }
        append(first..<index)
        index += 1
        guard index == line.count || line[index] == 0x2c else {
          return "field \(count) goes on after its closing quote"
        }
      } else {
        let first = index
        while index < line.count, line[index] != 0x2c { index += 1 }
        append(first..<index)
      }
      if index == line.count { return nil }
      index += 1
    }
  }

  private mutating func append(_ range: Range<Int>) {
    if count == ranges.count { ranges.append(range) } else { ranges[count] = range }
    count += 1
  }

  /// A field of the line last split, quotes and spaces around it removed.
  func field(_ index: Int, of line: UnsafeBufferPointer<UInt8>) -> FieldText { FieldText(line, ranges[index]).trimmed }
}
