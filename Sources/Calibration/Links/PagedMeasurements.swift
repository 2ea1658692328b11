import CUDA

/// Gather and scatter kernels over paged caches, local and over NVLink.
struct PagedMeasurements {
  /// Where a kernel's pages and its buffer are, seen from the GPU that runs it.
  enum Kind: String, CaseIterable {
    case gather = "gather"
    case scatter = "scatter"
    /// Pages are the peer's, the buffer its own.
    case gatherFromPeer = "gather_from_peer"
    /// Its own pages, straight into the peer's buffer.
    case gatherToPeer = "gather_to_peer"
    /// The buffer is the peer's, the pages its own.
    case scatterFromPeer = "scatter_from_peer"

    var isGather: Bool { self != .scatter && self != .scatterFromPeer }
    var isPeer: Bool { self != .gather && self != .scatter }
  }

  let rig: LinkRig

  func measure(_ layout: PagedLayout, _ kind: Kind, gpu: Int, peer: Int, into findings: Findings) throws {
    let own = try rig.side(gpu)
    let stream = own.streams[0]
    let kernel = try LinkKernels.function(kind.isGather ? "gather" : "scatter", rig.bench, own.device)
    // Half of the pages that fit, far apart.
    let slots = rig.large / layout.fragmentBytes
    let fragments = max(1, slots / (rig.bench.isQuick ? 4 : 2))
    let order = try self.order(slots: slots, count: fragments, own.device, stream)
    var pages = own.first.address
    var buffer = own.second.address
    if kind.isPeer {
      try rig.join(gpu, peer)
      let other = try rig.side(peer)
      switch kind {
      case .gatherFromPeer: pages = other.first.address
      case .gatherToPeer, .scatterFromPeer: buffer = other.second.address
      case .gather, .scatter: break
      }
    }
    let time = try rig.bench.deviceTime(on: stream, repeats: 9) { () throws(CUDAError) in
      try stream.launch(
        kernel, grid: LinkKernels.grid(own.device), block: Extent(LinkKernels.threads),
        [
          .address(kind.isGather ? pages : buffer), .address(kind.isGather ? buffer : pages), .memory(order),
          .int(layout.fragmentBytes / 16), .int(fragments),
        ])
    }
    findings.add(
      "transfer", header: CopyMeasurements.columns,
      row: CopyMeasurements.row(
        kind.rawValue, "kernel", gpu: gpu, peer: kind.isPeer ? peer : nil,
        layout: layout.models.joined(separator: " "), bytes: fragments * layout.fragmentBytes, copies: fragments, time))
  }

  /// The slots of the fragments, spread over memory in an order without runs.
  private func order(slots: Int, count: Int, _ device: Device, _ stream: Stream) throws(CUDAError) -> DeviceMemory {
    let memory = try DeviceMemory(device, bytes: 4 * count)
    let staging = try HostMemory(device, bytes: 4 * count)
    let values = staging.values(of: Int32.self)
    // A stride without common factors visits every slot once.
    var step = max(1, slots * 5 / 8) | 1
    while Self.commonFactor(step, slots) > 1 { step += 2 }
    for index in 0..<count { values[index] = Int32(index * step % slots) }
    try stream.copy(to: memory.address, from: staging.address, bytes: 4 * count)
    try stream.synchronise()
    return memory
  }

  private static func commonFactor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonFactor(b, a % b) }
}
