import Replica
import SimCore

/// Prefill work for one sequence in one iteration.
public struct PrefillChunk: Sendable, BitwiseCopyable {
  public var slot: Int32
  /// New tokens to process.
  public var tokens: Int32
  /// The sequence is given blocks for this many tokens at once; at least what the chunk needs.
  public var reserveTokens: Int32

  /// - Parameter reserveTokens: blocks are taken for this many cached tokens; nil for just what the chunk fills.
  public init(slot: Int32, tokens: Int, reserveTokens: Int = 0) {
    self.slot = slot
    self.tokens = Int32(tokens)
    self.reserveTokens = Int32(reserveTokens)
  }
}

/// What a policy wants done, until something it named happens.
///
/// The engine applies the parts in this order: page-outs, drops, evictions, fetches, pauses, resumes, prefill chunks,
/// decode. The same object is reused for every decision, so nothing is allocated in steady state.
public struct Decision: Sendable {
  /// Sequences whose KV is thrown away; they wait and will be prefilled again.
  public var drops: ContiguousArray<Int32> = []
  /// Checkpointed sequences that leave the GPU at once, without a copy to wait for: what has a copy, or has been
  /// gathered for one, stays as that; the rest of their KV is thrown away and processed again after they have been
  /// fetched.
  public var evictions: ContiguousArray<Int32> = []
  /// Sequences whose KV leaves the GPU for the tier with room; only blocks without a copy there travel.
  public var pageOuts: ContiguousArray<Int32> = []
  /// Of these, sequences whose KV is taken to be in its tier without a copy: no bytes travel and no time passes. Only
  /// for schedulers that were measured with copies missing.
  public var pageOutsWithoutCopy: ContiguousArray<Int32> = []
  /// Paged sequences whose KV comes back, all of it.
  public var fetches: ContiguousArray<Int32> = []
  /// Decoding sequences that stay on the GPU but leave the batch.
  public var pauses: ContiguousArray<Int32> = []
  /// Paused sequences that join the batch.
  public var resumes: ContiguousArray<Int32> = []
  /// Prefill work of this iteration; a waiting sequence is admitted by its first chunk.
  public var chunks: ContiguousArray<PrefillChunk> = []
  /// Whether the decode batch runs; when not, the iteration is prefill only.
  public var decodes = true
  /// Fetched sequences join the decode batch as soon as their KV is there, within this decision.
  public var fetchedJoinBatch = false
  /// Copies off the GPU are given up once their sequence has been fetched, as in vLLM's swap space; otherwise they are
  /// kept until it finishes, so that the next page-out copies only what is new.
  public var fetchesReleaseCopies = false
  /// The iteration waits until everything this decision pages out and in has moved.
  public var waitsForTransfers = false
  /// A decision that changes nothing stands for at most this many iterations.
  public var maxIterations = Int.max
  /// Consult again at the first iteration boundary at or after this time.
  public var reconsiderAt = SimTime.never
  /// Added to every iteration, for checks the policy's mechanism costs.
  public var overheadPerIteration = SimDuration.zero
  /// What keeps the first waiting request out.
  public var admissionLimit = AdmissionLimit.none

  public init() {}

  /// Whether sequences are moved, admitted or prefilled. Such a decision stands for one iteration; "go on", the answer
  /// that changes nothing, is the one that stands.
  public var changesAnything: Bool {
    !(chunks.isEmpty && drops.isEmpty && evictions.isEmpty && pageOuts.isEmpty && fetches.isEmpty && pauses.isEmpty
      && resumes.isEmpty)
  }

  /// Empties the decision for the next use.
  public mutating func reset() {
    // Most lists are empty most of the time, and looking costs less than emptying.
    if !drops.isEmpty { drops.removeAll(keepingCapacity: true) }
    if !evictions.isEmpty { evictions.removeAll(keepingCapacity: true) }
    if !pageOuts.isEmpty { pageOuts.removeAll(keepingCapacity: true) }
    if !pageOutsWithoutCopy.isEmpty { pageOutsWithoutCopy.removeAll(keepingCapacity: true) }
    if !fetches.isEmpty { fetches.removeAll(keepingCapacity: true) }
    if !pauses.isEmpty { pauses.removeAll(keepingCapacity: true) }
    if !resumes.isEmpty { resumes.removeAll(keepingCapacity: true) }
    if !chunks.isEmpty { chunks.removeAll(keepingCapacity: true) }
    decodes = true
    fetchedJoinBatch = false
    fetchesReleaseCopies = false
    waitsForTransfers = false
    maxIterations = .max
    reconsiderAt = .never
    overheadPerIteration = .zero
    admissionLimit = .none
  }
}
