extension ServerSpec {
  /// The most GPUs one server may have.
  public static let gpuLimit = 1024

  /// Everything wrong with this description; empty when it can be used.
  public func problems() -> [HardwareProblem] {
    var list = ProblemList()
    if name.isEmpty { list.add("name", "must not be empty") }
    list.include(gpu.problems(), under: "gpu")
    if !(1...Self.gpuLimit).contains(gpuCount) {
      list.add("gpus", "must be between 1 and \(Self.gpuLimit), found \(gpuCount)")
    }
    checkFabric(&list)
    if let peerLink { list.include(peerLink.problems(), under: "peer_link") }
    list.include(hostLink.problems(), under: "host_link")
    checkSwitches(&list)
    if host.sockets < 1 { list.add("host.sockets", "must be 1 or more, found \(host.sockets)") }
    list.requireNotNegative("host.memory", host.memory)
    if host.memory.value > 1e17 { list.add("host.memory", "must be below 100 PB, found \(host.memory.value) bytes") }
    list.requirePositive("host.memory_bandwidth", host.memoryBandwidth)
    list.requirePositive("host.memory_write_bandwidth", host.memoryWriteBandwidth)
    if let network {
      if !(1...Self.gpuLimit).contains(network.cards) {
        list.add("network.cards", "must be between 1 and \(Self.gpuLimit), found \(network.cards)")
      }
      list.include(network.link.problems(), under: "network.link")
    }
    return list.problems
  }

  private func checkFabric(_ list: inout ProblemList) {
    switch fabric {
    case .none:
      if peerLink != nil { list.add("peer_link", "describes a link, but the fabric is 'none'") }
    case .nvswitch:
      if peerLink == nil { list.add("peer_link", "is needed for fabric 'nvswitch'") }
    case .bridgedPairs(let pairs):
      if peerLink == nil { list.add("peer_link", "is needed for bridged pairs") }
      if pairs.isEmpty { list.add("fabric", "names no pairs") }
      var seen: [Int] = []
      for pair in pairs {
        if pair.first == pair.second { list.add("fabric", "joins GPU \(pair.first) to itself") }
        for gpu in [pair.first, pair.second] {
          checkGPU(gpu, "fabric", &list)
          if seen.contains(gpu), pair.first != pair.second { list.add("fabric", "puts GPU \(gpu) in two pairs") }
          seen.append(gpu)
        }
      }
    }
  }

  private func checkSwitches(_ list: inout ProblemList) {
    var seen: [Int] = []
    for (index, shared) in pcieSwitches.enumerated() {
      let field = "pcie_switches[\(index)]"
      if shared.gpus.isEmpty { list.add("\(field).gpus", "names no GPU") }
      list.requirePositive("\(field).upstream_bandwidth", shared.upstreamBandwidth)
      for gpu in shared.gpus {
        checkGPU(gpu, "\(field).gpus", &list)
        if seen.contains(gpu) { list.add("\(field).gpus", "names GPU \(gpu) a second time") }
        seen.append(gpu)
      }
    }
  }

  private func checkGPU(_ gpu: Int, _ field: String, _ list: inout ProblemList) {
    if !(0..<max(gpuCount, 0)).contains(gpu) {
      list.add(field, "names GPU \(gpu); this server has GPUs 0 to \(gpuCount - 1)")
    }
  }
}
