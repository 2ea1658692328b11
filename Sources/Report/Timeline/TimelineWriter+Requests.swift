import Observing
import SimCore

/// Requests on a timeline: their phases as slices, and how many stand where as a counter.
extension TimelineWriter {
  /// Where a request stands.
  struct Stay {
    var engine: Int
    var phase: RequestPhase
    var since: SimTime
  }

  /// How many requests of a replica stand where.
  struct Census: Equatable {
    var queued = 0
    var running = 0
    var offGPU = 0
  }

  /// A replica's census, told once for each moment: at `time` it became what it is now.
  struct Counter {
    var now = Census()
    var shown = Census()
    var time = SimTime.zero
  }

  func enter(_ change: PhaseChange) {
    let before = stays[change.request]
    let stays = before?.engine == change.engine
    if let before {
      if stays, change.phase != .completed {
        write(before, change.request, until: change.time, in: change.engine)
      } else {
        leave(change.request, before, at: change.time, in: change.engine)
      }
      count(before, -1, at: change.time)
    }
    guard change.phase != .completed else {
      self.stays[change.request] = nil
      return
    }
    let stay = Stay(engine: change.engine, phase: change.phase, since: change.time)
    self.stays[change.request] = stay
    if !stays {
      write(edge("request", .begin, change.request, of: stay, at: change.time), .requests, of: change.engine)
    }
    count(stay, 1, at: change.time)
  }

  /// The slices of a phase that has ended; one that took no time has none.
  ///
  /// - Parameter lane: whose lane it is written to. That is the engine which made it end: only the events of one engine
  ///   have an order.
  private func write(_ stay: Stay, _ request: Int64, until time: SimTime, in lane: Int) {
    guard time > stay.since else { return }
    let name = Self.name(stay.phase)
    write(edge(name, .begin, request, of: stay, at: stay.since), .requests, of: lane)
    write(edge(name, .end, request, of: stay, at: time), .requests, of: lane)
  }

  func leave(_ request: Int64, _ stay: Stay, at time: SimTime, in lane: Int) {
    write(stay, request, until: time, in: lane)
    write(edge("request", .end, request, of: stay, at: time), .requests, of: lane)
  }

  private func edge(
    _ name: String, _ phase: TraceEvent.Phase, _ request: Int64, of stay: Stay, at time: SimTime
  ) -> TraceEvent {
    var event = TraceEvent(
      phase: phase, name: name, process: process(stay.engine), time: time, category: "request", id: request)
    if phase == .begin { event.arguments = [("request", .count(Int(request)))] }
    return event
  }

  private static func name(_ phase: RequestPhase) -> String {
    switch phase {
    case .queued, .prefilling, .decoding, .paused, .completed: phase.rawValue
    case .pagingOut: "paging out"
    case .offGPU: "off the GPU"
    case .pagingIn: "paging in"
    }
  }

  private func count(_ stay: Stay, _ change: Int, at time: SimTime) {
    if counters[stay.engine].time < time { show(stay.engine) }
    counters[stay.engine].time = time
    switch stay.phase {
    case .queued: counters[stay.engine].now.queued += change
    case .prefilling, .decoding, .paused: counters[stay.engine].now.running += change
    case .pagingOut, .offGPU, .pagingIn: counters[stay.engine].now.offGPU += change
    case .completed: break
    }
  }

  func show(_ engine: Int) {
    let census = counters[engine].now
    if census == counters[engine].shown { return }
    counters[engine].shown = census
    write(
      TraceEvent(
        phase: .counter, name: "requests", process: process(engine), time: counters[engine].time,
        arguments: [
          ("queued", .count(census.queued)), ("running", .count(census.running)),
          ("off the GPU", .count(census.offGPU)),
        ]), .counters, of: engine)
  }
}
