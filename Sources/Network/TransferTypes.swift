import SimCore

/// Where a transfer starts or ends.
public enum Endpoint: Hashable, Sendable, BitwiseCopyable {
  /// A GPU's memory; GPUs are numbered through all servers, in order.
  case gpu(Int)
  /// A server's host memory.
  case hostMemory(server: Int)

  /// The host memory of the only, or the first, server.
  public static let host = Endpoint.hostMemory(server: 0)
}

/// How a transfer moves blocks that lie scattered in memory.
public enum TransferMode: String, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// One copy per fragment, each issued separately.
  case fragmented
  /// A kernel gathers the fragments at the source GPU, one large copy moves them, a kernel scatters them at the
  /// destination GPU. Host ends hold one contiguous buffer and need no kernel.
  case coalesced
  /// Like `coalesced`, but the destination keeps the buffer as it arrives: paging out to a lender.
  case gathered
  /// Like `coalesced`, but the source already holds one buffer: fetching back from a lender.
  case scattered
  /// A kernel reads the fragments and writes them over the link itself.
  case kernel
  /// Block by block, as AQUA's released code pages to a peer: a kernel gathers a block's keys and values into two
  /// columns, which two copies move. Fetching moves the two columns, scatters them and synchronises, before the next
  /// block's begin. What pulls scatters; what pushes gathers, and leaves the columns as they arrive.
  case blockwise

  /// Whether a GPU at the source first copies the fragments into a temporary buffer.
  public var gathersAtSource: Bool { self == .coalesced || self == .gathered }
  /// Whether a GPU at the destination receives into a temporary buffer.
  public var scattersAtDestination: Bool { self == .coalesced || self == .scattered }
}

/// What the bytes of a copy mainly travel over.
public enum TransferMedium: Hashable, Sendable, BitwiseCopyable {
  case nvlink
  case pcie
  /// The network between servers.
  case network

  /// As results and explanations call it.
  public var inWords: String {
    switch self {
    case .nvlink: "NVLink"
    case .pcie: "PCIe"
    case .network: "network"
    }
  }
}

/// A transfer or stream of one network; numbers rise in the order of starting.
public struct FlowID: Hashable, Comparable, Sendable, BitwiseCopyable {
  public let number: Int64

  public init(number: Int64) { self.number = number }

  public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
}

/// A transfer that has finished.
public struct TransferCompletion: Hashable, Sendable, BitwiseCopyable {
  public let time: SimTime
  public let flow: FlowID
  /// What the starter attached to the transfer.
  public let tag: Int64
}

/// What a resource of the network is.
public enum LinkKind: String, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  case gpuMemory
  case nvlinkOut
  case nvlinkIn
  /// Device to host, one GPU's lane.
  case pcieToHost
  /// Host to device, one GPU's lane.
  case pcieFromHost
  /// Both directions of one GPU's lane together.
  case pcieBothWays
  case switchToHost
  case switchFromHost
  case hostMemory
  /// Out of one network card, into one.
  case networkOut
  case networkIn
  /// From one leaf switch to the spine between servers, and back.
  case leafUp
  case leafDown
}
