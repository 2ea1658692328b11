import Replica
import SimCore

/// Sees what happens in a run, at the grain at which it is decided: batches, iterations, transfers, phases of requests,
/// levels of the pools.
///
/// Called from the thread that simulates. The events of one engine come in order of time and are the same under both
/// steppings; those of different engines may come in any order. A run without an observer does not pay for it.
public protocol RunObserver: AnyObject {
  func observe(_ event: RunEvent)
}

/// Something that happened in a run.
public enum RunEvent: Sendable, Hashable {
  case phase(PhaseChange)
  case iterations(IterationRun)
  case transferBegan(TransferStart)
  case transferEnded(TransferEnd)
  case levels(PoolLevels)

  /// Which engine it happened to, counted through all deployments.
  public var engine: Int {
    switch self {
    case .phase(let change): change.engine
    case .iterations(let run): run.engine
    case .transferBegan(let start): start.engine
    case .transferEnded(let end): end.engine
    case .levels(let levels): levels.engine
    }
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

  /// When the last of them ends.
  public var end: SimTime { times.end(of: count) }

  /// Takes in the iterations that follow, if they go on as these would have.
  ///
  /// - Returns: false, and nothing changes, when they do not.
  mutating func extend(with next: IterationRun) -> Bool {
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
    case pageOut, fetch, checkpoint, evacuation
    /// To another replica.
    case handOver
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

  init(id: Int64, engine: Int, kind: Kind, tier: MemoryTier, bytes: Int64, time: SimTime) {
    self.id = id
    self.engine = engine
    self.kind = kind
    self.tier = tier
    self.bytes = bytes
    self.time = time
  }

  init(_ order: ShipmentOrder, _ number: Int64, of engine: Engine, at time: SimTime) {
    id = number
    self.engine = engine.index
    kind =
      switch order.kind {
      case .pageOut: .pageOut
      case .fetch: .fetch
      case .checkpoint: .checkpoint
      case .evacuation: .evacuation
      case .handOver: .handOver
      }
    tier = order.tier
    bytes = order.bytesPerGPU * Int64(engine.place.gpus.count)
    self.time = time
  }
}

/// All of a transfer has arrived.
public struct TransferEnd: Sendable, Hashable {
  public var id: Int64
  public var engine: Int
  public var time: SimTime
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
}

extension IterationTimes: Hashable {
  public static func == (a: IterationTimes, b: IterationTimes) -> Bool {
    a.firstEnd == b.firstEnd && a.gap == b.gap && a.growth == b.growth
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(firstEnd)
    hasher.combine(gap)
    hasher.combine(growth)
  }
}
