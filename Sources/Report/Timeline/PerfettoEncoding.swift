import SimCore

/// Perfetto's own format: packets of track events and descriptors of their tracks.
///
/// Perfetto counts nanoseconds. Every end of a slice says its picoseconds too, as `begin_ps` and `end_ps`, so that
/// lengths add up exactly.
///
/// Source: Perfetto's `protos/perfetto/trace`: `trace_packet.proto`, `track_event/*.proto`; its page "Converting
/// arbitrary timestamped data to Perfetto" says which fields are needed.
struct PerfettoEncoding: TraceEncoding {
  private let facts: [(name: String, value: String)]
  /// Tracks that have been introduced.
  private var known: Set<UInt64> = []

  init(_ facts: [(name: String, value: String)]) { self.facts = facts }

  /// Whether the name of a file asks for this format.
  static func isMeant(by path: String) -> Bool {
    [".pftrace", ".pftrace.gz"].contains { path.hasSuffix($0) }
  }

  let separator: [UInt8] = []
  let tail: [UInt8] = []

  /// An instant at time zero that says what run this is.
  func head(power: Int) -> [UInt8] {
    let sampled = power > 0 ? [("sampled_one_in", "\(1 << power)")] : []
    let track = Track.run
    var bytes = Self.packet { $0.add(Packet.trackDescriptor) { track.describe(name: "run", &$0) } }
    bytes += Self.packet(at: .zero) { event in
      event.add(Event.type, EventType.instant.rawValue)
      event.add(Event.track, track.number)
      event.add(Event.name, "run")
      for fact in facts + sampled { Self.annotate(&event, fact.0, .text(fact.1)) }
    }
    return bytes
  }

  mutating func bytes(of event: TraceEvent) -> (introduction: [UInt8], event: [UInt8]) {
    switch event.phase {
    case .metadata: (description(event), [])
    case .complete:
      (
        [],
        slice(event, .begin, on: .thread(event.process), at: event.time)
          + slice(event, .end, on: .thread(event.process), at: event.time + event.duration)
      )
    case .begin, .end: edge(event)
    case .instant:
      (
        [],
        Self.packet(at: event.time) {
          $0.add(Event.type, EventType.instant.rawValue)
          $0.add(Event.track, Track.process(event.process).number)
          $0.add(Event.name, event.name)
        }
      )
    case .counter: counters(event)
    }
  }

  // MARK: Tracks

  /// Where events lie, by a number of its own.
  private enum Track {
    case run
    case process(Int)
    case thread(Int)
    /// A request's or a transfer's stay at a replica.
    case stay(Int, isRequest: Bool, id: Int64)
    case counter(Int, String)

    var number: UInt64 {
      switch self {
      case .run: 1
      case .process(let process): 1 << 32 | UInt64(process)
      case .thread(let process): 2 << 32 | UInt64(process)
      case .stay(let process, let isRequest, let id): Self.hash([Int64(process), isRequest ? 1 : 2, id])
      case .counter(let process, let name): Self.hash([Int64(process), 3] + name.utf8.map(Int64.init))
      }
    }

    /// A number above those of processes and threads.
    private static func hash(_ words: [Int64]) -> UInt64 {
      var fingerprint = Fingerprint()
      for word in words { fingerprint.combine(word) }
      return fingerprint.value | 1 << 63
    }

    func describe(name: String?, parent: Track? = nil, _ message: inout ProtocolBuffer) {
      message.add(1, number)
      if let name { message.add(2, name) }
      if let parent { message.add(5, parent.number) }
    }
  }

  private func description(_ event: TraceEvent) -> [UInt8] {
    guard case .text(let name)? = event.arguments.first?.value else { return [] }
    let isThread = event.name == "thread_name"
    return Self.packet {
      $0.add(Packet.trackDescriptor) { track in
        (isThread ? Track.thread(event.process) : .process(event.process)).describe(name: nil, &track)
        track.add(isThread ? 4 : 3) { part in
          part.add(1, UInt64(event.process))
          if isThread { part.add(2, UInt64(event.thread)) }
          part.add(isThread ? 5 : 6, name)
        }
      }
    }
  }

