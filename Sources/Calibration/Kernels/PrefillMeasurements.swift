import CUDA

/// Attention of whole prompts, and of chunks over what came before, in one layer.
final class PrefillMeasurements {
  private let shared: KernelBench
  /// Operations per second of prompts of 4096 tokens and more.
  private var rates: [Double] = []
  private var lastName = ""
  private var hopperIsWrong = false

  init(_ shared: KernelBench) { self.shared = shared }

  /// What the kernel achieved, once it was measured.
  var achieved: String? {
    if rates.isEmpty { return nil }
    return "prefill attention: own kernel (\(lastName)), results checked; prompts of 4096 tokens and more: "
      + AttentionWork.achieved(rates, unit: 1e-12) + " TFLOP/s"
  }

  /// A kernel and what it is launched with.
  private struct Kernel {
    let name: String
    let function: KernelFunction
    let threads: Int
    let sharedBytes: Int

    func queue(
      _ heads: HeadCounts, _ cache: PagedCache, from table: UInt64, chunk: Int, context: Int, queries: DeviceMemory,
      output: DeviceMemory, on stream: Stream
    ) throws(CUDAError) {
      try stream.launch(
        function, grid: Extent((chunk + 127) / 128, heads.heads), block: Extent(threads), sharedBytes: sharedBytes,
        [
          .memory(queries), .memory(cache.keys), .memory(cache.values), .address(table), .memory(output),
          .int(heads.heads), .int(heads.keyValueHeads), .int(chunk), .int(context), .float(AttentionWork.scale),
        ])
    }
  }

  /// The kernel for this GPU: on Hopper the one that uses its own instructions, unless that gives wrong results.
  private func kernel(_ heads: HeadCounts, into findings: Findings) throws -> Kernel {
    if shared.device.capability.major == 9, !hopperIsWrong {
      // Five tiles of 128 rows (queries, two of keys, two of values), and room to align them.
      let bytes = 5 * 128 * 256 + 1024
      let function = try shared.kernel("prefill_attention", of: .prefillHopper, sharedBytes: bytes)
      let hopper = Kernel(name: "wgmma", function: function, threads: 256, sharedBytes: bytes)
      do {
        try check(heads, hopper)
        return hopper
      } catch let error as WrongResult {
        hopperIsWrong = true
        findings.note("\(error.description); the kernel for older GPUs is")
      }
    }
    // The queries' tile of 128 rows and four of 64.
    let bytes = 384 * 256
    let function = try shared.kernel("prefill_attention", of: .prefill, sharedBytes: bytes)
    let general = Kernel(name: "mma.sync", function: function, threads: 128, sharedBytes: bytes)
    try check(heads, general)
    return general
  }

  /// Seconds of one chunk.
  private func time(
    _ heads: HeadCounts, _ cache: PagedCache, _ kernel: Kernel, chunk: Int, context: Int
  ) throws -> Double {
    let bytes = chunk * heads.heads * AttentionWork.width * 2
    let queries = try shared.random("queries cached", bytes: bytes)
    let output = try shared.memory("output cached", bytes: bytes)
    let stream = try shared.stream()
    let pages = (chunk + context + AttentionWork.page - 1) / AttentionWork.page
    return try shared.burst().time { (index: Int) throws(CUDAError) in
      try kernel.queue(
        heads, cache, from: cache.place(index, pages: pages), chunk: chunk, context: context, queries: queries,
        output: output, on: stream)
    }.median
  }

  func measure(_ heads: HeadCounts, _ cache: PagedCache, into findings: Findings) throws {
    let kernel = try kernel(heads, into: findings)
    lastName = kernel.name
    let prompts = shared.plan.prompts
    var cells: [String] = []
    for prompt in prompts {
      let seconds = try time(heads, cache, kernel, chunk: prompt, context: 0)
      cells.append(ProfileNumber.text(seconds * 1e6, digits: 4))
      if prompt >= 4096 && seconds > 0 {
        rates.append(AttentionWork.prefillOperations(heads, chunk: prompt, context: 0) / seconds)
      }
    }
    findings.add(
      "prefill", header: ["bfloat16", "heads", "kv_heads"] + prompts.map(String.init),
      row: ["\(heads.heads)", "\(heads.keyValueHeads)"] + cells)
  }

  func measureChunks(_ heads: HeadCounts, _ cache: PagedCache, into findings: Findings) throws {
    let kernel = try kernel(heads, into: findings)
    for (chunk, context) in shared.plan.chunks {
      let seconds = try time(heads, cache, kernel, chunk: chunk, context: context)
      let rate = AttentionWork.prefillOperations(heads, chunk: chunk, context: context) / max(seconds, 1e-12)
      findings.add(
        "chunked", header: ["type", "heads", "kv_heads", "chunk", "context", "us", "tflops"],
        row: [
          "bfloat16", "\(heads.heads)", "\(heads.keyValueHeads)", "\(chunk)", "\(context)",
          ProfileNumber.text(seconds * 1e6, digits: 4), ProfileNumber.text(rate * 1e-12, digits: 4),
        ])
    }
  }

  private var checked: Set<String> = []

  /// Holds a kernel against plain arithmetic, with chunks that fill neither their pages nor a block.
  private func check(_ heads: HeadCounts, _ kernel: Kernel) throws {
    if checked.contains("\(kernel.name) \(heads)") { return }
    let width = AttentionWork.width
    let pool = 32
    let bytes = pool * AttentionWork.page * heads.keyValueHeads * width * 2
    let order = (0..<Int32(pool)).map { ($0 &* 13) % Int32(pool) }
    let cache = try PagedCache(shared, "to check", bytes: bytes, keyValueHeads: heads.keyValueHeads, order: order)
    let keys = try shared.download(UInt16.self, count: bytes / 2, from: cache.keys)
    let values = try shared.download(UInt16.self, count: bytes / 2, from: cache.values)
    for (chunk, context) in [(200, 0), (70, 77)] {
      let numbers = chunk * heads.heads * width
      let queries = try shared.random("queries to check", bytes: numbers * 2)
      let output = try shared.memory("output to check", bytes: numbers * 2)
      let stream = try shared.stream()
      try stream.fill(output, word: 0x7fff_7fff)
      try kernel.queue(
        heads, cache, from: cache.table.address, chunk: chunk, context: context, queries: queries, output: output,
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
            query: queryNumbers[at..<at + width], keys: keys, values: values, pages: order[...],
            count: context + token + 1, head: head / group, keyValueHeads: heads.keyValueHeads)
        }
      }
      try WrongResult.check(
        "prefill attention (\(kernel.name)) of \(heads.heads) and \(heads.keyValueHeads) heads",
        AttentionReference.relativeError(picked, reference))
    }
    checked.insert("\(kernel.name) \(heads)")
  }
}
