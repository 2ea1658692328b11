import SimCore

/// The sequences that produce one token each per decode iteration.
///
/// Two implementations exist: `ClosedFormBatch`, whose work follows changes of the batch, and `TokenByTokenBatch`,
/// which visits every member in every iteration and is the oracle the first is checked against.
public protocol DecodeBatch: AnyObject {
  /// How many sequences decode.
  var count: Int { get }
  /// Context tokens the next decode iteration attends to, over all members: each one's cached tokens and its new one.
  var contextTokens: Int64 { get }
  /// The same two of its online members alone.
  var onlineCount: Int { get }
  var onlineContextTokens: Int64 { get }
  /// Decode iterations this batch has run since the engine started.
  var step: Int64 { get }
  /// Decode iterations until the first member finishes; `Int.max` for an empty batch.
  var iterationsToFinish: Int { get }

  /// New KV blocks the next `iterations` iterations need together.
  func blocksNeeded(iterations: Int, in table: SequenceTable) -> Int
  /// How many iterations, at most `limit`, certainly need no more than `blocks` new KV blocks; an implementation may
  /// look less far ahead than there is room.
  func iterations(withinBlocks blocks: Int, limit: Int, in table: SequenceTable) -> Int
  /// Cached tokens of a member now.
  func kvTokens(of slot: Int32, in table: SequenceTable) -> Int
  /// Output tokens a member has produced until now.
  func generatedTokens(of slot: Int32, in table: SequenceTable) -> Int
  /// When a member made its latest token.
  func lastToken(of slot: Int32, in table: SequenceTable) -> SimTime
  /// The longest time between two successive tokens of a member until now, also before it joined.
  func longestGap(of slot: Int32, in table: SequenceTable) -> SimDuration

  /// Puts a sequence with its prompt done into the batch.
  func add(_ slot: Int32, in table: SequenceTable)
  /// Takes a member out and writes its token counts, last token time and longest gap back to the table.
  func remove(_ slot: Int32, in table: SequenceTable)
  /// Runs `iterations` iterations that end as `times` says; at most `iterationsToFinish`.
  ///
  /// - Parameter latencies: what the tokens' inter-token latencies were, appended.
  /// - Returns: KV blocks newly filled.
  func advance(
    iterations: Int, times: IterationTimes, in table: SequenceTable,
    latencies: inout ReusedList<InterTokenLatencies>
  ) -> Int
  /// Takes out the members that have produced all their tokens, in order of request number.
  func takeFinished(into slots: inout ReusedList<Int32>, in table: SequenceTable)
}
