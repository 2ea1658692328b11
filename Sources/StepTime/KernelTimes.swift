import Foundation
import Models

/// Times of the kernels of one model on one GPU, from a profile where it has them.
struct KernelTimes {
  let gpu: GPURates
  let profile: StepTimeProfile?

  /// Shares of the data sheet's rates that stand in where nothing was measured: about the medians of the A100, H100
  /// and H200 tables at large sizes.
  enum Assumed {
    static let matrixEfficiency = 0.72
    static let prefillEfficiency = 0.55
    static let decodeEfficiency = 0.9
    /// Of the time to read a token from memory, what it takes to read it from the second-level cache.
    static let rereadShare = 0.5
    static let launch = 5e-6
    static let attentionLaunch = 11e-6
    static let peerBandwidth = 200e9
    static let allReduceLatency = 10e-6
  }

  /// What was done to the whole profile, one sentence each.
  var notes: [String] {
    guard let profile else {
      return [
        "no profile for \(gpu.name): roofline at \(Assumed.matrixEfficiency) of peak for matrix products, "
          + "\(Assumed.prefillEfficiency) for prefill attention, \(Assumed.decodeEfficiency) of memory bandwidth for "
          + "decode attention, \(Assumed.launch * 1e6) us per kernel (assumptions)"
      ]
    }
    if sameRates { return [] }
    return [
      "profile of \(profile.name) scaled to \(gpu.name): compute-bound parts by "
        + "\(profile.rates.bf16 / gpu.bf16), memory-bound parts by \(profile.rates.memoryBandwidth / gpu.memoryBandwidth)"
    ]
  }

  private var sameRates: Bool {
    guard let rates = profile?.rates else { return false }
    return abs(rates.bf16 / gpu.bf16 - 1) < 0.01 && abs(rates.memoryBandwidth / gpu.memoryBandwidth - 1) < 0.01
      && abs((rates.fp8 ?? 1) / (gpu.fp8 ?? rates.fp8 ?? 1) - 1) < 0.01
  }

  /// How much longer a kernel takes here than where it was measured, from its roofline on both.
  private func stretched(_ basis: Basis) -> Basis { sameRates ? basis : max(basis, .extrapolated) }

  func source(_ text: String) -> String { profile.map { "\($0.name): \(text)" } ?? text }

  /// A linear layer against tokens as an engine runs it at full clock, and the compute-bound part of it.
  func matrix(_ layer: LinearLayer, engine: EngineCosts, keepsDips: Bool) -> (all: KernelCurve, bound: KernelCurve) {
    var alone = matrix(layer)
    if engine.tunesKernels {
      alone.curve = PiecewiseLinear(alone.curve.x, leastOfLater(alone.curve.y))
    } else if !keepsDips {
      alone.curve = PiecewiseLinear(alone.curve.x, nonDecreasingByMedian(alone.curve.y))
      alone.singles = singles(of: layer)
    }
    let type: MatrixType = layer.weightType == .fp8 ? .fp8 : .bfloat16
    let n = layer.outputFeatures
    let k = layer.inputFeatures
    let seconds = zip(alone.curve.x, alone.curve.y).map { m, time in
      time * 2 * m * Double(n) * Double(k) / gpu.peak(type) / gpu.roofline(n: n, k: k, m: m, type: type)
    }
    var bound = alone
    bound.curve = PiecewiseLinear(alone.curve.x, seconds)
    return (alone, bound)
  }

  /// How much longer a layer takes at single sizes; where its own times were measured on this GPU.
  private func singles(of layer: LinearLayer) -> [Int: Double] {
    let type: MatrixType = layer.weightType == .fp8 ? .fp8 : .bfloat16
    guard sameRates, let table = profile?.matrices[type] else { return [:] }
    let (n, k) = (layer.outputFeatures, layer.inputFeatures)
    let measured = table.curve(n: n, k: k).0
    let smooth = PiecewiseLinear(measured.x, nonDecreasingByMedian(measured.y))
    return table.singleSizes(n: n, k: k, beside: smooth)
  }

  /// A linear layer against tokens as measured alone.
  private func matrix(_ layer: LinearLayer) -> KernelCurve {
    let n = layer.outputFeatures
    let k = layer.inputFeatures
    let type: MatrixType = layer.weightType == .fp8 ? .fp8 : .bfloat16
    let extraBytes = layer.weightType == .float32 ? 2.0 : 1.0
    if let table = profile?.matrices[type] ?? (type == .fp8 ? profile?.matrices[.bfloat16] : nil) {
      let (curve, basis) = table.curve(n: n, k: k)
      let rates = table.rates
      let plain = sameRates && table.type == type
      let scaled =
        plain
        ? curve
        : PiecewiseLinear(
          curve.x,
          zip(curve.x, curve.y).map { m, time in
            time * gpu.roofline(n: n, k: k, m: m, type: type) / rates.roofline(n: n, k: k, m: m, type: table.type)
          })
      return KernelCurve(
        curve: PiecewiseLinear(scaled.x, scaled.y.map { $0 * extraBytes }), perToken: 1,
        basis: plain ? basis : max(basis, .extrapolated), source: source("\(table.type.rawValue) matrix products"))
    }
    let grid = KernelCurve.grid
    return KernelCurve(
      curve: PiecewiseLinear(
        grid,
        grid.map {
          Assumed.launch + extraBytes * gpu.roofline(n: n, k: k, m: $0, type: type) / Assumed.matrixEfficiency
        }), perToken: 1, basis: .roofline, source: "data-sheet rates")
  }

