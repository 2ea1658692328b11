import SimCore

/// The sequences that produce one token each per decode iteration.
///
/// Two implementations exist: `ClosedFormBatch`, whose work follows changes of the batch, and `TokenByTokenBatch`,
/// which visits every member in every iteration and is the oracle the first is checked against.
///
/// A class rather than a protocol, because what every event asks (how many decode, over how much context) is then read
/// where it is stored and not through a witness.
public class DecodeBatch: AbstractClass {
  /// How many sequences decode.
  public internal(set) final var count = 0
  /// Context tokens the next decode iteration attends to, over all members: each one's cached tokens and its new one.
  public internal(set) final var contextTokens: Int64 = 0
  /// The same two of its online members alone.
  public internal(set) final var onlineCount = 0
  public internal(set) final var onlineContextTokens: Int64 = 0
  /// Decode iterations this batch has run since the engine started.
  public internal(set) final var step: Int64 = 0

  init() {}

  /// Decode iterations until the first member finishes; `Int.max` for an empty batch.
  public var iterationsToFinish: Int { unimplemented() }

  /// New KV blocks the next `iterations` iterations need together.
  public func blocksNeeded(iterations: Int, in table: SequenceTable) -> Int { unimplemented() }

  /// How many iterations, at most `limit`, certainly need no more than `blocks` new KV blocks; an implementation may
  /// look less far ahead than there is room.
  public func iterations(withinBlocks blocks: Int, limit: Int, in table: SequenceTable) -> Int { unimplemented() }

  /// Cached tokens of a member now.
  public func kvTokens(of slot: Int32, in table: SequenceTable) -> Int { unimplemented() }

  /// Output tokens a member has produced until now.
  public func generatedTokens(of slot: Int32, in table: SequenceTable) -> Int { unimplemented() }

  /// When a member made its latest token.
  public func lastToken(of slot: Int32, in table: SequenceTable) -> SimTime { unimplemented() }

  /// The longest time between two successive tokens of a member until now, also before it joined.
  public func longestGap(of slot: Int32, in table: SequenceTable) -> SimDuration { unimplemented() }

  /// Puts a sequence with its prompt done into the batch.
  public func add(_ slot: Int32, in table: SequenceTable) { unimplemented() }

  /// Takes a member out and writes its token counts, last token time and longest gap back to the table.
  public func remove(_ slot: Int32, in table: SequenceTable) { unimplemented() }

  /// Runs `iterations` iterations that end as `times` says; at most `iterationsToFinish`.
  ///
  /// - Parameter latencies: what the tokens' inter-token latencies were, appended.
  /// - Returns: KV blocks newly filled.
  public func advance(
    iterations: Int, times: IterationTimes, in table: SequenceTable,
    latencies: inout ReusedList<InterTokenLatencies>
  ) -> Int { unimplemented() }

  /// Takes out the members that have produced all their tokens, in order of request number.
  public func takeFinished(into slots: inout ReusedList<Int32>, in table: SequenceTable) { unimplemented() }
}
