import CUDA

/// Decode and prefill attention with kernels of our own over a paged cache.
final class AttentionMeasurements {
  private let shared: KernelBench
  /// Achieved bytes per second of decode points that read well beyond the cache, and operations per second of prompts of
  /// 4096 tokens and more.
  private var achievedBandwidth: [Double] = []
  private var achievedRate: [Double] = []
  private var checkedHeads: Set<HeadCounts> = []

  static let decodeShared = 4 * 3 * 2 * AttentionWork.page * AttentionWork.width * 2
  private static let mostPartials = 256 << 20
  /// Softmax in base two, scaled by the root of the width.
  private static let scale = Float(1.4426950408889634 / Double(AttentionWork.width).squareRoot())

  init(_ shared: KernelBench) { self.shared = shared }

  private var plan: KernelPlan { shared.plan }

  func measurements() -> [Measurement] {
    var list: [Measurement] = []
    for heads in plan.heads {
      let name = "of \(heads.heads) query and \(heads.keyValueHeads) key-value heads"
      let points = Double(plan.sequences.count * plan.contexts.count)
      list.append(
        Measurement(.attention, "decode attention \(name)", expectedSeconds: 0.013 * points) { [self] _, findings in
          try decode(heads, into: findings)
        })
      list.append(
        Measurement(.attention, "prefill attention \(name)", expectedSeconds: 0.02 * Double(plan.prompts.count)) {
          [self] _, findings in try prefill(heads, into: findings)
        })
    }
    for heads in plan.chunkHeads {
      list.append(
        Measurement(
          .attention, "chunks of \(heads.heads) query and \(heads.keyValueHeads) key-value heads",
          expectedSeconds: 0.03 * Double(plan.chunks.count)
        ) { [self] _, findings in try chunks(heads, into: findings) })
    }
    list.append(
      Measurement(.attention, "what attention achieved", expectedSeconds: 0.01) { [self] _, findings in
        achieved(into: findings)
        shared.release()
      })
    return list
  }

  /// The cache, half of it keys, and pages of it in random order.
  private struct Cache {
    let keys: DeviceMemory
    let values: DeviceMemory
    /// Numbers of pages in random order.
    let table: DeviceMemory
    let pages: Int
  }

  private func cache(_ heads: HeadCounts) throws -> Cache {
    let limit = shared.bench.isQuick ? 4 << 30 : 12 << 30
    let half = try cacheBytes ?? min(shared.device.freeMemory() / 4, limit)
    cacheBytes = half
    let keys = try shared.random("keys", bytes: half)
    let values = try shared.random("values", bytes: half)
    let pages = half / (AttentionWork.page * heads.keyValueHeads * AttentionWork.width * 2)
    let table = try shared.memory("table", bytes: pages * 4)
    var order = (0..<Int32(pages)).map { $0 }
    var generator = Shuffling(state: 20)
    order.shuffle(using: &generator)
    try shared.upload(order, to: table)
    return Cache(keys: keys, values: values, table: table, pages: pages)
  }
  private var cacheBytes: Int?

  private func queue(
    decode heads: HeadCounts, _ cache: Cache, firstPage: Int, sequences: Int, pagesPerSequence: Int,
    contexts: DeviceMemory, division: (splits: Int, pagesPerSplit: Int), output: DeviceMemory, on stream: Stream,
    kernels: (attention: KernelFunction, merge: KernelFunction), queries: DeviceMemory, partial: DeviceMemory
  ) throws(CUDAError) {
    let tiles = (heads.heads / heads.keyValueHeads + 15) / 16
    try stream.launch(
      kernels.attention, grid: Extent(division.splits, heads.keyValueHeads * tiles, sequences), block: 128,
      sharedBytes: Self.decodeShared,
      [
        .memory(queries), .memory(cache.keys), .memory(cache.values),
        .address(cache.table.address + UInt64(4 * firstPage)), .memory(contexts), .memory(output), .memory(partial),
        .int(heads.heads), .int(heads.keyValueHeads), .int(pagesPerSequence), .int(division.pagesPerSplit),
        .float(Self.scale),
      ])
    if division.splits > 1 {
      try stream.launch(
        kernels.merge, grid: Extent(sequences * heads.heads), block: 128,
        [.memory(partial), .memory(output), .int(division.splits)])
    }
  }

