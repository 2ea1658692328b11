import Configuration
import Hardware
import SimCore

/// The keys of hardware files, and of hardware described in a scenario.
public enum HardwareSections {
  /// A figure: the bare value, or a mapping that says where the value comes from.
  static func figure(_ kind: ValueKind) -> ValueKind {
    .either([
      kind,
      .mapping(
        Section(
          "figure", "A number about hardware with its origin.",
          [
            Key("value", kind, .required, "The number."),
            Key("source", .text, .optional, "Who published or measured it."),
            Key("assumption", .text, .optional, "Why this value, where nobody measured it."),
          ])),
    ])
  }

  /// No link is slower than a megabyte per second: what it carries would leave the range of the clock.
  static let bandwidth = figure(.bandwidth(.within(1e6...1e18)))
  /// As for the devices of profiles: iterations of slower ones would leave the range of the clock.
  static let deviceBandwidth = figure(.bandwidth(.within(1e9...1e18)))
  static let time = figure(.duration(.within(.zero ... .seconds(1))))
  static let size = figure(.bytes(.above(0, upTo: 1_000_000_000_000_000)))
  static let computing = figure(.floatingPointRate(.within(1e9...1e21)))

  /// One kind of GPU.
  public static let gpu = Section(
    "gpu", "One kind of GPU.",
    [
      Key("name", .identifier, .optional, "What to call it."),
      Key("like", .identifier, .optional, "A GPU of the catalogue that gives every value not written here."),
      Key("memory", size, .optional, "Device memory that a process can allocate."),
      Key("memory_bandwidth", deviceBandwidth, .optional, "Peak memory bandwidth, reads and writes together."),
      Key("peak_bf16", computing, .optional, "Peak dense bfloat16 rate."),
      Key("peak_fp8", computing, .optional, "Peak dense 8-bit rate; left out for a GPU without one."),
      Key("nvlink_generation", .integer(.within(1...20)), .optional, "Left out for a GPU without NVLink."),
      Key("nvlink_bandwidth", bandwidth, .optional, "Of the data sheet, one direction."),
      Key("pcie_generation", .integer(.within(1...8)), .optional, "The generation of its PCIe port."),
      Key("copy_engines", figure(.number(.within(1...64))), .optional, "Copies under way at once without a kernel."),
      Key("gather_rate", bandwidth, .optional, "Payload rate of a gather or scatter kernel."),
      Key("kernel_launch", time, .optional, "From launching a kernel to its first instruction."),
      Key(
        "copy_interference_leaving", figure(.number(.within(0...100))), .optional,
        "How much bytes copied away stretch memory-bound kernels, for each share of memory bandwidth they use."),
      Key(
        "copy_interference_arriving", figure(.number(.within(0...100))), .optional, "The same for bytes from a peer."),
      Key(
        "copy_interference_from_host", figure(.number(.within(0...100))), .optional,
        "The same for bytes from the host."),
      Key(
        "copy_interference_collective", figure(.number(.within(0...100))), .optional,
        "How much copies that fill an NVLink port stretch collectives over it; 1 when left out (assumption)."),
      Key(
        "copy_interference_kernel", figure(.number(.within(0...100))), .optional,
        "How much a kernel that moves pages stretches what runs beside it on its GPU; 1 when left out (assumption)."),
    ])

  /// One kind of link. A write leaves the GPU that drives the copy, a read arrives at it.
  public static let link = Section(
    "link", "What it costs to move bytes between a GPU and something else.",
    [
      Key("write_bandwidth", bandwidth, .optional, "Out of the driving GPU, by copy engine."),
      Key("read_bandwidth", bandwidth, .optional, "Into the driving GPU, by copy engine; as writing when left out."),
      Key("kernel_bandwidth", bandwidth, .optional, "By a copy kernel; as writing when left out."),
      Key("both_directions_bandwidth", bandwidth, .optional, "Both directions together; unlimited when left out."),
      Key(
        "stream_bandwidth", bandwidth, .optional,
        "A background stream of gathered copies, as of checkpoints; as writing when left out."),
      Key("latency", time, .optional, "Before the first byte arrives."),
      Key("issue", time, .optional, "Spent by the issuing side on each separate copy."),
      Key(
        "read_issue", time, .optional,
        "The same where the copy reads a peer's memory; as 'issue' when left out."),
      Key("synchronise", time, .optional, "For the host to notice that a copy is complete."),
    ])

