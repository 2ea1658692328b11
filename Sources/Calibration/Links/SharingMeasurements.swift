import CUDA

/// Pages that travel between GPUs in every way that a simulated engine knows, beside what the GPUs compute: a kernel
/// that reads memory, as decode does, and all-reduces through the same NVLink ports.
final class SharingMeasurements {
  /// How pages move.
  enum Mode: String, CaseIterable {
    /// One contiguous buffer: what the port carries at most.
    case copy
    /// Each page by a copy of its own.
    case fragmented
    /// A kernel gathers pages, or scatters them, on the GPU that pages; one copy moves them.
    case coalesced
    /// A kernel of the GPU that pages reads or writes the pages over the link.
    case kernel
  }

  /// Seen from the GPU that pages.
  enum Direction: String, CaseIterable {
    case out
    case back
  }

  /// The columns of `@sharing`. `gpu` is that of a reading kernel, `bytes` those of an all-reduce. `load_alone` and
  /// `load_beside` are seconds of one kernel or all-reduce, alone and beside the pages; `traffic_alone` and
  /// `traffic_beside` the bytes per second of one GPU's pages, alone and beside the load. `group` has the GPUs of an
  /// all-reduce, `pages` which GPU pages to which.
  static let columns = [
    "load", "gpu", "bytes", "mode", "direction", "load_alone", "load_beside", "traffic_alone", "traffic_beside",
    "spread", "group", "pages",
  ]

  /// Vectors of 8 and 64 tokens of a 70B model, of a chunk of 512, and one that is bound by bandwidth alone.
  static let vectors = [1 << 17, 1 << 20, 1 << 23, 1 << 26]

  /// The most loads that are queued at once on each GPU. A driver lets about a thousand launches wait and then stops
  /// the host in the middle of a call; all-reduces wait for each other across GPUs, so the host must never be stopped
  /// between the halves of one.
  static let mostQueued = 200

  private let rig: LinkRig
  private let layout: PagedLayout
  private let nccl: () throws -> NCCL
  private var teams: [[Int]: Team] = [:]

  private struct Team {
    let group: CollectiveGroup
    let streams: [Stream]
    let from: [DeviceMemory]
    let to: [DeviceMemory]
  }

  /// - Parameter layout: whose pages travel.
  init(rig: LinkRig, layout: PagedLayout, nccl: @escaping () throws -> NCCL) {
    self.rig = rig
    self.layout = layout
    self.nccl = nccl
  }

  func measurements() -> [Measurement] {
    var list: [Measurement] = []
    for arrangement in SharingArrangement.all(gpus: rig.bench.devices.count) {
      for load in arrangement.loads(Self.vectors) {
        for mode in Mode.allCases {
          for direction in Direction.allCases {
            let name = "\(load.inWords) beside \(mode.rawValue) \(direction.rawValue), \(arrangement.text)"
            list.append(
              Measurement(.sharing, name, expectedSeconds: 0.4) { [self] _, findings in
                try measure(load, mode, direction, arrangement, into: findings)
              })
          }
        }
      }
    }
    list.append(Measurement(.sharing, "parting the GPUs", expectedSeconds: 0.5) { [self] _, _ in teams = [:] })
    return list
  }

