import CUDA

/// Decode and prefill attention with kernels of our own over a paged cache.
final class AttentionMeasurements {
  private let shared: KernelBench
  private let decode: DecodeMeasurements
  private let prefill: PrefillMeasurements
  private var cacheBytes: Int?

  init(_ shared: KernelBench) {
    self.shared = shared
    decode = DecodeMeasurements(shared)
    prefill = PrefillMeasurements(shared)
  }

  func measurements() -> [Measurement] {
    let plan = shared.plan
    var list: [Measurement] = []
    for heads in plan.heads {
      let name = "of \(heads.heads) query and \(heads.keyValueHeads) key-value heads"
      let points = Double(plan.sequences.count * plan.contexts.count)
      list.append(
        Measurement(.attention, "decode attention \(name)", expectedSeconds: 0.013 * points) { [self] _, findings in
          try decode.measure(heads, cache(heads), into: findings)
        })
      list.append(
        Measurement(.attention, "prefill attention \(name)", expectedSeconds: 0.02 * Double(plan.prompts.count)) {
          [self] _, findings in try prefill.measure(heads, cache(heads), into: findings)
        })
    }
    for heads in plan.chunkHeads {
      list.append(
        Measurement(
          .attention, "chunks of \(heads.heads) query and \(heads.keyValueHeads) key-value heads",
          expectedSeconds: 0.03 * Double(plan.chunks.count)
        ) { [self] _, findings in try prefill.measureChunks(heads, cache(heads), into: findings) })
    }
    list.append(
      Measurement(.attention, "what attention achieved", expectedSeconds: 0.01) { [self] _, findings in
        for line in [decode.achieved, prefill.achieved] { if let line { findings.note(line) } }
        shared.release()
      })
    return list
  }

  /// Half of the free memory, up to 24 GiB, in pages of this many heads.
  private func cache(_ heads: HeadCounts) throws -> PagedCache {
    let limit = shared.bench.isQuick ? 4 << 30 : 12 << 30
    let half = try cacheBytes ?? min(shared.device.freeMemory() / 4, limit)
    cacheBytes = half
    return try PagedCache(shared, "cached", bytes: half, keyValueHeads: heads.keyValueHeads)
  }
}

extension AttentionWork {
  /// Softmax in base two, scaled by the root of the width.
  static let scale = Float(1.4426950408889634 / Double(width).squareRoot())

  /// The middle and the largest of some rates.
  static func achieved(_ rates: [Double], unit: Double) -> String {
    let timing = Timing(rates.map { $0 * unit })
    return "\(ProfileNumber.text(timing.median, digits: 3)) at the median, "
      + "\(ProfileNumber.text(timing.times.last ?? 0, digits: 3)) at most"
  }
}
