import Hardware

/// Network cards and the switches between servers.
///
/// A GPU sends and receives over one card of its server. With GPUDirect the card reads and writes the GPU's memory
/// over the GPU's PCIe lane; without, the bytes also pass through host memory. A card is taken to sit behind the PCIe
/// switch of the first GPU that uses it (assumption; so it is in a DGX); a GPU behind another switch reaches it over
/// its own switch's way to the host and the other's way from it.
extension LinkMap {
  /// The resources of one network card; −1 where there is none.
  struct CardLinks: Sendable, BitwiseCopyable {
    var out: Int32
    var into: Int32
    /// The ways of its PCIe switch to the host and back.
    var switchToHost: Int32
    var switchFromHost: Int32
    /// Whether it reads and writes GPU memory itself.
    var isDirect: Bool
    /// The leaf switch it is plugged into, and that switch's ways to and from the spine; those of one that never blocks
    /// are no resources.
    var leaf: Int32 = 0
    var leafUp: Int32 = -1
    var leafDown: Int32 = -1
  }

  /// Adds a server's cards and deals its GPUs to them.
  mutating func addCards(_ network: NetworkSpec, gpus numbers: Range<Int>) {
    let first = cards.count
    for number in 0..<network.cards {
      let owner = Int32(cards.count)
      cards.append(
        CardLinks(
          out: resource(.networkOut, network.link.writeBandwidth.value, owner: owner),
          into: resource(.networkIn, network.link.readBandwidth.value, owner: owner), switchToHost: -1,
          switchFromHost: -1, isDirect: network.gpuDirect))
      // With more cards than GPUs, each GPU uses the first of its own, and the others are nobody's.
      let near = number * numbers.count / network.cards
      cards[first + number].switchToHost = gpus[numbers.lowerBound + near].switchToHost
      cards[first + number].switchFromHost = gpus[numbers.lowerBound + near].switchFromHost
    }
    for local in 0..<numbers.count {
      let number =
        network.cards <= numbers.count
        ? local * network.cards / numbers.count : (local * network.cards + numbers.count - 1) / numbers.count
      gpus[numbers.lowerBound + local].card = Int32(first + number)
    }
  }

  /// Plugs every card into its leaf switch; where leaves have less to the spine than their cards, that is a resource.
  mutating func addLeaves(_ specs: [ServerSpec], _ network: ClusterNetworkSpec) {
    let rails = network.wiring == .rails ? specs.compactMap(\.network?.cards).max() ?? 1 : 1
    let group = network.serversPerLeaf ?? max(1, specs.count)
    var outBandwidth = [Double](repeating: 0, count: (specs.count + group - 1) / group * rails)
    var inBandwidth = outBandwidth
    var card = 0
    for (server, spec) in specs.enumerated() {
      guard let own = spec.network else { continue }
      for number in 0..<own.cards {
        let leaf = server / group * rails + (network.wiring == .rails ? number : 0)
        cards[card].leaf = Int32(leaf)
        outBandwidth[leaf] += own.link.writeBandwidth.value
        inBandwidth[leaf] += own.link.readBandwidth.value
        card += 1
      }
    }
    let oversubscription = network.oversubscription.value
    guard oversubscription > 1, outBandwidth.count > 1 else { return }
    var ways: [(up: Int32, down: Int32)] = []
    for leaf in outBandwidth.indices {
      // A leaf that no card is plugged into has nothing to carry.
      guard outBandwidth[leaf] > 0 else {
        ways.append((-1, -1))
        continue
      }
      ways.append(
        (
          resource(.leafUp, outBandwidth[leaf] / oversubscription, owner: Int32(leaf)),
          resource(.leafDown, inBandwidth[leaf] / oversubscription, owner: Int32(leaf))
        ))
    }
    for index in cards.indices { (cards[index].leafUp, cards[index].leafDown) = ways[Int(cards[index].leaf)] }
  }

  /// The path between endpoints of two servers; `nil` when one of them has no card.
  func routeBetweenServers(
    _ source: Endpoint, _ sender: Int, _ destination: Endpoint, _ receiver: Int
  ) -> Route? {
    guard servers[sender].card >= 0, servers[receiver].card >= 0 else { return nil }
    var route = Route()
    route.link = .network
    route.pricingServer = Int32(sender)
    let out = appendWayOut(source, sender, to: &route)
    let into = cards[Int(destinationCard(destination, receiver))]
    route.append(out.out)
    if out.leaf != into.leaf {
      route.crossesSpine = true
      route.append(out.leafUp)
      route.append(into.leafDown)
    }
    route.append(into.into)
    appendWayIn(destination, receiver, into, to: &route)
    return route
  }

  private func destinationCard(_ destination: Endpoint, _ receiver: Int) -> Int32 {
    if case .gpu(let gpu) = destination { return gpus[gpu].card }
    return servers[receiver].card
  }

  /// From the source to the card that sends.
  private func appendWayOut(_ source: Endpoint, _ sender: Int, to route: inout Route) -> CardLinks {
    let server = servers[sender]
    guard case .gpu(let gpu) = source else {
      let card = cards[Int(server.card)]
      route.append(server.hostMemory)
      route.append(card.switchFromHost)
      return card
    }
    let card = cards[Int(gpus[gpu].card)]
    appendUp(gpu, to: &route)
    route.sourceGPU = Int32(gpu)
    if !card.isDirect {
      route.append(gpus[gpu].switchToHost)
      // Written to host memory, and read from it again.
      route.append(server.hostMemory, weight: server.hostWriteWeight + 1)
      route.append(card.switchFromHost)
    } else if card.switchToHost != gpus[gpu].switchToHost {
      route.append(gpus[gpu].switchToHost)
      route.append(card.switchFromHost)
    }
    return card
  }

  /// From the card that receives to the destination.
  private func appendWayIn(_ destination: Endpoint, _ receiver: Int, _ card: CardLinks, to route: inout Route) {
    let server = servers[receiver]
    guard case .gpu(let gpu) = destination else {
      route.append(card.switchToHost)
      route.append(server.hostMemory, weight: server.hostWriteWeight)
      return
    }
    if !card.isDirect {
      route.append(card.switchToHost)
      route.append(server.hostMemory, weight: server.hostWriteWeight + 1)
      route.append(gpus[gpu].switchFromHost)
    } else if card.switchToHost != gpus[gpu].switchToHost {
      route.append(card.switchToHost)
      route.append(gpus[gpu].switchFromHost)
    }
    appendDown(gpu, to: &route)
    route.destinationGPU = Int32(gpu)
  }
}
