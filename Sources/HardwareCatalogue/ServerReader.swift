import Catalogue
import Configuration
import Hardware
import TextIO

/// Reads one server from a checked mapping; what is not written is that of the base.
struct ServerReader {
  let map: CheckedMap
  let base: ServerSpec?
  let diagnostics: Diagnostics
  /// A file's path as seen from the working directory.
  let locate: (String) -> String

  func read() -> ServerSpec? {
    let reader = FigureReader(map: map, diagnostics: diagnostics)
    let name = map.text("name") ?? base?.name
    if name == nil { reader.reportMissing("name") }
    let gpu = gpu(reader)
    let gpuCount = reader.integer("gpus", base?.gpuCount)
    let fabric = fabric(reader)
    let hostLink = link("host_link", base?.hostLink, reader)
    let host = host(reader)
    let network = network()
    var peerLink: LinkSpec?
    if map.isWritten("peer_link") || fabric != Fabric.none {
      peerLink = link("peer_link", base?.peerLink, reader)
      if peerLink == nil { return nil }
    }
    guard let name, let gpu, let gpuCount, let fabric, let hostLink, let host else { return nil }
    if map.isWritten("network") && network == nil { return nil }
    let described = ServerSpec(
      name: name, gpu: gpu, gpuCount: gpuCount, fabric: fabric, peerLink: peerLink, hostLink: hostLink,
      pcieSwitches: switches(gpuCount), host: host, network: network)
    guard let spec = measured(described) else { return nil }
    let problems = spec.problems()
    for problem in problems {
      diagnostics.error(at: position(of: problem.field), "'\(problem.field)' \(problem.message)")
    }
    return problems.isEmpty ? spec : nil
  }

  /// The server with what its profile gives; what is written beside it stands.
  private func measured(_ spec: ServerSpec) -> ServerSpec? {
    guard let value = map["profile"], let file = value.text else { return map.isWritten("profile") ? nil : spec }
    let path = locate(file)
    do {
      let text = try ReadableFile.text(path)
      let document = try ProfileDocument(text: text, file: path)
      if let problem = otherKind(of: document, than: spec.gpu) {
        diagnostics.error(at: value.position, problem)
        return nil
      }
      return try spec.measured(by: document, path: path, text: text) { field in
        let parts = field.split(separator: ".").map(String.init)
        return parts.count == 2 ? map.map(parts[0])?.isWritten(parts[1]) ?? false : map.isWritten(field)
      }
    } catch let file as UnreadableFile {
      diagnostics.unreadable(at: value.position, "'profile' names '\(path)', which cannot be read: \(file.reason)")
    } catch {
      diagnostics.error(at: value.position, "'profile' cannot be used: \(error)")
    }
    return nil
  }

  /// What is wrong when a profile is of another kind of GPU; nothing can be said of GPUs that no catalogue has.
  private func otherKind(of document: ProfileDocument, than gpu: GPUSpec) -> String? {
    let names = HardwareCatalogue.gpuNames
    guard let measured = document.sections(named: "device").first?.header.first, names.contains(measured),
      names.contains(gpu.name), measured.prefix(while: { $0 != "-" }) != gpu.name.prefix(while: { $0 != "-" })
    else { return nil }
    return "'profile' was measured on '\(measured)', the server's GPU is '\(gpu.name)'"
  }

  private func gpu(_ reader: FigureReader) -> GPUSpec? {
    guard let value = map["gpu"] else {
      if let base, !map.isWritten("gpu") { return base.gpu }
      reader.reportMissing("gpu")
      return nil
    }
    return HardwareCatalogue.gpu(value, into: diagnostics)
  }

  private func link(_ key: String, _ base: LinkSpec?, _ reader: FigureReader) -> LinkSpec? {
    if let map = map.map(key) { return LinkSpec.read(map, base: base, diagnostics) }
    if let base, !map.isWritten(key) { return base }
    reader.reportMissing(key)
    return nil
  }

  private func fabric(_ reader: FigureReader) -> Fabric? {
    let pairs = pairs()
    switch map.text("fabric") {
    case "nvswitch", "none":
      if map.isWritten("pairs") {
        diagnostics.error(at: map.position(of: "pairs"), "'pairs' belongs to fabric 'bridged-pairs'")
      }
      return map.text("fabric") == "none" ? Fabric.none : .nvswitch
    case "bridged-pairs":
      if let pairs { return .bridgedPairs(pairs) }
      if case .bridgedPairs(let inherited)? = base?.fabric, !map.isWritten("pairs") { return .bridgedPairs(inherited) }
      reader.reportMissing("pairs")
      return nil
    default:
      if map.isWritten("fabric") { return nil }
      if case .bridgedPairs(let inherited)? = base?.fabric {
        if map.isWritten("pairs") { return pairs.map { .bridgedPairs($0) } }
        let count = map.integer("gpus") ?? .max
        return .bridgedPairs(inherited.filter { $0.first < count && $0.second < count })
      }
      if map.isWritten("pairs") {
        diagnostics.error(at: map.position(of: "pairs"), "'pairs' belongs to fabric 'bridged-pairs'")
        return nil
      }
      if let base { return base.fabric }
      reader.reportMissing("fabric")
      return nil
    }
  }