  private func measure(
    _ load: SharingArrangement.Load, _ mode: Mode, _ direction: Direction, _ arrangement: SharingArrangement,
    into findings: Findings
  ) throws {
    var pagers: [(stream: Stream, queue: () throws(CUDAError) -> Void)] = []
    var bytes = 0
    for pair in arrangement.pages {
      let (own, peer) = (try rig.side(pair.pager), try rig.side(pair.lender))
      try rig.join(pair.pager, pair.lender)
      try rig.join(pair.lender, pair.pager)
      let (queue, burst) = try traffic(mode, direction, own, peer, on: own.streams[0])
      pagers.append((own.streams[0], queue))
      bytes = burst
    }
    let queuePages: () throws(CUDAError) -> Void = { () throws(CUDAError) in
      for pager in pagers { try pager.queue() }
    }
    func synchronisePages() throws(CUDAError) { for pager in pagers { try pager.stream.synchronise() } }
    let pages = pagers[0].stream
    let own = pages.device
    let (loadStreams, queueLoad) = try self.load(load)
    let once = try time(loadStreams, count: 8) { () throws(CUDAError) in try queueLoad() }
    let calm = try rig.bench.deviceTime(on: pages, repeats: 5) { () throws(CUDAError) in try queuePages() }
    try synchronisePages()

    let start = try Event(loadStreams[0].device)
    let end = try Event(loadStreams[0].device)
    let (pagesStart, pagesEnd) = (try Event(own), try Event(own))
    let gateStream = try Stream(own)
    let gate = try Event(own)
    let hold = try LinkKernels.function("wait_nanoseconds", rig.bench, own)
    var aloneTimes: [Double] = []
    var besideTimes: [Double] = []
    var trafficTimes: [Double] = []
    // In turn: the load alone; the load beside enough pages to cover it; pages beside enough of the load.
    for round in 0..<(3 * (rig.bench.repeats + 1)) {
      let timesTraffic = round % 3 == 2
      let hasTraffic = round % 3 != 0
      // About 4 ms of load; its time beside pages may be several times what it is alone.
      let bursts = self.bursts(timesTraffic, once: once.median, calm: calm.median)
      let loads =
        timesTraffic
        ? min(Self.mostQueued, Int((2 * Double(bursts) * calm.median / once.median).rounded(.up)) + 8)
        : Self.loads(once: once.median)
      let queued = loads * loadStreams.count + 2
      try gateStream.launch(hold, grid: 1, block: 1, [.long(300_000 + 12_000 * queued)])
      try gateStream.record(gate)
      for stream in loadStreams { try stream.wait(for: gate) }
      for pager in pagers { try pager.stream.wait(for: gate) }
      if hasTraffic { try queuePages() }
      try queueLoad()
      if timesTraffic { try pages.record(pagesStart) } else { try loadStreams[0].record(start) }
      if timesTraffic {
        for _ in 0..<loads { try queueLoad() }
        for _ in 0..<bursts { try queuePages() }
        try pages.record(pagesEnd)
      } else {
        for _ in 0..<loads { try queueLoad() }
        try loadStreams[0].record(end)
        if hasTraffic { for _ in 0..<bursts { try queuePages() } }
      }
      for stream in loadStreams { try stream.synchronise() }
      try synchronisePages()
      if round < 3 { continue }
      switch round % 3 {
      case 0: aloneTimes.append(try end.seconds(since: start) / Double(loads))
      case 1: besideTimes.append(try end.seconds(since: start) / Double(loads))
      default: trafficTimes.append(try pagesEnd.seconds(since: pagesStart) / Double(bursts))
      }
    }
    let beside = Timing(besideTimes)
    var (gpu, vector, group) = ("", "", "")
    switch load {
    case .reading(let number): gpu = "\(number)"
    case .allReduce(let bytes, let members):
      vector = "\(bytes)"
      group = SharingArrangement.text(members)
    }
    findings.add(
      "sharing", header: Self.columns,
      row: [
        load.name, gpu, vector, mode.rawValue, direction.rawValue, ProfileNumber.text(Timing(aloneTimes).median),
        ProfileNumber.text(beside.median), ProfileNumber.text(Double(bytes) / calm.median),
        ProfileNumber.text(Double(bytes) / Timing(trafficTimes).median), ProfileNumber.text(beside.spread, digits: 2),
        group, arrangement.text,
      ])
  }

  /// About 4 ms of load, or as many as may be queued.
  private static func loads(once: Double) -> Int { min(mostQueued, max(6, Int((4e-3 / once).rounded(.up)))) }

  /// Bursts of pages that cover the load even if it takes three times as long beside them; one or two where the load is
  /// to cover them.
  private func bursts(_ timesTraffic: Bool, once: Double, calm: Double) -> Int {
    if timesTraffic { return calm > 1e-3 ? 1 : 2 }
    return min(Self.mostQueued, Int((3 * Double(Self.loads(once: once)) * once / calm).rounded(.up)) + 2)
  }

  /// Seconds of one of several in a row on streams of several GPUs, by the first one's events.
  private func time(
    _ streams: [Stream], count: Int, _ queue: () throws(CUDAError) -> Void
  ) throws(CUDAError) -> Timing {
    let (start, end) = (try Event(streams[0].device), try Event(streams[0].device))
    var times: [Double] = []
    for round in 0..<5 {
      try queue()
      try streams[0].record(start)
      for _ in 0..<count { try queue() }
      try streams[0].record(end)
      for stream in streams { try stream.synchronise() }
      if round >= 2 { times.append(try end.seconds(since: start) / Double(count)) }
    }
    return Timing(times)
  }

