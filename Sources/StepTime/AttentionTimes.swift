import Models
import SimCore

/// Attention of one model on one GPU: decode against (sequences, context), prefill against (chunk, context).
struct AttentionTimes {
  /// Seconds per layer of an attention launch that does next to nothing; every iteration has one per layer.
  let floor: Double
  let decodeBasis: Basis
  let decodeSource: String
  let prefillBasis: Basis
  let prefillSource: String
  /// Seconds per layer beyond the floor of one decode step.
  let decode: (_ sequences: Double, _ contextTokens: Double) -> Double
  /// Seconds per layer beyond the floor of one prompt without cached context.
  let prefill: (_ length: Double) -> Double
  /// Seconds per layer of a (query token, cached token) pair.
  let perPair: Double
  /// Seconds per layer to read one cached token: no chunk needs less per token of context.
  let perCachedToken: Double
  /// Query tokens that a kernel's tile holds; smaller chunks cost as much.
  let tileTokens: Int
  let fullLayers: Double
  let slidingLayers: Double
  let window: Double
  /// What tokens cost that several sequences of a decode step attend to.
  let rereads: RereadCost
  /// Pairs of sequence and key-value head, the units that decode attention deals out, per sequence and multiprocessor.
  let pairsPerMultiprocessor: Double

  /// Context lengths per sequence at which the slope of decode attention may change.
  private static let knots: [Double] = [128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]

  /// The decode cost of 0, 1, ... sequences against their total context, for each of several stretches.
  func decodeCurves(maxSequences: Int, stretches: [Double], contextsDiffer: Bool) -> [[DecodeAttentionCurve]] {
    var lengths = Self.knots
    if slidingLayers > 0, !lengths.contains(window) {
      lengths.append(window)
      lengths.sort()
    }
    // The tables hold contexts of one token beyond whole tiles of 128, which cost a tile more. Contexts of traffic end
    // anywhere in a tile, half a tile less on average.
    let shorter = contextsDiffer ? 63.0 : 0
    let ends = lengths + [2 * lengths[lengths.count - 1]]
    let times = (1...maxSequences).map { n in
      ([1] + ends).map { seconds(sequences: Double(n), length: max(1, $0 - shorter)) }
    }
    return stretches.map { curves(times, lengths: lengths, stretch: $0, contextsDiffer: contextsDiffer) }
  }

  /// - Parameters:
  ///   - times: seconds of one sequence and more, at one token, at every one of `lengths` and at twice the last.
  private func curves(
    _ times: [[Double]], lengths: [Double], stretch: Double, contextsDiffer: Bool
  ) -> [DecodeAttentionCurve] {
    let ends = lengths + [2 * lengths[lengths.count - 1]]
    var floorAtLength = [Double](repeating: 0, count: ends.count + 1)
    var curves = [DecodeAttentionCurve(start: .zero)]
    for n in 1...times.count {
      let count = Double(n)
      let slower = stretch * (contextsDiffer ? 1 + tail(sequences: count) : 1)
      let combined = contextsDiffer ? stretch * combining(sequences: count) * (fullLayers + slidingLayers) : 0
      var values = nonDecreasing(times[n - 1].map { combined + slower * $0 })
      for index in values.indices {  // one sequence more, at the same length each, is never faster
        values[index] = max(values[index], floorAtLength[index])
        floorAtLength[index] = values[index]
      }
      var slopes: [SimDuration] = []
      var previous = (length: 0.0, value: values[0])
      for (length, value) in zip(ends, values.dropFirst()) {
        let slope = (value - previous.value) / (count * (length - previous.length))
        slopes.append(SimDuration(seconds: max(0, slope)))
        previous = (length, value)
      }
      curves.append(
        DecodeAttentionCurve(
          start: SimDuration(seconds: values[0]), knots: lengths.map { Int64($0) * Int64(n) }, slopes: slopes))
    }
    return curves
  }

  /// How much longer decode attention takes when contexts differ, as a share: the last multiprocessors work on the
  /// longest pieces while the others have nothing left.
  ///
  /// Made from a simulation of how FlashAttention 3 deals out its work (sequences split into pieces of whole 128-token
  /// blocks, so that a multiprocessor's share is at most a tenth above the mean; the longest pieces first, each to the
  /// next multiprocessor that is free; one alone reads at most one and a half times its share of the bandwidth) for
  /// contexts of chat and of long prompts, coefficients of variation 0.7 and 0.45. Both gave about 0.15 at half to one
  /// and a quarter pairs per multiprocessor; with more the tail is shorter, with fewer sequences are split more finely.
  /// Nothing measured went into it.
  func tail(sequences n: Double) -> Double {
    let load = n * pairsPerMultiprocessor
    if load < 0.5 { return 0.15 * load / 0.5 }
    return load > 1.2 ? 0.15 * (1.2 / load) * (1.2 / load).squareRoot() : 0.15
  }

