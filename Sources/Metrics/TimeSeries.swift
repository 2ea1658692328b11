import SimCore

/// How loaded a run was over time: averages over equal intervals, exact, the same under both steppings.
public struct TimeSeries: Sendable, Hashable {
  /// What is told of each replica, and of each deployment, all its replicas together.
  public enum Level: String, Sendable, Hashable, CaseIterable {
    /// Requests that wait with nothing on the GPU.
    case queued = "queued_requests"
    /// Requests on the GPU.
    case running = "running_requests"
    /// Requests whose KV is in peer or host memory, or on its way.
    case offGPU = "off_gpu_requests"
    /// Tokens whose KV is on the GPU.
    case localTokens = "local_kv_tokens"
    /// Tokens that the own pool has room for, less what is lent.
    case capacityTokens = "kv_capacity_tokens"
    /// Tokens that copies in borrowed peer memory have room for.
    case peerTokens = "peer_kv_tokens"
    /// Tokens that copies in host memory have room for.
    case hostTokens = "host_kv_tokens"
    /// Tokens' worth of memory that is lent to peers, for the whole run or as the load allows.
    case lentTokens = "lent_kv_tokens"
  }

  /// One replica's levels.
  public struct Replica: Sendable, Hashable {
    /// Which deployment; an index into the run's deployments.
    public var deployment: Int
    /// Which replica of it, from 0.
    public var replica: Int
    /// For each level in the order of `Level`, its average over each interval. Zero while the replica did not exist.
    public var levels: [[Double]]

    public init(deployment: Int, replica: Int, levels: [[Double]]) {
      self.deployment = deployment
      self.replica = replica
      self.levels = levels
    }
  }

  /// What one link carried, in one direction.
  public struct Link: Sendable, Hashable {
    /// For example `gpu0 nvlinkOut`.
    public var name: String
    /// What kind of link it is, for example `nvlinkOut`.
    public var kind: String
    /// The most it can carry, bytes per second.
    public var bandwidth: Double
    /// Its average over each interval.
    public var bytesPerSecond: [Double]

    public init(name: String, kind: String, bandwidth: Double, bytesPerSecond: [Double]) {
      self.name = name
      self.kind = kind
      self.bandwidth = bandwidth
      self.bytesPerSecond = bytesPerSecond
    }

    /// The part of what it could have carried in an interval, 0 … 1.
    public func utilization(_ index: Int) -> Double { bandwidth > 0 ? bytesPerSecond[index] / bandwidth : 0 }
  }

  /// The intervals follow each other from time zero; the last ends with the run.
  public var interval: SimDuration
  /// The interval asked for. Where a run has more of them than are kept, `interval` is this times a power of two.
  public var requestedInterval: SimDuration
  public var end: SimTime
  /// For each deployment, for each level in the order of `Level`, its average over each interval.
  public var deployments: [[[Double]]] = []
  /// In the order in which they came to be.
  public var replicas: [Replica] = []
  /// Links that carried anything.
  public var links: [Link] = []

  public init(interval: SimDuration, requestedInterval: SimDuration, end: SimTime) {
    self.interval = interval
    self.requestedInterval = requestedInterval
    self.end = end
  }

  /// How many intervals there are.
  public var count: Int { deployments.first?.first?.count ?? 0 }

  /// When interval number `index` begins.
  public func start(of index: Int) -> SimTime {
    SimTime(picoseconds: interval.picoseconds * Int64(index))
  }

  /// When interval number `index` ends.
  public func end(of index: Int) -> SimTime { index + 1 < count ? start(of: index + 1) : end }

  public subscript(deployment: Int, level: Level) -> [Double] {
    deployments[deployment][Level.allCases.firstIndex(of: level) ?? 0]
  }
}
