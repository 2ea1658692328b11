import CUDA
import Catalogue

/// Copies alone on their link: by copy engine over sizes, by kernel, and what each costs the host.
struct CopyMeasurements {
  /// A link in one direction, driven from one side.
  enum Path: String, CaseIterable {
    case hostToDevice = "host_to_device"
    case deviceToHost = "device_to_host"
    /// The GPU writes to its peer.
    case peerWrite = "peer_write"
    /// The GPU reads from its peer.
    case peerRead = "peer_read"

    var isPeer: Bool { self == .peerWrite || self == .peerRead }

    /// Where bytes start and end, for the GPU that drives and its peer.
    func ends(_ gpu: Int, _ peer: Int) -> (from: LinkRig.Place, to: LinkRig.Place) {
      switch self {
      case .hostToDevice: (.host, .gpu(gpu))
      case .deviceToHost: (.gpu(gpu), .host)
      case .peerWrite: (.gpu(gpu), .gpu(peer))
      case .peerRead: (.gpu(peer), .gpu(gpu))
      }
    }
  }

  /// The columns of `@transfer`. `bytes` are those of all copies of the row together, `seconds` the median for all of
  /// them, `spread` the distance of its quartiles as a share of it. `layout` names models for paged rows.
  static let columns = ["quantity", "path", "gpu", "peer", "layout", "bytes", "copies", "seconds", "spread"]

  let rig: LinkRig

  static func row(
    _ quantity: String, _ path: String, gpu: Int, peer: Int?, layout: String = "", bytes: Int, copies: Int,
    _ time: Timing
  ) -> [String] {
    [
      quantity, path, "\(gpu)", peer.map(String.init) ?? "", layout, "\(bytes)", "\(copies)",
      ProfileNumber.text(time.median), ProfileNumber.text(time.spread, digits: 2),
    ]
  }

  var sizes: [Int] {
    let all = (rig.bench.isQuick ? [12, 16, 20, 22, 24, 26, 28, 30] : Array(12...30)).map { 1 << $0 }
    return all.filter { $0 <= rig.large }
  }

  /// A path's copies over all sizes: on the device's clock, and synchronised on the host's.
  func sweep(_ path: Path, gpu: Int, peer: Int, into findings: Findings) throws {
    let ends = path.ends(gpu, peer)
    let (source, target) = try rig.addresses(from: ends.from, to: ends.to)
    let stream = try rig.side(gpu).streams[0]
    let other = path.isPeer ? peer : nil
    for bytes in sizes {
      // Small copies vary more and cost nothing to repeat.
      let repeats = bytes <= 1 << 22 ? 4 * rig.bench.repeats : rig.bench.repeats
      let device = try rig.bench.deviceTime(on: stream, repeats: repeats) { () throws(CUDAError) in
        try stream.copy(to: target, from: source, bytes: bytes)
      }
      findings.add(
        "transfer", header: Self.columns,
        row: Self.row("copy", path.rawValue, gpu: gpu, peer: other, bytes: bytes, copies: 1, device))
      let host = try rig.bench.hostTime(repeats: repeats) { () throws(CUDAError) in
        try stream.copy(to: target, from: source, bytes: bytes)
        try stream.synchronise()
      }
      findings.add(
        "transfer", header: Self.columns,
        row: Self.row("copy_synchronised", path.rawValue, gpu: gpu, peer: other, bytes: bytes, copies: 1, host))
    }
  }

  /// What the host spends on issuing a copy, while the stream is held so that nothing moves yet.
  func issue(_ path: Path, gpu: Int, peer: Int, into findings: Findings) throws {
    let ends = path.ends(gpu, peer)
    let (source, target) = try rig.addresses(from: ends.from, to: ends.to)
    let stream = try rig.side(gpu).streams[0]
    let bytes = 8192
    let copies = 200
    let hold = try LinkKernels.function("wait_nanoseconds", rig.bench, stream.device)
    let fragments = Self.fragments(source, target, count: copies, bytes: bytes)
    var times: [Double] = []
    for round in 0..<(rig.bench.repeats + 2) {
      try stream.launch(hold, grid: 1, block: 1, [.long(3_000_000)])
      let start = rig.bench.clock()
      try stream.copyFragments(fragments, bytes: bytes)
      let time = rig.bench.clock() - start
      try stream.synchronise()
      if round >= 2 { times.append(time) }
    }
    findings.add(
      "transfer", header: Self.columns,
      row: Self.row(
        "issue", path.rawValue, gpu: gpu, peer: path.isPeer ? peer : nil, bytes: bytes * copies, copies: copies,
        Timing(times)))
  }

