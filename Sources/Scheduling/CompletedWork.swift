/// What an engine has run since it last said so: iterations that ended, all of the same batch.
public struct CompletedWork: Sendable {
  /// How many; one where prompts were processed.
  public var iterations: Int
  /// Sequences of the decode batch, each of which made a token in each of the iterations; 0 when the batch rested. They
  /// are still in the batch (`SequencePhase.decoding`), those that have just made their last token too.
  public var decodes: Int
  /// Prompts processed. One whose chunk is all that `EngineState.prefillRemaining(_:)` still gives has made a token
  /// too.
  public var chunks: ContiguousArray<PrefillChunk>

  public init(iterations: Int, decodes: Int, chunks: ContiguousArray<PrefillChunk> = []) {
    self.iterations = iterations
    self.decodes = decodes
    self.chunks = chunks
  }
}
