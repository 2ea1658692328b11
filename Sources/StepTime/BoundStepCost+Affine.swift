import SimCore

extension BoundStepCost {
  /// A cost that is affine in everything: for theory checks, tests and engines described by a fitted line.
  ///
  /// - Parameters:
  ///   - perStep: the fixed cost of any iteration.
  ///   - perToken: what each processed token adds.
  ///   - perSequence: what each sequence adds.
  ///   - perDecodeContextToken: what each context token of a decoding sequence adds.
  ///   - perPrefillPair: what each (new token, earlier token) pair adds to prefill attention, the causal triangle
  ///     inside the chunk included.
  ///   - maxBatchedTokens: the largest number of tokens in an iteration.
  ///   - maxSequences: the largest number of sequences in an iteration.
  ///   - collectives: what of the fixed cost collectives take, in iterations of any size.
  ///   - host: what the host adds to iterations; nil for nothing that is known.
  public convenience init(
    perStep: SimDuration, perToken: SimDuration = .zero, perSequence: SimDuration = .zero,
    perDecodeContextToken: SimDuration = .zero, perPrefillPair: SimDuration = .zero, maxBatchedTokens: Int,
    maxSequences: Int, collectives: SimDuration = .zero, host: BoundHost? = nil
  ) {
    let tokens = 0...maxBatchedTokens
    self.init(
      linear: tokens.map { perStep + perToken * $0 }, linearInGraph: [],
      sequences: (0...maxSequences).map { perSequence * $0 },
      chunkAlone: tokens.map { perPrefillPair * ($0 * ($0 + 1) / 2) },
      chunkPerContextToken: tokens.map { perPrefillPair * $0 },
      decode: (0...maxSequences).map { _ in DecodeAttentionCurve(start: .zero, slopes: [perDecodeContextToken]) },
      collectives: collectives == .zero ? [] : tokens.map { $0 == 0 ? .zero : collectives }, host: host)
  }
}
