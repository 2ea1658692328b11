/// One matrix product of the forward pass on one GPU of a tensor-parallel group.
public struct LinearLayer: Hashable, Sendable {
  /// What the product is for.
  public enum Role: String, Hashable, Sendable, CaseIterable {
    case queryKeyValue = "qkv"
    case attentionOutput = "o"
    case gateUp = "gate_up"
    case up = "up"
    case down = "down"
    case router = "router"
    case sharedGateUp = "shared_gate_up"
    case sharedDown = "shared_down"
    case latentInput = "qkv_a"
    case latentQuery = "q_b"
    case latentKeyValue = "kv_b"
    case outputHead = "lm_head"
    case embeddingProjection = "embedding_projection"
  }

  public let role: Role
  /// Columns of the result: `n` of the GEMM, on this GPU.
  public let outputFeatures: Int
  /// Length of the products summed: `k` of the GEMM, on this GPU.
  public let inputFeatures: Int
  /// How often an iteration runs it.
  public let occurrences: Int
  /// How its weights are stored.
  public let weightType: NumberType

  public init(role: Role, outputFeatures: Int, inputFeatures: Int, occurrences: Int, weightType: NumberType) {
    self.role = role
    self.outputFeatures = outputFeatures
    self.inputFeatures = inputFeatures
    self.occurrences = occurrences
    self.weightType = weightType
  }

  /// Bytes of its weights on this GPU, all occurrences.
  public var weightBytes: Int64 { Int64(outputFeatures) * Int64(inputFeatures) * Int64(occurrences * weightType.bytes) }
  /// Floating-point operations for `tokens` tokens, all occurrences: two per multiply-add.
  public func floatingPointOperations(tokens: Int) -> Double {
    2 * Double(tokens) * Double(outputFeatures) * Double(inputFeatures) * Double(occurrences)
  }
}

/// The routed experts of a mixture layer on one GPU of a tensor-parallel group.
public struct ExpertLayer: Hashable, Sendable {
  /// Width of the residual stream.
  public let hiddenSize: Int
  /// Inner width of an expert on this GPU.
  public let intermediateSize: Int
  /// Number of experts.
  public let count: Int
  /// Experts that each token visits.
  public let perToken: Int
  /// How often an iteration runs it.
  public let occurrences: Int
  /// How its weights are stored.
  public let weightType: NumberType

  /// Bytes of one expert's weights on this GPU.
  public var weightBytesPerExpert: Int64 { 3 * Int64(hiddenSize) * Int64(intermediateSize * weightType.bytes) }
}

/// A tensor-parallel degree that a model cannot be split by.
public struct TensorParallelError: Error, Hashable, Sendable, CustomStringConvertible {
  public let model: String
  public let degree: Int
  /// What does not divide.
  public let reason: String
  /// The degrees up to 8 that work.
  public let possible: [Int]

  public var description: String {
    let list = possible.map(String.init).joined(separator: ", ")
    return "\(model) cannot be split over \(degree) GPUs: \(reason); possible degrees are \(list)"
  }
}
