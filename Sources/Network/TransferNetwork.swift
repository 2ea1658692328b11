import Hardware
import SimCore

/// The links of one or more servers and the transfers under way on them.
///
/// A transfer goes through up to five phases: gather, lead-in, bytes, scatter, finish. Only the bytes phase uses
/// links; when one starts or ends, the rates of all are divided anew, max-min fair. Between such moments no number
/// in the network changes, so how often `advance(to:)` is called cannot affect a result.
///
/// The owner of the clock keeps to this order: before doing anything at a time t, `advance(to: t)`; after starting,
/// changing or stopping anything, read `nextChange` again.
///
/// **Tie rule.** Completions are reported by time, then by order of starting.
///
/// Limits of the model: gather and scatter kernels are not slowed by each other or by compute; a copy engine is never
/// waited for.
public struct TransferNetwork: Sendable {
  let map: LinkMap
  var flows: ContiguousArray<Flow> = []
  var shares: FairShares
  var nextNumber: Int64 = 0
  /// The time of the latest event, picoseconds.
  var now: Int64 = 0
  /// When the first phase ends, picoseconds.
  var nextEnd: Int64 = .max
  /// Memory traffic of each GPU, bytes per second; zero but for those in `trafficGPUs`.
  var traffic: ContiguousArray<Double>
  /// The same, each byte weighted by how much it stretches memory-bound work.
  var disturbance: ContiguousArray<Double>
  /// What copies carry through each GPU's NVLink ports, bytes per second: out of it and into it. Zero but for those in
  /// `trafficGPUs`.
  var portOut: ContiguousArray<Double>
  var portIn: ContiguousArray<Double>
  /// How many kernels that move bytes over links run on each GPU.
  var kernels: ContiguousArray<Int32>
  var trafficGPUs: ContiguousArray<Int32> = []
  var slowdowns: SlowdownReport
  var ledger: LinkLedger

  /// - Parameters:
  ///   - servers: in order; their GPUs are numbered through. Each must be free of problems.
  ///   - network: what joins the servers' cards; free of problems too.
  public init(_ servers: [ServerSpec], network: ClusterNetworkSpec = .oneSwitch) {
    for server in servers {
      precondition(server.problems().isEmpty, "server '\(server.name)' was not checked: \(server.problems())")
    }
    precondition(network.problems().isEmpty, "the network was not checked: \(network.problems())")
    map = LinkMap(servers, network: network)
    shares = FairShares(resourceCount: map.kinds.count)
    traffic = ContiguousArray(repeating: 0, count: map.gpus.count)
    disturbance = ContiguousArray(repeating: 0, count: map.gpus.count)
    portOut = ContiguousArray(repeating: 0, count: map.gpus.count)
    portIn = ContiguousArray(repeating: 0, count: map.gpus.count)
    kernels = ContiguousArray(repeating: 0, count: map.gpus.count)
    ledger = LinkLedger(resourceCount: map.kinds.count)
    slowdowns = SlowdownReport(gpuCount: map.gpus.count)
    flows.reserveCapacity(4 * map.gpus.count)
    trafficGPUs.reserveCapacity(map.gpus.count)
  }

  public var gpuCount: Int { map.gpus.count }
  public var serverCount: Int { map.servers.count }

  /// Transfers and streams not yet finished.
  public var flowCount: Int { flows.count }

  /// When a transfer next changes phase or finishes; `.never` when none will.
  public var nextChange: SimTime { SimTime(picoseconds: nextEnd) }

  /// Whether anything joins two endpoints.
  public func connects(_ source: Endpoint, _ destination: Endpoint) -> Bool {
    map.route(from: source, to: destination) != nil
  }

  /// What copies between two GPUs mainly go over; `nil` when nothing joins them.
  public func medium(from a: Int, to b: Int) -> TransferMedium? {
    switch map.route(from: .gpu(a), to: .gpu(b))?.link {
    case .peer: .nvlink
    case .host: .pcie
    case .network: .network
    case nil: nil
    }
  }

  /// Starts moving bytes.
  ///
  /// - Parameters:
  ///   - bytes: how many, more than zero.
  ///   - fragmentBytes: the size of each contiguous piece in paged memory; the last may be smaller. For `blockwise`
  ///     the size of a block, of all layers.
  ///   - pulled: the destination drives the copy, as when a GPU fetches from a peer; matters where reading a peer's
  ///     memory and writing it differ, and for `blockwise` and `kernel`, for it says which GPU's kernel works.
  ///   - at: no earlier than the latest event, and no later than `nextChange`.
  ///   - tag: returned with the completion.
  @discardableResult
  public mutating func start(
    from source: Endpoint, to destination: Endpoint, bytes: Int64, fragmentBytes: Int64, mode: TransferMode,
    pulled: Bool = false, at time: SimTime, tag: Int64 = 0
  ) -> FlowID {
    let (route, timing) = price(source, destination, bytes, fragmentBytes, mode, pulled)
    return launch(Flow(route, timing, bytes: bytes, mode: mode, pulled: pulled, tag: tag), at: time)
  }

