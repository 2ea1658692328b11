import SimCore

/// Bytes and busy time of every resource.
struct LinkLedger: Sendable {
  /// Bytes of transfers that have moved all of theirs, and of stopped streams.
  var bytes: ContiguousArray<Int64>
  /// Picoseconds during which something moved, up to the latest change.
  var busy: ContiguousArray<Int64>
  /// Since when something has been moving, −1 when nothing is.
  var busySince: ContiguousArray<Int64>
  private var busyResources: ContiguousArray<Int32> = []
  private var resources: ContiguousArray<Int32> = []
  private var stamp: ContiguousArray<Int64>
  private var epoch: Int64 = 0

  init(resourceCount: Int) {
    bytes = ContiguousArray(repeating: 0, count: resourceCount)
    busy = ContiguousArray(repeating: 0, count: resourceCount)
    busySince = ContiguousArray(repeating: -1, count: resourceCount)
    stamp = ContiguousArray(repeating: 0, count: resourceCount)
    busyResources.reserveCapacity(resourceCount)
  }

  mutating func add(_ moved: Int64, _ route: Route) {
    for step in 0..<Int(route.count) { bytes[Int(route.resources[step])] += moved }
  }

  /// Links that transfers move bytes over are busy from now on, the others no longer. Standing streams do not count:
  /// they trickle, and a link that carries one is free for anything else.
  mutating func noteBusy(_ flows: ContiguousArray<Flow>, at now: Int64) {
    epoch += 1
    resources.removeAll(keepingCapacity: true)
    for flow in flows where flow.phase == .bytes {
      for step in 0..<Int(flow.route.count) {
        let resource = flow.route.resources[step]
        if stamp[Int(resource)] == epoch { continue }
        stamp[Int(resource)] = epoch
        resources.append(resource)
        if busySince[Int(resource)] < 0 { busySince[Int(resource)] = now }
      }
    }
    for resource in busyResources where stamp[Int(resource)] != epoch {
      busy[Int(resource)] += now - busySince[Int(resource)]
      busySince[Int(resource)] = -1
    }
    busyResources.removeAll(keepingCapacity: true)
    busyResources.append(contentsOf: resources)
  }
}

extension TransferNetwork {
  /// Bytes per second that transfers read from and write to a GPU's memory now.
  public func memoryTraffic(ofGPU gpu: Int) -> Double { traffic[gpu] }

  /// How much memory-bound work on a GPU is stretched by transfers now, in 1/1024ths; 1024 when undisturbed.
  ///
  /// 1 + the sum of coefficient x traffic / memory bandwidth, and what a kernel that moves bytes over a link takes of
  /// its multiprocessors, rounded to the nearest 1/1024.
  public func slowdown(ofGPU gpu: Int) -> Int {
    if traffic[gpu] == 0 { return 1024 }
    let prices = map.servers[Int(map.gpus[gpu].server)].prices
    let shared = kernels[gpu] > 0 ? prices.kernelInterference : 0
    let stretch = 1 + disturbance[gpu] / prices.gpuMemoryBandwidth + shared
    return Int((stretch * 1024).rounded(.toNearestOrEven))
  }

  /// How much of its NVLink ports copies to and from a GPU fill now, in 1/1024ths: of the port that is fuller, in or
  /// out.
  public func portLoad(ofGPU gpu: Int) -> Int {
    let links = map.gpus[gpu]
    guard links.nvlinkOut >= 0, portOut[gpu] > 0 || portIn[gpu] > 0 else { return 0 }
    let load = max(
      portOut[gpu] / map.capacities[Int(links.nvlinkOut)], portIn[gpu] / map.capacities[Int(links.nvlinkIn)])
    return min(1024, Int((load * 1024).rounded(.toNearestOrEven)))
  }

  /// The rate of a transfer or stream now, bytes per second; zero outside its bytes phase.
  public func rate(of id: FlowID) -> Double { index(of: id).map { flows[$0].rate } ?? 0 }

