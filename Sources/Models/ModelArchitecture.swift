/// The shape of a decoder-only transformer: everything that memory and time depend on, and no weights.
public struct ModelArchitecture: Hashable, Sendable {
  /// The name it goes by, for example `llama-3.1-70b`.
  public let name: String
  /// `model_type` of the configuration, for example `llama`.
  public let family: String
  /// Width of the residual stream.
  public let hiddenSize: Int
  /// Number of transformer layers.
  public let layerCount: Int
  /// How attention is built.
  public let attention: Attention
  /// The feed-forward part of the layers that are not mixtures of experts.
  public let feedForward: FeedForward
  /// The mixture-of-experts layers, `nil` in a dense model.
  public let experts: MixtureOfExperts?
  /// Number of entries in the vocabulary.
  public let vocabularySize: Int
  /// Width of the token embedding where it differs from ``hiddenSize`` (OPT's `word_embed_proj_dim`).
  public let embeddingSize: Int
  /// The output head shares the embedding's matrix.
  public let tiedEmbeddings: Bool
  /// Rows of a learned position embedding, 0 with rotary or no positions.
  public let learnedPositions: Int
  /// Normalisations with a bias (LayerNorm) rather than a weight alone (RMSNorm).
  public let normHasBias: Bool
  /// Normalisations over the hidden width in each layer (2, or 4 in models that also normalise outputs).
  public let normsPerLayer: Int
  /// One more normalisation after the last layer.
  public let finalNorm: Bool
  /// Longest sequence the model was made for, position scaling included, in tokens.
  public let maximumContext: Int
  /// Attention looks back this many tokens in ``slidingLayerCount`` layers; `nil` when none slides.
  public let slidingWindow: Int?
  /// Number of layers whose attention slides.
  public let slidingLayerCount: Int
  /// How the linear layers' weights are stored.
  public let weightType: NumberType
  /// How everything else is stored: embeddings, norms, activations and, unless told otherwise, the KV cache.
  public let activationType: NumberType
  /// What had to be assumed because the configuration does not say, one sentence each.
  public let assumptions: [String]
}

/// How attention keeps its keys and values.
public enum Attention: Hashable, Sendable {
  /// Multi-head, grouped-query and multi-query attention.
  case grouped(GroupedAttention)
  /// Multi-head latent attention (DeepSeek-V2): one compressed vector per token shared by all heads.
  case latent(LatentAttention)

  /// Number of query heads.
  public var heads: Int {
    switch self {
    case .grouped(let attention): attention.heads
    case .latent(let attention): attention.heads
    }
  }
}

/// Attention in which `heads / keyValueHeads` query heads share one key and value head.
public struct GroupedAttention: Hashable, Sendable {
  /// Number of query heads.
  public let heads: Int
  /// Number of key and value heads; equal to ``heads`` in multi-head attention.
  public let keyValueHeads: Int
  /// Width of one head.
  public let headDimension: Int
  /// The query, key and value projections have biases.
  public let inputBias: Bool
  /// The output projection has a bias.
  public let outputBias: Bool
  /// Queries and keys are normalised per head (Qwen3).
  public let normalisedHeads: Bool
}

/// Attention over a compressed key-value vector (DeepSeek-V2, arXiv 2405.04434, section 2.1).
public struct LatentAttention: Hashable, Sendable {
  /// Number of query heads.
  public let heads: Int
  /// Rank of the query compression, `nil` when queries are projected directly.
  public let queryRank: Int?
  /// Rank of the shared key-value compression.
  public let keyValueRank: Int
  /// Width per head that carries no position.
  public let unrotatedDimension: Int
  /// Width per head that carries the rotary position, shared by the heads in the cache.
  public let rotatedDimension: Int
  /// Width of a head's value.
  public let valueDimension: Int
}

/// The feed-forward part of a layer.
public struct FeedForward: Hashable, Sendable {
  /// Inner width.
  public let intermediateSize: Int
  /// Two input projections, one gating the other (SwiGLU), rather than one.
  public let gated: Bool
  /// The projections have biases.
  public let bias: Bool
}

/// The mixture-of-experts part of a model.
public struct MixtureOfExperts: Hashable, Sendable {
  /// Number of routed experts in a layer.
  public let count: Int
  /// Experts that each token visits.
  public let perToken: Int
  /// Inner width of one routed expert.
  public let intermediateSize: Int
  /// Inner width of the experts every token visits, together; 0 when there are none.
  public let sharedIntermediateSize: Int
  /// The shared expert's output is scaled by a learned gate (Qwen2-MoE).
  public let sharedGate: Bool
  /// The router adds a learned correction per expert (DeepSeek-V3's `noaux_tc`).
  public let routerBias: Bool
  /// Number of layers that are mixtures.
  public let layerCount: Int
}

/// A floating-point storage format.
public enum NumberType: String, Hashable, Sendable, CaseIterable {
  case float32
  case bfloat16
  case float16
  case fp8

  /// Bytes of one number.
  public var bytes: Int {
    switch self {
    case .float32: 4
    case .bfloat16, .float16: 2
    case .fp8: 1
    }
  }
}

extension ModelArchitecture {
  /// Whether several query heads share a key-value head.
  public var sharesKeyValueHeads: Bool {
    if case .grouped(let attention) = attention { attention.keyValueHeads < attention.heads } else { true }
  }

  /// The same shape with the linear layers' weights stored otherwise, as in a quantised checkpoint of the model.
  public func storingWeights(as type: NumberType) -> ModelArchitecture {
    ModelArchitecture(
      name: name, family: family, hiddenSize: hiddenSize, layerCount: layerCount, attention: attention,
      feedForward: feedForward, experts: experts, vocabularySize: vocabularySize, embeddingSize: embeddingSize,
      tiedEmbeddings: tiedEmbeddings, learnedPositions: learnedPositions, normHasBias: normHasBias,
      normsPerLayer: normsPerLayer, finalNorm: finalNorm, maximumContext: maximumContext,
      slidingWindow: slidingWindow, slidingLayerCount: slidingLayerCount, weightType: type,
      activationType: activationType, assumptions: assumptions)
  }
}
