import Replica
import SimCore

/// Sees what happens in a run, at the grain at which it is decided: batches, iterations, transfers, phases of requests,
/// levels of the pools, rates on the links.
///
/// Called from the thread that simulates. The events of one engine come in order of time, and so do those of one link;
/// both are the same under both steppings. Events of different engines and links may come in any order. A run without
/// an observer does not pay for it.
public protocol RunObserver: AnyObject {
  func observe(_ event: RunEvent)

  /// The run is over, and kept every law; nothing comes after this. Does nothing unless an observer says otherwise.
  ///
  /// - Throws: what the run then throws in place of its result.
  func runEnded(at time: SimTime) throws
}

extension RunObserver {
  public func runEnded(at time: SimTime) throws {}
}

/// Something that happened in a run.
public enum RunEvent: Sendable, Hashable {
  case replica(ReplicaStart)
  case phase(PhaseChange)
  case iterations(IterationRun)
  case blocked(TransferWait)
  case transferBegan(TransferStart)
  case transferEnded(TransferEnd)
  case levels(PoolLevels)
  case limit(LimitChange)
  case link(LinkRate)

  /// Which engine it happened to, counted through all deployments; nil for what happens on a link.
  public var engine: Int? {
    switch self {
    case .replica(let start): start.engine
    case .phase(let change): change.engine
    case .iterations(let run): run.engine
    case .blocked(let wait): wait.engine
    case .transferBegan(let start): start.engine
    case .transferEnded(let end): end.engine
    case .levels(let levels): levels.engine
    case .limit(let change): change.engine
    case .link: nil
    }
  }
}

/// A replica begins to exist: before anything else happens, or when the fleet grows.
public struct ReplicaStart: Sendable, Hashable {
  public var engine: Int
  /// The deployment's name.
  public var deployment: String
  /// Which replica of the deployment, from 0.
  public var replica: Int
  /// Its GPUs, numbered through all servers.
  public var gpus: [Int]
  public var time: SimTime

  public init(engine: Int, deployment: String, replica: Int, gpus: [Int], time: SimTime) {
    self.engine = engine
    self.deployment = deployment
    self.replica = replica
    self.gpus = gpus
    self.time = time
  }
}

/// Where a request stands.
public enum RequestPhase: String, Sendable, Hashable, CaseIterable {
  /// Waits with nothing on the GPU: new, or dropped and to be recomputed.
  case queued
  /// On the GPU, part of its prompt still to process.
  case prefilling
  /// In the decode batch.
  case decoding
  /// On the GPU, its prompt done, not in the batch.
  case paused
  /// Its KV is being copied off the GPU.
  case pagingOut
  /// Its KV is in peer or host memory.
  case offGPU
  /// Its KV is being copied back.
  case pagingIn
  /// It has all its tokens.
  case completed
}

/// A request enters a phase.
public struct PhaseChange: Sendable, Hashable {
  public var engine: Int
  /// The request's number in the run.
  public var request: Int64
  public var phase: RequestPhase
  public var time: SimTime

  public init(engine: Int, request: Int64, phase: RequestPhase, time: SimTime) {
    self.engine = engine
    self.request = request
    self.phase = phase
    self.time = time
  }
}

/// Consecutive iterations of an unchanged batch.
public struct IterationRun: Sendable, Hashable {
  /// Prompt tokens processed for one request.
  public struct Chunk: Sendable, Hashable {
    public var request: Int64
    /// New tokens.
    public var tokens: Int

    public init(request: Int64, tokens: Int) {
      self.request = request
      self.tokens = tokens
    }
  }

  public var engine: Int
  public var start: SimTime
  /// When the iterations end; those after the first in gaps of arithmetic progression.
  public var times: IterationTimes
  /// How many there are.
  public var count: Int
  /// Decoding sequences.
  public var decodes: Int
  /// Context tokens that the first iteration's decoding attends to, all sequences together.
  public var context: Int64
  /// Prefill work, of a single iteration, in the order scheduled.
  public var chunks: [Chunk]
  /// Whether it was given up at a safepoint, and its work lost.
  public var isAborted: Bool
  /// How often the batch's membership had changed before; runs with the same number have the same members.
  public var batch: Int