  /// Starts a copy of gathered blocks in the background, as a checkpoint's: no faster than the link's stream bandwidth.
  ///
  /// - Parameters:
  ///   - bytes: how many, more than zero. Each is read, written and read again in a source GPU's memory.
  ///   - at: as for `start`.
  ///   - tag: returned with the completion.
  @discardableResult
  public mutating func startInBackground(
    from source: Endpoint, to destination: Endpoint, bytes: Int64, at time: SimTime, tag: Int64 = 0
  ) -> FlowID {
    precondition(bytes > 0, "a transfer moves at least one byte")
    guard let route = map.route(from: source, to: destination) else {
      preconditionFailure("nothing joins \(source) and \(destination)")
    }
    let gathers = route.sourceGPU >= 0
    var flow = Flow(route, map.backgroundTiming(route), bytes: bytes, tag: tag)
    if gathers { flow.sourceTraffic = Flow.gatheredTraffic }
    return launch(flow, at: time)
  }

  private mutating func launch(_ flow: Flow, at time: SimTime) -> FlowID {
    enter(time)
    var flow = flow
    flow.number = nextNumber
    flow.since = now
    flow.phaseEnd = now + flow.timing.gather.picoseconds
    nextNumber += 1
    let moves = flow.skipEmptyPhases(at: now)
    flows.append(flow)
    if moves { divide() }
    refresh()
    return FlowID(number: flow.number)
  }

  /// Starts a standing flow that never finishes by itself, for example other traffic on a link.
  ///
  /// - Parameters:
  ///   - bytesPerSecond: the most it may take; it shares links like any transfer. Zero pauses it.
  ///   - mode: a stream that gathers at its source reads, writes and reads again each byte there.
  @discardableResult
  public mutating func startStream(
    from source: Endpoint, to destination: Endpoint, bytesPerSecond: Double, mode: TransferMode = .gathered,
    at time: SimTime, tag: Int64 = 0
  ) -> FlowID {
    precondition(bytesPerSecond >= 0 && bytesPerSecond.isFinite, "a stream's rate must not be negative")
    guard let route = map.route(from: source, to: destination) else {
      preconditionFailure("nothing joins \(source) and \(destination)")
    }
    enter(time)
    let number = nextNumber
    nextNumber += 1
    flows.append(
      Flow(
        number: number, tag: tag, phase: .stream, phaseEnd: .max, route: route,
        timing: TransferTiming(rateLimit: bytesPerSecond), totalBytes: 0, remaining: 0, since: now,
        sourceTraffic: mode.gathersAtSource && route.sourceGPU >= 0 ? Flow.gatheredTraffic : 1))
    divide()
    refresh()
    return FlowID(number: number)
  }

  /// Changes the most that a stream may take, bytes per second.
  public mutating func updateStream(_ id: FlowID, bytesPerSecond: Double, at time: SimTime) {
    precondition(bytesPerSecond >= 0 && bytesPerSecond.isFinite, "a stream's rate must not be negative")
    guard let index = index(of: id), flows[index].phase == .stream else {
      preconditionFailure("flow \(id.number) is not a stream under way")
    }
    enter(time)
    flows[index].timing.rateLimit = bytesPerSecond
    divide()
    refresh()
  }

  /// Ends a stream, or abandons a transfer, without a completion.
  ///
  /// - Returns: the bytes it has moved, rounded down; they stay counted as moved. `nil` for one not under way.
  @discardableResult
  public mutating func stop(_ id: FlowID, at time: SimTime) -> Int64? {
    guard let index = index(of: id) else { return nil }
    enter(time)
    let flow = flows.remove(at: index)
    switch flow.phase {
    case .bytes, .stream:
      ledger.add(bytesMoved(flow, at: now), flow.route)
      divide()
    case .gather, .lead, .scatter, .finish, .done: break
    }
    refresh()
    return flow.phase == .scatter || flow.phase == .finish ? flow.totalBytes : bytesMoved(flow, at: now)
  }

  /// The time a transfer takes when nothing else is under way; what a policy may predict with.
  public func uncontendedDuration(
    from source: Endpoint, to destination: Endpoint, bytes: Int64, fragmentBytes: Int64, mode: TransferMode,
    pulled: Bool = false
  ) -> SimDuration {
    let (_, timing) = price(source, destination, bytes, fragmentBytes, mode, pulled)
    let moving = LinkMap.duration(ofBytes: Double(bytes), at: timing.rateLimit)
    return timing.gather + timing.lead + moving + timing.scatter + timing.finish
  }

  private func price(
    _ source: Endpoint, _ destination: Endpoint, _ bytes: Int64, _ fragmentBytes: Int64, _ mode: TransferMode,
    _ pulled: Bool
  ) -> (Route, TransferTiming) {
    precondition(bytes > 0, "a transfer moves at least one byte")
    precondition(fragmentBytes > 0, "a fragment holds at least one byte")
    guard let route = map.route(from: source, to: destination) else {
      preconditionFailure("nothing joins \(source) and \(destination)")
    }
    return (route, map.timing(route, bytes: bytes, fragmentBytes: fragmentBytes, mode: mode, pulled: pulled))
  }

  private mutating func enter(_ time: SimTime) {
    precondition(time.picoseconds >= now, "the network is already past \(time.seconds) s")
    precondition(time.picoseconds <= nextEnd, "advance the network to \(time.seconds) s first")
    now = time.picoseconds
  }

  func index(of id: FlowID) -> Int? { flows.firstIndex { $0.number == id.number } }
}