  private func decode(_ heads: HeadCounts, into findings: Findings) throws {
    let kernels = (
      attention: try shared.kernel("decode_attention", sharedBytes: Self.decodeShared),
      merge: try shared.kernel("merge_splits")
    )
    try checkDecode(heads, kernels)
    let cache = try cache(heads)
    let most = plan.sequences.max() ?? 1
    let queries = try shared.random("queries", bytes: most * heads.heads * AttentionWork.width * 2)
    let output = try shared.memory("output", bytes: most * heads.heads * AttentionWork.width * 2)
    let partial = try shared.memory("partial", bytes: Self.mostPartials)
    let contexts = try shared.memory("contexts", bytes: most * 4)
    let stream = try shared.stream()
    let slots =
      try kernels.attention.blocksPerMultiprocessor(threads: 128, sharedBytes: Self.decodeShared)
      * shared.device.multiprocessors
    for sequences in plan.sequences {
      var cells: [String] = []
      for context in plan.contexts {
        let each = (context + AttentionWork.page - 1) / AttentionWork.page
        guard sequences * each <= cache.pages else {
          cells.append("")
          continue
        }
        try shared.upload([Int32](repeating: Int32(context), count: sequences), to: contexts)
        let tiles = (heads.heads / heads.keyValueHeads + 15) / 16
        var division = AttentionWork.split(
          pages: each, blocksPerSplit: sequences * heads.keyValueHeads * tiles, slots: max(slots, 1))
        if sequences * heads.heads * division.splits * (AttentionWork.width + 2) * 4 > Self.mostPartials {
          division = (1, each)
        }
        let bytes = AttentionWork.decodeBytes(heads, sequences: sequences, context: context)
        let places = max(1, cache.pages - sequences * each + 1)
        let atLeast = min(Int(Double(3 * shared.device.l2Bytes) / bytes) + 1, 512)
        let timing = try shared.burst().time(atLeast: atLeast, resting: 0.25) {
          (index: Int) throws(CUDAError) in
          try queue(
            decode: heads, cache, firstPage: index * sequences * each % places, sequences: sequences,
            pagesPerSequence: each, contexts: contexts, division: division, output: output, on: stream,
            kernels: kernels, queries: queries, partial: partial)
        }
        cells.append(ProfileNumber.text(timing.median * 1e6, digits: 4))
        if bytes >= 256e6 && timing.median > 0 { achievedBandwidth.append(bytes / timing.median) }
      }
      if cells.allSatisfy(\.isEmpty) { continue }
      findings.add(
        "decode", header: ["bfloat16", "heads", "kv_heads", "sequences"] + plan.contexts.map(String.init),
        row: ["\(heads.heads)", "\(heads.keyValueHeads)", "\(sequences)"] + cells)
    }
  }

  /// Holds the decode kernel against plain arithmetic: uneven contexts, one division of the context and several.
  private func checkDecode(
    _ heads: HeadCounts, _ kernels: (attention: KernelFunction, merge: KernelFunction)
  ) throws {
    if checkedHeads.contains(heads) { return }
    let contexts = [301, 1, 64]
    let each = 19
    let pool = 64
    let width = AttentionWork.width
    let bytes = pool * AttentionWork.page * heads.keyValueHeads * width * 2
    let order = (0..<Int32(pool)).map { ($0 &* 37) % Int32(pool) }
    let small = Cache(
      keys: try shared.random("keys to check", bytes: bytes),
      values: try shared.random("values to check", bytes: bytes),
      table: try shared.memory("table to check", bytes: pool * 4), pages: pool)
    try shared.upload(order, to: small.table)
    let lengths = try shared.memory("contexts to check", bytes: contexts.count * 4)
    try shared.upload(contexts.map(Int32.init), to: lengths)
    let numbers = contexts.count * heads.heads * width
    let queries = try shared.random("queries to check", bytes: numbers * 2)
    let output = try shared.memory("output to check", bytes: numbers * 2)
    let partial = try shared.memory("partial to check", bytes: contexts.count * heads.heads * 19 * (width + 2) * 4)
    let stream = try shared.stream()
    let keyNumbers = try shared.download(UInt16.self, count: bytes / 2, from: small.keys)
    let valueNumbers = try shared.download(UInt16.self, count: bytes / 2, from: small.values)
    let queryNumbers = try shared.download(UInt16.self, count: numbers, from: queries)
    // The first and the last query head of each key-value head stand for all.
    let group = heads.heads / heads.keyValueHeads
    let looked = (0..<heads.heads).filter { $0 % group == 0 || $0 % group == group - 1 }
    var reference: [Double] = []
    for (sequence, count) in contexts.enumerated() {
      for head in looked {
        let at = (sequence * heads.heads + head) * width
        reference += AttentionReference.attention(
          query: queryNumbers[at..<at + width], keys: keyNumbers, values: valueNumbers,
          pages: order[(sequence * each)..<(sequence + 1) * each], count: count, head: head / group,
          keyValueHeads: heads.keyValueHeads)
      }
    }
    for pagesPerSplit in [each, 5] {
      try stream.fill(output, word: 0x7fff_7fff)
      try queue(
        decode: heads, small, firstPage: 0, sequences: contexts.count, pagesPerSequence: each, contexts: lengths,
        division: ((each + pagesPerSplit - 1) / pagesPerSplit, pagesPerSplit), output: output, on: stream,
        kernels: kernels, queries: queries, partial: partial)
      let results = try shared.download(UInt16.self, count: numbers, from: output).map(AttentionReference.number)
      let picked = contexts.indices.flatMap { sequence in
        looked.flatMap { results[((sequence * heads.heads + $0) * width)...].prefix(width) }
      }
      try WrongResult.check(
        "decode attention of \(heads.heads) and \(heads.keyValueHeads) heads",
        AttentionReference.relativeError(picked, reference))
    }
    checkedHeads.insert(heads)
  }