  /// Seconds per layer to combine what the pieces of a split sequence gave, by a kernel of its own.
  ///
  /// Small batches are split whatever their contexts are, and the tables have it in them. From half a pair per
  /// multiprocessor, only sequences well above the mean are split, which equal ones never are: when contexts differ
  /// there is one nearly always up to two pairs per multiprocessor, and hardly ever beyond four and a half. The 3 us
  /// are an assumption: a small kernel in a captured graph.
  func combining(sequences n: Double) -> Double {
    let load = n * pairsPerMultiprocessor
    return load < 0.52 ? 0 : 3e-6 * max(0, min(1, (4.5 - load) / 2.5))
  }

  /// Seconds beyond the floors of one decode step of all layers.
  private func seconds(sequences n: Double, length: Double) -> Double {
    var time = fullLayers * max(0, decode(n, n * length))
    if slidingLayers > 0 { time += slidingLayers * max(0, decode(n, n * min(length, window))) }
    return time
  }

  /// The prefill cost of chunks of 0, 1, ... tokens: without context, and per cached token.
  func chunks(maxTokens: Int, stretch: Double) -> (alone: [Double], perContextToken: [Double], perWindowToken: [Double])
  {
    var alone = [0.0]
    var perContext = [0.0]
    var perWindow = [0.0]
    for m in 1...maxTokens {
      let tokens = Double(m)
      let time = prefill(tokens)
      // Beyond the window only a band of the causal triangle is computed.
      let band = tokens <= window ? 1 : (2 * window * tokens - window * window) / (tokens * tokens)
      alone.append(stretch * time * (fullLayers + slidingLayers * band))
      let tiles = (m + tileTokens - 1) / tileTokens * tileTokens
      let perToken = stretch * max(Double(tiles) * perPair, perCachedToken)
      perContext.append(perToken * fullLayers)
      // A chunk beyond the window leaves the cached tokens behind after the first `window` of its own.
      perWindow.append(stretch * max(min(Double(tiles), window / 2) * perPair, perCachedToken) * slidingLayers)
    }
    return (nonDecreasing(alone), perContext, slidingLayers > 0 ? perWindow : [])
  }
}

extension KernelTimes {
  /// Attention of `model` split over `degree` GPUs.
  ///
  /// - Parameter spreadsPairs: ``EngineCosts/spreadsPairs``; the A100 has no kernel that does.
  func attention(
    model: ModelArchitecture, degree: Int, cacheType: NumberType?, spreadsPairs: Bool
  ) -> AttentionTimes {
    let sliding = Double(model.slidingLayerCount)
    let full = Double(model.layerCount) - sliding
    let window = Double(model.slidingWindow ?? 1 << 40)
    let cacheBytes = Double((cacheType ?? model.activationType).bytes)
    guard case .grouped(let grouped) = model.attention, let profile else {
      return rooflineAttention(
        model: model, degree: degree, cacheBytes: cacheBytes, full: full, sliding: sliding, window: window)
    }
    let heads = grouped.heads / degree
    let keyValueHeads = model.keyValueHeadsPerGPU(tensorParallel: degree)
    let surface = profile.decode.surface(
      heads: heads, keyValueHeads: keyValueHeads, spreadsPairs: spreadsPairs && !gpu.name.hasPrefix("a100"))
    let curve = profile.prefill.curve(heads: heads, keyValueHeads: keyValueHeads)
    // The tables are for heads of 128 numbers of two bytes; other sizes move proportionally more or less.
    let headScale = Double(grouped.headDimension) / 128
    let cacheScale = headScale * cacheBytes / 2
    let memory = profile.rates.memoryBandwidth / gpu.memoryBandwidth
    let compute = profile.rates.bf16 / gpu.bf16
    let floor = surface.floor
    let exact = cacheScale == 1 && abs(memory - 1) < 0.01
    let many = 4096.0 * 128
    let perCachedToken =
      (surface.seconds(sequences: 64, contextTokens: 2 * many) - surface.seconds(sequences: 64, contextTokens: many))
      / many
    return AttentionTimes(
      floor: floor,
      decodeBasis: exact ? surface.basis : max(surface.basis, .extrapolated),
      decodeSource: source("decode attention, " + surface.description)
        + (exact ? "" : ", scaled by bytes per token and memory bandwidth"),
      prefillBasis: headScale == 1 && abs(compute - 1) < 0.01 ? curve.basis : max(curve.basis, .extrapolated),
      prefillSource: source("prefill attention, " + curve.description)
        + "; chunks over cached context at the rate of the longest prompt",
      decode: { n, tokens in
        // Alone in a loop, a kernel finds a small cache in the L2 that it filled the time before. In an engine the
        // other layers' weights have passed through since, so every token comes from memory.
        let scaled = tokens * cacheScale
        let cold = surface.seconds(sequences: n, contextTokens: n) + perCachedToken * max(0, scaled - n)
        return (max(cold, surface.seconds(sequences: n, contextTokens: scaled)) - floor) * memory
      },
      prefill: { curve.seconds(length: $0) * headScale * compute },
      perPair: curve.perPair * headScale * compute,
      perCachedToken: max(0, perCachedToken) * cacheScale * memory,
      tileTokens: max(1, 128 * keyValueHeads / heads), fullLayers: full, slidingLayers: sliding, window: window,
      rereads: rereads(
        bytesPerToken: Double(4 * keyValueHeads * 128) * cacheScale,
        rate: profile.decode.cachedRate(cacheBytes: l2Bytes),
        memoryRate: Double(4 * keyValueHeads * 128) / perCachedToken),
      pairsPerMultiprocessor: Double(keyValueHeads) / multiprocessors)
  }