  private func pairs() -> [GPUPair]? {
    guard let list = map["pairs"]?.list else { return nil }
    var pairs: [GPUPair] = []
    for item in list {
      let numbers = (item.list ?? []).compactMap(\.integer)
      guard numbers.count == 2 else {
        diagnostics.error(at: item.position, "'pairs' wants lists of two GPU numbers, found \(numbers.count)")
        continue
      }
      pairs.append(GPUPair(numbers[0], numbers[1]))
    }
    return pairs.count == list.count ? pairs : nil
  }

  /// Switches of the base keep only the GPUs that there are.
  private func switches(_ gpuCount: Int) -> [PCIeSwitch] {
    guard map.isWritten("pcie_switches") else {
      return (base?.pcieSwitches ?? []).compactMap { shared in
        let gpus = shared.gpus.filter { $0 < gpuCount }
        return gpus.isEmpty ? nil : PCIeSwitch(gpus: gpus, upstreamBandwidth: shared.upstreamBandwidth)
      }
    }
    return map.list("pcie_switches").compactMap { item in
      guard let inner = item.map else { return nil }
      let reader = FigureReader(map: inner, diagnostics: diagnostics)
      guard let bandwidth = reader.optionalFigure("upstream_bandwidth", nil) else { return nil }
      return PCIeSwitch(gpus: inner.list("gpus").compactMap(\.integer), upstreamBandwidth: bandwidth)
    }
  }

  private func host(_ reader: FigureReader) -> HostSpec? {
    guard let inner = map.map("host") else {
      if let base, !map.isWritten("host") { return base.host }
      reader.reportMissing("host")
      return nil
    }
    let reader = FigureReader(map: inner, diagnostics: diagnostics)
    let sockets = reader.integer("sockets", base?.host.sockets)
    let memory = reader.figure("memory", base?.host.memory)
    let bandwidth = reader.figure("memory_bandwidth", base?.host.memoryBandwidth)
    // A bandwidth that is written anew says nothing of writes that the base's did.
    let inherited = inner.isWritten("memory_bandwidth") ? nil : base?.host.memoryWriteBandwidth
    let writing = reader.optionalFigure("memory_write_bandwidth", inherited)
    guard let sockets, let memory, let bandwidth else { return nil }
    return HostSpec(sockets: sockets, memory: memory, memoryBandwidth: bandwidth, memoryWriteBandwidth: writing)
  }

  private func network() -> NetworkSpec? {
    guard let inner = map.map("network") else { return map.isWritten("network") ? nil : base?.network }
    let reader = FigureReader(map: inner, diagnostics: diagnostics)
    let cards = reader.integer("cards", base?.network?.cards)
    var inherited = base?.network?.link
    if let card = inner["card"], let name = card.text {
      inherited = HardwareCatalogue.card(name, at: card.position, into: diagnostics)
      if inherited == nil { return nil }
    } else if inner.isWritten("card") {
      return nil
    }
    var link = inner.isWritten("link") ? nil : inherited
    if let inner = inner.map("link") { link = LinkSpec.read(inner, base: inherited, diagnostics) }
    if link == nil { reader.reportMissing("link") }
    let direct = inner.boolean("gpu_direct") ?? (inner.isWritten("gpu_direct") ? nil : base?.network?.gpuDirect ?? true)
    guard let cards, let link, let direct else { return nil }
    return NetworkSpec(cards: cards, link: link, gpuDirect: direct)
  }

  /// Where the value that a problem is about was written, or the nearest mapping around it.
  private func position(of field: String) -> Position {
    var map = map
    var position = map.position
    for part in field.split(separator: ".") {
      let bracket = part.firstIndex(of: "[")
      let key = String(part[..<(bracket ?? part.endIndex)])
      guard map.section.key(key) != nil, let value = map[key] else { return position }
      position = value.position
      var inner = value.map
      if let bracket, let list = value.list, let index = Int(part[bracket...].dropFirst().dropLast()),
        list.indices.contains(index)
      {
        position = list[index].position
        inner = list[index].map
      }
      guard let inner else { return position }
      map = inner
    }
    return position
  }
}