  /// A prefill kernel and what it is launched with.
  private struct PrefillKernel {
    let name: String
    let function: KernelFunction
    let threads: Int
    let sharedBytes: Int
  }

  /// The kernel for this GPU: on Hopper the one that uses its own instructions, unless that gives wrong results.
  private func prefillKernel(_ heads: HeadCounts, into findings: Findings) throws -> PrefillKernel {
    let general = PrefillKernel(
      name: "mma.sync", function: try shared.kernel("prefill_attention", sharedBytes: 384 * 256), threads: 128,
      sharedBytes: 384 * 256)
    if shared.device.capability.major == 9, !hopperIsWrong {
      // Three tiles' worth of 128 rows, two of them twice, and room to align them.
      let bytes = 5 * 128 * 256 + 1024
      let hopper = PrefillKernel(
        name: "wgmma",
        function: try shared.bench.function(
          "prefill_attention", source: KernelSource.hopper, sourceName: "hopper.cu", on: shared.device,
          sharedBytes: bytes), threads: 256, sharedBytes: bytes)
      do {
        try checkPrefill(heads, hopper)
        return hopper
      } catch let error as WrongResult {
        hopperIsWrong = true
        findings.note("\(error.description); the kernel for older GPUs is")
      }
    }
    try checkPrefill(heads, general)
    return general
  }
  private var hopperIsWrong = false

  private func queue(
    prefill heads: HeadCounts, _ cache: Cache, _ kernel: PrefillKernel, firstPage: Int, chunk: Int, context: Int,
    queries: DeviceMemory, output: DeviceMemory, on stream: Stream
  ) throws(CUDAError) {
    try stream.launch(
      kernel.function, grid: Extent((chunk + 127) / 128, heads.heads), block: Extent(kernel.threads),
      sharedBytes: kernel.sharedBytes,
      [
        .memory(queries), .memory(cache.keys), .memory(cache.values),
        .address(cache.table.address + UInt64(4 * firstPage)), .memory(output), .int(heads.heads),
        .int(heads.keyValueHeads), .int(chunk), .int(context), .float(Self.scale),
      ])
  }

  /// Seconds of one chunk.
  private func time(
    _ heads: HeadCounts, _ cache: Cache, _ kernel: PrefillKernel, chunk: Int, context: Int
  ) throws -> Timing {
    let bytes = chunk * heads.heads * AttentionWork.width * 2
    let queries = try shared.random("queries", bytes: bytes)
    let output = try shared.memory("output", bytes: bytes)
    let stream = try shared.stream()
    let each = (chunk + context + AttentionWork.page - 1) / AttentionWork.page
    let places = max(1, cache.pages - each + 1)
    return try shared.burst().time { (index: Int) throws(CUDAError) in
      try queue(
        prefill: heads, cache, kernel, firstPage: index * each % places, chunk: chunk, context: context,
        queries: queries, output: output, on: stream)
    }
  }

  private func prefill(_ heads: HeadCounts, into findings: Findings) throws {
    let kernel = try prefillKernel(heads, into: findings)
    prefillName = kernel.name
    let cache = try cache(heads)
    var cells: [String] = []
    for prompt in plan.prompts {
      let seconds = try time(heads, cache, kernel, chunk: prompt, context: 0).median
      cells.append(ProfileNumber.text(seconds * 1e6, digits: 4))
      if prompt >= 4096 && seconds > 0 {
        achievedRate.append(AttentionWork.prefillOperations(heads, chunk: prompt, context: 0) / seconds)
      }
    }
    findings.add(
      "prefill", header: ["bfloat16", "heads", "kv_heads"] + plan.prompts.map(String.init),
      row: ["\(heads.heads)", "\(heads.keyValueHeads)"] + cells)
  }

