import Hardware
import SimCore

/// The resources of one or more servers and the path between any two endpoints.
///
/// A resource is anything that transfers share: a capacity in bytes per second. Peer copies over NVLink use the
/// memory of both GPUs, the sender's port out and the receiver's port in. Copies to and from the host use the
/// GPU's PCIe lane in that direction, the joint limit of both directions where there is one, the way of its PCIe
/// switch to the host, and host memory. Peer copies without NVLink go down and up again over PCIe. Copies between
/// servers leave and enter through network cards (``LinkMap+Cards``).
struct LinkMap: Sendable {
  private(set) var kinds: ContiguousArray<LinkKind> = []
  /// Bytes per second of each resource.
  private(set) var capacities: ContiguousArray<Double> = []
  /// For each resource, the GPU or server it belongs to.
  private(set) var owners: ContiguousArray<Int32> = []
  var gpus: ContiguousArray<GPULinks> = []
  private(set) var servers: ContiguousArray<ServerLinks> = []
  var cards: ContiguousArray<CardLinks> = []
  /// Before the first byte of what goes through the spine between servers, beyond the card's latency.
  let spineLatency: SimDuration

  /// The resources beside one GPU; −1 where there is none.
  struct GPULinks: Sendable, BitwiseCopyable {
    var server: Int32
    var memory: Int32
    var nvlinkOut: Int32 = -1
    var nvlinkIn: Int32 = -1
    var partner: Int32 = -1
    var pcieToHost: Int32
    var pcieFromHost: Int32
    var pcieBothWays: Int32 = -1
    var switchToHost: Int32 = -1
    var switchFromHost: Int32 = -1
    /// The network card it uses, counted through all servers.
    var card: Int32 = -1
  }

  /// The resources and the prices of one server.
  struct ServerLinks: Sendable {
    var hostMemory: Int32
    /// What a byte written to host memory takes of it, where one read takes 1.
    var hostWriteWeight = 1.0
    /// The network card that host memory uses: the first; −1 in a server without.
    var card: Int32 = -1
    var allPeersByNVLink: Bool
    var prices: ServerPrices
  }

  init(_ specs: [ServerSpec], network: ClusterNetworkSpec) {
    spineLatency = SimDuration(seconds: network.spineLatency.value)
    for (index, spec) in specs.enumerated() { add(spec, server: Int32(index)) }
    addLeaves(specs, network)
  }

  mutating func resource(_ kind: LinkKind, _ capacity: Double, owner: Int32) -> Int32 {
    kinds.append(kind)
    capacities.append(capacity)
    owners.append(owner)
    return Int32(kinds.count - 1)
  }

  private mutating func add(_ spec: ServerSpec, server: Int32) {
    let base = gpus.count
    for local in 0..<spec.gpuCount { addGPU(spec, number: Int32(base + local), server: server) }
    var links = ServerLinks(
      hostMemory: resource(.hostMemory, spec.host.memoryBandwidth.value, owner: server),
      hostWriteWeight: spec.host.memoryWriteBandwidth.map { spec.host.memoryBandwidth.value / $0.value } ?? 1,
      allPeersByNVLink: spec.fabric == .nvswitch, prices: ServerPrices(spec))
    if case .bridgedPairs(let pairs) = spec.fabric {
      for pair in pairs {
        gpus[base + pair.first].partner = Int32(base + pair.second)
        gpus[base + pair.second].partner = Int32(base + pair.first)
      }
    }
    for shared in spec.pcieSwitches {
      let owner = Int32(base + (shared.gpus.first ?? 0))
      let up = resource(.switchToHost, shared.upstreamBandwidth.value, owner: owner)
      let down = resource(.switchFromHost, shared.upstreamBandwidth.value, owner: owner)
      for local in shared.gpus {
        gpus[base + local].switchToHost = up
        gpus[base + local].switchFromHost = down
      }
    }
    if let network = spec.network {
      links.card = Int32(cards.count)
      addCards(network, gpus: base..<base + spec.gpuCount)
    }
    servers.append(links)
  }

  private mutating func addGPU(_ spec: ServerSpec, number: Int32, server: Int32) {
    var links = GPULinks(
      server: server,
      memory: resource(.gpuMemory, spec.gpu.memoryBandwidth.value, owner: number),
      pcieToHost: resource(.pcieToHost, spec.hostLink.writeBandwidth.value, owner: number),
      pcieFromHost: resource(.pcieFromHost, spec.hostLink.readBandwidth.value, owner: number))
    if let peer = spec.peerLink {
      let port = max(peer.writeBandwidth.value, peer.readBandwidth.value)
      links.nvlinkOut = resource(.nvlinkOut, port, owner: number)
      links.nvlinkIn = resource(.nvlinkIn, port, owner: number)
    }
    if let joint = spec.hostLink.bothDirectionsBandwidth {
      links.pcieBothWays = resource(.pcieBothWays, joint.value, owner: number)
    }
    gpus.append(links)
  }
}