  // MARK: What runs

  private func load(_ load: SharingArrangement.Load) throws -> ([Stream], () throws(CUDAError) -> Void) {
    switch load {
    case .reading(let gpu):
      let side = try rig.side(gpu)
      let stream = side.streams[2]
      let function = try LinkKernels.function("read_words", rig.bench, side.device)
      // The second half of the second buffer: pages keep to the rest.
      let half = side.second.address + UInt64(rig.large / 2)
      return (
        [stream],
        { [rig] () throws(CUDAError) in
          try stream.launch(
            function, grid: LinkKernels.grid(side.device), block: Extent(LinkKernels.threads),
            [.address(half), .long(rig.large / 32), .memory(side.second)])
        }
      )
    case .allReduce(let bytes, let members):
      let team = try self.joined(members)
      return (
        team.streams,
        { () throws(CUDAError) in
          try team.group.queue(.allReduce, bytes: bytes, from: team.from, to: team.to, on: team.streams)
        }
      )
    }
  }

  private func joined(_ members: [Int]) throws -> Team {
    if let team = teams[members] { return team }
    let devices = members.map { rig.bench.devices[$0] }
    let bytes = Self.vectors.max() ?? 0
    let made = Team(
      group: try CollectiveGroup(try nccl(), devices: devices), streams: try devices.map { try Stream($0) },
      from: try devices.map { try DeviceMemory($0, bytes: bytes) },
      to: try devices.map { try DeviceMemory($0, bytes: bytes) })
    for (stream, memory) in zip(made.streams, made.from) {
      try stream.fill(memory, word: 0x3c00_3f81)
      try stream.synchronise()
    }
    teams[members] = made
    return made
  }

  // MARK: What travels

  /// How to queue a burst of pages, and its bytes.
  private func traffic(
    _ mode: Mode, _ direction: Direction, _ own: LinkRig.Side, _ peer: LinkRig.Side, on stream: Stream
  ) throws -> (() throws(CUDAError) -> Void, Int) {
    let fragment = layout.fragmentBytes
    // Fragments are issued one by one: fewer of them make a burst of the same length.
    let most = (rig.bench.isQuick ? 32 : 64) << 20
    let count = max(1, (mode == .fragmented ? most / 8 : most) / fragment)
    let bytes = count * fragment
    let isOut = direction == .out
    let buffer = own.second.address
    switch mode {
    case .copy:
      return (
        { () throws(CUDAError) in
          if isOut {
            try stream.copy(to: peer.second.address, from: own.first.address, bytes: bytes)
          } else {
            try stream.copy(to: own.first.address, from: peer.second.address, bytes: bytes)
          }
        }, bytes
      )
    case .fragmented:
      // Pages lie apart.
      let stride = UInt64(2 * fragment)
      return (
        { () throws(CUDAError) in
          for index in 0..<UInt64(count) {
            let (here, there) = (own.first.address + index * stride, peer.second.address + index * stride)
            try stream.copy(to: isOut ? there : here, from: isOut ? here : there, bytes: fragment)
          }
        }, bytes
      )
    case .coalesced, .kernel:
      let name = isOut ? "gather" : "scatter"
      let function = try LinkKernels.function(name, rig.bench, own.device)
      let order = try rig.pageOrder(slots: 2 * count, count: count, own.device, stream)
      let far = mode == .kernel ? peer.second.address : buffer
      let move: () throws(CUDAError) -> Void = {
        try stream.launch(
          function, grid: LinkKernels.grid(own.device), block: Extent(LinkKernels.threads),
          [
            .address(isOut ? own.first.address : far), .address(isOut ? far : own.first.address), .memory(order),
            .int(fragment / 16), .int(count),
          ])
      }
      if mode == .kernel { return (move, bytes) }
      return (
        { () throws(CUDAError) in
          if !isOut { try stream.copy(to: buffer, from: peer.second.address, bytes: bytes) }
          try move()
          if isOut { try stream.copy(to: peer.second.address, from: buffer, bytes: bytes) }
        }, bytes
      )
    }
  }
}
