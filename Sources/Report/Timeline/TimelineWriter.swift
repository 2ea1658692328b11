import Metrics
import Observing
import Replica
import SimCore
import TextIO

/// Writes what happens in a run as a timeline that Perfetto (https://ui.perfetto.dev) opens: in its own format when the
/// file's name ends in `.pftrace`, else as JSON in the Trace Event Format; compressed when `.gz` is behind that.
///
/// Each replica is a process: its iterations and its waits for KV are slices on one track, its transfers and the phases
/// of its requests are asynchronous slices, requests by phase and memory are counters. Links are one process more, a
/// counter each. The file is streamed, appears whole or not at all, and is the same under both steppings. One
/// that would be larger than its limit keeps one event in two, four, ...: see `TimelineSampling`.
public final class TimelineWriter: RunObserver {
  private static let links = 1
  private static let firstReplica = 2

  /// What is written side by side: each replica has four lanes.
  enum Lane: Int, CaseIterable {
    case iterations, requests, transfers, counters
  }

  /// The most bytes of a timeline before gzip, unless another number is given: viewers become slow beyond it.
  public static let usualLimit = 250_000_000

  private let path: String
  private let limit: Int
  private var encoding: any TraceEncoding
  private var spool: LaneSpool
  private var sampling = TimelineSampling()
  /// How many events of a lane there were, and of each link.
  private var counts: [Int: Int64] = [:]
  private var linkCounts: [String: Int64] = [:]
  var stays: [Int64: Stay] = [:]
  private var transfers: [Int64: TransferStart] = [:]
  var counters: [Counter] = []
  private var levels: [PoolLevels?] = []

  /// - Parameters:
  ///   - path: where the file goes.
  ///   - warmUpEnd: marked, unless it is zero.
  ///   - limit: the most bytes of it, before gzip.
  /// - Throws: `OutputError` when nothing can be written beside that place.
  public init(
    path: String, provenance: RunProvenance, policy: String, seed: UInt64, replication: Int, warmUpEnd: SimTime,
    limit: Int = TimelineWriter.usualLimit
  ) throws(OutputError) {
    self.path = path
    self.limit = limit
    spool = try LaneSpool(beside: path)
    let facts = [
      ("scenario", provenance.scenarioName), ("scenario_sha256", provenance.scenarioDigest), ("policy", policy),
      ("seed", "\(seed)"), ("replication", "\(replication)"), ("spillway_version", provenance.spillwayVersion),
    ]
    encoding = PerfettoEncoding.isMeant(by: path) ? PerfettoEncoding(facts) : JSONTraceEncoding(facts)
    write(TraceEvent(.processName("links"), of: Self.links), to: 0)
    if warmUpEnd > .zero {
      write(TraceEvent(phase: .instant, name: "counted from here", process: Self.links, time: warmUpEnd), to: 0)
    }
  }

  public func observe(_ event: RunEvent) {
    switch event {
    case .replica(let start): begin(start)
    case .phase(let change): enter(change)
    case .iterations(let run): write(slice(of: run), .iterations, of: run.engine)
    case .blocked(let wait):
      write(
        TraceEvent(
          phase: .complete, name: "waits for KV", process: process(wait.engine), time: wait.start,
          duration: wait.end - wait.start, thread: 1, category: "wait"), .iterations, of: wait.engine)
    case .transferBegan(let start):
      transfers[start.id] = start
      write(edge(of: start, .begin, at: start.time), .transfers, of: start.engine)
    case .transferEnded(let end):
      guard let start = transfers.removeValue(forKey: end.id) else { return }
      write(edge(of: start, .end, at: end.time), .transfers, of: start.engine)
    case .levels(let levels): note(levels)
    case .limit: break
    case .link(let rate):
      write(
        TraceEvent(
          phase: .counter, name: rate.link, process: Self.links, time: rate.time,
          arguments: [("GB/s", .number(rate.bytesPerSecond / 1e9))]), to: Self.links,
        mark: TimelineSampling.mark(Self.next(of: &linkCounts[rate.link, default: 0])))
    }
  }

  public func runEnded(at time: SimTime) throws {
    for (request, stay) in stays.sorted(by: { $0.key < $1.key }) { leave(request, stay, at: time, in: stay.engine) }
    for start in transfers.values.sorted(by: { $0.id < $1.id }) {
      write(edge(of: start, .end, at: time), .transfers, of: start.engine)
    }
    for engine in counters.indices { show(engine) }
    let file = try AtomicFile(path: path)
    let gzip = path.hasSuffix(".gz") ? Gzip() : nil
    func put(_ bytes: [UInt8], isLast: Bool = false) throws(OutputError) {
      try file.write(gzip?.compress(bytes, isLast: isLast) ?? bytes)
    }
    // What stands around the events counts too.
    let power = sampling.power(limit: limit - encoding.head(power: TimelineSampling.most).count - encoding.tail.count)
    try put(encoding.head(power: power))
    var isFirst = true
    try spool.read { (bytes) throws(OutputError) in
      try put(kept(bytes, power: power, isFirst: &isFirst))
    }
    try put(encoding.tail, isLast: true)
    try file.finish()
  }

