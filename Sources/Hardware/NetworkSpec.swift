/// The network cards of a server and what a transfer over one costs.
public struct NetworkSpec: Hashable, Sendable {
  /// GPUs are dealt to the cards evenly, in order: 8 for a card beside each GPU of eight, 1 for one card in the server.
  public var cards: Int
  /// One card; a write sends, a read receives.
  public var link: LinkSpec
  /// Whether cards read and write the memory of GPUs themselves (GPUDirect RDMA). Without it every byte is first copied
  /// to host memory and taken from there, and put into host memory at the other end.
  public var gpuDirect: Bool

  public init(cards: Int, link: LinkSpec, gpuDirect: Bool = true) {
    self.cards = cards
    self.link = link
    self.gpuDirect = gpuDirect
  }
}

/// What joins the network cards of servers: leaf switches that cards are plugged into, and a spine that joins the
/// leaves.
///
/// Leaf switches are non-blocking inside. What goes from one to another shares the leaf's way up to the spine and the
/// other's way down, each as wide as all cards of the leaf together divided by `oversubscription`; the spine itself is
/// never full.
public struct ClusterNetworkSpec: Hashable, Sendable {
  /// Which cards of a server share a leaf switch.
  public enum Wiring: String, CaseIterable, Hashable, Sendable {
    /// Card i of every server is on leaf switch i of its group.
    case rails
    /// All cards of a server are on one leaf switch.
    case topOfRack = "top-of-rack"
  }

  public var name: String
  public var wiring: Wiring
  /// Servers whose cards share leaf switches, in the order of servers; `nil` when all servers do.
  public var serversPerLeaf: Int?
  /// Bandwidth of a leaf's cards over that of its way to the spine: 1 never blocks, 2 halves it.
  public var oversubscription: Figure
  /// Added to the card's latency for what goes through the spine, seconds.
  public var spineLatency: Figure

  public init(
    name: String, wiring: Wiring, serversPerLeaf: Int?, oversubscription: Figure, spineLatency: Figure
  ) {
    self.name = name
    self.wiring = wiring
    self.serversPerLeaf = serversPerLeaf
    self.oversubscription = oversubscription
    self.spineLatency = spineLatency
  }

  /// One switch for all servers.
  public static let oneSwitch = ClusterNetworkSpec(
    name: "one-switch", wiring: .topOfRack, serversPerLeaf: nil,
    oversubscription: Figure(1, .assumption("All cards are on one non-blocking switch.")),
    spineLatency: Figure(0, .assumption("Nothing goes through a spine.")))

  /// Everything wrong with this description; empty when it can be used.
  public func problems() -> [HardwareProblem] {
    var list = ProblemList()
    if name.isEmpty { list.add("name", "must not be empty") }
    if let serversPerLeaf, serversPerLeaf < 1 {
      list.add("servers_per_leaf", "must be 1 or more, found \(serversPerLeaf)")
    }
    list.requirePositive("oversubscription", oversubscription)
    list.requireNotNegative("spine_latency", spineLatency)
    if spineLatency.value > 1 {
      list.add("spine_latency", "must be at most one second, found \(spineLatency.value) s")
    }
    return list.problems
  }
}
