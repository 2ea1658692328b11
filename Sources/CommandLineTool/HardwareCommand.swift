import ArgumentParser
import Hardware
import HardwareCatalogue
import Report
import TextIO

/// `spillway hardware`: the GPUs, servers and networks that scenarios can name.
struct HardwareCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "hardware", abstract: "List GPUs, servers and networks, or every figure of one with its source.",
    discussion: """
      Examples:
        spillway hardware
        spillway hardware h100-sxm-80gb
        spillway hardware hgx-h100-8 --format json
      """)

  @OptionGroup var options: ListingOptions

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    guard let name = options.name else {
      try context.console.output(
        Self.list.text(as: options.format, width: context.console.width, json: Self.listJSON()))
      return .done
    }
    guard let rows = HardwareCatalogue.rows(named: name) else {
      throw Failure(
        .usage, "unknown GPU, server or network '\(name)'" + HardwareCatalogue.clause(forUnknownHardware: name))
    }
    try context.console.output(
      Self.listing(rows).text(as: options.format, width: context.console.width, json: Self.json(rows)))
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

  private static var list: ListingDocument {
    func table(_ heading: String, _ names: [String], _ summary: (String) -> String?) -> ListingDocument.Part {
      .table(
        ListingDocument.Table(
          heading: heading, ["name", "summary"], showsHeader: false,
          rows: names.compactMap { name in summary(name).map { [name, $0] } }, indent: 2))
    }
    return ListingDocument([
      table("Servers", HardwareCatalogue.serverNames) { HardwareCatalogue.server(named: $0).map { summary($0) } },
      table("GPUs", HardwareCatalogue.gpuNames) { HardwareCatalogue.gpu(named: $0).map { summary($0) } },
      table("Networks between servers", HardwareCatalogue.networkNames) {
        HardwareCatalogue.network(named: $0).map { summary($0) }
      },
      table("Network cards", HardwareCatalogue.cardNames) {
        HardwareCatalogue.card(named: $0).map { summary(ofCard: $0) }
      },
      .words("'spillway hardware NAME' shows every figure and where it comes from."),
    ])
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

  private static func listing(_ rows: [HardwareRow]) -> ListingDocument {
    ListingDocument([
      .table(
        ListingDocument.Table(
          ["field", "value", "source"], showsHeader: false,
          rows: rows.map { row in
            [row.field, row.value, row.provenance.map { $0.isAssumption ? "assumption: " + $0.text : $0.text } ?? ""]
          }))
    ])
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