  /// The events of a piece of the spool that are kept, with the separator before each but the file's first. There each
  /// has its mark and its length in front.
  private func kept(_ bytes: [UInt8], power: Int, isFirst: inout Bool) -> [UInt8] {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count + 64)
    var place = 0
    while place < bytes.count {
      let count = (1...4).reduce(0) { $0 << 8 | Int(bytes[place + $1]) }
      let event = bytes[(place + 5)..<(place + 5 + count)]
      if Int(bytes[place]) >= power {
        if !isFirst { kept += encoding.separator }
        isFirst = false
        kept += event
      }
      place += 5 + count
    }
    return kept
  }

  // MARK: Replicas

  private func begin(_ start: ReplicaStart) {
    while counters.count <= start.engine {
      counters.append(Counter())
      levels.append(nil)
    }
    let gpus = start.gpus.map(String.init).joined(separator: ", ")
    let name = "\(start.deployment) \(start.replica) (GPU \(gpus))"
    let process = process(start.engine)
    write(TraceEvent(.processName(name), of: process), to: 0)
    write(TraceEvent(.processOrder(start.engine), of: process), to: 0)
    write(TraceEvent(.threadName("iterations"), of: process), to: 0)
  }

  func process(_ engine: Int) -> Int { Self.firstReplica + engine }

  private func slice(of run: IterationRun) -> TraceEvent {
    let tokens = run.chunks.reduce(0) { $0 + $1.tokens }
    let work =
      switch (run.decodes > 0, tokens > 0) {
      case (true, false): "decode"
      case (false, true): "prefill"
      default: "decode + prefill"
      }
    var event = TraceEvent(
      phase: .complete, name: run.isAborted ? "given up: " + work : work, process: process(run.engine), time: run.start,
      duration: run.end - run.start, thread: 1, category: "iteration")
    event.arguments = [
      ("iterations", .count(Int(run.count))), ("decoding", .count(Int(run.decodes))),
      ("context_tokens", .count(Int(run.context))), ("prompt_tokens", .count(Int(tokens))),
    ]
    if !run.chunks.isEmpty {
      event.arguments.append(("prompt_tokens_of_request", .byRequest(run.chunks.map { ($0.request, Int($0.tokens)) })))
    }
    return event
  }

  private func edge(of start: TransferStart, _ phase: TraceEvent.Phase, at time: SimTime) -> TraceEvent {
    let name =
      switch start.kind {
      case .pageOut: "page out"
      case .fetch: "fetch"
      case .checkpoint: "checkpoint"
      case .evacuation: "evacuate"
      case .returning: "return"
      case .handOver: "hand over"
      case .storedPrefix: "fetch prefix"
      case .adapter: "fetch adapter"
      }
    var event = TraceEvent(
      phase: phase, name: name, process: process(start.engine), time: time, category: "transfer", id: start.id)
    if phase == .begin {
      event.arguments = [("tier", .text(Self.name(start.tier))), ("bytes", .count(Int(start.bytes)))]
    }
    return event
  }

  private static func name(_ tier: MemoryTier) -> String {
    switch tier {
    case .local: "gpu"
    case .peer: "peer"
    case .host: "host"
    }
  }

  private func note(_ now: PoolLevels) {
    let before = levels[now.engine]
    levels[now.engine] = now
    func counter(_ name: String, _ values: [(String, Int)]) {
      write(
        TraceEvent(
          phase: .counter, name: name, process: process(now.engine), time: now.time,
          arguments: values.map { ($0.0, .count($0.1)) }), .counters, of: now.engine)
    }
    if before?.local != now.local || before?.peer != now.peer || before?.host != now.host {
      counter("KV blocks", [("gpu", now.local), ("peer", now.peer), ("host", now.host)])
    }
    if before?.localCapacity != now.localCapacity || before?.peerCapacity != now.peerCapacity {
      counter("room for KV blocks", [("gpu", now.localCapacity), ("peer", now.peerCapacity)])
    }
  }

  // MARK: Lanes

  func write(_ event: TraceEvent, _ lane: Lane, of engine: Int) {
    let place = Self.firstReplica + Lane.allCases.count * engine + lane.rawValue
    let number =
      switch lane {
      case .requests, .transfers: event.id
      case .iterations, .counters: Self.next(of: &counts[place, default: 0])
      }
    write(event, to: place, mark: TimelineSampling.mark(number))
  }

  private static func next(of count: inout Int64) -> Int64 {
    defer { count += 1 }
    return count
  }

  private func write(_ event: TraceEvent, to lane: Int, mark: Int = TimelineSampling.always) {
    let (introduction, bytes) = encoding.bytes(of: event)
    for (bytes, mark) in [(introduction, TimelineSampling.always), (bytes, mark)] where !bytes.isEmpty {
      sampling.add(bytes.count + encoding.separator.count, mark: mark)
      spool.append(to: lane) { spool in
        spool.append(UInt8(mark))
        for place in [24, 16, 8, 0] { spool.append(UInt8(truncatingIfNeeded: bytes.count >> place)) }
        spool += bytes
      }
    }
  }
}
