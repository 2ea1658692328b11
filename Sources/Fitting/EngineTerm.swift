import Models
import SimCore
import StepTime

/// What a step's duration is a sum of, beside the kernels' measured times: the coefficients that are fitted.
public enum EngineTerm: String, Sendable, Hashable, CaseIterable {
  case perStep = "per step"
  case perLayer = "per layer"
  case perSequence = "per sequence"
  case prefillPerLayer = "per layer with prefill"
  /// What messages to and from the workers of several GPUs add.
  case workersPerStep = "per step, over several GPUs"
  case workersPerSequence = "per sequence, over several GPUs"
  case collectiveGap = "per collective"
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
  public var isTime: Bool { !isOfKernels }

  /// Whether the coefficient belongs to the kernel times it was fitted with, and not to the engine alone.
  var isOfKernels: Bool {
    switch self {
    case .matrices, .decode, .decodeBesidePrefill, .prefill: true
    default: false
    }
  }

  /// Whether the coefficient may not be negative. Kernels may well be faster inside an engine than in a table.
  var isBounded: Bool { self != .matrices }
}

/// The part of a step's duration that is known, and what each coefficient is multiplied by: under the usual host, and
/// what is added when the host takes twice as long.
struct StepTerms {
  /// Seconds.
  var known = 0.0
  var factors: [EngineTerm: Double] = [:]
  var slower: [EngineTerm: Double] = [:]
  /// Whether the host's own time is added for every part of it that the host is slower.
  var addsHost = false
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
  private let isShared: Bool
  private let plansAhead: Bool

  /// What decides the tables: logs that have it in common share them.
  struct Key: Hashable {
    var model: String
    var layers: Int
    var gpu: String
    var tensorParallel: Int
    var cacheType: NumberType?
    var captureSizes: [Int]
    var capturesMixedIterations: Bool
    var contextsDiffer: Bool
    var plansAhead: Bool

    init(_ log: StepLog) {
      model = log.model.name
      layers = log.model.layerCount
      gpu = log.gpu.name
      tensorParallel = log.tensorParallel
      cacheType = log.cacheType
      captureSizes = log.captureSizes
      capturesMixedIterations = log.capturesMixedIterations
      contextsDiffer = log.contextsDiffer
      plansAhead = log.plansAhead
    }
  }

  /// - Parameters:
  ///   - logs: of one key.
  ///   - launch: host seconds to launch a layer's kernels one by one, for logs without graphs.
  init(_ logs: [StepLog], options: EngineFitOptions, launch: Double) throws {
    let log = logs[0]
    let tokens = logs.flatMap(\.steps).reduce(1) { max($0, $1.tokens) }
    let sequences = logs.flatMap(\.steps).reduce(1) { max($0, $1.sequences) }
    func bound(_ change: (inout EngineCosts) -> Void) throws -> BoundStepCost {
      var engine = EngineCosts(
        name: "", perStep: 0, perLayer: 0, perSequence: 0, eagerLaunchPerLayer: launch, captureSizes: log.captureSizes,
        capturesMixedIterations: log.capturesMixedIterations, fullClock: options.fullClock, decodeAttentionStretch: 0,
        contextsDiffer: log.contextsDiffer, prefillAttentionStretch: 0,
        elementwiseEfficiency: options.elementwiseEfficiency, provenance: [])
      engine.spreadsPairs = options.spreadsPairs
      change(&engine)
      return try StepCostBinder.bind(
        StepCostRequest(
          gpu: log.gpu, model: log.model, tensorParallel: log.tensorParallel, maxBatchedTokens: tokens,
          maxSequences: sequences, engine: engine, cacheType: log.cacheType), profile: options.profile(of: log.gpu)
      ).cost
    }
    bare = try bound { _ in }
    matrices = try bound { $0.matrixStretch = 2 }
    decode = try bound { $0.decodeAttentionStretch = 1 }
    prefill = try bound { $0.prefillAttentionStretch = 1 }
    layers = Double(log.model.layerCount)
    isEager = log.captureSizes.isEmpty
    isShared = log.tensorParallel > 1
    plansAhead = log.plansAhead
  }

  /// The terms of a step.
  func terms(_ step: LoggedStep) -> StepTerms {
    var terms = StepTerms()
    terms.known = seconds(step, bare)
    let attention = seconds(step, decode) - terms.known
    terms.factors[.matrices] = seconds(step, matrices) - terms.known
    terms.factors[.decode] = attention
    if !step.chunks.isEmpty {
      terms.factors[.decodeBesidePrefill] = attention
      terms.factors[.prefill] = seconds(step, prefill) - terms.known
    }
    terms.factors[.perLayer] = layers
    if isShared { terms.factors[.collectiveGap] = 2 * layers + 1 }
    // Whoever plans ahead has the host's work done by then.
    if plansAhead { return terms }
    let host = hostFactors(step)
    for (term, factor) in host {
      terms.factors[term] = factor
      // Of the workers' hosts nothing is logged: what is known to slow down is the scheduler's own work.
      if !isShared, term == .perSequence || term == .prefillPerLayer { terms.slower[term] = factor }
    }
    if isShared { terms.addsHost = true } else { terms.slower[.hostSpeed] = 1 }
    return terms
  }

  /// What the host's work for a step is multiplied by.
  func hostFactors(_ step: LoggedStep) -> [EngineTerm: Double] {
    let sequences = Double(step.sequences)
    var factors: [EngineTerm: Double] = [.perStep: 1, .perSequence: sequences]
    if !step.chunks.isEmpty, !isEager { factors[.prefillPerLayer] = layers }
    if isShared {
      factors[.workersPerStep] = 1
      factors[.workersPerSequence] = sequences
    }
    return factors
  }

  private func seconds(_ step: LoggedStep, _ cost: BoundStepCost) -> Double {
    let chunks = step.chunks.map { (tokens: $0.tokens, cached: $0.cached) }
    return cost.iteration(decodes: step.decodes, context: step.decodeContext, chunks: chunks)?.seconds ?? 0
  }
}
