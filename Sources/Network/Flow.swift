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
  /// Bytes read or written in the destination GPU's memory for each byte moved, beside its arrival.
  var scatterTraffic = 0.0
  /// The GPU whose kernel moves the bytes; −1 where copy engines do.
  var kernelGPU: Int32 = -1

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

extension Flow {
  /// Bytes read or written in a GPU's memory for each byte that is gathered there while others leave: it is read,
  /// written into the buffer and read again.
  static let gatheredTraffic = 3.0
  /// The same where bytes that have arrived are scattered while others arrive: read and written.
  static let scatteredTraffic = 2.0

  /// A transfer that has not begun: its number and its times are its network's to give.
  init(
    _ route: Route, _ timing: TransferTiming, bytes: Int64, mode: TransferMode = .fragmented, pulled: Bool = false,
    tag: Int64
  ) {
    self.init(
      number: -1, tag: tag, phase: .gather, phaseEnd: 0, route: route, timing: timing, totalBytes: bytes,
      remaining: Double(bytes), since: 0)
    switch mode {
    case .blockwise where pulled: if route.destinationGPU >= 0 { scatterTraffic = Self.scatteredTraffic }
    case .blockwise: if route.sourceGPU >= 0 { sourceTraffic = Self.gatheredTraffic }
    case .kernel:
      // Of a GPU and its host the GPU; of two the one that drives.
      let drivesAtEnd = pulled ? route.destinationGPU >= 0 : route.sourceGPU < 0
      kernelGPU = drivesAtEnd ? route.destinationGPU : route.sourceGPU
    case .fragmented, .coalesced, .gathered, .scattered: break
    }
  }
}
