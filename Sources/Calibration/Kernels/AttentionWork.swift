import Glibc

/// What attention kernels must read and compute, and how the decode kernel divides it.
public enum AttentionWork {
  /// Numbers of one head.
  public static let width = 128
  /// Tokens of a page of the cache.
  public static let page = 16

  /// Bytes that a decode step of one layer reads at least: every key and value once, in bf16.
  public static func decodeBytes(_ counts: HeadCounts, sequences: Int, context: Int) -> Double {
    Double(sequences) * Double(context) * Double(counts.keyValueHeads * width * 2 * 2)
  }

  /// Floating-point operations of causal attention of `chunk` new tokens over `context` cached ones in one layer: two
  /// products over every pair of a token and one not after it.
  public static func prefillOperations(_ counts: HeadCounts, chunk: Int, context: Int) -> Double {
    let pairs = Double(chunk) * Double(context) + Double(chunk) * Double(chunk + 1) / 2
    return 4 * Double(counts.heads * width) * pairs
  }

  /// Into how many stretches of how many pages each sequence's context is divided, so that the blocks fill the GPU:
  /// the division of least waves times pages, with a fixed cost for every stretch.
  ///
  /// - Parameters:
  ///   - blocksPerSplit: blocks that one stretch of every sequence makes.
  ///   - slots: blocks that the GPU runs at once.
  static func split(pages: Int, blocksPerSplit: Int, slots: Int) -> (splits: Int, pagesPerSplit: Int) {
    // A stretch costs about as much as eight pages to start, finish and merge: a guess that only steers the choice.
    let overhead = 8
    var best = (cost: Int.max, splits: 1, pagesPerSplit: max(pages, 1))
    for wanted in 1...64 where wanted == 1 || pages >= 4 * wanted {
      let pagesPerSplit = (pages + wanted - 1) / wanted
      let splits = (pages + pagesPerSplit - 1) / pagesPerSplit
      let waves = (blocksPerSplit * splits + slots - 1) / slots
      let cost = waves * (pagesPerSplit + overhead) + (splits > 1 ? overhead : 0)
      if cost < best.cost { best = (cost, splits, pagesPerSplit) }
    }
    return (best.splits, best.pagesPerSplit)
  }
}

/// Attention computed plainly, to hold the kernels' results against.
enum AttentionReference {
  /// The number that a bf16 pattern stands for.
  static func number(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// Attention of one query over the first `count` tokens of a paged cache.
  ///
  /// - Parameters:
  ///   - query: 128 bf16 numbers.
  ///   - keys: the cache's keys, laid out page, token, head, width; `values` likewise.
  ///   - pages: the sequence's pages.
  static func attention(
    query: ArraySlice<UInt16>, keys: [UInt16], values: [UInt16], pages: ArraySlice<Int32>, count: Int, head: Int,
    keyValueHeads: Int
  ) -> [Double] {
    let width = AttentionWork.width
    func start(_ token: Int) -> Int {
      let page = Int(pages[pages.startIndex + token / AttentionWork.page])
      return ((page * AttentionWork.page + token % AttentionWork.page) * keyValueHeads + head) * width
    }
    var scores = [Double](repeating: 0, count: count)
    for token in 0..<count {
      let at = start(token)
      var sum = 0.0
      for i in 0..<width { sum += Double(number(query[query.startIndex + i])) * Double(number(keys[at + i])) }
      scores[token] = sum / Double(width).squareRoot()
    }
    let most = scores.max() ?? 0
    var result = [Double](repeating: 0, count: width)
    var total = 0.0
    for token in 0..<count {
      let weight = exp(scores[token] - most)
      total += weight
      let at = start(token)
      for i in 0..<width { result[i] += weight * Double(number(values[at + i])) }
    }
    return result.map { $0 / total }
  }

  /// The root of the summed squares of the differences over that of the reference; not a number when a result is not.
  static func relativeError(_ results: [Float], _ reference: [Double]) -> Double {
    var difference = 0.0
    var size = 0.0
    for (result, wanted) in zip(results, reference) {
      difference += (Double(result) - wanted) * (Double(result) - wanted)
      size += wanted * wanted
    }
    return (difference / size).squareRoot()
  }
}
