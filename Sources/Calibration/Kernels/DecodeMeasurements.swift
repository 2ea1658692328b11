import CUDA

/// Decode attention of one layer and one step.
final class DecodeMeasurements {
  private let shared: KernelBench
  /// Bytes per second of the points that read well beyond the cache.
  private var rates: [Double] = []

  private static let sharedBytes = 4 * 3 * 2 * AttentionWork.page * AttentionWork.width * 2
  private static let mostPartials = 256 << 20

  init(_ shared: KernelBench) { self.shared = shared }

  /// What the kernel achieved, once it was measured.
  var achieved: String? {
    if rates.isEmpty { return nil }
    return "decode attention: own kernel over a paged cache, results checked; steps that read 256 MB and more: "
      + AttentionWork.achieved(rates, unit: 1e-12) + " TB/s"
  }

  /// A batch of sequences with what the kernels read and write.
  private struct Batch {
    let heads: HeadCounts
    let sequences: Int
    /// Pages that each sequence has room for in the table.
    let pages: Int
    let contexts: DeviceMemory
    let queries: DeviceMemory
    let output: DeviceMemory
    let partial: DeviceMemory
    let attention: KernelFunction
    let merge: KernelFunction

    /// Blocks of one stretch of every sequence.
    var blocks: Int { heads.keyValueHeads * tiles * sequences }
    private var tiles: Int { (heads.heads / heads.keyValueHeads + 15) / 16 }

    func queue(
      _ cache: PagedCache, from table: UInt64, splits: Int, pagesPerSplit: Int, on stream: Stream
    ) throws(CUDAError) {
      try stream.launch(
        attention, grid: Extent(splits, heads.keyValueHeads * tiles, sequences), block: 128,
        sharedBytes: DecodeMeasurements.sharedBytes,
        [
          .memory(queries), .memory(cache.keys), .memory(cache.values), .address(table), .memory(contexts),
          .memory(output), .memory(partial), .int(heads.heads), .int(heads.keyValueHeads), .int(pages),
          .int(pagesPerSplit), .float(AttentionWork.scale),
        ])
      if splits > 1 {
        try stream.launch(
          merge, grid: Extent(sequences * heads.heads), block: 128,
          [.memory(partial), .memory(output), .int(splits)])
      }
    }
  }

  private func batch(_ purpose: String, _ heads: HeadCounts, contexts: [Int], partialBytes: Int) throws -> Batch {
    let numbers = contexts.count * heads.heads * AttentionWork.width
    let lengths = try shared.memory("contexts \(purpose)", bytes: contexts.count * 4)
    try shared.upload(contexts.map(Int32.init), to: lengths)
    return Batch(
      heads: heads, sequences: contexts.count,
      pages: ((contexts.max() ?? 1) + AttentionWork.page - 1) / AttentionWork.page, contexts: lengths,
      queries: try shared.random("queries \(purpose)", bytes: numbers * 2),
      output: try shared.memory("output \(purpose)", bytes: numbers * 2),
      partial: try shared.memory("partial \(purpose)", bytes: partialBytes),
      attention: try shared.kernel("decode_attention", of: .decode, sharedBytes: Self.sharedBytes),
      merge: try shared.kernel("merge_splits", of: .decode))
  }

