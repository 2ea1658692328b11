import SimCore

/// What step costs are bound for when the layers of one model were measured.
public struct LayerTableRequest: Sendable {
  public var tables: LayerTables
  public var layerCount: Int
  /// The most tokens an iteration may process.
  public var maxBatchedTokens: Int
  /// The most sequences an iteration may hold.
  public var maxSequences: Int
  /// Captured graph sizes, and what an engine adds on the GPU: products and prefill attention slower than alone, gaps
  /// between the pieces of an iteration with prefill. Its host times are left out: an engine that schedules ahead hides
  /// them behind the kernels.
  public var engine: EngineCosts
  /// Collectives between the GPUs of the model: seconds of an iteration over so many tokens, and over so many
  /// sequences; zero on one GPU.
  public var collectives: @Sendable (_ tokens: Int) -> Double = { _ in 0 }
  public var sequenceCollectives: @Sendable (_ sequences: Int) -> Double = { _ in 0 }
  /// Seconds that the routed experts of all layers take over so many tokens; zero when the model has none or they are
  /// accounted for elsewhere.
  public var experts: @Sendable (_ tokens: Int) -> Double = { _ in 0 }
  public var imbalance: DecodeImbalance?

  public init(
    tables: LayerTables, layerCount: Int, maxBatchedTokens: Int, maxSequences: Int, engine: EngineCosts
  ) {
    self.tables = tables
    self.layerCount = layerCount
    self.maxBatchedTokens = maxBatchedTokens
    self.maxSequences = maxSequences
    self.engine = engine
  }
}

/// How much longer decode attention takes when sequences differ in context: between the time at the mean and the time
/// if all were as long as the longest, it lies at `share` of the way.
///
/// The measured tables hold batches of equal sequences; LLMServingSim's profiler measures unequal ones too and fits the
/// share (its `alpha`). Iterations with prefill use a kernel that deals out its work in far more pieces than the GPU
/// runs at once, so that the longest sequence ends with the rest; the correction is for iterations that only decode.
public struct DecodeImbalance: Sendable {
  public var share: Double
  /// For 0, 1, 2, ... sequences: the longest context over the mean, as expected.
  public var longestOverMean: [Double]

  public init(share: Double, longestOverMean: [Double]) {
    self.share = share
    self.longestOverMean = longestOverMean
  }
}