  static let pcieSwitch = Section(
    "pcie_switch", "GPUs that share one way to the host.",
    [
      Key("gpus", .list(of: .integer(.within(0...1023)), atLeast: 1), .required, "Their numbers, from 0."),
      Key("upstream_bandwidth", bandwidth, .required, "Towards the host and back, each direction."),
    ])

  static let host = Section(
    "host", "The host side of a server.",
    [
      Key("sockets", .integer(.within(1...64)), .optional, "Processor sockets."),
      Key("memory", size, .optional, "Host memory."),
      Key("memory_bandwidth", bandwidth, .optional, "What transfers can draw, reads and writes together."),
      Key(
        "memory_write_bandwidth", bandwidth, .optional,
        "What transfers can write when nothing reads; as 'memory_bandwidth' when left out."),
    ])

  static let network = Section(
    "network", "The network cards of a server.",
    [
      Key("cards", .integer(.within(1...1024)), .optional, "GPUs are dealt to them evenly, in order."),
      Key("card", .identifier, .optional, "A card of the catalogue that gives every value of 'link' not written here."),
      Key("link", .mapping(link), .optional, "One card; a write sends, a read receives."),
      Key(
        "gpu_direct", .boolean, .optional,
        "Whether cards read and write GPU memory themselves (GPUDirect RDMA); true when left out, else over the host."),
    ])

  /// A kind of network card, as the catalogue has it.
  public static let card = Section(
    "card", "A kind of network card.",
    [
      Key("name", .identifier, .required, "What to call it."),
      Key("link", .mapping(link), .required, "A write sends, a read receives."),
    ])

  /// What joins the cards of servers.
  public static let clusterNetwork = Section(
    "cluster_network",
    "Switches between servers: leaves that cards are plugged into, and a spine that joins the leaves.",
    [
      Key("name", .identifier, .optional, "What to call it."),
      Key("like", .identifier, .optional, "A network of the catalogue that gives every value not written here."),
      Key(
        "wiring", .choice(noun: "wiring", ClusterNetworkSpec.Wiring.allCases.map(\.rawValue)), .optional,
        "'rails': card i of every server on leaf switch i; 'top-of-rack': all cards of a server on one."),
      Key(
        "servers_per_leaf", .integer(.within(1...1_000_000)), .optional,
        "Servers whose cards share leaf switches; all when left out."),
      Key(
        "oversubscription", figure(.number(.within(0.01...1000))), .optional,
        "Bandwidth of a leaf's cards over that of its way to the spine; 1 never blocks."),
      Key("spine_latency", time, .optional, "Added to the card's latency for what goes through the spine."),
    ])

  /// An entry of a list of servers.
  static let countedServer = Section(
    "server", server.help,
    [Key("count", .integer(.within(1...4096)), .optional, "How many such servers; one when left out.")] + server.keys)

  /// One kind of server.
  public static let server = Section(
    "server", "One kind of server.",
    [
      Key("name", .identifier, .optional, "What to call it."),
      Key("like", .identifier, .optional, "A server of the catalogue that gives every value not written here."),
      Key("gpu", .either([.identifier, .mapping(gpu)]), .optional, "Its GPU: a name of the catalogue, or the keys."),
      Key("gpus", .integer(.within(1...1024)), .optional, "How many."),
      Key(
        "fabric", .choice(noun: "fabric", ["nvswitch", "bridged-pairs", "none"]), .optional,
        "How GPUs reach one another without the host."),
      Key(
        "pairs", .list(of: .list(of: .integer(.within(0...1023)), atLeast: 2), atLeast: 1), .optional,
        "The bridged pairs, as lists of two GPU numbers."),
      Key("peer_link", .mapping(link), .optional, "NVLink, for each GPU's port."),
      Key("host_link", .mapping(link), .optional, "PCIe between a GPU and its host."),
      Key(
        "pcie_switches", .list(of: .mapping(pcieSwitch), atLeast: 0), .optional,
        "GPUs that share a way to the host; one in none has its own."),
      Key("host", .mapping(host), .optional, "Processors and host memory."),
      Key("network", .mapping(network), .optional, "Network cards; a server without meets no other."),
      Key(
        "profile", .text, .optional,
        "A file that 'spillway calibrate' wrote, beside the scenario: kernel times and figures not written here."),
    ])
}
