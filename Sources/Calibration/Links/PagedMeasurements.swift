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
    let order = try rig.pageOrder(slots: slots, count: fragments, own.device, stream)
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

  /// A background stream of blocks: gathered into one of two buffers while the other is copied away.
  func stream(_ layout: PagedLayout, _ path: CopyMeasurements.Path, gpu: Int, peer: Int, into findings: Findings) throws
  {
    let own = try rig.side(gpu)
    let (gathering, copying) = (own.streams[1], own.streams[0])
    let kernel = try LinkKernels.function("gather", rig.bench, own.device)
    let target = try rig.addresses(from: .gpu(gpu), to: path.ends(gpu, peer).to).target
    let perChunk = max(1, rig.large / 32 / layout.fragmentBytes)
    let chunk = perChunk * layout.fragmentBytes
    let chunks = 24
    let order = try rig.pageOrder(slots: rig.large / layout.fragmentBytes, count: perChunk, own.device, gathering)
    let (start, end) = (try Event(own.device), try Event(own.device))
    let gathered = [try Event(own.device), try Event(own.device)]
    let copied = [try Event(own.device), try Event(own.device)]
    var times: [Double] = []
    for round in 0..<7 {
      try gathering.record(start)
      for index in 0..<chunks {
        let slot = index % 2
        let buffer = own.second.address + UInt64(slot * chunk)
        if index >= 2 { try gathering.wait(for: copied[slot]) }
        try gathering.launch(
          kernel, grid: LinkKernels.grid(own.device), block: Extent(LinkKernels.threads),
          [
            .memory(own.first), .address(buffer), .memory(order), .int(layout.fragmentBytes / 16), .int(perChunk),
          ])
        try gathering.record(gathered[slot])
        try copying.wait(for: gathered[slot])
        try copying.copy(to: target + UInt64(slot * chunk), from: buffer, bytes: chunk)
        try copying.record(copied[slot])
      }
      try copying.record(end)
      try copying.synchronise()
      if round >= 2 { times.append(try end.seconds(since: start)) }
    }
    findings.add(
      "transfer", header: CopyMeasurements.columns,
      row: CopyMeasurements.row(
        "stream_gathered", path.rawValue, gpu: gpu, peer: path.isPeer ? peer : nil,
        layout: layout.models.joined(separator: " "), bytes: chunks * chunk, copies: chunks, Timing(times)))
  }
}
