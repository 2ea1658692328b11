import SimCore

extension BoundStepCost {
  /// What one iteration costs, written out: `decodes` sequences that attend to `context` tokens in all, and chunks of
  /// new tokens over cached ones.
  ///
  /// - Parameter isNewSize: whether the engine meets that many tokens for the first time.
  /// - Returns: `nil` for more tokens or sequences than the tables hold, and for an empty iteration.
  public func iteration(
    decodes: Int, context: Int64, chunks: some Collection<(tokens: Int, cached: Int)>, isNewSize: Bool = false
  ) -> SimDuration? {
    let chunkTokens = chunks.reduce(0) { $0 + $1.tokens }
    let sequences = decodes + chunks.count
    guard sequences > 0, sequences <= maxSequences, decodes + chunkTokens <= maxBatchedTokens else { return nil }
    var cost = linear(tokens: decodes + chunkTokens, graph: chunks.isEmpty) + self.sequences(sequences)
    for chunk in chunks { cost += prefillAttention(chunk: chunk.tokens, context: chunk.cached) }
    if decodes > 0 {
      let piece =
        chunkTokens == 0
        ? decodeAttention(sequences: decodes, contextTokens: context)
        : mixedDecodeAttention(sequences: decodes, contextTokens: context, chunkTokens: chunkTokens)
      cost += piece.cost(contextTokens: context)
    }
    if let host {
      let iteration = BoundHost.Iteration(
        decodes: decodes, chunks: chunks.count, chunkTokens: chunkTokens, isNewSize: isNewSize)
      cost = host.iteration(kernels: cost, pace: 1, iteration).time
    }
    return cost
  }
}
