import CUDA

/// How much kernels on one GPU are slowed down while copies at full speed use its memory.
struct InterferenceMeasurements {
  /// What uses the memory of the GPU that computes.
  enum Traffic: String, CaseIterable {
    /// The GPU writes to its peer.
    case leaving = "leaving"
    /// The peer reads from the GPU.
    case leavingPulled = "leaving_pulled"
    /// The peer writes to the GPU.
    case arriving = "arriving"
    /// The GPU reads from its peer.
    case arrivingPulled = "arriving_pulled"
    /// Both of the above at once.
    case peerBothWays = "peer_both_ways"
    /// A kernel of the peer reads pages of the GPU's memory.
    case readByPeerKernel = "read_by_peer_kernel"
    case fromHost = "from_host"
    case toHost = "to_host"

    var needsPeer: Bool { self != .fromHost && self != .toHost }
  }

  enum Work: String, CaseIterable {
    /// Reads memory at full speed, like decode attention and thin matrix products.
    case reading = "reading"
    /// Multiplies tiles in registers at full speed.
    case multiplying = "multiplying"
    /// A large matrix product of cuBLASLt, like prefill.
    case product = "product"
  }

  /// The columns of `@interference`. `kernel_alone` and `kernel_beside` are seconds of one kernel, alone and beside the
  /// traffic; `traffic_alone` and `traffic_beside` the traffic's bytes per second, alone and beside kernels.
  static let columns = [
    "kernel", "traffic", "gpu", "peer", "kernel_alone", "kernel_beside", "traffic_alone", "traffic_beside", "spread",
  ]

  let rig: LinkRig

  func measure(_ work: Work, _ traffic: Traffic, gpu: Int, peer: Int, into findings: Findings) throws {
    let side = try rig.side(gpu)
    let stream = side.streams[2]
    let queueKernel = try kernel(work, side, stream)
    let (source, trafficStream, queueTraffic) = try copies(traffic, gpu: gpu, peer: peer)
    let once = try rig.bench.deviceTime(on: stream, repeats: 3) { () throws(CUDAError) in try queueKernel() }
    let calm = try rig.bench.deviceTime(on: trafficStream, repeats: 5) { () throws(CUDAError) in try queueTraffic() }

    let start = try Event(side.device)
    let end = try Event(side.device)
    let trafficStart = try Event(source)
    let trafficEnd = try Event(source)
    let hold = try LinkKernels.function("wait_nanoseconds", rig.bench, side.device)
    let gateStream = try Stream(side.device)
    let gate = try Event(side.device)
    var aloneTimes: [Double] = []
    var besideTimes: [Double] = []
    var trafficTimes: [Double] = []

    // In turn: kernels alone; kernels beside enough copies to cover them; copies beside enough kernels. Alone and
    // beside alternate, because a GPU that has worked for a while multiplies more slowly than a rested one.
    for round in 0..<(3 * (rig.bench.repeats + 1)) {
      let timesTraffic = round % 3 == 2
      let kernels = timesTraffic ? Int((4 * calm.median / once.median).rounded(.up)) + 4 : 6
      let covering = Int((2 * Double(kernels) * once.median / calm.median).rounded(.up)) + 2
      let bursts = timesTraffic ? 2 : covering
      let hasTraffic = round % 3 != 0
      try gateStream.launch(hold, grid: 1, block: 1, [.long(200_000 + 3_000 * (kernels + 4 * bursts))])
      try gateStream.record(gate)
      try stream.wait(for: gate)
      try trafficStream.wait(for: gate)
      // What is timed starts one after the other has, so that both are under way.
      if hasTraffic { try queueTraffic() }
      try queueKernel()
      if timesTraffic { try trafficStream.record(trafficStart) } else { try stream.record(start) }
      for _ in 0..<kernels { try queueKernel() }
      if !timesTraffic { try stream.record(end) }
      if hasTraffic { for _ in 0..<bursts { try queueTraffic() } }
      if timesTraffic { try trafficStream.record(trafficEnd) }
      try stream.synchronise()
      try trafficStream.synchronise()
      if round < 3 { continue }
      switch round % 3 {
      case 0: aloneTimes.append(try end.seconds(since: start) / Double(kernels))
      case 1: besideTimes.append(try end.seconds(since: start) / Double(kernels))
      default: trafficTimes.append(try trafficEnd.seconds(since: trafficStart) / Double(bursts))
      }
    }
    let alone = Timing(aloneTimes)
    let kernelTime = Timing(besideTimes)
    let bytes = Double(trafficBytes(traffic))
    findings.add(
      "interference", header: Self.columns,
      row: [
        work.rawValue, traffic.rawValue, "\(gpu)", traffic.needsPeer ? "\(peer)" : "",
        ProfileNumber.text(alone.median), ProfileNumber.text(kernelTime.median),
        ProfileNumber.text(bytes / calm.median), ProfileNumber.text(bytes / Timing(trafficTimes).median),
        ProfileNumber.text(kernelTime.spread, digits: 2),
      ])
  }

