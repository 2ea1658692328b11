import CUDA

/// Runs patterns of copies that start together, and times each copy on its own GPU's clock.
struct ContentionMeasurements {
  /// The columns of `@contention`: one row for each flow of each pattern. `bytes` are those that the flow moved,
  /// `seconds` the median of how long it took from the common start.
  static let columns = ["pattern", "flow", "from", "to", "driver", "bytes", "seconds", "spread"]

  let rig: LinkRig

  /// How often a flow copies its buffer: NVLink is faster than PCIe, and every flow should last many times longer than
  /// the starts are apart.
  func copies(_ flow: ContentionPattern.Flow) -> Int { flow.isHost ? 1 : (rig.bench.isQuick ? 4 : 8) }

  func measure(_ pattern: ContentionPattern, into findings: Findings) throws {
    let runs = try pattern.flows.enumerated().map { index, flow in try prepare(flow, index, pattern) }
    let bytes = rig.large / (rig.bench.isQuick ? 4 : 2)
    let gateSide = try rig.side(pattern.flows[0].driver)
    let hold = try LinkKernels.function("wait_nanoseconds", rig.bench, gateSide.device)
    let gateStream = try Stream(gateSide.device)
    let gate = try Event(gateSide.device)
    // One start for each GPU, on a stream of its own: on a stream with copies it would wait in line behind the copies
    // of others where a copy engine takes them one after the other.
    var starts: [Int: (stream: Stream, event: Event)] = [:]
    for flow in pattern.flows where starts[flow.driver] == nil {
      let device = try rig.side(flow.driver).device
      starts[flow.driver] = (try Stream(device), try Event(device))
    }
    var times = [[Double]](repeating: [], count: runs.count)
    for round in 0..<(rig.bench.isQuick ? 4 : 6) {
      // Everything is queued behind the gate, so that the host's speed in queueing plays no part.
      try gateStream.launch(hold, grid: 1, block: 1, [.long(300_000 + 100_000 * runs.count)])
      try gateStream.record(gate)
      for start in starts.values {
        try start.stream.wait(for: gate)
        try start.stream.record(start.event)
      }
      for (flow, run) in zip(pattern.flows, runs) {
        try run.stream.wait(for: gate)
        for _ in 0..<copies(flow) { try run.stream.copy(to: run.target, from: run.source, bytes: bytes) }
        try run.stream.record(run.end)
      }
      for run in runs { try run.stream.synchronise() }
      if round == 0 { continue }
      for (index, flow) in pattern.flows.enumerated() {
        guard let start = starts[flow.driver]?.event else { continue }
        times[index].append(try runs[index].end.seconds(since: start))
      }
    }
    for (index, flow) in pattern.flows.enumerated() {
      let timing = Timing(times[index])
      findings.add(
        "contention", header: Self.columns,
        row: [
          pattern.name, "\(index)", place(flow.from), place(flow.to), "\(flow.driver)", "\(bytes * copies(flow))",
          ProfileNumber.text(timing.median), ProfileNumber.text(timing.spread, digits: 2),
        ])
    }
  }

  private func place(_ gpu: Int?) -> String { gpu.map { "gpu\($0)" } ?? "host" }

  private struct Run {
    let stream: Stream
    let end: Event
    let source: UInt64
    let target: UInt64
  }

  private func prepare(
    _ flow: ContentionPattern.Flow, _ index: Int, _ pattern: ContentionPattern
  ) throws -> Run {
    let side = try rig.side(flow.driver)
    // Flows that one GPU drives at once need streams of their own.
    let earlier = pattern.flows[..<index].count { $0.driver == flow.driver }
    let stream = earlier < side.streams.count ? side.streams[earlier] : try Stream(side.device)
    let from = flow.from.map { LinkRig.Place.gpu($0) } ?? .host
    let to = flow.to.map { LinkRig.Place.gpu($0) } ?? .host
    let (source, target) = try rig.addresses(from: from, to: to)
    return Run(stream: stream, end: try Event(side.device), source: source, target: target)
  }
}
