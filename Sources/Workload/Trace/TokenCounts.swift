/// How often each number of tokens occurred: exact quantiles without keeping the rows.
struct TokenCounts {
  /// Counts of 0, 1, 2, …; above its end, values are kept one by one.
  private var counts: [Int32] = []
  private var larger: [Int32] = []
  private(set) var total = 0
  private var sum = 0.0
  private static let countedBelow = 1 << 20

  mutating func add(_ tokens: Int32) {
    total += 1
    sum += Double(tokens)
    if tokens < Self.countedBelow {
      if Int(tokens) >= counts.count {
        let size = min(Self.countedBelow, max(1024, Int(tokens) * 2))
        counts.append(contentsOf: repeatElement(0, count: size - counts.count))
      }
      counts[Int(tokens)] += 1
    } else {
      larger.append(tokens)
    }
  }

  var mean: Double { total == 0 ? 0 : sum / Double(total) }

  /// The smallest value that at least a share `p` of all values doesn't exceed.
  func quantiles(_ shares: [Double]) -> [Int32] {
    if total == 0 { return shares.map { _ in 0 } }
    let rest = larger.sorted()
    return shares.map { p in
      let rank = max(1, Int((p * Double(total)).rounded(.up)))
      var seen = 0
      for (tokens, count) in counts.enumerated() {
        seen += Int(count)
        if seen >= rank { return Int32(tokens) }
      }
      return rest[min(rest.count - 1, rank - seen - 1)]
    }
  }
}