  /// The routed experts of a layer against tokens.
  func experts(_ layer: ExpertLayer) -> KernelCurve {
    func roofline(_ tokens: Double, _ rates: GPURates) -> Double {
      ExpertTimes.roofline(
        hidden: layer.hiddenSize, intermediate: layer.intermediateSize, experts: layer.count,
        perToken: layer.perToken, bytes: layer.weightType.bytes, tokens: tokens, rates: rates)
    }
    guard let profile, let experts = profile.experts,
      let efficiency = experts.efficiency(intermediate: layer.intermediateSize, rates: profile.rates)
    else {
      let grid = KernelCurve.grid
      return KernelCurve(
        curve: PiecewiseLinear(
          grid, grid.map { 2 * Assumed.launch + roofline($0, gpu) / Assumed.matrixEfficiency }), perToken: 1,
        basis: .roofline, source: "data-sheet rates, every expert equally likely")
    }
    let table = layer.weightType == .fp8 ? profile.expertsIn8Bits : experts
    if let curve = table?.curve(
      hidden: layer.hiddenSize, intermediate: layer.intermediateSize, experts: layer.count,
      perToken: layer.perToken)
    {
      let scaled =
        sameRates
        ? curve.y : zip(curve.x, curve.y).map { $1 * roofline($0, gpu) / roofline($0, profile.rates) }
      return KernelCurve(
        curve: PiecewiseLinear(curve.x, scaled), perToken: 1, basis: stretched(.measured),
        source: source("fused mixture layer"))
    }
    return KernelCurve(
      curve: PiecewiseLinear(
        efficiency.x, zip(efficiency.x, efficiency.y).map { roofline($0, gpu) / $1 }), perToken: 1,
      basis: .extrapolated, source: source("data-sheet rates with the efficiency of Mixtral's experts"))
  }

  /// One all-reduce of the activations against tokens.
  func allReduce(_ degree: Int, bytesPerToken: Double, engine: EngineCosts) -> KernelCurve {
    let wait = engine.collectiveGap + engine.collectiveWait * log2(Double(degree))
    if let (measured, basis, library) = profile?.collectives.curve(gpus: degree) {
      let best = engine.tunesKernels ? measured.convexMinorant : measured
      let curve = PiecewiseLinear(best.x, best.y.map { $0 + wait })
      return KernelCurve(
        curve: curve, perToken: bytesPerToken, basis: basis,
        source: source("\(library == "vllm" ? "vLLM" : "NCCL") all-reduce inside a graph over NVSwitch"))
    }
    let bandwidth = gpu.peerBandwidth ?? Assumed.peerBandwidth
    let share = 2 * Double(degree - 1) / Double(degree)
    let grid = KernelCurve.grid.map { $0 * bytesPerToken }
    return KernelCurve(
      curve: PiecewiseLinear(grid, grid.map { wait + Assumed.allReduceLatency + share * $0 / bandwidth }),
      perToken: bytesPerToken, basis: .roofline, source: "ring all-reduce at \(bandwidth / 1e9) GB/s per direction")
  }

  /// The kernels of a layer between its products, against tokens: bytes they read and write at a share of the memory
  /// bandwidth. Each of the two norms reads the stream and the residual and writes both; rotary embedding and the
  /// cache write read and write the projected queries, keys and values; the activation reads one or two inner vectors
  /// and writes one (inside the fused kernel in mixture layers).
  func elementwise(model: ModelArchitecture, degree: Int, engine: EngineCosts) -> KernelCurve {
    let bytes = Double(model.activationType.bytes)
    var width = Double(4 * model.normsPerLayer * model.hiddenSize)
    if case .grouped(let attention) = model.attention {
      let heads = attention.heads / degree + 2 * model.keyValueHeadsPerGPU(tensorParallel: degree)
      width += Double(2 * heads * attention.headDimension)
    } else {
      width += Double(2 * model.attention.heads / degree * 192)
    }
    let dense = Double(model.layerCount - (model.experts?.layerCount ?? 0)) / Double(model.layerCount)
    width += dense * Double((model.feedForward.gated ? 3 : 2) * model.feedForward.intermediateSize / degree)
    let perToken = width * bytes / (engine.elementwiseEfficiency * gpu.memoryBandwidth)
    return KernelCurve(
      curve: PiecewiseLinear([0, 1], [0, perToken]), perToken: 1, basis: .roofline,
      source: "bytes moved at \(engine.elementwiseEfficiency) of memory bandwidth")
  }
}

/// Time of a kernel against the tokens of an iteration.
struct KernelCurve {
  var curve: PiecewiseLinear
  /// The curve's abscissa per token.
  let perToken: Double
  let basis: Basis
  let source: String
  /// At these numbers of tokens it takes longer than the curve says, by such a factor.
  var singles: [Int: Double] = [:]

  func seconds(_ tokens: Double) -> Double { curve.proportional(at: tokens * perToken) }

  /// Numbers of tokens at which formulas are evaluated.
  static let grid: [Double] = [1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192, 16384]
}