  public init(
    engine: Int, start: SimTime, times: IterationTimes, count: Int, decodes: Int, context: Int64, chunks: [Chunk],
    isAborted: Bool, batch: Int
  ) {
    self.engine = engine
    self.start = start
    self.times = times
    self.count = count
    self.decodes = decodes
    self.context = context
    self.chunks = chunks
    self.isAborted = isAborted
    self.batch = batch
  }

  /// When the last of them ends.
  public var end: SimTime { times.end(of: count) }

  /// Takes in the iterations that follow, if they go on as these would have.
  ///
  /// - Returns: false, and nothing changes, when they do not.
  public mutating func extend(with next: IterationRun) -> Bool {
    guard batch == next.batch, next.start == end, chunks.isEmpty, next.chunks.isEmpty, !isAborted, !next.isAborted,
      decodes == next.decodes, decodes > 0, times.growth == next.times.growth
    else { return false }
    let gap = times.end(of: count + 1) - end
    guard next.times.firstEnd - next.start == gap, next.times.gap == gap + times.growth else { return false }
    count += next.count
    return true
  }
}

/// KV begins to move.
public struct TransferStart: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case pageOut, fetch, checkpoint, evacuation, returning
    /// To another replica.
    case handOver
    /// The KV of a prefix that is kept off the GPU, and an adapter.
    case storedPrefix, adapter
  }

  /// Numbers transfers in the order in which they begin.
  public var id: Int64
  public var engine: Int
  public var kind: Kind
  /// The end that is not the engine's own GPU.
  public var tier: MemoryTier
  /// Of all GPUs of the engine together.
  public var bytes: Int64
  public var time: SimTime
  /// The requests whose KV moves, by number; empty for an adapter.
  public var requests: [Int64]
  /// GPUs whose memory is the other end, by rank; empty where that is the host's, or another replica.
  public var lenders: [Int]

  public init(
    id: Int64, engine: Int, kind: Kind, tier: MemoryTier, bytes: Int64, time: SimTime, requests: [Int64] = [],
    lenders: [Int] = []
  ) {
    self.id = id
    self.engine = engine
    self.kind = kind
    self.tier = tier
    self.bytes = bytes
    self.time = time
    self.requests = requests
    self.lenders = lenders
  }
}

/// All of a transfer has arrived, or it was given up.
public struct TransferEnd: Sendable, Hashable {
  public var id: Int64
  public var engine: Int
  public var time: SimTime

  public init(id: Int64, engine: Int, time: SimTime) {
    self.id = id
    self.engine = engine
    self.time = time
  }
}

/// A time in which an engine had requests and ran no iteration, because KV had to move first.
public struct TransferWait: Sendable, Hashable {
  public var engine: Int
  public var start: SimTime
  public var end: SimTime

  public init(engine: Int, start: SimTime, end: SimTime) {
    self.engine = engine
    self.start = start
    self.end = end
  }
}

/// Something else keeps an engine's first waiting request out. Until the first such change nothing waits.
public struct LimitChange: Sendable, Hashable {
  public var engine: Int
  public var limit: AdmissionLimit
  public var time: SimTime

  public init(engine: Int, limit: AdmissionLimit, time: SimTime) {
    self.engine = engine
    self.limit = limit
    self.time = time
  }
}

/// A link carries more or less than before. Nothing is told of a link before it carries anything.
public struct LinkRate: Sendable, Hashable {
  /// The link's name, for example `gpu0 nvlinkOut`.
  public var link: String
  /// Of all transfers on it together.
  public var bytesPerSecond: Double
  public var time: SimTime

  public init(link: String, bytesPerSecond: Double, time: SimTime) {
    self.link = link
    self.bytesPerSecond = bytesPerSecond
    self.time = time
  }
}

/// How full an engine's memory is, after something other than decoding has changed it.
public struct PoolLevels: Sendable, Hashable {
  public var engine: Int
  public var time: SimTime
  /// Blocks of the engine's own pool in use or in flight, and all it has now, less what it lends.
  public var local: Int
  public var localCapacity: Int
  /// Blocks of copies in memory borrowed from peers, and what is borrowed.
  public var peer: Int
  public var peerCapacity: Int
  /// Blocks of copies in host memory.
  public var host: Int

  public init(
    engine: Int, time: SimTime, local: Int, localCapacity: Int, peer: Int, peerCapacity: Int, host: Int
  ) {
    self.engine = engine
    self.time = time
    self.local = local
    self.localCapacity = localCapacity
    self.peer = peer
    self.peerCapacity = peerCapacity
    self.host = host
  }
}
