import ArgumentParser
import Hardware
import HardwareCatalogue

/// `spillway hardware`: the GPUs, servers and networks that scenarios can name.
struct HardwareCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "hardware", abstract: "List GPUs, servers and networks, or every figure of one with its source.")

  @OptionGroup var options: ListingOptions

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    guard let name = options.name else {
      try context.console.output(options.format == .json ? Self.listJSON() : Self.list(width: context.console.width))
      return .done
    }
    guard let rows = HardwareCatalogue.rows(named: name) else {
      throw Failure(
        .usage, "unknown GPU, server or network '\(name)'" + HardwareCatalogue.clause(forUnknownHardware: name))
    }
    try context.console.output(
      options.format == .json ? Self.json(rows) : Self.table(rows, width: context.console.width))
    return .done
  }

  private static func summary(_ server: ServerSpec) -> String {
    let fabric =
      switch server.fabric {
      case .nvswitch: "every GPU on an NVSwitch"
      case .bridgedPairs: "NVLink bridges between pairs"
      case .none: "no NVLink"
      }
    return "\(server.gpuCount) x \(server.gpu.name), \(fabric), PCIe \(server.gpu.pcieGeneration) to the host"
  }

  private static func summary(_ gpu: GPUSpec) -> String {
    "\(Amount.bytes(gpu.memoryBytes)), \(Amount.bytes(Int64(gpu.memoryBandwidth.value)))/s of memory bandwidth, "
      + "\(Amount.digits(gpu.peakBF16.value / 1e12)) TFLOP/s in bfloat16"
  }

  private static func summary(_ network: ClusterNetworkSpec) -> String {
    let leaf =
      switch network.wiring {
      case .rails: "a leaf switch for each rail"
      case .topOfRack: "a leaf switch for all cards"
      }
    let servers = network.serversPerLeaf.map { "\($0) servers" } ?? "all servers"
    let spine = network.oversubscription.value
    return "\(leaf) of \(servers), "
      + (spine > 1 ? "1:\(Amount.digits(spine)) to the spine" : "a spine that never blocks")
  }

  private static func summary(ofCard link: LinkSpec) -> String {
    "\(Amount.bytes(Int64(link.writeBandwidth.value)))/s out, \(Amount.bytes(Int64(link.readBandwidth.value)))/s in"
  }

  private static func list(width: Int) -> String {
    let servers = HardwareCatalogue.serverNames.compactMap { name in
      HardwareCatalogue.server(named: name).map { [name, summary($0)] }
    }
    let gpus = HardwareCatalogue.gpuNames.compactMap { name in
      HardwareCatalogue.gpu(named: name).map { [name, summary($0)] }
    }
    return "Servers\n" + Columns.text(servers, indent: 2, width: width) + "\nGPUs\n"
      + Columns.text(gpus, indent: 2, width: width) + "\nNetworks between servers\n"
      + Columns.text(
        HardwareCatalogue.networkNames.compactMap { name in
          HardwareCatalogue.network(named: name).map { [name, summary($0)] }
        }, indent: 2, width: width) + "\nNetwork cards\n"
      + Columns.text(
        HardwareCatalogue.cardNames.compactMap { name in
          HardwareCatalogue.card(named: name).map { [name, summary(ofCard: $0)] }
        }, indent: 2, width: width)
      + "\n'spillway hardware NAME' shows every figure and where it comes from.\n"
  }

  private static func listJSON() -> String {
    func entries(_ names: [String], _ summary: (String) -> String?) -> JSONText {
      .array(names.map { .object([("name", .string($0)), ("summary", .text(summary($0)))]) })
    }
    return JSONText.object([
      ("servers", entries(HardwareCatalogue.serverNames) { HardwareCatalogue.server(named: $0).map { summary($0) } }),
      ("gpus", entries(HardwareCatalogue.gpuNames) { HardwareCatalogue.gpu(named: $0).map { summary($0) } }),
      (
        "networks",
        entries(HardwareCatalogue.networkNames) { HardwareCatalogue.network(named: $0).map { summary($0) } }
      ),
      (
        "network_cards",
        entries(HardwareCatalogue.cardNames) { HardwareCatalogue.card(named: $0).map { summary(ofCard: $0) } }
      ),
    ]).document
  }

  private static func table(_ rows: [HardwareRow], width: Int) -> String {
    Columns.text(
      rows.map { row in
        let origin = row.provenance.map { $0.isAssumption ? "assumption: " + $0.text : $0.text } ?? ""
        return [row.field, row.value, origin]
      }, width: width)
  }

  private static func json(_ rows: [HardwareRow]) -> String {
    JSONText.array(
      rows.map { row in
        .object([
          ("field", .string(row.field)), ("value", .string(row.value)),
          ("source", .text(row.provenance?.text)),
          ("assumption", row.provenance.map { .boolean($0.isAssumption) } ?? .null),
        ])
      }
    ).document
  }
}
