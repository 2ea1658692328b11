import Foundation
import Metrics
import SimCore

/// Whole numbers as little-endian 64-bit words in a BLOB.
enum StoredWords {
  static func data(_ words: [Int64]) -> Data {
    var data = Data(capacity: 8 * words.count)
    for word in words { withUnsafeBytes(of: word.littleEndian) { data.append(contentsOf: $0) } }
    return data
  }

  /// - Returns: nil when the length is no whole number of words.
  static func words(_ data: Data) -> [Int64]? {
    guard data.count % 8 == 0 else { return nil }
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self)) }
    }
  }
}

/// The order of an engine's totals in the store; new fields go to the end.
enum StoredEngine {
  private static let durations: [any WritableKeyPath<EngineTotals, SimDuration> & Sendable] = [
    \.elapsed, \.busy, \.idle, \.blockedOnTransfer, \.headWaitedForMemory, \.headWaitedForSlots,
    \.headWaitedForTokenBudget, \.abortedWork,
  ]
  private static let counts: [any WritableKeyPath<EngineTotals, Int64> & Sendable] = [
    \.iterations, \.decodeTokens, \.prefillTokens, \.preemptionsByRecompute, \.preemptionsBySwap, \.recomputedTokens,
    \.abortedIterations, \.checkpointedBytes, \.kvCapacityTokens, \.peakKVBlocks, \.kvCapacityBlocks, \.peakRunning,
  ]
  /// Counts that came later, behind everything else.
  private static let laterCounts: [any WritableKeyPath<EngineTotals, Int64> & Sendable] = [
    \.promptTokens, \.offlinePromptTokens, \.offlineOutputTokens,
  ]
  private static let integrals: [any WritableKeyPath<EngineTotals, Int128> & Sendable] = [\.kvTokenTime, \.requestTime]

  static func words(_ engine: EngineTotals) -> [Int64] {
    var words = durations.map { engine[keyPath: $0].picoseconds }
    words += counts.map { engine[keyPath: $0] }
    for integral in integrals {
      let value = engine[keyPath: integral]
      words += [Int64(truncatingIfNeeded: value >> 64), Int64(truncatingIfNeeded: value)]
    }
    return words + [Int64(engine.kvBlockSize)] + laterCounts.map { engine[keyPath: $0] }
  }

  static func engine(_ words: [Int64], deployment: Int32, replica: Int32) -> EngineTotals? {
    guard words.count == durations.count + counts.count + 2 * integrals.count + 1 + laterCounts.count else {
      return nil
    }
    var engine = EngineTotals(deployment: deployment, replica: replica)
    var next = 0
    for path in durations {
      engine[keyPath: path] = SimDuration(picoseconds: words[next])
      next += 1
    }
    for path in counts {
      engine[keyPath: path] = words[next]
      next += 1
    }
    for path in integrals {
      engine[keyPath: path] = Int128(words[next]) << 64 | Int128(UInt64(bitPattern: words[next + 1]))
      next += 2
    }
    guard let blockSize = Int32(exactly: words[next]) else { return nil }
    engine.kvBlockSize = blockSize
    for (path, word) in zip(laterCounts, words[(next + 1)...]) { engine[keyPath: path] = word }
    return engine
  }
}

/// The order of a request's fields in the store.
enum StoredRequest {
  static let wordCount = 17

  static func append(_ o: RequestOutcome, to words: inout [Int64]) {
    let codes =
      Int64(o.status.rawValue) | (o.rejectionReason.map { Int64($0.rawValue) + 1 } ?? 0) << 8
      | (o.requestClass == .online ? 0 : 1) << 16
    words += [
      o.id, Int64(o.stream), Int64(o.deployment), Int64(o.replica), Int64(o.tenant), codes, o.arrival.picoseconds,
      o.scheduled.picoseconds, o.firstToken.picoseconds, o.finished.picoseconds, Int64(o.promptTokens),
      Int64(o.outputTokens), Int64(o.generatedTokens), Int64(o.preemptions), Int64(o.recomputedTokens),
      o.pagedOutBytes, o.pagedInBytes,
    ]
  }

  static func outcome(_ w: ArraySlice<Int64>) -> RequestOutcome? {
    let w = Array(w)
    guard w.count == wordCount, let status = RequestStatus(rawValue: UInt8(truncatingIfNeeded: w[5])) else {
      return nil
    }
    let reasonCode = UInt8(truncatingIfNeeded: w[5] >> 8)
    let reason = reasonCode == 0 ? nil : RejectionReason(rawValue: reasonCode - 1)
    let small = [w[1], w[2], w[3], w[4], w[10], w[11], w[12], w[13], w[14]].compactMap { Int32(exactly: $0) }
    guard small.count == 9, reasonCode == 0 || reason != nil else { return nil }
    return RequestOutcome(
      id: w[0], stream: small[0], deployment: small[1], replica: small[2],
      requestClass: w[5] >> 16 == 0 ? .online : .offline, tenant: small[3], status: status, rejectionReason: reason,
      arrival: SimTime(picoseconds: w[6]), scheduled: SimTime(picoseconds: w[7]),
      firstToken: SimTime(picoseconds: w[8]), finished: SimTime(picoseconds: w[9]), promptTokens: small[4],
      outputTokens: small[5], generatedTokens: small[6], preemptions: small[7], recomputedTokens: small[8],
      pagedOutBytes: w[15], pagedInBytes: w[16])
  }
}
