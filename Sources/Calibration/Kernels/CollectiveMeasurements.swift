import CUDA

/// Collectives with NCCL over the first 2, 4 and 8 GPUs.
final class CollectiveMeasurements {
  private let bench: Bench
  private let plan: KernelPlan
  private let nccl: NCCL
  /// Made when the first measurement of its size needs it, given up with the last.
  private var team: Team?

  init(_ bench: Bench, _ plan: KernelPlan, _ nccl: NCCL) {
    self.bench = bench
    self.plan = plan
    self.nccl = nccl
  }

  /// GPUs with what each needs.
  private struct Team {
    let group: CollectiveGroup
    let streams: [Stream]
    let from: [DeviceMemory]
    let to: [DeviceMemory]
    let starts: [Event]
    let ends: [Event]
  }

  func measurements() -> [Measurement] {
    var list: [Measurement] = []
    for count in [2, 4, 8] where count <= bench.devices.count {
      for operation in CollectiveOperation.allCases {
        list.append(
          Measurement(
            .collectives, "\(operation.rawValue) over \(count) GPUs",
            expectedSeconds: 0.06 * Double(plan.collectiveBytes.count) + (operation == .allReduce ? 3 : 0)
          ) { [self] _, findings in try measure(operation, over: count, into: findings) })
      }
    }
    if !list.isEmpty {
      list.append(Measurement(.collectives, "parting the GPUs", expectedSeconds: 0.5) { [self] _, _ in team = nil })
    }
    return list
  }

  private func team(of count: Int) throws(CUDAError) -> Team {
    if let team, team.group.devices.count == count { return team }
    team = nil
    let devices = Array(bench.devices.prefix(count))
    let bytes = plan.collectiveBytes.max() ?? 0
    var streams: [Stream] = []
    var from: [DeviceMemory] = []
    var to: [DeviceMemory] = []
    var starts: [Event] = []
    var ends: [Event] = []
    for device in devices {
      let stream = try Stream(device)
      let source = try DeviceMemory(device, bytes: bytes)
      // Sums of numbers of this pattern stay finite and are not zero: bf16 0.0078 and 1.0078.
      try stream.fill(source, word: 0x3c00_3f81)
      try stream.synchronise()
      streams.append(stream)
      from.append(source)
      to.append(try DeviceMemory(device, bytes: bytes))
      starts.append(try Event(device))
      ends.append(try Event(device))
    }
    let made = Team(
      group: try CollectiveGroup(nccl, devices: devices), streams: streams, from: from, to: to, starts: starts,
      ends: ends)
    team = made
    return made
  }

  private func measure(_ operation: CollectiveOperation, over count: Int, into findings: Findings) throws {
    let team = try team(of: count)
    if operation == .allReduce { try check(team) }
    var graphs: [String] = []
    for bytes in plan.collectiveBytes {
      let plain = try time(team, operation, bytes: bytes, inGraph: false)
      record(operation, count, bytes, "launched", plain, into: findings)
      guard operation == .allReduce else { continue }
      let graph = try time(team, operation, bytes: bytes, inGraph: true)
      record(operation, count, bytes, "graph", graph, into: findings)
      graphs.append(ProfileNumber.text(graph.median * 1e6, digits: 4))
    }
    if operation == .allReduce {
      findings.add(
        "allreduce", header: ["bfloat16", "library", "gpus"] + plan.collectiveBytes.map(String.init),
        row: ["nccl", "\(count)"] + graphs)
    }
  }

  private func record(
    _ operation: CollectiveOperation, _ count: Int, _ bytes: Int, _ how: String, _ timing: Timing,
    into findings: Findings
  ) {
    findings.add(
      "collective", header: ["operation", "library", "gpus", "bytes", "how", "us", "spread", "gb_per_s"],
      row: [
        operation.rawValue, "nccl", "\(count)", "\(bytes)", how, ProfileNumber.text(timing.median * 1e6, digits: 4),
        ProfileNumber.text(timing.spread, digits: 2),
        ProfileNumber.text(Double(bytes) / max(timing.median, 1e-12) * 1e-9, digits: 4),
      ])
  }

  /// Holds a small all-reduce against the sum it should be: every GPU gives the same two numbers.
  private func check(_ team: Team) throws {
    let bytes = plan.collectiveBytes.min() ?? 2048
    try team.group.queue(.allReduce, bytes: bytes, from: team.from, to: team.to, on: team.streams)
    for stream in team.streams { try stream.synchronise() }
    let host = try HostMemory(team.group.devices[0], bytes: bytes)
    let count = Double(team.streams.count)
    for (stream, memory) in zip(team.streams, team.to) {
      try stream.copy(to: host.address, from: memory.address, bytes: bytes)
      try stream.synchronise()
      let numbers = host.values(of: UInt16.self).map(AttentionReference.number)
      let wanted = numbers.indices.map { count * ($0 % 2 == 0 ? 1.0078125 : 0.0078125) }
      try WrongResult.check("NCCL's all-reduce", AttentionReference.relativeError(numbers, wanted))
    }
  }

  /// Seconds of one collective among several in a row, by the events of the first GPU, which cannot be done before the
  /// others are.
  private func time(
    _ team: Team, _ operation: CollectiveOperation, bytes: Int, inGraph: Bool
  ) throws(CUDAError) -> Timing {
    func once() throws(CUDAError) {
      try team.group.queue(operation, bytes: bytes, from: team.from, to: team.to, on: team.streams)
    }
    func synchronise() throws(CUDAError) { for stream in team.streams { try stream.synchronise() } }
    try once()
    try synchronise()
    // About 2 ms of work at 100 GB/s.
    let repetitions = max(4, min(32, Int(2e-3 / (20e-6 + Double(bytes) / 100e9))))
    func queueAll() throws(CUDAError) { for _ in 0..<repetitions { try once() } }
    var graphs: [Graph] = []
    if inGraph { graphs = try capture(team.streams[...], queueAll) }
    func round() throws(CUDAError) {
      if inGraph {
        for (graph, stream) in zip(graphs, team.streams) { try graph.launch(on: stream) }
      } else {
        try queueAll()
      }
    }
    var times: [Double] = []
    for index in 0..<(bench.repeats / 2 + 2) {
      try round()
      try team.streams[0].record(team.starts[0])
      try round()
      try team.streams[0].record(team.ends[0])
      try synchronise()
      if index >= 1 { times.append(try team.ends[0].seconds(since: team.starts[0]) / Double(repetitions)) }
    }
    return Timing(times)
  }

  /// Graphs of several streams out of calls that queue on all of them at once.
  private func capture(
    _ streams: ArraySlice<Stream>, _ queue: () throws(CUDAError) -> Void
  ) throws(CUDAError) -> [Graph] {
    guard let stream = streams.first else {
      try queue()
      return []
    }
    var others: [Graph] = []
    let graph = try stream.capture { () throws(CUDAError) in others = try capture(streams.dropFirst(), queue) }
    return [graph] + others
  }
}
