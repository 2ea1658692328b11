extension ModelArchitecture {
  /// Number of parameters, as model cards count them: tied matrices once.
  public var parameterCount: Int64 {
    var count = Int64(vocabularySize) * Int64(embeddingSize)  // token embedding
    if !tiedEmbeddings { count *= 2 }
    if embeddingSize != hiddenSize { count += 2 * Int64(hiddenSize) * Int64(embeddingSize) }
    count += Int64(learnedPositions) * Int64(hiddenSize)
    count += matrixParameters + vectorParameters
    return count
  }

  /// Parameters a token passes through: of the routed experts only the chosen ones, and no embedding look-up.
  public var activeParameterCount: Int64 {
    var count = parameterCount - Int64(learnedPositions) * Int64(hiddenSize)
    if !tiedEmbeddings { count -= Int64(vocabularySize) * Int64(embeddingSize) }
    if let experts {
      count -= Int64(experts.count - experts.perToken) * expertParameters * Int64(experts.layerCount)
    }
    return count
  }

  /// Bytes of the weights as they are stored, all GPUs together at tensor-parallel degree 1.
  public var weightBytes: Int64 {
    let other = parameterCount - matrixParameters
    let routers = routerParameters
    return (matrixParameters - routers) * Int64(weightType.bytes) + (other + routers) * Int64(activationType.bytes)
  }

  /// Bytes of the weights on each GPU.
  ///
  /// Norms, biases of row-parallel layers and learned positions are replicated; the vocabulary is padded to 64.
  public func weightBytesPerGPU(tensorParallel degree: Int) throws(TensorParallelError) -> Int64 {
    var bytes: Int64 = 0
    for layer in try linearLayers(tensorParallel: degree) {
      if layer.role == .outputHead && tiedEmbeddings { continue }
      bytes += layer.weightBytes
    }
    if let experts = try expertLayer(tensorParallel: degree) {
      bytes += experts.weightBytesPerExpert * Int64(experts.count * experts.occurrences)
    }
    let embedding = Int64(paddedVocabulary / degree) * Int64(embeddingSize)
    let replicated = vectorParameters + Int64(learnedPositions) * Int64(hiddenSize)
    return bytes + (embedding + replicated) * Int64(activationType.bytes)
  }

  /// KV-cache bytes of one token in all GPUs together, without replication.
  ///
  /// - Parameter cacheType: how the cache is stored; the activations' type when not given.
  public func keyValueBytesPerToken(cacheType: NumberType? = nil) -> Int64 {
    let bytes = Int64((cacheType ?? activationType).bytes)
    switch attention {
    case .grouped(let grouped):
      return 2 * Int64(layerCount) * Int64(grouped.keyValueHeads * grouped.headDimension) * bytes
    case .latent(let latent):
      return Int64(layerCount) * Int64(latent.keyValueRank + latent.rotatedDimension) * bytes
    }
  }

  /// KV-cache bytes of one token on each GPU; heads are replicated when there are fewer than GPUs, and latent
  /// vectors always are.
  public func keyValueBytesPerTokenPerGPU(
    tensorParallel degree: Int, cacheType: NumberType? = nil
  ) throws(TensorParallelError) -> Int64 {
    try checkTensorParallel(degree)
    guard case .grouped(let grouped) = attention else { return keyValueBytesPerToken(cacheType: cacheType) }
    let heads = keyValueHeadsPerGPU(tensorParallel: degree)
    return keyValueBytesPerToken(cacheType: cacheType) / Int64(grouped.keyValueHeads) * Int64(heads)
  }

  /// Floating-point operations of one token at a context of `context` tokens: two per parameter passed through, and
  /// attention's two products against the context.
  public func floatingPointOperationsPerToken(context: Int) -> Double {
    let full = Double(layerCount - slidingLayerCount) * Double(context)
    let windowed = Double(slidingLayerCount) * Double(min(context, slidingWindow ?? context))
    let width: Double
    switch attention {
    case .grouped(let grouped): width = 2 * Double(grouped.heads * grouped.headDimension)
    case .latent(let latent):
      width = Double(latent.heads * (2 * latent.keyValueRank + latent.rotatedDimension))
    }
    return 2 * Double(activeParameterCount) + 2 * width * (full + windowed)
  }

  /// Parameters of one routed expert.
  private var expertParameters: Int64 { 3 * Int64(hiddenSize) * Int64(experts?.intermediateSize ?? 0) }

  private var routerParameters: Int64 {
    Int64(experts?.layerCount ?? 0) * Int64(experts?.count ?? 0) * Int64(hiddenSize)
  }

  /// Parameters of the linear layers of all transformer layers, routers included, heads and embeddings not.
  private var matrixParameters: Int64 {
    let hidden = Int64(hiddenSize)
    var perLayer: Int64
    switch attention {
    case .grouped(let grouped):
      perLayer = 2 * hidden * Int64((grouped.heads + grouped.keyValueHeads) * grouped.headDimension)
    case .latent(let latent):
      let heads = Int64(latent.heads)
      let query = heads * Int64(latent.unrotatedDimension + latent.rotatedDimension)
      let rank = Int64(latent.queryRank ?? 0)
      perLayer = rank > 0 ? hidden * rank + rank * query : hidden * query
      perLayer += hidden * Int64(latent.keyValueRank + latent.rotatedDimension)
      perLayer += Int64(latent.keyValueRank) * heads * Int64(latent.unrotatedDimension + latent.valueDimension)
      perLayer += hidden * heads * Int64(latent.valueDimension)
    }
    let mixtures = Int64(experts?.layerCount ?? 0)
    var count = perLayer * Int64(layerCount)
    count += (Int64(layerCount) - mixtures) * hidden * Int64(feedForward.intermediateSize) * (feedForward.gated ? 3 : 2)
    if let experts {
      count += mixtures * (Int64(experts.count) * expertParameters + 3 * hidden * Int64(experts.sharedIntermediateSize))
    }
    return count + routerParameters
  }

  /// Parameters that are not matrices: norms, biases, gates.
  private var vectorParameters: Int64 {
    let norm = Int64(hiddenSize) * (normHasBias ? 2 : 1)
    var perLayer = Int64(normsPerLayer) * norm
    switch attention {
    case .grouped(let grouped):
      let width = Int64(grouped.headDimension)
      if grouped.inputBias { perLayer += Int64(grouped.heads + 2 * grouped.keyValueHeads) * width }
      if grouped.outputBias { perLayer += Int64(hiddenSize) }
      if grouped.normalisedHeads { perLayer += 2 * width }
    case .latent(let latent):
      perLayer += Int64(latent.keyValueRank + (latent.queryRank ?? 0))
    }
    if feedForward.bias { perLayer += Int64(feedForward.intermediateSize * (feedForward.gated ? 2 : 1) + hiddenSize) }
    var count = perLayer * Int64(layerCount) + (finalNorm ? norm : 0)
    if let experts {
      let perMixture = (experts.sharedGate ? hiddenSize : 0) + (experts.routerBias ? experts.count : 0)
      count += Int64(experts.layerCount * perMixture)
    }
    return count
  }
}
