/// Where a request is, as far as its user can tell.
public enum RequestPlace: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// In the queue, with no KV anywhere: new, or dropped and to be recomputed.
  case waiting
  /// With KV on the GPU: in an iteration, or held up by an iteration of others.
  case running
  /// Its KV is in another tier, or on the way there or back.
  case offGPU
}

/// How a request's time from arrival to end is divided; the parts are exact and add up to it.
public struct TimeSplit: Sendable, Hashable, BitwiseCopyable {
  /// In the queue, also after having been dropped.
  public private(set) var waiting = SimDuration.zero
  /// On the GPU.
  public private(set) var running = SimDuration.zero
  /// Paged out, copies both ways included.
  public private(set) var offGPU = SimDuration.zero

  public init() {}

  public init(waiting: SimDuration, running: SimDuration, offGPU: SimDuration) {
    self.waiting = waiting
    self.running = running
    self.offGPU = offGPU
  }

  public var total: SimDuration { waiting + running + offGPU }

  public mutating func add(_ span: SimDuration, in place: RequestPlace) {
    switch place {
    case .waiting: waiting += span
    case .running: running += span
    case .offGPU: offGPU += span
    }
  }
}
