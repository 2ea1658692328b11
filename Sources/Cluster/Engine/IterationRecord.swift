import Replica
import Scheduling
import SimCore

/// One iteration of an engine as it starts: what a serving engine's own step log holds.
public struct IterationRecord: Sendable, Hashable {
  /// Prompt tokens processed for one sequence.
  public struct Chunk: Sendable, Hashable {
    /// New tokens.
    public var tokens: Int
    /// Tokens of the sequence already in the cache.
    public var cached: Int

    public init(tokens: Int, cached: Int) {
      self.tokens = tokens
      self.cached = cached
    }
  }

  /// Which engine, counted through all deployments.
  public var engine: Int
  public var start: SimTime
  /// What the iteration costs by the step-time model.
  public var cost: SimDuration
  /// In the order scheduled.
  public var chunks: [Chunk]
  public var decodes: Int
  /// Tokens the decoding sequences attend to, all together.
  public var decodeContext: Int64
  /// The same, less what several of them attend to and costs less to read again (`EngineState.readContext`).
  public var readContext: Int64
  /// Sequences admitted and not finished, those without work in this iteration included.
  public var running: Int
  public var waiting: Int
  /// KV blocks held, those that this iteration fills included.
  public var kvBlocks: Int
  /// Sequences whose KV was dropped or evicted to make room for this iteration.
  public var preempted: Int
}

/// Sees every iteration as it starts; what it returns, unless nil, is how long the iteration takes instead of its
/// cost. So a schedule can be replayed with measured times.
public typealias IterationObserver = @Sendable (IterationRecord) -> SimDuration?

extension Engine {
  /// The record of the iteration that the decision starts.
  func startingIteration(_ cost: SimDuration, decodes: Int) -> IterationRecord {
    var waiting = 0
    var present = 0
    for slot in 0..<Int32(table.slotCount) {
      switch table[slot].phase {
      case .vacant: break
      // What the host has of a preempted request does not make it run.
      case .waiting, .arriving, .entering, .pagingOut, .paged, .pagingIn: waiting += 1
      default: present += 1
      }
    }
    return IterationRecord(
      engine: index, start: state.now, cost: cost,
      chunks: decision.chunks.map {
        IterationRecord.Chunk(tokens: Int($0.tokens), cached: Int(table[$0.slot].kv))
      }, decodes: decodes, decodeContext: decodes > 0 ? batch.contextTokens : 0,
      readContext: decodes > 0 ? state.readContext : 0, running: present,
      waiting: waiting, kvBlocks: ledger.local.used + (decodes > 0 ? state.nextDecodeBlocks : 0),
      preempted: decision.drops.count + decision.evictions.count)
  }
}
