import Models

/// The shape of a matrix product of one GPU: `outputs` columns out of `inputs` summed.
public struct MatrixShape: Hashable, Sendable, Comparable {
  /// `n` of the GEMM.
  public let outputs: Int
  /// `k` of the GEMM.
  public let inputs: Int

  public init(outputs: Int, inputs: Int) {
    self.outputs = outputs
    self.inputs = inputs
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.outputs, left.inputs) < (right.outputs, right.inputs)
  }
}

/// Query and key-value heads of one GPU, of width 128.
public struct HeadCounts: Hashable, Sendable, Comparable {
  public let heads: Int
  public let keyValueHeads: Int

  public init(heads: Int, keyValueHeads: Int) {
    self.heads = heads
    self.keyValueHeads = keyValueHeads
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.heads, left.keyValueHeads) < (right.heads, right.keyValueHeads)
  }
}

/// What the catalogue's models run on one GPU at the tensor-parallel degrees that suit them.
public enum ModelShapes {
  /// The degrees that are looked at.
  public static let degrees = [1, 2, 4, 8]

  /// The degrees of ``degrees`` a model is usually split by: those that divide it and leave each GPU between 1.5 and
  /// 120 GB of 16-bit weights, because less is better served by fewer GPUs and more does not fit.
  public static func usualDegrees(of model: ModelArchitecture) -> [Int] {
    degrees.filter { degree in
      guard let bytes = try? model.weightBytesPerGPU(tensorParallel: degree) else { return false }
      return (1_500_000_000...120_000_000_000).contains(bytes)
    }
  }

  /// The distinct shapes of the models' dense linear layers (experts run fused and are not among them), and how many
  /// layers of all models have each; products with fewer than 64 columns, a router's, are left out.
  public static func linear(_ models: [ModelArchitecture]) -> [MatrixShape: Int] {
    var shapes: [MatrixShape: Int] = [:]
    for model in models {
      for degree in usualDegrees(of: model) {
        for layer in (try? model.linearLayers(tensorParallel: degree)) ?? [] where layer.outputFeatures >= 64 {
          shapes[MatrixShape(outputs: layer.outputFeatures, inputs: layer.inputFeatures), default: 0] +=
            layer.occurrences
        }
      }
    }
    return shapes
  }

  /// The shapes of ``linear(_:)`` that no layer but output heads has.
  public static func outputHeads(_ models: [ModelArchitecture]) -> Set<MatrixShape> {
    var heads: Set<MatrixShape> = []
    var others: Set<MatrixShape> = []
    for model in models {
      for degree in usualDegrees(of: model) {
        for layer in (try? model.linearLayers(tensorParallel: degree)) ?? [] {
          let shape = MatrixShape(outputs: layer.outputFeatures, inputs: layer.inputFeatures)
          if layer.role == .outputHead { heads.insert(shape) } else { others.insert(shape) }
        }
      }
    }
    return heads.subtracting(others)
  }

  /// The distinct head counts of the models' grouped attention of width 128.
  public static func heads(_ models: [ModelArchitecture]) -> [HeadCounts] {
    var counts: Set<HeadCounts> = []
    for model in models {
      guard case .grouped(let attention) = model.attention, attention.headDimension == AttentionWork.width else {
        continue
      }
      for degree in usualDegrees(of: model) {
        counts.insert(
          HeadCounts(
            heads: model.headsPerGPU(tensorParallel: degree),
            keyValueHeads: model.keyValueHeadsPerGPU(tensorParallel: degree)))
      }
    }
    return counts.sorted()
  }
}
