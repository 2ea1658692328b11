import SimCore

/// One link of the cluster, in one direction.
public struct NetworkLink: Sendable, Hashable {
  public let kind: LinkKind
  /// Whose it is: a GPU's or a network card's number through all servers, a leaf switch's number. A PCIe switch goes by
  /// the first of its GPUs.
  public let owner: Int
  /// What it can carry at most.
  public let bytesPerSecond: Double
  /// Its place among the network's resources.
  let resource: Int

  /// For example `gpu0 nvlinkOut`.
  public var name: String {
    let place =
      switch kind {
      case .networkOut, .networkIn: "card"
      case .leafUp, .leafDown: "leaf"
      default: "gpu"
      }
    return "\(place)\(owner) \(kind.rawValue)"
  }
}

extension LinkKind {
  /// Whether it is a link in one direction, rather than a memory or a limit on several links together.
  fileprivate var isLink: Bool {
    switch self {
    case .gpuMemory, .hostMemory, .pcieBothWays: false
    case .nvlinkOut, .nvlinkIn, .pcieToHost, .pcieFromHost, .switchToHost, .switchFromHost, .networkOut, .networkIn,
      .leafUp, .leafDown:
      true
    }
  }
}

extension TransferNetwork {
  /// Every link, in a fixed order.
  public var links: [NetworkLink] {
    map.kinds.indices.filter { map.kinds[$0].isLink }.map {
      NetworkLink(
        kind: map.kinds[$0], owner: Int(map.owners[$0]), bytesPerSecond: map.capacities[$0], resource: $0)
    }
  }

  /// What each of `links` carries now, bytes per second.
  ///
  /// - Parameter rates: overwritten; as many as `links`.
  public func rates(over links: [NetworkLink], into rates: inout [Double]) {
    var byResource = [Double](repeating: 0, count: map.kinds.count)
    for flow in flows where flow.phase == .bytes || flow.phase == .stream {
      for step in 0..<Int(flow.route.count) { byResource[Int(flow.route.resources[step])] += flow.rate }
    }
    for (index, link) in links.enumerated() { rates[index] = byResource[link.resource] }
  }

  /// Bytes that each of `links` has carried by `time`; parts of transfers still under way are included, rounded down.
  ///
  /// - Parameter time: between the latest event and `nextChange`.
  public func bytesMoved(over links: [NetworkLink], at time: SimTime) -> [Int64] {
    var byResource = ledger.bytes
    for flow in flows where flow.phase == .bytes || flow.phase == .stream {
      let moved = bytesMoved(flow, at: time.picoseconds)
      for step in 0..<Int(flow.route.count) { byResource[Int(flow.route.resources[step])] += moved }
    }
    return links.map { byResource[$0.resource] }
  }
}
