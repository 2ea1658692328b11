/// Times of single layers of one model on one GPU, measured one after another in an engine's process: the tables that
/// LLMServingSim's profiler writes.
///
/// Times are seconds of the kernels alone; gaps between them are not in them.
public struct LayerTables: Sendable {
  /// One layer's time at a number of tokens (or of sequences).
  public struct Point: Hashable, Sendable {
    public var count: Int
    public var seconds: Double

    public init(count: Int, seconds: Double) {
      self.count = count
      self.seconds = seconds
    }
  }

  /// Attention of one layer over one prompt's chunk and a number of decoding sequences of equal context.
  public struct AttentionPoint: Hashable, Sendable {
    /// New tokens of the prompt, 0 for decode alone.
    public var chunk: Int
    /// Tokens of the prompt that are cached already.
    public var chunkContext: Int
    public var decodes: Int
    /// Context of each decoding sequence, tokens.
    public var decodeContext: Int
    public var seconds: Double

    public init(chunk: Int, chunkContext: Int, decodes: Int, decodeContext: Int, seconds: Double) {
      self.chunk = chunk
      self.chunkContext = chunkContext
      self.decodes = decodes
      self.decodeContext = decodeContext
      self.seconds = seconds
    }
  }

  /// The routed experts of one layer, at a number of tokens that visit so many of them in all.
  public struct ExpertPoint: Hashable, Sendable {
    public var tokens: Int
    public var experts: Int
    public var seconds: Double

    public init(tokens: Int, experts: Int, seconds: Double) {
      self.tokens = tokens
      self.experts = experts
      self.seconds = seconds
    }
  }

  /// Where they come from, for reports.
  public var source: String
  /// By layer name, against tokens.
  public var dense: [String: [Point]]
  /// By layer name, against sequences.
  public var perSequence: [String: [Point]]
  public var attention: [AttentionPoint]
  public var experts: [ExpertPoint]

  public init(
    source: String, dense: [String: [Point]], perSequence: [String: [Point]], attention: [AttentionPoint],
    experts: [ExpertPoint] = []
  ) {
    self.source = source
    self.dense = dense
    self.perSequence = perSequence
    self.attention = attention
    self.experts = experts
  }

  /// How often a layer of the tables runs in an iteration.
  enum Occurrence {
    case eachLayer(Int)
    case once
  }

  /// The layers that the profiler names, and how often each runs: in every decoder layer two norms, one of each
  /// projection. Source: the catalogues of LLMServingSim's profiler, `profiler/models/llama.yaml` and `qwen3.yaml`.
  static let denseLayers: [String: (occurrence: Occurrence, isProduct: Bool)] = [
    "embedding": (.once, false), "final_layernorm": (.once, false), "layernorm": (.eachLayer(2), false),
    "qkv_proj": (.eachLayer(1), true), "qk_norm": (.eachLayer(1), false), "rotary_emb": (.eachLayer(1), false),
    "o_proj": (.eachLayer(1), true), "gate_up_proj": (.eachLayer(1), true), "act_fn": (.eachLayer(1), false),
    "down_proj": (.eachLayer(1), true),
  ]
  static let sequenceLayers: Set<String> = ["lm_head", "sampler"]

  /// Layers without which there is no step time.
  private static let neededLayers = ["embedding", "final_layernorm", "layernorm", "qkv_proj", "rotary_emb", "o_proj"]

  /// Why no step time can be made of these tables, in words; `nil` when one can.
  ///
  /// - Parameter hasExperts: whether the model's layers are mixtures of experts.
  public func problem(hasExperts: Bool) -> String? {
    for name in dense.keys.sorted() where Self.denseLayers[name] == nil {
      return "the layer '\(name)' is not known; there are \(Self.denseLayers.keys.sorted().joined(separator: ", "))"
    }
    for name in perSequence.keys.sorted() where !Self.sequenceLayers.contains(name) {
      return "the layer '\(name)' is not known; there are \(Self.sequenceLayers.sorted().joined(separator: ", "))"
    }
    let feedForward = hasExperts ? [] : ["gate_up_proj", "act_fn", "down_proj"]
    for name in Self.neededLayers + feedForward where dense[name] == nil { return "the layer '\(name)' is missing" }
    for name in Self.sequenceLayers.sorted() where perSequence[name] == nil { return "the layer '\(name)' is missing" }
    if hasExperts && experts.isEmpty { return "the model has experts, and no times of them are given" }
    if !attention.contains(where: { $0.chunk == 0 && $0.decodes > 0 }) { return "decode attention is missing" }
    if !attention.contains(where: { $0.chunk > 0 && $0.decodes == 0 }) { return "prefill attention is missing" }
    return nil
  }
}

/// A measured time against a count, as a function.
struct LayerCurve: Sendable {
  private let curve: PiecewiseLinear

  init(_ points: [LayerTables.Point]) {
    let sorted = points.sorted { $0.count < $1.count }
    curve = PiecewiseLinear(sorted.map { Double($0.count) }, sorted.map(\.seconds))
  }

  /// Seconds on the straight line between the points around `count`.
  func between(_ count: Int) -> Double { curve.proportional(at: Double(count)) }

  /// Seconds at the next measured count: a matrix product works in tiles of rows, so between measured counts its time
  /// does not rise with every row but jumps.
  func roundedUp(_ count: Int) -> Double {
    curve.proportional(at: curve.x.first { $0 >= Double(count) } ?? Double(count))
  }

  /// Seconds at the smallest count.
  var least: Double { curve.y[0] }
}
