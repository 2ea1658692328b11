import Hardware

/// A server with round numbers and, unless asked for, no fixed costs; bandwidths in GB/s.
public struct ToyServer {
  public var gpus = 8
  public var fabric = Fabric.nvswitch
  public var port = 300.0
  public var lane = 25.0
  public var bothWays: Double?
  public var switches: [[Int]] = []
  public var upstream = 25.0
  public var hostMemory = 1000.0
  public var gpuMemory = 2000.0
  public var cards = 0
  public var card = 50.0
  public var gpuDirect = true
  public var latency = 0.0
  public var issue = 0.0
  public var synchronise = 0.0
  public var gatherRate = 1000.0
  public var kernelLaunch = 0.0
  public var kernelBandwidth: Double?
  public var readBandwidth: Double?
  public var leavingInterference = 1.0
  public var arrivingInterference = 1.0
  public var fromHostInterference = 1.0
  public var readIssue: Double?
  /// Nothing is added unless a test asks for it.
  public var kernelInterference = 0.0

  public init(
    gpus: Int = 8, fabric: Fabric = .nvswitch, port: Double = 300.0, lane: Double = 25.0, bothWays: Double? = nil,
    switches: [[Int]] = [], upstream: Double = 25.0, hostMemory: Double = 1000.0, gpuMemory: Double = 2000.0,
    cards: Int = 0, card: Double = 50.0, gpuDirect: Bool = true, latency: Double = 0.0, issue: Double = 0.0,
    synchronise: Double = 0.0,
    gatherRate: Double = 1000.0, kernelLaunch: Double = 0.0, kernelBandwidth: Double? = nil,
    readBandwidth: Double? = nil, leavingInterference: Double = 1.0, arrivingInterference: Double = 1.0,
    fromHostInterference: Double = 1.0, readIssue: Double? = nil
  ) {
    self.gpus = gpus
    self.fabric = fabric
    self.port = port
    self.lane = lane
    self.bothWays = bothWays
    self.switches = switches
    self.upstream = upstream
    self.hostMemory = hostMemory
    self.gpuMemory = gpuMemory
    self.cards = cards
    self.card = card
    self.gpuDirect = gpuDirect
    self.latency = latency
    self.issue = issue
    self.synchronise = synchronise
    self.gatherRate = gatherRate
    self.kernelLaunch = kernelLaunch
    self.kernelBandwidth = kernelBandwidth
    self.readBandwidth = readBandwidth
    self.leavingInterference = leavingInterference
    self.arrivingInterference = arrivingInterference
    self.fromHostInterference = fromHostInterference
    self.readIssue = readIssue
  }

  public var spec: ServerSpec {
    let gpu = GPUSpec(
      name: "toy", memory: toy(80), memoryBandwidth: toy(gpuMemory), peakBF16: toy(1000), peakFP8: nil,
      nvlinkGeneration: 3, nvlinkBandwidth: toy(port), pcieGeneration: 4, copyEngines: Figure(2, .assumption("toy")),
      gatherRate: toy(gatherRate), kernelLaunch: Figure(kernelLaunch, .assumption("toy")),
      copyInterference: CopyInterference(
        leaving: Figure(leavingInterference, .assumption("toy")),
        arriving: Figure(arrivingInterference, .assumption("toy")),
        arrivingFromHost: Figure(fromHostInterference, .assumption("toy")),
        kernel: Figure(kernelInterference, .assumption("toy"))))
    return ServerSpec(
      name: "toy server", gpu: gpu, gpuCount: gpus, fabric: fabric,
      peerLink: fabric == .none ? nil : link(port, nil), hostLink: link(lane, bothWays),
      pcieSwitches: switches.map { PCIeSwitch(gpus: $0, upstreamBandwidth: toy(upstream)) },
      host: HostSpec(sockets: 2, memory: toy(1000), memoryBandwidth: toy(hostMemory)),
      network: cards > 0 ? NetworkSpec(cards: cards, link: link(card, nil), gpuDirect: gpuDirect) : nil)
  }

  private func link(_ bandwidth: Double, _ joint: Double?) -> LinkSpec {
    LinkSpec(
      writeBandwidth: toy(bandwidth), readBandwidth: toy(readBandwidth ?? bandwidth),
      kernelBandwidth: toy(kernelBandwidth ?? bandwidth), bothDirectionsBandwidth: joint.map(toy),
      streamBandwidth: toy(bandwidth), latency: Figure(latency, .assumption("toy")),
      issue: Figure(issue, .assumption("toy")),
      readIssue: readIssue.map { Figure($0, .assumption("toy")) }, synchronise: Figure(synchronise, .assumption("toy")))
  }
}

/// A network between servers, by what matters of it.
public func toyNetwork(
  _ wiring: ClusterNetworkSpec.Wiring = .rails, serversPerLeaf: Int? = nil, oversubscription: Double = 1,
  spineLatency: Double = 0
) -> ClusterNetworkSpec {
  ClusterNetworkSpec(
    name: "toy network", wiring: wiring, serversPerLeaf: serversPerLeaf,
    oversubscription: Figure(oversubscription, .assumption("toy")),
    spineLatency: Figure(spineLatency, .assumption("toy")))
}

/// A figure given in thousands of millions.
public func toy(_ giga: Double) -> Figure { Figure(giga * 1e9, .assumption("toy")) }