  func measure(_ heads: HeadCounts, _ cache: PagedCache, into findings: Findings) throws {
    try check(heads)
    let plan = shared.plan
    let stream = try shared.stream()
    for sequences in plan.sequences {
      var cells: [String] = []
      for context in plan.contexts {
        guard sequences * ((context + AttentionWork.page - 1) / AttentionWork.page) <= cache.pages else {
          cells.append("")
          continue
        }
        let batch = try batch(
          "cached", heads, contexts: [Int](repeating: context, count: sequences), partialBytes: Self.mostPartials)
        let (splits, pagesPerSplit) = try division(of: batch)
        let bytes = AttentionWork.decodeBytes(heads, sequences: sequences, context: context)
        let atLeast = min(Int(Double(3 * shared.device.l2Bytes) / bytes) + 1, 512)
        let seconds = try shared.burst().time(atLeast: atLeast, resting: 0.25) { (index: Int) throws(CUDAError) in
          try batch.queue(
            cache, from: cache.place(index, pages: sequences * batch.pages), splits: splits,
            pagesPerSplit: pagesPerSplit, on: stream)
        }.median
        cells.append(ProfileNumber.text(seconds * 1e6, digits: 4))
        if bytes >= 256e6 && seconds > 0 { rates.append(bytes / seconds) }
      }
      if cells.allSatisfy(\.isEmpty) { continue }
      findings.add(
        "decode", header: ["bfloat16", "heads", "kv_heads", "sequences"] + plan.contexts.map(String.init),
        row: ["\(heads.heads)", "\(heads.keyValueHeads)", "\(sequences)"] + cells)
    }
  }

  private func division(of batch: Batch) throws(CUDAError) -> (splits: Int, pagesPerSplit: Int) {
    let slots = try batch.attention.blocksPerMultiprocessor(threads: 128, sharedBytes: Self.sharedBytes)
    let division = AttentionWork.split(
      pages: batch.pages, blocksPerSplit: batch.blocks, slots: max(slots * shared.device.multiprocessors, 1))
    let bytes = batch.sequences * batch.heads.heads * division.splits * (AttentionWork.width + 2) * 4
    return bytes > Self.mostPartials ? (1, batch.pages) : division
  }

  private var checked: Set<HeadCounts> = []

  /// Holds the kernel against plain arithmetic: uneven contexts, one division of the context and several.
  private func check(_ heads: HeadCounts) throws {
    if checked.contains(heads) { return }
    let contexts = [301, 1, 64]
    let pool = 64
    let width = AttentionWork.width
    let bytes = pool * AttentionWork.page * heads.keyValueHeads * width * 2
    let order = (0..<Int32(pool)).map { ($0 &* 37) % Int32(pool) }
    let cache = try PagedCache(shared, "to check", bytes: bytes, keyValueHeads: heads.keyValueHeads, order: order)
    let batch = try batch(
      "to check", heads, contexts: contexts, partialBytes: contexts.count * heads.heads * 19 * (width + 2) * 4)
    let keys = try shared.download(UInt16.self, count: bytes / 2, from: cache.keys)
    let values = try shared.download(UInt16.self, count: bytes / 2, from: cache.values)
    let numbers = contexts.count * heads.heads * width
    let queries = try shared.download(UInt16.self, count: numbers, from: batch.queries)
    // The first and the last query head of each key-value head stand for all.
    let group = heads.heads / heads.keyValueHeads
    let looked = (0..<heads.heads).filter { $0 % group == 0 || $0 % group == group - 1 }
    var reference: [Double] = []
    for (sequence, count) in contexts.enumerated() {
      for head in looked {
        let at = (sequence * heads.heads + head) * width
        reference += AttentionReference.attention(
          query: queries[at..<at + width], keys: keys, values: values,
          pages: order[(sequence * batch.pages)..<(sequence + 1) * batch.pages], count: count, head: head / group,
          keyValueHeads: heads.keyValueHeads)
      }
    }
    let stream = try shared.stream()
    for pagesPerSplit in [batch.pages, 5] {
      try stream.fill(batch.output, word: 0x7fff_7fff)
      try batch.queue(
        cache, from: cache.table.address, splits: (batch.pages + pagesPerSplit - 1) / pagesPerSplit,
        pagesPerSplit: pagesPerSplit, on: stream)
      let results = try shared.download(UInt16.self, count: numbers, from: batch.output)
        .map(AttentionReference.number)
      let picked = contexts.indices.flatMap { sequence in
        looked.flatMap { results[((sequence * heads.heads + $0) * width)...].prefix(width) }
      }
      try WrongResult.check(
        "decode attention of \(heads.heads) and \(heads.keyValueHeads) heads",
        AttentionReference.relativeError(picked, reference))
    }
    checked.insert(heads)
  }
}
