extension ModelArchitecture {
  /// Why the model cannot be split over `degree` GPUs, `nil` when it can.
  private func obstacle(to degree: Int) -> String? {
    if degree < 1 { return "the degree must be at least 1" }
    if attention.heads % degree != 0 { return "its \(attention.heads) attention heads do not divide evenly" }
    if case .grouped(let grouped) = attention {
      let heads = grouped.keyValueHeads
      if heads % degree != 0 && degree % heads != 0 {
        return "its \(heads) key-value heads neither divide by it nor divide it"
      }
    }
    var widths: [Int] = []
    if experts?.layerCount != layerCount { widths.append(feedForward.intermediateSize) }
    if let experts { widths += [experts.intermediateSize, experts.sharedIntermediateSize] }
    for width in widths where width % degree != 0 {
      return "its feed-forward width \(width) does not divide evenly"
    }
    return nil
  }

  /// Checks that the model can be split over `degree` GPUs.
  ///
  /// - Throws: an error that names what does not divide and lists the degrees that work.
  public func checkTensorParallel(_ degree: Int) throws(TensorParallelError) {
    guard let reason = obstacle(to: degree) else { return }
    throw TensorParallelError(
      model: name, degree: degree, reason: reason, possible: (1...8).filter { obstacle(to: $0) == nil })
  }

  /// The matrix products of one iteration on each GPU, in the order they run, the output head last.
  ///
  /// Shapes are those of vLLM's fused layers: query, key and value in one product, gate and up in another. Key and
  /// value heads are replicated when there are fewer of them than GPUs.
  public func linearLayers(tensorParallel degree: Int) throws(TensorParallelError) -> [LinearLayer] {
    try checkTensorParallel(degree)
    var layers = attentionLayers(degree)
    let mixtures = experts?.layerCount ?? 0
    let dense = layerCount - mixtures
    if dense > 0 {
      let inner = feedForward.intermediateSize / degree
      layers.append(
        linear(feedForward.gated ? .gateUp : .up, feedForward.gated ? 2 * inner : inner, hiddenSize, dense))
      layers.append(linear(.down, hiddenSize, inner, dense))
    }
    if let experts, mixtures > 0 {
      layers.append(
        LinearLayer(
          role: .router, outputFeatures: experts.count, inputFeatures: hiddenSize, occurrences: mixtures,
          weightType: activationType))
      let shared = experts.sharedIntermediateSize / degree
      if shared > 0 {
        layers.append(linear(.sharedGateUp, 2 * shared, hiddenSize, mixtures))
        layers.append(linear(.sharedDown, hiddenSize, shared, mixtures))
      }
    }
    if embeddingSize != hiddenSize {
      for (outputs, inputs) in [(hiddenSize, embeddingSize), (embeddingSize, hiddenSize)] {
        layers.append(
          LinearLayer(
            role: .embeddingProjection, outputFeatures: outputs, inputFeatures: inputs, occurrences: 1,
            weightType: activationType))
      }
    }
    layers.append(
      LinearLayer(
        role: .outputHead, outputFeatures: paddedVocabulary / degree, inputFeatures: embeddingSize, occurrences: 1,
        weightType: activationType))
    return layers
  }

  /// The routed experts on each GPU, `nil` in a dense model.
  public func expertLayer(tensorParallel degree: Int) throws(TensorParallelError) -> ExpertLayer? {
    try checkTensorParallel(degree)
    guard let experts, experts.layerCount > 0 else { return nil }
    return ExpertLayer(
      hiddenSize: hiddenSize, intermediateSize: experts.intermediateSize / degree, count: experts.count,
      perToken: experts.perToken, occurrences: experts.layerCount, weightType: weightType)
  }

  /// Query heads on each GPU.
  public func headsPerGPU(tensorParallel degree: Int) -> Int { attention.heads / degree }

  /// Key-value heads on each GPU: at least one, replicated when there are fewer than GPUs; 1 for latent attention.
  public func keyValueHeadsPerGPU(tensorParallel degree: Int) -> Int {
    switch attention {
    case .grouped(let grouped): max(1, grouped.keyValueHeads / degree)
    case .latent: 1
    }
  }

  /// The vocabulary as vLLM pads it, to a multiple of 64.
  var paddedVocabulary: Int { (vocabularySize + 63) / 64 * 64 }

  private func linear(_ role: LinearLayer.Role, _ outputs: Int, _ inputs: Int, _ count: Int) -> LinearLayer {
    LinearLayer(
      role: role, outputFeatures: outputs, inputFeatures: inputs, occurrences: count, weightType: weightType)
  }

  private func attentionLayers(_ degree: Int) -> [LinearLayer] {
    switch attention {
    case .grouped(let grouped):
      let heads = grouped.heads / degree
      let keyValues = keyValueHeadsPerGPU(tensorParallel: degree)
      let width = grouped.headDimension
      return [
        linear(.queryKeyValue, (heads + 2 * keyValues) * width, hiddenSize, layerCount),
        linear(.attentionOutput, hiddenSize, heads * width, layerCount),
      ]
    case .latent(let latent):
      let heads = latent.heads / degree
      let perHead = latent.unrotatedDimension + latent.rotatedDimension
      let compressed = latent.keyValueRank + latent.rotatedDimension
      var layers: [LinearLayer] = []
      if let rank = latent.queryRank {
        layers.append(linear(.latentInput, rank + compressed, hiddenSize, layerCount))
        layers.append(linear(.latentQuery, heads * perHead, rank, layerCount))
      } else {
        layers.append(linear(.latentInput, compressed, hiddenSize, layerCount))
        layers.append(linear(.latentQuery, heads * perHead, hiddenSize, layerCount))
      }
      layers.append(
        linear(
          .latentKeyValue, heads * (latent.unrotatedDimension + latent.valueDimension), latent.keyValueRank,
          layerCount))
      layers.append(linear(.attentionOutput, hiddenSize, heads * latent.valueDimension, layerCount))
      return layers
    }
  }
}
