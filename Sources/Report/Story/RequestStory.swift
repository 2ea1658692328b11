import Metrics
import Observing
import Replica
import SimCore

/// What happened to one request of a run, from its arrival to its last token or the end of the run.
///
/// Its stays follow each other without a gap, and the parts of a stay add up to it, in picoseconds: so all parts
/// together are the request's end-to-end time.
public struct RequestStory: Sendable, Hashable {
  /// What a part of a request's time went into.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    /// The client's request had not reached the engine's queue.
    case frontEnd
    /// In the queue, while the first in line did not fit into KV memory.
    case waitedForMemory
    /// In the queue, while all sequences that the batch takes were there.
    case waitedForBatch
    /// In the queue, while the iterations had no tokens left.
    case waitedForTokens
    /// In the queue by the policy's own rule.
    case waitedForPolicy
    /// In the queue with nothing said against the first in line: until the iteration under way had ended.
    case waitedForBoundary
    /// In iterations that processed tokens of its prompt.
    case prefill
    /// In iterations that made a token of its answer, and nothing else.
    case decode
    /// In iterations that made a token of its answer beside the prompts of others.
    case decodeBesidePrompts
    /// In iterations of which it was part and which were given up.
    case givenUp
    /// On the GPU, while iterations ran without it.
    case heldUp
    /// On the GPU or in the queue, while no iteration ran because KV had to move first.
    case waitedForKV
    /// On the GPU, with no iteration under way.
    case nothingRan
    /// Its KV was copied off the GPU.
    case pagingOut
    /// Its KV was in peer or host memory.
    case offGPU
    /// Its KV was copied onto the GPU.
    case pagingIn
  }

  /// KV of the request that moved.
  public struct Move: Sendable, Hashable {
    public var kind: TransferStart.Kind
    /// The end that is not the engine's own GPU.
    public var tier: MemoryTier
    /// GPUs whose memory is that end, by rank; empty where it is the host's or another replica.
    public var lenders: [Int]
    /// Of all requests that moved with it.
    public var bytes: Int64
    /// How many requests moved with it, itself among them.
    public var requests: Int
    public var start: SimTime
    /// `.never` while it is under way.
    public var end: SimTime
  }

  /// A time that it spent in one phase.
  public struct Stay: Sendable, Hashable {
    public var phase: RequestPhase
    /// The engine, counted through all deployments.
    public var engine: Int
    public var start: SimTime
    public var end: SimTime
    /// What the time went into, in the order of `Part`; only what is not zero. They add up to the stay.
    public var parts: [(part: Part, time: SimDuration)] = []
    /// Iterations of which it was part and which were not given up.
    public var iterations = 0
    /// Tokens of its prompt, or of what it had to compute again, that were processed.
    public var promptTokens = 0
    /// Requests that waited when it came to where it is, those that were on the GPU, and the memory's levels.
    public var waiting: [Int64] = []
    public var running: [Int64] = []
    public var levels: PoolLevels?
    /// Requests that came onto the GPU while it was not there, in that order.
    public var preferred: [Int64] = []
    /// Requests that left the GPU while it was not there: done, dropped or paged out.
    public var left: [Int64] = []

    public var duration: SimDuration { end - start }

    public static func == (a: Self, b: Self) -> Bool {
      a.phase == b.phase && a.engine == b.engine && a.start == b.start && a.end == b.end
        && a.parts.elementsEqual(b.parts) { $0 == $1 } && a.iterations == b.iterations
        && a.promptTokens == b.promptTokens && a.waiting == b.waiting && a.running == b.running
        && a.levels == b.levels && a.preferred == b.preferred && a.left == b.left
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(start)
      hasher.combine(phase)
    }
  }

  public var outcome: RequestOutcome
  /// The replicas where it was, by engine.
  public var replicas: [Int: ReplicaStart]
  /// In order, each beginning where the one before ends; empty for a request that was refused.
  public var stays: [Stay]
  /// KV of it that moved, in order.
  public var moves: [Move]

  /// When its last token was ready, or when the run ended.
  public var end: SimTime { stays.last?.end ?? outcome.arrival }

  /// From its arrival to its last token, or to the end of the run.
  public var duration: SimDuration { end - outcome.arrival }

  /// What all its time went into, in the order of `Part`: to the first token, and after it. Parts that took no time are
  /// left out. A first token is ready at the end of an iteration, which ends a stay, so no part is in both.
  public var totals: [(part: Part, toFirstToken: SimDuration, after: SimDuration)] {
    Part.allCases.compactMap { part in
      var (before, after) = (SimDuration.zero, SimDuration.zero)
      for stay in stays {
        for share in stay.parts where share.part == part {
          if stay.end <= outcome.firstToken { before += share.time } else { after += share.time }
        }
      }
      return before + after > .zero ? (part, before, after) : nil
    }
  }
}