  // MARK: Events

  /// One end of a request's or a transfer's slice; the outer ones of a request introduce its track.
  private mutating func edge(_ event: TraceEvent) -> (introduction: [UInt8], event: [UInt8]) {
    let isRequest = event.category == "request"
    let track = Track.stay(event.process, isRequest: isRequest, id: event.id)
    var bytes: [UInt8] = []
    if event.phase == .begin, !isRequest || event.name == "request" {
      // With the event, not before it: a track without events would stay behind where the event is not kept.
      bytes += Self.packet {
        $0.add(Packet.trackDescriptor) {
          track.describe(name: isRequest ? "requests" : "transfers", parent: .process(event.process), &$0)
        }
      }
    }
    return ([], bytes + slice(event, event.phase == .begin ? .begin : .end, on: track, at: event.time))
  }

  private func slice(_ event: TraceEvent, _ type: EventType, on track: Track, at time: SimTime) -> [UInt8] {
    Self.packet(at: time) { message in
      message.add(Event.type, type.rawValue)
      message.add(Event.track, track.number)
      if type == .begin {
        message.add(Event.category, event.category)
        message.add(Event.name, event.name)
        for argument in event.arguments { Self.annotate(&message, argument.name, argument.value) }
      }
      Self.annotate(&message, type == .begin ? "begin_ps" : "end_ps", .count(Int(time.picoseconds)))
    }
  }

  private mutating func counters(_ event: TraceEvent) -> (introduction: [UInt8], event: [UInt8]) {
    var introduction: [UInt8] = []
    var bytes: [UInt8] = []
    for (part, value) in event.arguments {
      let unit = part == "GB/s" ? part : nil
      let name = unit == nil ? "\(event.name): \(part)" : event.name
      let track = Track.counter(event.process, name)
      if known.insert(track.number).inserted {
        introduction += Self.packet {
          $0.add(Packet.trackDescriptor) { message in
            track.describe(name: name, parent: .process(event.process), &message)
            message.add(8) { counter in if let unit { counter.add(6, unit) } }
          }
        }
      }
      bytes += Self.packet(at: event.time) { message in
        message.add(Event.type, EventType.counter.rawValue)
        message.add(Event.track, track.number)
        switch value {
        case .count(let count): message.add(Event.counterValue, Int64(count))
        case .number(let number): message.add(Event.doubleCounterValue, number)
        case .text, .byRequest: break
        }
      }
    }
    return (introduction, bytes)
  }

  // MARK: Messages

  private enum Packet {
    static let timestamp = 8, sequence = 10, trackEvent = 11, trackDescriptor = 60
  }

  private enum Event {
    static let annotation = 4, type = 9, track = 11, category = 22, name = 23, counterValue = 30
    static let doubleCounterValue = 44
  }

  private enum EventType: UInt64 {
    case begin = 1, end, instant, counter
  }

  /// A packet of the trace; packets behind each other are a trace.
  private static func packet(_ fill: (inout ProtocolBuffer) -> Void) -> [UInt8] {
    var trace = ProtocolBuffer()
    trace.add(1) { packet in
      fill(&packet)
      packet.add(Packet.sequence, UInt64(1))
    }
    return trace.bytes
  }

  private static func packet(at time: SimTime, _ fill: (inout ProtocolBuffer) -> Void) -> [UInt8] {
    packet {
      $0.add(Packet.timestamp, UInt64(time.picoseconds / 1_000))
      $0.add(Packet.trackEvent, fill)
    }
  }

  private static func annotate(_ event: inout ProtocolBuffer, _ name: String, _ value: TraceValue) {
    event.add(Event.annotation) { message in
      message.add(10, name)
      switch value {
      case .text(let text): message.add(6, text)
      case .count(let count): message.add(4, Int64(count))
      case .number(let number): message.add(5, number)
      case .byRequest(let counts):
        for (request, count) in counts {
          message.add(11) { entry in
            entry.add(10, "\(request)")
            entry.add(4, Int64(count))
          }
        }
      }
    }
  }
}