  private func chunks(_ heads: HeadCounts, into findings: Findings) throws {
    let kernel = try prefillKernel(heads, into: findings)
    prefillName = kernel.name
    let cache = try cache(heads)
    for (chunk, context) in plan.chunks {
      let seconds = try time(heads, cache, kernel, chunk: chunk, context: context).median
      let rate = AttentionWork.prefillOperations(heads, chunk: chunk, context: context) / max(seconds, 1e-12)
      findings.add(
        "chunked", header: ["type", "heads", "kv_heads", "chunk", "context", "us", "tflops"],
        row: [
          "bfloat16", "\(heads.heads)", "\(heads.keyValueHeads)", "\(chunk)", "\(context)",
          ProfileNumber.text(seconds * 1e6, digits: 4), ProfileNumber.text(rate * 1e-12, digits: 4),
        ])
    }
  }

  private var prefillChecked: Set<String> = []
  private var prefillName = ""

  /// Holds the prefill kernel against plain arithmetic, with a chunk that fills neither its pages nor a block.
  private func checkPrefill(_ heads: HeadCounts, _ kernel: PrefillKernel) throws {
    let checked = "\(kernel.name) \(heads)"
    if prefillChecked.contains(checked) { return }
    let width = AttentionWork.width
    let pool = 32
    let bytes = pool * AttentionWork.page * heads.keyValueHeads * width * 2
    let order = (0..<Int32(pool)).map { ($0 &* 13) % Int32(pool) }
    let small = Cache(
      keys: try shared.random("keys to check", bytes: bytes),
      values: try shared.random("values to check", bytes: bytes),
      table: try shared.memory("table to check", bytes: pool * 4), pages: pool)
    try shared.upload(order, to: small.table)
    let keyNumbers = try shared.download(UInt16.self, count: bytes / 2, from: small.keys)
    let valueNumbers = try shared.download(UInt16.self, count: bytes / 2, from: small.values)
    for (chunk, context) in [(200, 0), (70, 77)] {
      let numbers = chunk * heads.heads * width
      let queries = try shared.random("queries to check", bytes: numbers * 2)
      let output = try shared.memory("output to check", bytes: numbers * 2)
      let stream = try shared.stream()
      try stream.fill(output, word: 0x7fff_7fff)
      try queue(
        prefill: heads, small, kernel, firstPage: 0, chunk: chunk, context: context, queries: queries, output: output,
        on: stream)
      let queryNumbers = try shared.download(UInt16.self, count: numbers, from: queries)
      let results = try shared.download(UInt16.self, count: numbers, from: output).map(AttentionReference.number)
      // Every seventh token and two heads stand for all; the last token is among them.
      let group = heads.heads / heads.keyValueHeads
      var picked: [Float] = []
      var reference: [Double] = []
      for token in Set(stride(from: 0, to: chunk, by: 7)).union([chunk - 1]).sorted() {
        for head in Set([0, heads.heads - 1]).sorted() {
          let at = (token * heads.heads + head) * width
          picked += results[at..<at + width]
          reference += AttentionReference.attention(
            query: queryNumbers[at..<at + width], keys: keyNumbers, values: valueNumbers, pages: order[...],
            count: context + token + 1, head: head / group, keyValueHeads: heads.keyValueHeads)
        }
      }
      try WrongResult.check(
        "prefill attention (\(kernel.name)) of \(heads.heads) and \(heads.keyValueHeads) heads",
        AttentionReference.relativeError(picked, reference))
    }
    prefillChecked.insert(checked)
  }

  private func achieved(into findings: Findings) {
    func line(_ values: [Double], _ unit: Double) -> String {
      let timing = Timing(values.map { $0 * unit })
      return "\(ProfileNumber.text(timing.median, digits: 3)) at the median, "
        + "\(ProfileNumber.text(timing.times.last ?? 0, digits: 3)) at most"
    }
    if !achievedBandwidth.isEmpty {
      findings.note(
        "decode attention: own kernel over a paged cache, results checked; steps that read 256 MB and more: "
          + line(achievedBandwidth, 1e-12) + " TB/s")
    }
    if !achievedRate.isEmpty {
      findings.note(
        "prefill attention: own kernel (\(prefillName)), results checked; prompts of 4096 tokens and more: "
          + line(achievedRate, 1e-12) + " TFLOP/s")
    }
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
