import Models
import SimCore

/// What a step cost is bound for.
public struct StepCostRequest: Sendable {
  public var gpu: GPURates
  public var model: ModelArchitecture
  /// Number of GPUs that share each layer.
  public var tensorParallel: Int
  /// The most tokens an iteration may process.
  public var maxBatchedTokens: Int
  /// The most sequences an iteration may hold.
  public var maxSequences: Int
  /// The engine's own costs.
  public var engine: EngineCosts
  /// How the KV cache is stored; as the activations when `nil`.
  public var cacheType: NumberType?
  /// KV, and weights if asked, that stay off the GPU; nil where they are on it.
  public var offload: LayerOffload?
  /// Whether more tokens may cost less, as where a measured product changes its tile; otherwise dips are levelled.
  public var keepsDips = false
  /// Whether each iteration is planned while the one before it runs; of no matter for costs that do not tell the host's
  /// work from the rest.
  public var plansAhead = false

  /// - Parameters:
  ///   - maxBatchedTokens: the most tokens an iteration may process, at least 1.
  ///   - maxSequences: the most sequences an iteration may hold, at least 1.
  public init(
    gpu: GPURates, model: ModelArchitecture, tensorParallel: Int = 1, maxBatchedTokens: Int = 8192,
    maxSequences: Int = 256, engine: EngineCosts, cacheType: NumberType? = nil
  ) {
    self.gpu = gpu
    self.model = model
    self.tensorParallel = tensorParallel
    self.maxBatchedTokens = maxBatchedTokens
    self.maxSequences = maxSequences
    self.engine = engine
    self.cacheType = cacheType
  }
}

/// Makes the engine's step-cost tables out of measured profiles, and a roofline where there are none.
public enum StepCostBinder {
  /// Binds with the embedded profile of the GPU's kind, where there is one.
  ///
  /// - Throws: ``TensorParallelError`` when the model cannot be split so; ``ProfileError`` for a damaged profile.
  public static func bind(_ request: StepCostRequest) throws -> BoundStep {
    try bind(request, profile: try ProfileLibrary.profile(forGPU: request.gpu.name))
  }

