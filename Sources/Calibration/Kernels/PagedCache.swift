import CUDA

/// A cache of keys and values in pages of 16 tokens, and the pages in random order, as they lie after a while of
/// serving.
struct PagedCache {
  let keys: DeviceMemory
  let values: DeviceMemory
  /// Numbers of pages in random order.
  let table: DeviceMemory
  let pages: Int

  /// - Parameters:
  ///   - purpose: what its memory is kept for.
  ///   - bytes: of the keys, and again of the values.
  ///   - order: of the pages; random when `nil`.
  init(
    _ shared: KernelBench, _ purpose: String, bytes: Int, keyValueHeads: Int, order: [Int32]? = nil
  ) throws {
    let pages = bytes / (AttentionWork.page * keyValueHeads * AttentionWork.width * 2)
    keys = try shared.random("keys \(purpose)", bytes: bytes)
    values = try shared.random("values \(purpose)", bytes: bytes)
    table = try shared.memory("table \(purpose)", bytes: pages * 4)
    self.pages = pages
    var numbers = order ?? Array(0..<Int32(pages))
    if order == nil {
      var generator = Shuffling(state: 20)
      numbers.shuffle(using: &generator)
    }
    try shared.upload(numbers, to: table)
  }

  /// Where sequence number `index` of a walk through the cache begins, so that repetitions read other pages.
  func place(_ index: Int, pages needed: Int) -> UInt64 {
    table.address + UInt64(4 * (index * needed % max(1, pages - needed + 1)))
  }
}

/// The same order every time: splitmix64 (Steele, Lea and Flood, 2014).
struct Shuffling: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