  /// Bytes that a transfer or stream has moved by `time`, rounded down; `nil` for one no longer under way.
  ///
  /// - Parameter time: between the latest event and `nextChange`.
  public func bytesMoved(by id: FlowID, at time: SimTime) -> Int64? {
    guard let index = index(of: id) else { return nil }
    switch flows[index].phase {
    case .scatter, .finish: return flows[index].totalBytes
    case .gather, .lead, .bytes, .stream, .done: return bytesMoved(flows[index], at: time.picoseconds)
    }
  }

  /// Bytes moved by `time` over all links of a kind; parts of transfers still under way are included, rounded down.
  ///
  /// - Parameter time: between the latest event and `nextChange`.
  public func bytesMoved(over kind: LinkKind, at time: SimTime) -> Int64 {
    var total: Int64 = 0
    for resource in map.kinds.indices where map.kinds[resource] == kind { total += ledger.bytes[resource] }
    for flow in flows where flow.phase == .bytes || flow.phase == .stream {
      let moved = bytesMoved(flow, at: time.picoseconds)
      for step in 0..<Int(flow.route.count) where map.kinds[Int(flow.route.resources[step])] == kind { total += moved }
    }
    return total
  }

  /// How long bytes have been moving over one link by `time`.
  ///
  /// - Parameters:
  ///   - owner: the GPU the link belongs to; for host memory the server, for a network card or a leaf switch its
  ///     number, counted through all servers. A PCIe switch belongs to the first of its GPUs.
  ///   - time: between the latest event and `nextChange`.
  public func busyTime(of kind: LinkKind, owner: Int, at time: SimTime) -> SimDuration {
    let resource = map.kinds.indices.first { map.kinds[$0] == kind && map.owners[$0] == Int32(owner) }
    return resource.map { busyTime(of: $0, at: time) } ?? .zero
  }

  /// How long bytes have been moving over each link of a kind by `time`, by owner in order.
  ///
  /// - Parameter time: between the latest event and `nextChange`.
  public func busyTimes(of kind: LinkKind, at time: SimTime) -> [SimDuration] {
    map.kinds.indices.filter { map.kinds[$0] == kind }.map { busyTime(of: $0, at: time) }
  }

  private func busyTime(of resource: Int, at time: SimTime) -> SimDuration {
    var total = ledger.busy[resource]
    if ledger.busySince[resource] >= 0 { total += time.picoseconds - ledger.busySince[resource] }
    return SimDuration(picoseconds: total)
  }

  func bytesMoved(_ flow: Flow, at now: Int64) -> Int64 {
    switch flow.phase {
    case .gather, .lead: 0
    case .bytes: min(flow.totalBytes, Int64(Double(flow.totalBytes) - max(flow.remaining - flow.movedSince(now), 0)))
    case .stream: Int64(flow.movedSince(now) - flow.remaining)
    case .scatter, .finish, .done: 0
    }
  }

  /// The first law of the network that does not hold now, `nil` when all do; for `--check-invariants`.
  public func brokenLaw() -> String? {
    var used = [Double](repeating: 0, count: map.kinds.count)
    for flow in flows where flow.sharesLinks(at: now) {
      if flow.rate < 0 || flow.rate > flow.timing.rateLimit { return "flow \(flow.number) exceeds its own limit" }
      if flow.phase == .bytes, flow.remaining < 0 || flow.remaining > Double(flow.totalBytes) {
        return "flow \(flow.number) has \(flow.remaining) of \(flow.totalBytes) bytes left"
      }
      for step in 0..<Int(flow.route.count) {
        used[Int(flow.route.resources[step])] += flow.rate * flow.route.weight(step)
      }
    }
    for resource in used.indices where used[resource] > map.capacities[resource] * (1 + 1e-9) {
      return "\(map.kinds[resource].rawValue) of \(map.owners[resource]) carries \(used[resource]) B/s, "
        + "more than its \(map.capacities[resource])"
    }
    if flows.contains(where: { $0.phaseEnd < now }) { return "a phase ended before \(now) ps unnoticed" }
    return nil
  }
}
