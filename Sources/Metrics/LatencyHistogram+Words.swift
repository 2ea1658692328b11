extension LatencyHistogram {
  /// The whole content as 64-bit words, for storage; `init(words:)` reads it back.
  ///
  /// Layout: count, sum (high, low), sum of squares (four words, high first), least, greatest, then a pair (bucket,
  /// count) for each occupied bucket in order of value.
  public var words: [Int64] {
    func halves(_ value: UInt128) -> [Int64] {
      [Int64(truncatingIfNeeded: value >> 64), Int64(truncatingIfNeeded: value)]
    }
    var words = [count] + halves(UInt128(bitPattern: sum))
    words += halves(sumOfSquares.high) + halves(sumOfSquares.low) + [least, greatest]
    for (bucket, held) in occupied { words += [Int64(bucket), held] }
    return words
  }

  /// Reads back what `words` gave; nil when the words are not such a content.
  public init?(words: [Int64]) {
    guard words.count >= 9, words.count % 2 == 1 else { return nil }
    func joined(_ index: Int) -> UInt128 {
      UInt128(UInt64(bitPattern: words[index])) << 64 | UInt128(UInt64(bitPattern: words[index + 1]))
    }
    self.init()
    var held: Int64 = 0
    var previous = -1
    for index in stride(from: 9, to: words.count, by: 2) {
      let bucket = words[index]
      let (total, overflow) = held.addingReportingOverflow(words[index + 1])
      let inRange = bucket > Int64(previous) && bucket <= Int64(Self.bucket(of: .max))
      guard inRange, words[index + 1] > 0, !overflow else { return nil }
      addToBucket(Int(bucket), words[index + 1])
      previous = Int(bucket)
      held = total
    }
    guard held == words[0] else { return nil }
    count = words[0]
    sum = Int128(bitPattern: joined(1))
    sumOfSquares = WideUnsigned(high: joined(3), low: joined(5))
    least = words[7]
    greatest = words[8]
  }
}
