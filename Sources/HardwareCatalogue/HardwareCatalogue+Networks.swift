import Configuration
import Hardware

/// Network cards, and what joins the cards of servers.
extension HardwareCatalogue {
  /// The kind of a key whose value is a network between servers: a name of the catalogue, or a description.
  public static let networkKind = ValueKind.either([.identifier, .mapping(HardwareSections.clusterNetwork)])

  /// The names of the network cards, in order.
  public static var cardNames: [String] { names(in: "hardware/cards") }
  /// The names of the networks between servers, in order.
  public static var networkNames: [String] { names(in: "hardware/networks") }

  /// What a network card of the catalogue costs, `nil` when there is none of that name.
  public static func card(named name: String) -> LinkSpec? {
    entry("hardware/cards/\(name).yaml", HardwareSections.card)?.map("link").flatMap {
      LinkSpec.read($0, base: nil, Diagnostics())
    }
  }

  /// A network of the catalogue, `nil` when there is none of that name.
  public static func network(named name: String) -> ClusterNetworkSpec? {
    entry("hardware/networks/\(name).yaml", HardwareSections.clusterNetwork).flatMap {
      network(described: $0, into: Diagnostics())
    }
  }

  /// The network that a checked value of `networkKind` names or describes; `nil` after reporting why there is none.
  public static func network(_ value: CheckedValue, into diagnostics: Diagnostics) -> ClusterNetworkSpec? {
    if let map = value.map { return network(described: map, into: diagnostics) }
    guard let name = value.text else { return nil }
    return lookUp(name, at: value.position, noun: "network", names: networkNames, find: network(named:), diagnostics)
  }

  static func card(_ name: String, at position: Position, into diagnostics: Diagnostics) -> LinkSpec? {
    lookUp(name, at: position, noun: "network card", names: cardNames, find: card(named:), diagnostics)
  }

  private static func network(described map: CheckedMap, into diagnostics: Diagnostics) -> ClusterNetworkSpec? {
    var base: ClusterNetworkSpec?
    if let like = map["like"], let name = like.text {
      base = lookUp(
        name, at: like.position, noun: "network", names: networkNames, find: network(named:), diagnostics)
      if base == nil { return nil }
    } else if map.isWritten("like") {
      return nil
    }
    let reader = FigureReader(map: map, diagnostics: diagnostics)
    let wiring = map.text("wiring").flatMap(ClusterNetworkSpec.Wiring.init) ?? base?.wiring
    if wiring == nil { reader.reportMissing("wiring") }
    let oversubscription = reader.optionalFigure("oversubscription", base?.oversubscription ?? Self.neverBlocks)
    let latency = reader.optionalFigure("spine_latency", base?.spineLatency ?? Self.spineLatency)
    if map.isWritten("servers_per_leaf"), map["servers_per_leaf"] == nil { return nil }
    if map.isWritten("wiring"), map["wiring"] == nil { return nil }
    guard let wiring, let oversubscription, let latency else { return nil }
    return ClusterNetworkSpec(
      name: map.text("name") ?? base?.name ?? "network", wiring: wiring,
      serversPerLeaf: map.integer("servers_per_leaf") ?? base?.serversPerLeaf, oversubscription: oversubscription,
      spineLatency: latency)
  }

  private static let neverBlocks = Figure(1, .assumption("As much bandwidth to the spine as the leaf's cards have."))
  private static let spineLatency = Figure(
    1e-6, .assumption("Two more switches of 0.2 to 0.4 us each, and their cables; 10 us of a message are the card's."))
}