  /// Binds with a given profile, or with the roofline alone.
  ///
  /// - Throws: ``TensorParallelError`` when the model cannot be split so.
  public static func bind(_ request: StepCostRequest, profile: StepTimeProfile?) throws -> BoundStep {
    precondition(request.maxBatchedTokens >= 1 && request.maxSequences >= 1, "an iteration needs room for a token")
    let kernels = KernelTimes(gpu: request.gpu, profile: profile)
    let whole = request.engine.sharing(over: request.tensorParallel)
    let tellsHost = whole.host.map { $0.perStep > 0 || $0.slowdown > 0 } ?? false
    let plansAhead = request.plansAhead && tellsHost
    let engine = plansAhead ? whole.withoutHost() : whole
    let model = request.model
    let degree = request.tensorParallel
    var parts: [StepCostPart] = []
    let maxTokens = max(request.maxBatchedTokens, request.maxSequences)
    var linear = [Double](repeating: 0, count: maxTokens + 1)
    var sequences = [Double](repeating: 0, count: request.maxSequences + 1)
    let sample = min(1024, request.maxBatchedTokens)

    func add(_ name: String, _ times: KernelCurve, occurrences: Int) {
      let alone = (1...maxTokens).map { times.seconds(Double($0)) * Double(occurrences) }
      let seconds = request.keepsDips ? alone : nonDecreasing(alone)
      for tokens in 1...maxTokens { linear[tokens] += seconds[tokens - 1] * (times.singles[tokens] ?? 1) }
      parts.append(
        StepCostPart(
          name: name, basis: times.basis, source: times.source,
          decodeSeconds: times.seconds(1) * Double(occurrences),
          prefillSeconds: times.seconds(Double(sample)) * Double(occurrences)))
    }

    let attention = kernels.attention(
      model: model, degree: degree, cacheType: request.cacheType, spreadsPairs: engine.spreadsPairs)
    let layers = try model.linearLayers(tensorParallel: degree)
    var bound = [Double](repeating: 0, count: maxTokens + 1)
    for layer in layers where layer.role != .outputHead {
      let times = kernels.matrix(layer, engine: engine, keepsDips: request.keepsDips)
      add(layer.label, times.all, occurrences: layer.occurrences)
      for tokens in 1...maxTokens { bound[tokens] += times.bound.seconds(Double(tokens)) * Double(layer.occurrences) }
    }
    // The clock falls when compute-bound products go on for a while.
    let slower = bound.map { (engine.matrixStretch - 1) * max(0, $0 - engine.fullClock) }
    for tokens in 1...maxTokens { linear[tokens] += slower[tokens] }
    if engine.matrixStretch != 1 {
      parts.append(
        StepCostPart(
          name: "products at the clock of lasting load", basis: .engine,
          source: "compute-bound products longer by \(engine.matrixStretch) inside an engine"
            + (engine.fullClock > 0
              ? ", beyond the first \(engine.fullClock * 1e3) ms of an iteration" : ""),
          decodeSeconds: slower[1], prefillSeconds: slower[sample]))
    }
    if let experts = try model.expertLayer(tensorParallel: degree) {
      add(
        "\(experts.count) experts \(experts.intermediateSize) wide, \(experts.perToken) per token, "
          + "\(experts.occurrences) times", kernels.experts(experts), occurrences: experts.occurrences)
    }
    var collectives: [Double] = []
    if degree > 1 {
      let reduces = 2 * model.layerCount + 1
      let width = Double(model.hiddenSize * model.activationType.bytes)
      let reduce = kernels.allReduce(degree, bytesPerToken: width, engine: engine)
      add("all-reduce over \(degree) GPUs, \(reduces) times", reduce, occurrences: reduces)
      collectives = [0] + (1...maxTokens).map { reduce.seconds(Double($0)) * Double(reduces) }
    }
    add(
      "norms, rotary embedding, activation", kernels.elementwise(model: model, degree: degree, engine: engine),
      occurrences: model.layerCount)
    let launch = attention.floor * Double(model.layerCount)
    let overhead = engine.perStep + engine.perLayer * Double(model.layerCount)
    parts.append(
      StepCostPart(
        name: "engine: per step and per layer", basis: .engine,
        source: engine.provenance.joined(separator: "; "),
        decodeSeconds: overhead, prefillSeconds: overhead))
    for tokens in 0...maxTokens { linear[tokens] += overhead + (tokens > 0 ? launch : 0) }

    for layer in layers where layer.role == .outputHead {
      let (times, bound) = kernels.matrix(layer, engine: engine, keepsDips: request.keepsDips)
      let slower = engine.fullClock > 0 ? 0 : engine.matrixStretch - 1
      for count in 1...request.maxSequences {
        sequences[count] += times.seconds(Double(count)) + slower * bound.seconds(Double(count))
      }
      parts.append(
        StepCostPart(
          name: layer.label, basis: times.basis, source: times.source, decodeSeconds: times.seconds(1),
          prefillSeconds: times.seconds(1)))
    }
    for count in 1...request.maxSequences { sequences[count] += engine.perSequence * Double(count) }

    let beside = engine.mixedDecodeStretch
    let alone = engine.decodeAttentionStretch
    let curves = attention.decodeCurves(
      maxSequences: request.maxSequences, stretches: beside == 1 ? [alone] : [alone, alone * beside],
      contextsDiffer: engine.contextsDiffer)
    var decode = curves[0]
    var chunks = attention.chunks(maxTokens: maxTokens, stretch: engine.prefillAttentionStretch)
    var mixed =
      beside == 1
      ? nil
      : MixedAttention(
        decode: curves[1],
        perSequence: [SimDuration](repeating: .zero, count: maxTokens + 1))
    let captured = engine.captured(linear)
    if engine.overlap != .none {
      let host = engine.overlap
      mixed =
        mixed ?? MixedAttention(decode: decode, perSequence: [SimDuration](repeating: .zero, count: maxTokens + 1))
      for count in 1...request.maxSequences {
        let rest = (count < captured.count ? captured[count] : linear[count]) + sequences[count]
        decode[count] = decode[count].atLeast(SimDuration(seconds: max(0, host.seconds(sequences: count) - rest)))
      }
    }
    let eager = engine.eager(linear, layers: model.layerCount)
    let longest = (eager.max() ?? 0) + (sequences.max() ?? 0) + (chunks.alone.max() ?? 0)
    guard longest < 3600 else {
      throw ProfileError(
        file: profile?.name ?? request.gpu.name,
        message: "an iteration of \(model.name) with \(maxTokens) tokens would take "
          + "\(Int(min(longest / 3600, 1e9).rounded())) h, and may take an hour at most")
    }
    if let offload = request.offload {
      for count in 1...request.maxSequences {
        let rest = (count < captured.count ? captured[count] : eager[count]) + sequences[count]
        decode[count] = offload.decode(decode[count], rest: rest)
      }
      for tokens in 1...maxTokens {
        chunks.alone[tokens] = offload.chunk(
          tokens: tokens, alone: chunks.alone[tokens], rest: eager[tokens] + sequences[1])
        chunks.perContextToken[tokens] = offload.chunkPerContextToken(chunks.perContextToken[tokens])
      }
      parts.append(
        StepCostPart(
          name: "layers waiting for what is off the GPU", basis: .engine,
          source: "per layer max(load, compute, store) + \(offload.synchronise * 1e3) ms; in the attention below",
          decodeSeconds: 0, prefillSeconds: 0))
    }
    let costs = BoundStepCost(
      linear: eager.map(SimDuration.init(seconds:)),
      linearInGraph: captured.map(SimDuration.init(seconds:)),
      sequences: sequences.map(SimDuration.init(seconds:)), chunkAlone: chunks.alone.map(SimDuration.init(seconds:)),
      chunkPerContextToken: chunks.perContextToken.map(SimDuration.init(seconds:)),
      chunkPerWindowToken: chunks.perWindowToken.map(SimDuration.init(seconds:)), window: model.slidingWindow ?? 0,
      decode: decode, mixed: mixed, collectives: collectives.map(SimDuration.init(seconds:)),
      host: whole.boundHost(layers: model.layerCount, isShared: degree > 1, plansAhead: plansAhead),
      rereads: attention.rereads)
    parts.append(
      StepCostPart(
        name: "decode attention", basis: attention.decodeBasis, source: attention.decodeSource,
        decodeSeconds: launch
          + costs.decodeAttention(sequences: 1, contextTokens: 1024).cost(contextTokens: 1024).seconds,
        prefillSeconds: 0))
    parts.append(
      StepCostPart(
        name: "prefill attention", basis: attention.prefillBasis, source: attention.prefillSource,
        decodeSeconds: 0, prefillSeconds: launch + costs.prefillAttention(chunk: sample, context: 0).seconds))
    return BoundStep(cost: costs, parts: parts, notes: kernels.notes + model.assumptions)
  }
}