  private func kernel(_ work: Work, _ side: LinkRig.Side, _ stream: Stream) throws -> () throws(CUDAError) -> Void {
    let words = rig.large / 16
    let grid = LinkKernels.grid(side.device)
    let block = Extent(LinkKernels.threads)
    switch work {
    case .reading:
      let function = try LinkKernels.function("read_words", rig.bench, side.device)
      return { () throws(CUDAError) in
        try stream.launch(
          function, grid: grid, block: block, [.memory(side.second), .long(words), .memory(side.second)])
      }
    case .multiplying:
      let function = try LinkKernels.function("multiply", rig.bench, side.device)
      return { () throws(CUDAError) in
        try stream.launch(
          function, grid: grid, block: block, [.memory(side.second), .long(words), .int(100), .memory(side.second)])
      }
    case .product: return try product(side, stream)
    }
  }

  /// A square product in bf16, of operands in the second buffer.
  private func product(_ side: LinkRig.Side, _ stream: Stream) throws -> () throws(CUDAError) -> Void {
    let name = LibraryName.cuBLASLt(driverVersion: rig.bench.driver.version)
    let library = try DynamicLibrary(name, system: rig.bench.system)
    let blas = try CuBLASLt(side.device, CuBLASLtFunctions(library), path: library.path)
    // Three matrices of n x n numbers must fit.
    var n = 8192
    while 3 * 2 * n * n > rig.large { n /= 2 }
    let workspace = try DeviceMemory(side.device, bytes: 32 << 20)
    let product = try MatrixProduct(
      blas, rows: n, outputs: n, inputs: n, operands: .bfloat16, workspaceLimit: workspace.bytes)
    let bytes = UInt64(2 * n * n)
    let start = side.second.address
    return { () throws(CUDAError) in
      try product.queue(
        on: stream, weights: start, tokens: start + bytes, results: start + 2 * bytes, workspace: workspace)
    }
  }

  /// Bytes that one burst moves, in each direction together.
  private func trafficBytes(_ traffic: Traffic) -> Int { (traffic == .peerBothWays ? 2 : 1) * rig.large }

  /// The GPU whose stream the traffic is on, the stream, and how to queue one burst.
  private func copies(
    _ traffic: Traffic, gpu: Int, peer: Int
  ) throws -> (Device, Stream, () throws(CUDAError) -> Void) {
    // The kernel reads the second buffer; the copies keep to the first, so that they meet only in memory.
    let large = rig.large
    let own = try rig.side(gpu)
    let stream = own.streams[0]
    if !traffic.needsPeer {
      let host = try rig.host(gpu)
      return (
        own.device, stream,
        { () throws(CUDAError) in
          if traffic == .fromHost {
            try stream.copy(to: own.first.address, from: host.from.address, bytes: large)
          } else {
            try stream.copy(to: host.into.address, from: own.first.address, bytes: large)
          }
        }
      )
    }
    try rig.join(gpu, peer)
    try rig.join(peer, gpu)
    let other = try rig.side(peer)
    let peerStream = other.streams[0]
    switch traffic {
    case .leaving:
      return (
        own.device, stream,
        { () throws(CUDAError) in try stream.copy(to: other.first.address, from: own.first.address, bytes: large) }
      )
    case .leavingPulled:
      return (
        other.device, peerStream,
        { () throws(CUDAError) in try peerStream.copy(to: other.first.address, from: own.first.address, bytes: large) }
      )
    case .arriving:
      return (
        other.device, peerStream,
        { () throws(CUDAError) in try peerStream.copy(to: own.first.address, from: other.first.address, bytes: large) }
      )
    case .arrivingPulled:
      return (
        own.device, stream,
        { () throws(CUDAError) in try stream.copy(to: own.first.address, from: other.first.address, bytes: large) }
      )
    case .peerBothWays: return try bothWays(own, other, stream)
    case .readByPeerKernel:
      let function = try LinkKernels.function("copy_words", rig.bench, other.device)
      return (
        other.device, peerStream,
        { () throws(CUDAError) in
          try peerStream.launch(
            function, grid: LinkKernels.grid(other.device), block: Extent(LinkKernels.threads),
            [.memory(own.first), .memory(other.first), .long(large / 16)])
        }
      )
    case .fromHost, .toHost: preconditionFailure("handled above")
    }
  }

  /// Two copies against each other, the second on a stream that the first one's waits for.
  private func bothWays(
    _ own: LinkRig.Side, _ other: LinkRig.Side, _ stream: Stream
  ) throws -> (Device, Stream, () throws(CUDAError) -> Void) {
    let large = rig.large
    let back = other.streams[0]
    let begun = try Event(own.device)
    let done = try Event(other.device)
    return (
      own.device, stream,
      { () throws(CUDAError) in
        try stream.record(begun)
        try back.wait(for: begun)
        try back.copy(to: own.first.address, from: other.second.address, bytes: large)
        try back.record(done)
        try stream.copy(to: other.first.address, from: own.first.address, bytes: large)
        try stream.wait(for: done)
      }
    )
  }
}