/// Makes the engine's step-cost tables out of measured layers.
public enum LayerTableBinder {
  /// - Precondition: `tables.problem(hasExperts:)` found nothing.
  public static func bind(_ request: LayerTableRequest) -> BoundStep {
    let maxTokens = max(request.maxBatchedTokens, request.maxSequences)
    let layers = Double(request.layerCount)
    let prefillStretch = request.engine.prefillAttentionStretch
    var linear = [Double](repeating: 0, count: maxTokens + 1)
    var parts: [StepCostPart] = []

    func add(_ name: String, basis: Basis = .measured, source: String, _ seconds: (Int) -> Double) {
      for tokens in 1...maxTokens { linear[tokens] += seconds(tokens) }
      parts.append(
        StepCostPart(
          name: name, basis: basis, source: source, decodeSeconds: seconds(1),
          prefillSeconds: seconds(min(1024, maxTokens))))
    }

    // What a product takes beyond reading its weights once is bound by arithmetic.
    var bound = [Double](repeating: 0, count: maxTokens + 1)
    for (name, points) in request.tables.dense.sorted(by: { $0.key < $1.key }) {
      guard let layer = LayerTables.denseLayers[name] else { continue }
      let curve = LayerCurve(points)
      let times: Double
      switch layer.occurrence {
      case .eachLayer(let count): times = Double(count) * layers
      case .once: times = 1
      }
      let source = request.tables.source
      if layer.isProduct {
        add("\(name), \(Int(times)) times", source: source) { times * curve.roundedUp($0) }
        for tokens in 1...maxTokens { bound[tokens] += times * max(0, curve.roundedUp(tokens) - curve.least) }
      } else {
        add("\(name), \(Int(times)) times", source: source) { times * curve.between($0) }
      }
    }
    if request.engine.matrixStretch != 1 {
      add("products at the clock of lasting load", basis: .engine, source: "as fitted for \(request.engine.name)") {
        (request.engine.matrixStretch - 1) * max(0, bound[$0] - request.engine.fullClock)
      }
    }
    if !request.tables.experts.isEmpty {
      add("experts", source: request.tables.source) { request.experts($0) }
    }
    if request.collectives(1) > 0 {
      add("collectives", basis: .interpolated, source: "measured between two GPUs", request.collectives)
    }
    let attention = LayerAttention(request.tables.attention, typicalContext: request.maxBatchedTokens)
    let launch = attention.floor * layers
    for tokens in 1...maxTokens { linear[tokens] += launch }
    linear = nonDecreasing(linear)

    let heads = request.tables.perSequence.values.map(LayerCurve.init)
    let sequences = nonDecreasing(
      (0...request.maxSequences).map { count in
        count == 0
          ? 0 : heads.reduce(0) { $0 + $1.between(count) } + request.sequenceCollectives(count)
      })
    parts.append(
      StepCostPart(
        name: "output head and sampler", basis: .measured, source: request.tables.source,
        decodeSeconds: sequences[1], prefillSeconds: sequences[1]))

    let gaps = request.engine.prefillPerLayer * layers
    parts.append(
      StepCostPart(
        name: "engine: gaps in iterations with prefill", basis: .engine,
        source: request.engine.provenance.joined(separator: "; "), decodeSeconds: 0, prefillSeconds: gaps))
    let cost = BoundStepCost(
      linear: request.engine.eager(linear, layers: request.layerCount).map(SimDuration.init(seconds:)),
      linearInGraph: request.engine.captured(linear).map(SimDuration.init(seconds:)),
      sequences: sequences.map(SimDuration.init(seconds:)),
      chunkAlone: nonDecreasing((0...maxTokens).map { attention.chunkAlone($0) * layers * prefillStretch })
        .map(SimDuration.init(seconds:)),
      chunkPerContextToken: (0...maxTokens).map {
        SimDuration(seconds: attention.perContextToken($0) * layers * prefillStretch)
      },
      decode: curves(attention.decode, request, floor: attention.floor, imbalance: request.imbalance),
      mixed: attention.mixed.map { rows in
        MixedAttention(
          decode: curves(rows, request, floor: attention.floor, imbalance: nil),
          perSequence: (0...maxTokens).map {
            SimDuration(seconds: attention.perSequence(besideTokens: $0) * layers)
          })
      })
    parts.append(
      StepCostPart(
        name: "decode attention", basis: .measured, source: request.tables.source,
        decodeSeconds: launch
          + cost.decodeAttention(sequences: 1, contextTokens: 1024).cost(contextTokens: 1024).seconds,
        prefillSeconds: 0))
    let sample = min(1024, request.maxBatchedTokens)
    parts.append(
      StepCostPart(
        name: "prefill attention", basis: .measured, source: request.tables.source, decodeSeconds: 0,
        prefillSeconds: launch + cost.prefillAttention(chunk: sample, context: 0).seconds))
    return BoundStep(cost: cost, parts: parts, notes: [])
  }

  /// The decode cost of 0, 1, ... sequences against their total context, in all layers, beyond the floor.
  private static func curves(
    _ rows: LayerDecodeTimes, _ request: LayerTableRequest, floor: Double, imbalance: DecodeImbalance?
  ) -> [DecodeAttentionCurve] {
    var curves = [DecodeAttentionCurve(start: .zero)]
    for n in 1...request.maxSequences {
      let count = Double(n)
      let share = imbalance?.share ?? 0
      let spread = imbalance.map { max(1, $0.longestOverMean[n]) } ?? 1
      func seconds(_ length: Double) -> Double {
        let even = rows.seconds(sequences: count, contextTokens: count * length)
        guard share > 0 else { return even }
        return even + share * (rows.seconds(sequences: count, contextTokens: count * length * spread) - even)
      }
      // Straight between the totals at which the measured line bends: its own and, where the longest counts, its.
      var totals: Set<Int64> = []
      for length in rows.lengths {
        totals.insert(max(1, Int64((count * length).rounded())))
        if share > 0 { totals.insert(max(1, Int64((count * length / spread).rounded()))) }
      }
      let knots = totals.filter { $0 > Int64(n) }.sorted()
      let ends = knots.map(Double.init) + [2 * Double(knots.last ?? Int64(n) * 2)]
      let values = nonDecreasing(
        ([0] + ends).map { max(0, seconds($0 / count) - floor) * Double(request.layerCount) })
      var slopes: [SimDuration] = []
      var previous = (total: 0.0, value: values[0])
      for (total, value) in zip(ends, values.dropFirst()) {
        slopes.append(SimDuration(seconds: (value - previous.value) / (total - previous.total)))
        previous = (total, value)
      }
      curves.append(DecodeAttentionCurve(start: SimDuration(seconds: values[0]), knots: knots, slopes: slopes))
    }
    return curves
  }
}