  /// Many small copies against one of as many bytes, synchronised once at the end.
  func fragments(_ path: Path, gpu: Int, peer: Int, into findings: Findings) throws {
    let ends = path.ends(gpu, peer)
    let (source, target) = try rig.addresses(from: ends.from, to: ends.to)
    let stream = try rig.side(gpu).streams[0]
    let sizes = rig.bench.isQuick ? [8, 32, 128] : [4, 8, 16, 32, 64, 128, 256]
    for bytes in sizes.map({ $0 << 10 }) {
      let copies = min(rig.bench.isQuick ? 1000 : 2000, rig.large / (2 * bytes))
      let fragments = Self.fragments(source, target, count: copies, bytes: bytes)
      let other = path.isPeer ? peer : nil
      let many = try rig.bench.hostTime(repeats: 5) { () throws(CUDAError) in
        try stream.copyFragments(fragments, bytes: bytes)
        try stream.synchronise()
      }
      findings.add(
        "transfer", header: Self.columns,
        row: Self.row(
          "fragments", path.rawValue, gpu: gpu, peer: other, bytes: bytes * copies, copies: copies, many))
      let one = try rig.bench.hostTime(repeats: 5) { () throws(CUDAError) in
        try stream.copy(to: target, from: source, bytes: bytes * copies)
        try stream.synchronise()
      }
      findings.add(
        "transfer", header: Self.columns,
        row: Self.row(
          "fragments_as_one", path.rawValue, gpu: gpu, peer: other, bytes: bytes * copies, copies: 1, one))
    }
  }

  /// Every second piece of a buffer, so that no two fragments touch.
  static func fragments(
    _ source: UInt64, _ target: UInt64, count: Int, bytes: Int
  ) -> [(target: UInt64, source: UInt64)] {
    (0..<count).map { (target + UInt64(2 * $0 * bytes), source + UInt64(2 * $0 * bytes)) }
  }

  /// One large copy by a kernel of the GPU that drives.
  func byKernel(_ path: Path, gpu: Int, peer: Int, into findings: Findings) throws {
    let ends = path.ends(gpu, peer)
    let (source, target) = try rig.addresses(from: ends.from, to: ends.to)
    let stream = try rig.side(gpu).streams[0]
    let kernel = try LinkKernels.function("copy_words", rig.bench, stream.device)
    for bytes in [rig.large / 16, rig.large] {
      let time = try rig.bench.deviceTime(on: stream, repeats: 7) { () throws(CUDAError) in
        try stream.launch(
          kernel, grid: LinkKernels.grid(stream.device), block: Extent(LinkKernels.threads),
          [.address(source), .address(target), .long(bytes / 16)])
      }
      findings.add(
        "transfer", header: Self.columns,
        row: Self.row(
          "copy_by_kernel", path.rawValue, gpu: gpu, peer: path.isPeer ? peer : nil, bytes: bytes, copies: 1, time))
    }
  }

  /// One large copy for every other GPU, or every other pair of GPUs, to see whether they are alike.
  func alike(into findings: Findings) throws {
    let bytes = rig.large / 4
    for gpu in rig.bench.devices.indices {
      for path in Path.allCases {
        for peer in rig.bench.devices.indices where path.isPeer ? peer != gpu : peer == gpu {
          let ends = path.ends(gpu, peer)
          let (source, target) = try rig.addresses(from: ends.from, to: ends.to)
          let stream = try rig.side(gpu).streams[0]
          let time = try rig.bench.deviceTime(on: stream, repeats: 5) { () throws(CUDAError) in
            try stream.copy(to: target, from: source, bytes: bytes)
          }
          findings.add(
            "transfer", header: Self.columns,
            row: Self.row(
              "copy_elsewhere", path.rawValue, gpu: gpu, peer: path.isPeer ? peer : nil, bytes: bytes, copies: 1, time))
        }
      }
    }
  }
}