extension LinearLayer {
  /// How `explain` names the product.
  var label: String {
    "\(role.rawValue) \(outputFeatures) x \(inputFeatures)" + (occurrences > 1 ? ", \(occurrences) times" : "")
  }
}

extension EngineCosts {
  /// The cost of iterations over 0, 1, 2, ... tokens that do not replay a decode graph.
  func eager(_ linear: [Double], layers: Int) -> [Double] {
    let launches = perStep + eagerLaunchPerLayer * Double(layers)
    guard capturesMixedIterations else { return linear.map { max($0, launches) } }
    return padded(linear, through: linear.count - 1).map { $0 + prefillPerLayer * Double(layers) }
  }

  /// The cost of decode iterations that replay a graph, up to the largest captured size.
  func captured(_ linear: [Double]) -> [Double] {
    guard let largest = captureSizes.last else { return [] }
    return padded(linear, through: min(largest, linear.count - 1))
  }

  /// `linear` with every number of tokens that fits a captured size priced as that size.
  private func padded(_ linear: [Double], through last: Int) -> [Double] {
    var result = Array(linear[0...last])
    var tokens = 1
    for size in captureSizes {
      let priced = linear[min(size, linear.count - 1)]
      while tokens <= min(size, last) {
        result[tokens] = priced
        tokens += 1
      }
    }
    return result
  }
}
