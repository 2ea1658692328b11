import SimCore

/// What a link carries: pages of KV cache go over these.
public enum LinkFamily: String, Sendable, CaseIterable, Codable {
  case nvlink
  case pcie
  case network
  case memory
}

/// What went over one link, in one direction, in a run.
public struct LinkTotals: Sendable, Hashable {
  /// The link's name in the server, for example `gpu0 nvlink out`.
  public var name: String
  public var kind: LinkFamily
  public var bytes: Int64
  /// Time in which at least one transfer used it.
  public var busy: SimDuration

  public init(name: String, kind: LinkFamily, bytes: Int64 = 0, busy: SimDuration = .zero) {
    self.name = name
    self.kind = kind
    self.bytes = bytes
    self.busy = busy
  }
}

/// Where KV pages go when they leave their own GPU.
public enum PagingTier: String, Sendable, CaseIterable, Codable {
  case host
  case peerGPU = "peer_gpu"
}

/// The KV pages that one deployment moved to and from one tier, over one kind of link.
public struct PagingTotals: Sendable, Hashable {
  /// Which deployment; an index into the run's deployments.
  public var deployment: Int32
  public var tier: PagingTier
  /// What they went over, for example `PCIe` or `NVLink`.
  public var link: String
  public var pagedOutBytes: Int64
  public var pagedInBytes: Int64

  public init(deployment: Int32, tier: PagingTier, link: String, pagedOutBytes: Int64 = 0, pagedInBytes: Int64 = 0) {
    self.deployment = deployment
    self.tier = tier
    self.link = link
    self.pagedOutBytes = pagedOutBytes
    self.pagedInBytes = pagedInBytes
  }
}
