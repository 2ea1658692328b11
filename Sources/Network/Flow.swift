import SimCore

/// What a flow is doing.
enum FlowPhase: UInt8, Sendable, BitwiseCopyable {
  case gather
  case lead
  /// Bytes are moving, until they have all moved.
  case bytes
  /// Bytes are moving, until the stream is stopped.
  case stream
  case scatter
  case finish
  case done
}

/// One transfer or stream. Its numbers change only when it enters a phase or its rate changes.
struct Flow: Sendable, BitwiseCopyable {
  var number: Int64
  var tag: Int64
  var phase: FlowPhase
  /// When the phase ends, picoseconds; `Int64.max` for a stream.
  var phaseEnd: Int64
  var route: Route
  var timing: TransferTiming
  var totalBytes: Int64
  /// Bytes still to move (a stream: minus the bytes moved) at `since`.
  var remaining: Double
  /// When `rate` was set, picoseconds.
  var since: Int64
  var rate = 0.0
  /// The rate under consideration while shares are worked out; negative while undecided.
  var nextRate = 0.0
  /// Bytes read or written in the source GPU's memory for each byte moved.
  var sourceTraffic = 1.0

  /// Whether the flow takes part in sharing at `now`; one whose last byte has moved no longer does.
  func sharesLinks(at now: Int64) -> Bool {
    switch phase {
    case .bytes: phaseEnd > now
    case .stream: timing.rateLimit > 0
    default: false
    }
  }

  func movedSince(_ now: Int64) -> Double { rate * (Double(now - since) / 1e12) }
}
