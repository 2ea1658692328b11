import SimCore

/// How loaded a run was over time: averages over equal intervals, exact, the same under both steppings.
public struct TimeSeries: Sendable, Hashable {
  /// What is told of each deployment, all its replicas together.
  public enum Level: String, Sendable, Hashable, CaseIterable {
    /// Requests that wait with nothing on the GPU.
    case queued = "queued_requests"
    /// Requests on the GPU.
    case running = "running_requests"
    /// Requests whose KV is in peer or host memory, or on its way.
    case offGPU = "off_gpu_requests"
    /// Tokens whose KV is on the GPU.
    case localTokens = "local_kv_tokens"
    /// Tokens that copies in borrowed peer memory have room for.
    case peerTokens = "peer_kv_tokens"
    /// Tokens that copies in host memory have room for.
    case hostTokens = "host_kv_tokens"
    /// Tokens' worth of the deployment's own pool that it lends.
    case lentTokens = "lent_kv_tokens"
  }

  /// What one kind of link carried.
  public struct Link: Sendable, Hashable {
    public var kind: LinkFamily
    /// Over all links of the kind, both directions; each byte counts once.
    public var bytesPerSecond: [Double]

    public init(kind: LinkFamily, bytesPerSecond: [Double]) {
      self.kind = kind
      self.bytesPerSecond = bytesPerSecond
    }
  }

  /// The intervals follow each other from time zero; the last ends with the run.
  public var interval: SimDuration
  public var end: SimTime
  /// For each deployment, for each level in the order of `Level`, its average over each interval.
  public var deployments: [[[Double]]] = []
  public var links: [Link] = []

  public init(interval: SimDuration, end: SimTime) {
    self.interval = interval
    self.end = end
  }

  /// How many intervals there are.
  public var count: Int { links.first?.bytesPerSecond.count ?? deployments.first?.first?.count ?? 0 }

  /// When interval number `index` begins.
  public func start(of index: Int) -> SimTime {
    SimTime(picoseconds: interval.picoseconds * Int64(index))
  }

  public subscript(deployment: Int, level: Level) -> [Double] {
    deployments[deployment][Level.allCases.firstIndex(of: level) ?? 0]
  }
}
