/// Which matrices of a layer low-rank adapters change.
public enum AdapterModules: String, CaseIterable, Hashable, Sendable {
  /// Every linear module of attention and of a dense feed-forward network; routed experts have none.
  case all
  /// The query, key, value and output projections.
  case attention

  var roles: Set<LinearLayer.Role> {
    switch self {
    case .all: [.queryKeyValue, .attentionOutput, .gateUp, .up, .down, .latentInput, .latentQuery, .latentKeyValue]
    case .attention: [.queryKeyValue, .attentionOutput, .latentInput, .latentQuery, .latentKeyValue]
    }
  }
}

extension ModelArchitecture {
  /// The size of one low-rank adapter on each GPU (LoRA, arXiv 2106.09685): for a matrix of `in` by `out`, an A of
  /// `in * rank` numbers and a B of `rank * out`. What engines have merged into one product (query, key and value; gate
  /// and up) has an A for each part. As vLLM places them, A is whole on every GPU where outputs are split, and B where
  /// inputs are.
  ///
  /// - Returns: bytes, and how many matrices they are.
  public func adapterSizePerGPU(
    rank: Int, modules: AdapterModules, tensorParallel degree: Int
  ) throws(TensorParallelError) -> (bytes: Int64, matrices: Int) {
    var numbers: Int64 = 0
    var matrices = 0
    for layer in try linearLayers(tensorParallel: degree) where modules.roles.contains(layer.role) {
      let parts: Int =
        switch layer.role {
        case .queryKeyValue: 3
        case .gateUp, .latentInput: 2
        default: 1
        }
      numbers += Int64(rank) * Int64(layer.inputFeatures * parts + layer.outputFeatures) * Int64(layer.occurrences)
      matrices += 2 * parts * layer.occurrences
    }
    return (numbers * Int64(activationType.bytes), matrices)
  }
}
