import Models
import SimCore
import StepTime

/// What a step's duration is a sum of, beside the kernels' measured times: the coefficients that are fitted.
public enum EngineTerm: String, Sendable, Hashable, CaseIterable {
  case perStep = "per step"
  case perLayer = "per layer"
  case perSequence = "per sequence"
  case prefillPerLayer = "per layer with prefill"
  /// The compute-bound part of matrix products beyond its measured time.
  case matrices = "matrix products, beyond 1"
  case decode = "decode attention"
  /// Decode attention in iterations that also prefill, beyond what it is without.
  case decodeBesidePrefill = "decode attention beside prefill, beyond that"
  case prefill = "prefill attention"
  /// How a step changes as the host's speed does, beyond what sequences and layers explain. Not a cost of the engine:
  /// it keeps the host's moods out of the other coefficients.
  case hostSpeed = "per step, as the host slows"

  /// Whether the coefficient is a time; the others are factors.
  public var isTime: Bool {
    switch self {
    case .perStep, .perLayer, .perSequence, .prefillPerLayer, .hostSpeed: true
    case .matrices, .decode, .decodeBesidePrefill, .prefill: false
    }
  }

  /// Whether the coefficient may not be negative. Kernels may well be faster inside an engine than in a table.
  var isBounded: Bool { self != .matrices }
}

/// The part of a step's duration that is known, and what each coefficient is multiplied by.
struct StepTerms {
  /// Seconds.
  var known: Double
  var factors: [EngineTerm: Double]
}

/// The simulator's own tables for one log, taken apart: every term is the difference between two bound costs, so that
/// what is fitted is what will be simulated.
struct KernelBasis {
  private let bare: BoundStepCost
  private let matrices: BoundStepCost
  private let decode: BoundStepCost
  private let prefill: BoundStepCost
  private let layers: Double
  private let isEager: Bool

  /// - Parameter launch: host seconds to launch a layer's kernels one by one, for logs without graphs.
  init(_ log: StepLog, profile: StepTimeProfile?, elementwiseEfficiency: Double, fullClock: Double, launch: Double = 0)
    throws
  {
    let tokens = log.steps.reduce(1) { max($0, $1.tokens) }
    let sequences = log.steps.reduce(1) { max($0, $1.sequences) }
    func bound(_ change: (inout EngineCosts) -> Void) throws -> BoundStepCost {
      var engine = EngineCosts(
        name: "", perStep: 0, perLayer: 0, perSequence: 0, eagerLaunchPerLayer: launch, captureSizes: log.captureSizes,
        capturesMixedIterations: log.capturesMixedIterations, fullClock: fullClock, decodeAttentionStretch: 0,
        contextsDiffer: log.contextsDiffer, prefillAttentionStretch: 0,
        elementwiseEfficiency: elementwiseEfficiency, provenance: [])
      change(&engine)
      return try StepCostBinder.bind(
        StepCostRequest(
          gpu: log.gpu, model: log.model, tensorParallel: log.tensorParallel, maxBatchedTokens: tokens,
          maxSequences: sequences, engine: engine, cacheType: log.cacheType), profile: profile
      ).cost
    }
    bare = try bound { _ in }
    matrices = try bound { $0.matrixStretch = 2 }
    decode = try bound { $0.decodeAttentionStretch = 1 }
    prefill = try bound { $0.prefillAttentionStretch = 1 }
    layers = Double(log.model.layerCount)
    isEager = log.captureSizes.isEmpty
  }

  /// The terms of a step whose host runs at `speed` of its usual time (1: as usual, 2: twice as long).
  func terms(_ step: LoggedStep, hostTime speed: Double) -> StepTerms {
    let known = seconds(step, bare)
    let attention = seconds(step, decode) - known
    var factors: [EngineTerm: Double] = [
      .perStep: 1, .perLayer: layers, .perSequence: speed * Double(step.sequences),
      .matrices: seconds(step, matrices) - known, .decode: attention, .hostSpeed: speed - 1,
    ]
    if !step.chunks.isEmpty {
      if !isEager { factors[.prefillPerLayer] = speed * layers }
      factors[.decodeBesidePrefill] = attention
      factors[.prefill] = seconds(step, prefill) - known
    }
    return StepTerms(known: known, factors: factors)
  }

  private func seconds(_ step: LoggedStep, _ cost: BoundStepCost) -> Double {
    let chunks = step.chunks.map { (tokens: $0.tokens, cached: $0.cached) }
    return cost.iteration(decodes: step.decodes, context: step.decodeContext, chunks: chunks)?.seconds ?? 0
  }
}
