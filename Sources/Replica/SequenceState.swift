import SimCore

/// Where a sequence stands in an engine.
public enum SequencePhase: UInt8, Sendable, BitwiseCopyable {
  /// The slot is not in use.
  case vacant
  /// Queued, with no KV on the GPU: new, or dropped and to be recomputed; or with the KV that another replica sent.
  case waiting
  /// On the GPU with part of its prompt still to process.
  case prefilling
  /// In the decode batch: one token per decode iteration.
  case decoding
  /// On the GPU, prompt done, not in the decode batch.
  case paused
  /// Its KV is being copied off the GPU.
  case pagingOut
  /// Its KV is in the peer or host tier.
  case paged
  /// Its KV is being copied back.
  case pagingIn
  /// It comes from another replica, and its KV is on the way.
  case arriving
  /// The policy has not heard of it: its adapter or the KV of its prefix is on the way, or has no room yet.
  case entering
}

/// One request inside an engine, with what it has computed. Where its KV is, `KVLedger` knows.
///
/// While `phase` is `.decoding` the token counts are those of the moment it joined the batch; ask
/// `EngineState.kvTokens(_:)` and `generatedTokens(_:)` for current ones.
public struct SequenceState: Sendable, BitwiseCopyable {
  /// The run-wide number of the request, in order of arrival.
  public package(set) var request: Int64 = 0
  public package(set) var arrival = SimTime.zero
  /// When the policy of its replica heard of it: later than it arrived where something was fetched for it first, or
  /// where it comes from another replica.
  public package(set) var announced = SimTime.zero
  public package(set) var requestClass = RequestClass.online
  /// Whose request it is.
  public package(set) var tenant: Int32 = 0
  /// Smaller is more urgent.
  public package(set) var priority: Int32 = 0
  /// When it should be finished; `.never` when nothing is said.
  public package(set) var deadline = SimTime.never
  public package(set) var promptTokens: Int32 = 0
  public package(set) var phase = SequencePhase.vacant
  /// The tokens to prefill before the next token can be sampled: the prompt, and after a drop also what was generated.
  public package(set) var prefillTarget: Int32 = 0
  public package(set) var preemptions: Int32 = 0

  // What follows is the engine's; a policy must not see the true output length.
  package var kv: Int32 = 0
  package var generated: Int32 = 0
  package var outputTokens: Int32 = 0
  package var joinStep: Int64 = 0
  package var finishStep: Int64 = 0
  package var stream: Int32 = 0
  package var user: Int32 = -1
  package var group: Int32 = 0
  /// Which adapter it uses, of all that its engine knows; -1 for the base model.
  package var adapter: Int64 = -1
  /// Tokens of its prompt, from the first, whose KV is kept off the GPU.
  package var storedPrefix: Int32 = 0
  package var counted = true
  /// Prompt tokens processed, each counted once however often it was processed.
  package var processedPrompt: Int32 = 0
  package var recomputedTokens: Int32 = 0
  /// Of these, what it had when it was dropped last, until it runs again.
  package var lostTokens: Int32 = 0
  /// Prompt tokens that were found on the GPU when it was first admitted.
  package var cachedTokens: Int32 = 0
  package var pagedOutBytes: Int64 = 0
  package var pagedInBytes: Int64 = 0
  package var scheduled = SimTime.never
  package var firstToken = SimTime.never
  package var lastToken = SimTime.never
  /// The longest time between two successive tokens until it joined the batch.
  package var longestGap = SimDuration.zero
  /// How long it has been where, until `placedAt`.
  package var timeSpent = TimeSplit()
  /// Where it has been since `placedAt`.
  package var place = RequestPlace.waiting
  package var placedAt = SimTime.zero

  package init() {}

  /// It is somewhere else from `time` on.
  package mutating func move(to new: RequestPlace, at time: SimTime) {
    timeSpent.add(time - placedAt, in: place)
    place = new
    placedAt = time
  }
}

/// The slots of an engine's sequences: small numbers, reused, so that every relation is an index.
public final class SequenceTable {
  package var slots = ReusedList<SequenceState>()
  private var vacant = ReusedList<Int32>()

  package init() {}

  /// The sequence in a slot.
  public subscript(slot: Int32) -> SequenceState {
    @inline(__always) get { slots[Int(slot)] }
  }

  /// How many slots exist, used or not.
  public var slotCount: Int { slots.count }

  /// Puts a sequence into a vacant slot.
  package func insert(_ sequence: SequenceState) -> Int32 {
    if !vacant.isEmpty {
      let slot = vacant.removeLast()
      slots[Int(slot)] = sequence
      return slot
    }
    slots.append(sequence)
    return Int32(slots.count - 1)
  }

  package func remove(_ slot: Int32) {
    slots[Int(slot)].phase = .vacant
    vacant.append(slot)
  }
}
