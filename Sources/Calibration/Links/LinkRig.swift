import CUDA

/// Buffers and streams on every GPU and in host memory, made when they are first needed and shared by the measurements
/// of links.
final class LinkRig {
  /// What one GPU has.
  struct Side {
    let device: Device
    /// Two buffers of `LinkRig.large` bytes, filled with numbers.
    let first: DeviceMemory
    let second: DeviceMemory
    let streams: [Stream]
  }

  /// A place that copies start or end at.
  enum Place: Hashable, CustomStringConvertible {
    /// By position in the list of GPUs measured, not by the driver's number.
    case gpu(Int)
    case host

    var description: String {
      switch self {
      case .gpu(let index): "gpu\(index)"
      case .host: "host"
      }
    }
  }

  let bench: Bench
  /// Bytes of each buffer: 1 GiB, or less on a small GPU.
  let large: Int
  private var sides: [Int: Side] = [:]
  private var hostBuffers: [Int: (from: HostMemory, into: HostMemory)] = [:]
  private var reached: Set<[Int]> = []

  init(_ bench: Bench) throws(CUDAError) {
    self.bench = bench
    var large = 1 << 30
    for device in bench.devices {
      let free = try device.freeMemory()
      while large > 1 << 24 && large > free / 4 { large /= 2 }
    }
    self.large = large
  }

  func side(_ index: Int) throws(CUDAError) -> Side {
    if let side = sides[index] { return side }
    let device = bench.devices[index]
    var streams: [Stream] = []
    for _ in 0..<4 { streams.append(try Stream(device)) }
    let side = Side(
      device: device, first: try DeviceMemory(device, bytes: large), second: try DeviceMemory(device, bytes: large),
      streams: streams)
    try fill(side)
    sides[index] = side
    return side
  }

  /// Random numbers where kernels can be had: equal words are moved and multiplied with less power.
  private func fill(_ side: Side) throws(CUDAError) {
    let stream = side.streams[0]
    let kernel = try? bench.function("fill_bfloat16", of: .filling, on: side.device)
    for (seed, memory) in [side.first, side.second].enumerated() {
      if let kernel {
        try stream.launch(
          kernel, grid: LinkKernels.grid(side.device), block: Extent(LinkKernels.threads),
          [.memory(memory), .long(memory.bytes / 4), .long(seed << 40)])
      } else {
        try stream.fill(memory, word: 0x3e92_bf83)
      }
    }
    try stream.synchronise()
  }

  /// Pinned memory of its own for each GPU, so that GPUs do not share what the host has in its caches.
  func host(_ index: Int) throws(CUDAError) -> (from: HostMemory, into: HostMemory) {
    if let buffers = hostBuffers[index] { return buffers }
    let device = bench.devices[index]
    let buffers = (from: try HostMemory(device, bytes: large), into: try HostMemory(device, bytes: large))
    // Touched, so that its pages exist before they are timed.
    for memory in [buffers.from, buffers.into] {
      for word in stride(from: 0, to: memory.bytes, by: 4096) {
        memory.pointer.storeBytes(of: UInt8(truncatingIfNeeded: word >> 12), toByteOffset: word, as: UInt8.self)
      }
    }
    hostBuffers[index] = buffers
    return buffers
  }

  /// Lets one GPU reach another's memory.
  ///
  /// - Throws: ``CUDAError``; ``NoPeerAccess`` where they cannot.
  func join(_ a: Int, _ b: Int) throws {
    if a == b || !reached.insert([a, b]).inserted { return }
    let device = bench.devices[a]
    let peer = bench.devices[b]
    guard try device.canReach(peer) else { throw NoPeerAccess(from: device.ordinal, to: peer.ordinal) }
    try device.reach(peer)
  }

  /// The two ends of a copy: out of first buffers, into second ones.
  func addresses(from source: Place, to target: Place) throws -> (source: UInt64, target: UInt64) {
    switch (source, target) {
    case (.gpu(let a), .gpu(let b)):
      try join(a, b)
      try join(b, a)
      return (try side(a).first.address, try side(b).second.address)
    case (.host, .gpu(let b)): return (try host(b).from.address, try side(b).second.address)
    case (.gpu(let a), .host): return (try side(a).first.address, try host(a).into.address)
    case (.host, .host): preconditionFailure("a copy needs a GPU")
    }
  }

  /// The slots of the fragments, spread over memory in an order without runs.
  func pageOrder(slots: Int, count: Int, _ device: Device, _ stream: Stream) throws(CUDAError) -> DeviceMemory {
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

/// Two GPUs that cannot reach each other's memory.
struct NoPeerAccess: Error, CustomStringConvertible {
  let from: Int
  let to: Int
  var description: String { "GPU \(from) cannot reach the memory of GPU \(to)" }
}
