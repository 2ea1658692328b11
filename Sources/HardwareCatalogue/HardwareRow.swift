import Configuration
import Hardware
import SimCore

/// One line of a hardware listing: a key as it is written in files, its value with unit, and where that comes from.
public struct HardwareRow: Hashable, Sendable {
  /// For example `host_link.latency`.
  public var field: String
  public var value: String
  /// `nil` for what is not a figure, such as a name or a count.
  public var provenance: Provenance?
}

extension HardwareCatalogue {
  /// Every value of the server, GPU, network or network card of a name; nil when there is none.
  public static func rows(named name: String) -> [HardwareRow]? {
    if let server = server(named: name) { return rows(of: server) }
    if let gpu = gpu(named: name) { return rows(of: gpu) }
    if let network = network(named: name) { return rows(of: network) }
    return card(named: name).map { rows(ofCard: name, $0) }
  }

  /// Every value of a GPU, in the order of the keys.
  public static func rows(of gpu: GPUSpec) -> [HardwareRow] {
    var rows = RowList()
    rows.add("name", gpu.name)
    rows.add("memory", size(gpu.memory), gpu.memory)
    rows.addBandwidth("memory_bandwidth", gpu.memoryBandwidth)
    rows.add("peak_bf16", Quantity.text(floatingPointRate: gpu.peakBF16.value), gpu.peakBF16)
    if let peak = gpu.peakFP8 { rows.add("peak_fp8", Quantity.text(floatingPointRate: peak.value), peak) }
    if let generation = gpu.nvlinkGeneration { rows.add("nvlink_generation", "\(generation)") }
    rows.addBandwidth("nvlink_bandwidth", gpu.nvlinkBandwidth)
    rows.add("pcie_generation", "\(gpu.pcieGeneration)")
    rows.add("copy_engines", Quantity.plain(gpu.copyEngines.value), gpu.copyEngines)
    rows.addBandwidth("gather_rate", gpu.gatherRate)
    rows.addTime("kernel_launch", gpu.kernelLaunch)
    let interference = gpu.copyInterference
    rows.add("copy_interference_leaving", Quantity.plain(interference.leaving.value), interference.leaving)
    rows.add("copy_interference_arriving", Quantity.plain(interference.arriving.value), interference.arriving)
    rows.add(
      "copy_interference_from_host", Quantity.plain(interference.arrivingFromHost.value), interference.arrivingFromHost)
    if gpu.nvlinkBandwidth != nil {
      rows.add("copy_interference_collective", Quantity.plain(interference.collective.value), interference.collective)
    }
    rows.add("copy_interference_kernel", Quantity.plain(interference.kernel.value), interference.kernel)
    return rows.rows
  }

  /// Every value of a server but those of its GPU, in the order of the keys.
  public static func rows(of server: ServerSpec) -> [HardwareRow] {
    var rows = RowList()
    rows.add("name", server.name)
    rows.add("gpu", server.gpu.name)
    rows.add("gpus", "\(server.gpuCount)")
    switch server.fabric {
    case .nvswitch: rows.add("fabric", "nvswitch")
    case .none: rows.add("fabric", "none")
    case .bridgedPairs(let pairs):
      rows.add("fabric", "bridged-pairs")
      rows.add("pairs", "[" + pairs.map { "[\($0.first), \($0.second)]" }.joined(separator: ", ") + "]")
    }
    if let link = server.peerLink { rows.addLink("peer_link", link) }
    rows.addLink("host_link", server.hostLink)
    for (index, shared) in server.pcieSwitches.enumerated() {
      rows.add("pcie_switches[\(index)].gpus", "\(shared.gpus)")
      rows.addBandwidth("pcie_switches[\(index)].upstream_bandwidth", shared.upstreamBandwidth)
    }
    rows.add("host.sockets", "\(server.host.sockets)")
    rows.add("host.memory", size(server.host.memory), server.host.memory)
    rows.addBandwidth("host.memory_bandwidth", server.host.memoryBandwidth)
    rows.addBandwidth("host.memory_write_bandwidth", server.host.memoryWriteBandwidth)
    if let network = server.network {
      rows.add("network.cards", "\(network.cards)")
      rows.add("network.gpu_direct", "\(network.gpuDirect)")
      rows.addLink("network.link", network.link)
    }
    if let profile = server.profile { rows.add("profile", profile.path) }
    return rows.rows
  }

  /// Every value of a network card, in the order of the keys.
  public static func rows(ofCard name: String, _ link: LinkSpec) -> [HardwareRow] {
    var rows = RowList()
    rows.add("name", name)
    rows.addLink("link", link)
    return rows.rows
  }

  /// Every value of a network between servers, in the order of the keys.
  public static func rows(of network: ClusterNetworkSpec) -> [HardwareRow] {
    var rows = RowList()
    rows.add("name", network.name)
    rows.add("wiring", network.wiring.rawValue)
    if let servers = network.serversPerLeaf { rows.add("servers_per_leaf", "\(servers)") }
    rows.add("oversubscription", Quantity.plain(network.oversubscription.value), network.oversubscription)
    rows.addTime("spine_latency", network.spineLatency)
    return rows.rows
  }

  private static func size(_ figure: Figure) -> String { Quantity.text(bytes: Int(figure.value)) }
}

private struct RowList {
  var rows: [HardwareRow] = []

  mutating func add(_ field: String, _ value: String, _ figure: Figure? = nil) {
    rows.append(HardwareRow(field: field, value: value, provenance: figure?.provenance))
  }

  mutating func addBandwidth(_ field: String, _ figure: Figure?) {
    if let figure { add(field, Quantity.text(bandwidth: figure.value), figure) }
  }

  mutating func addTime(_ field: String, _ figure: Figure?) {
    if let figure { add(field, Quantity.text(duration: SimDuration(seconds: figure.value)), figure) }
  }

  mutating func addLink(_ field: String, _ link: LinkSpec) {
    addBandwidth("\(field).write_bandwidth", link.writeBandwidth)
    addBandwidth("\(field).read_bandwidth", link.readBandwidth)
    addBandwidth("\(field).kernel_bandwidth", link.kernelBandwidth)
    addBandwidth("\(field).both_directions_bandwidth", link.bothDirectionsBandwidth)
    addBandwidth("\(field).stream_bandwidth", link.streamBandwidth)
    addTime("\(field).latency", link.latency)
    addTime("\(field).issue", link.issue)
    addTime("\(field).read_issue", link.readIssue)
    addTime("\(field).synchronise", link.synchronise)
  }
}
