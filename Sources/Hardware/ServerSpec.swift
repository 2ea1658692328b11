/// How the GPUs of a server reach one another without the host.
public enum Fabric: Hashable, Sendable {
  /// Every GPU has its own port into a non-blocking switch.
  case nvswitch
  /// GPUs joined two by two; other pairs go over PCIe.
  case bridgedPairs([GPUPair])
  /// Peer copies go over PCIe.
  case none
}

/// Two GPUs joined by an NVLink bridge.
public struct GPUPair: Hashable, Sendable {
  public var first: Int
  public var second: Int

  public init(_ first: Int, _ second: Int) {
    self.first = first
    self.second = second
  }
}

/// GPUs that share one way to the host: a PCIe switch, or a root complex.
public struct PCIeSwitch: Hashable, Sendable {
  /// GPU numbers within the server.
  public var gpus: [Int]
  /// Towards the host and back, bytes per second in each direction.
  public var upstreamBandwidth: Figure

  public init(gpus: [Int], upstreamBandwidth: Figure) {
    self.gpus = gpus
    self.upstreamBandwidth = upstreamBandwidth
  }
}

/// The host side of a server.
public struct HostSpec: Hashable, Sendable {
  public var sockets: Int
  /// Host memory, bytes.
  public var memory: Figure
  /// What transfers can draw from host memory, reads and writes together, bytes per second.
  public var memoryBandwidth: Figure
  /// What transfers can write to it when nothing reads, bytes per second; a write then takes more of
  /// `memoryBandwidth` than a read, in proportion. `nil` where they cost the same.
  public var memoryWriteBandwidth: Figure?

  public init(sockets: Int, memory: Figure, memoryBandwidth: Figure, memoryWriteBandwidth: Figure? = nil) {
    self.sockets = sockets
    self.memory = memory
    self.memoryBandwidth = memoryBandwidth
    self.memoryWriteBandwidth = memoryWriteBandwidth
  }
}

/// One kind of server: GPUs of one kind, what joins them, and their host.
public struct ServerSpec: Hashable, Sendable {
  public var name: String
  public var gpu: GPUSpec
  public var gpuCount: Int
  public var fabric: Fabric
  /// NVLink between GPUs, for each GPU's port; `nil` exactly when there is no fabric.
  public var peerLink: LinkSpec?
  /// PCIe between a GPU and its host.
  public var hostLink: LinkSpec
  /// Which GPUs share a way to the host; a GPU in none has its own.
  public var pcieSwitches: [PCIeSwitch]
  public var host: HostSpec
  public var network: NetworkSpec?
  /// What was measured on such a server, when its description names a file; kernel times are taken from it.
  public var profile: MeasuredProfile?

  public init(
    name: String, gpu: GPUSpec, gpuCount: Int, fabric: Fabric, peerLink: LinkSpec?, hostLink: LinkSpec,
    pcieSwitches: [PCIeSwitch], host: HostSpec, network: NetworkSpec?, profile: MeasuredProfile? = nil
  ) {
    self.name = name
    self.gpu = gpu
    self.gpuCount = gpuCount
    self.fabric = fabric
    self.peerLink = peerLink
    self.hostLink = hostLink
    self.pcieSwitches = pcieSwitches
    self.host = host
    self.network = network
    self.profile = profile
  }
}
