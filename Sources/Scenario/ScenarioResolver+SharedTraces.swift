import Configuration
import Workload

extension ScenarioResolver {
  /// Two streams that each sample one trace do not divide it: each draws for itself.
  func warnAboutSharedTraces(_ streams: [ResolvedStream?], _ written: [CheckedValue]) {
    for (index, stream) in streams.enumerated() {
      guard let stream, let trace = stream.sampledTrace else { continue }
      for other in streams[..<index] {
        guard let other, let otherTrace = other.sampledTrace, trace.sharesRows(with: otherTrace) else { continue }
        let (p, q) = (trace.sampleFraction, otherTrace.sampleFraction)
        let map = written[index].map
        diagnostics.warning(
          at: map?.map("trace")?.position(of: "sample") ?? written[index].position,
          "'\(other.name)' and '\(stream.name)' sample \(trace.path) each for itself: of its requests "
            + "\(percent(p * q)) go to both and \(percent((1 - p) * (1 - q))) to neither; to divide it, "
            + "give one 'shard: 0/2' and the other 'shard: 1/2'")
      }
    }
  }

  private func percent(_ share: Double) -> String {
    let tenths = (share * 1000).rounded()
    return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10)) %" : "\(tenths / 10) %"
  }
}

extension ResolvedStream {
  /// The trace of a stream that takes only a random share of it.
  fileprivate var sampledTrace: TraceDescription? {
    guard case .trace(let trace) = workload.arrivals, trace.sampleFraction < 1 else { return nil }
    return trace
  }
}

extension TraceDescription {
  /// Whether a row of the file can be taken by both.
  fileprivate func sharesRows(with other: TraceDescription) -> Bool {
    guard path == other.path, shard.overlaps(other.shard) else { return false }
    let startsInside = other.to.map { from < $0 } ?? true
    let otherStartsInside = to.map { other.from < $0 } ?? true
    return startsInside && otherStartsInside
  }
}