  /// Attention at the data sheet's rates.
  private func rooflineAttention(
    model: ModelArchitecture, degree: Int, cacheBytes: Double, full: Double, sliding: Double, window: Double
  ) -> AttentionTimes {
    let heads = Double(model.headsPerGPU(tensorParallel: degree))
    let bytesPerToken: Double
    let pairOperations: Double
    let decodeOperations: Double
    let tile: Int
    // Of compressed vectors it is arithmetic that decode is bound by.
    let isLatent = if case .latent = model.attention { true } else { false }
    switch model.attention {
    case .grouped(let grouped):
      let keyValueHeads = model.keyValueHeadsPerGPU(tensorParallel: degree)
      bytesPerToken = Double(2 * keyValueHeads * grouped.headDimension) * cacheBytes
      pairOperations = 4 * heads * Double(grouped.headDimension)
      decodeOperations = pairOperations
      tile = max(1, 128 * keyValueHeads * degree / grouped.heads)
    case .latent(let latent):
      bytesPerToken = Double(latent.keyValueRank + latent.rotatedDimension) * cacheBytes
      let width = latent.unrotatedDimension + latent.rotatedDimension + latent.valueDimension
      pairOperations = 2 * heads * Double(width)
      decodeOperations = 2 * heads * Double(2 * latent.keyValueRank + latent.rotatedDimension)
      tile = 128
    }
    let perPair = pairOperations / (Assumed.prefillEfficiency * gpu.bf16)
    let perCached = bytesPerToken / (Assumed.decodeEfficiency * gpu.memoryBandwidth)
    let perDecodeToken = max(perCached, decodeOperations / (Assumed.prefillEfficiency * gpu.bf16))
    let text =
      "data-sheet rates, \(Assumed.decodeEfficiency) of memory bandwidth or \(Assumed.prefillEfficiency) of peak"
    return AttentionTimes(
      floor: Assumed.attentionLaunch, decodeBasis: .roofline, decodeSource: text, prefillBasis: .roofline,
      prefillSource: text, decode: { _, tokens in tokens * perDecodeToken },
      prefill: { $0 * ($0 + 1) / 2 * perPair }, perPair: perPair, perCachedToken: perCached, tileTokens: tile,
      fullLayers: full, slidingLayers: sliding, window: window,
      rereads: isLatent ? .full : rereads(bytesPerToken: bytesPerToken, rate: nil, memoryRate: 1),
      pairsPerMultiprocessor: Double(model.keyValueHeadsPerGPU(tensorParallel: degree)) / multiprocessors)
  }

  /// - Parameters:
  ///   - bytesPerToken: KV of one token in one layer.
  ///   - rate: bytes per second at which decode attention reads KV that the second-level cache holds; nil where that
  ///     was not measured.
  ///   - memoryRate: the same from memory.
  private func rereads(bytesPerToken: Double, rate: Double?, memoryRate: Double) -> RereadCost {
    let share = rate.map { min(1, memoryRate / $0) } ?? Assumed.rereadShare
    return RereadCost(
      share: Int64((share * Double(RereadCost.parts)).rounded()), cachedTokens: max(1, Int64(l2Bytes / bytesPerToken)))
  }

  /// The second-level cache of A100, or of H100 and H200, which stand for the rest, bytes (NVIDIA's architecture white
  /// papers).
  private var l2Bytes: Double { gpu.name.hasPrefix("a100") ? 40e6 : 50e6 }

  /// Of A100, or of H100 and H200 in SXM modules, which stand for the rest (data sheets).
  private var multiprocessors: Double { gpu.name.hasPrefix("a100") ? 108 : 132 }
}
