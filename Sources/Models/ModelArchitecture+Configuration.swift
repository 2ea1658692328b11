import TextIO

extension ModelArchitecture {
  /// Reads the architecture from the text of a Hugging Face `config.json`.
  ///
  /// - Parameters:
  ///   - configJSON: the file's text.
  ///   - name: the model's name; used in errors too.
  ///   - file: what errors call the file; the name when not given.
  /// - Throws: an error naming file and key when a key is missing, malformed or describes something not modelled.
  public init(configJSON: String, name: String, file: String? = nil) throws(ModelConfigurationError) {
    let document: JSONNode
    do throws(JSONError) {
      document = try JSONReader.value(of: Array(configJSON.utf8))
    } catch {
      throw ModelConfigurationError(
        file: file ?? name, place: ConfigurationPlace(error), key: nil,
        message: "not a JSON document: \(error.message)")
    }
    try self.init(configuration: document, name: name, file: file)
  }

  /// The same of a configuration that stands in another document.
  public init(configuration: JSONNode, name: String, file: String? = nil) throws(ModelConfigurationError) {
    let reader = try ConfigurationReader(configuration, file: file ?? name)
    var assumptions: [String] = []
    let family = try reader.text("model_type") ?? "unnamed"
    let traits = FamilyTraits.known[family]
    if traits == nil {
      assumptions.append(
        "model_type '\(family)' is not known: a gated feed-forward, RMSNorm, rotary positions and no biases "
          + "beyond those the configuration names are assumed")
    }
    let style = traits ?? FamilyTraits()

    let hidden = try reader.required("hidden_size", "n_embd", "d_model")
    let layers = try reader.required("num_hidden_layers", "n_layer", "num_layers", "n_layers")
    let heads = try reader.required("num_attention_heads", "n_head", "n_heads")
    let attention = try reader.attention(hidden: hidden, heads: heads, style: style)
    let feedForward = try reader.feedForward(hidden: hidden, style: style)
    let experts = try reader.experts(layers: layers, dense: feedForward, family: family)
    let sliding = try reader.sliding(layers: layers)
    let activation = try reader.activationType(assumptions: &assumptions)

    self.init(
      name: name, family: family, hiddenSize: hidden, layerCount: layers, attention: attention,
      feedForward: feedForward, experts: experts,
      vocabularySize: try reader.required("vocab_size"),
      embeddingSize: try reader.count("word_embed_proj_dim") ?? hidden,
      tiedEmbeddings: try reader.flag("tie_word_embeddings") ?? style.tiedByDefault,
      learnedPositions: style.learnedPositions
        ? try reader.required("max_position_embeddings", "n_positions") + style.extraPositions : 0,
      normHasBias: style.layerNorm,
      normsPerLayer: style.normsPerLayer,
      finalNorm: style.finalNormNeedsPreNorm ? try reader.flag("do_layer_norm_before") ?? true : true,
      maximumContext: try reader.maximumContext(),
      slidingWindow: sliding.window, slidingLayerCount: sliding.layers,
      weightType: try reader.weightType() ?? activation, activationType: activation, assumptions: assumptions)
    guard roughParameterCount < Self.mostParameters else {
      throw reader.error("hidden_size", "with the other sizes, a model of more than a thousand trillion parameters")
    }
  }

  /// Beyond it, sizes in bytes would leave the range of 64-bit integers.
  private static let mostParameters = 1e15

  /// Not less than the number of parameters, nor than a few times that; in floating point, which cannot overflow.
  private var roughParameterCount: Double {
    func product(_ factors: Int...) -> Double { factors.reduce(1) { $0 * Double($1) } }
    var layer = 3 * product(hiddenSize, feedForward.intermediateSize)
    switch attention {
    case .grouped(let grouped): layer += 4 * product(hiddenSize, grouped.heads, grouped.headDimension)
    case .latent(let latent):
      let widths = latent.unrotatedDimension + latent.rotatedDimension + latent.valueDimension
      layer += product(latent.heads, widths, hiddenSize + latent.keyValueRank + (latent.queryRank ?? 0))
    }
    if let experts {
      layer += 3 * product(hiddenSize, experts.intermediateSize, experts.count)
      layer += 3 * product(hiddenSize, experts.sharedIntermediateSize)
    }
    return Double(layerCount) * layer + 2 * product(vocabularySize + learnedPositions + hiddenSize, embeddingSize)
  }
}

/// What a model family implies without saying so in its configuration.
struct FamilyTraits: Sendable {
  var gated = true
  var layerNorm = false
  var inputBias = false
  var allBias = false
  var learnedPositions = false
  var extraPositions = 0
  var tiedByDefault = false
  var finalNormNeedsPreNorm = false
  var normsPerLayer = 2
  var normalisedHeads = false

  /// By `model_type`, from the public model code of the `transformers` library.
  static let known: [String: FamilyTraits] = [
    "llama": FamilyTraits(), "mistral": FamilyTraits(), "mixtral": FamilyTraits(), "Yi": FamilyTraits(),
    "deepseek_v2": FamilyTraits(), "deepseek_v3": FamilyTraits(), "phi3": FamilyTraits(),
    "qwen2": FamilyTraits(inputBias: true), "qwen2_moe": FamilyTraits(inputBias: true),
    "qwen3": FamilyTraits(normalisedHeads: true), "qwen3_moe": FamilyTraits(normalisedHeads: true),
    "gemma2": FamilyTraits(tiedByDefault: true, normsPerLayer: 4),
    "starcoder2": FamilyTraits(gated: false, layerNorm: true, allBias: true, tiedByDefault: true),
    "opt": FamilyTraits(
      gated: false, layerNorm: true, allBias: true, learnedPositions: true, extraPositions: 2, tiedByDefault: true,
      finalNormNeedsPreNorm: true),
    "gptj": FamilyTraits(gated: false, layerNorm: true, normsPerLayer: 1),
    "gpt2": FamilyTraits(
      gated: false, layerNorm: true, allBias: true, learnedPositions: true, tiedByDefault: true),
  ]
}

extension ConfigurationReader {
  func attention(hidden: Int, heads: Int, style: FamilyTraits) throws(ModelConfigurationError) -> Attention {
    if let rank = try count("kv_lora_rank") {
      return .latent(
        LatentAttention(
          heads: heads, queryRank: try count("q_lora_rank"), keyValueRank: rank,
          unrotatedDimension: try required("qk_nope_head_dim"), rotatedDimension: try required("qk_rope_head_dim"),
          valueDimension: try required("v_head_dim")))
    }
    let sharesOneHead = try flag("multi_query") ?? false
    let keyValueHeads = try count("num_key_value_heads", "num_kv_heads") ?? (sharesOneHead ? 1 : heads)
    guard keyValueHeads <= heads, heads % keyValueHeads == 0 else {
      throw error("num_key_value_heads", "\(keyValueHeads) does not divide num_attention_heads, \(heads)")
    }
    let declared = try count("head_dim")
    guard declared != nil || hidden % heads == 0 else {
      throw error("num_attention_heads", "\(heads) does not divide hidden_size, \(hidden), and head_dim is missing")
    }
    let anyBias = try flag("attention_bias", "use_bias", "enable_bias") ?? style.allBias
    return .grouped(
      GroupedAttention(
        heads: heads, keyValueHeads: keyValueHeads, headDimension: declared ?? hidden / heads,
        inputBias: anyBias || style.inputBias, outputBias: anyBias, normalisedHeads: style.normalisedHeads))
  }

  func feedForward(hidden: Int, style: FamilyTraits) throws(ModelConfigurationError) -> FeedForward {
    let inner: Int
    if let found = try count("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size") {
      inner = found
    } else if style.gated {
      throw error("intermediate_size", "missing")
    } else {
      inner = 4 * hidden  // what GPT-2's code does when n_inner is null
    }
    return FeedForward(
      intermediateSize: inner, gated: style.gated,
      bias: try flag("mlp_bias", "use_bias", "enable_bias") ?? style.allBias)
  }

  func experts(layers: Int, dense: FeedForward, family: String) throws(ModelConfigurationError) -> MixtureOfExperts? {
    guard let experts = try count("num_local_experts", "num_experts", "n_routed_experts") else { return nil }
    guard let perToken = try count("num_experts_per_tok", "moe_topk", "moe_top_k", "num_experts_per_token") else {
      throw error("num_experts_per_tok", "missing")
    }
    guard perToken <= experts else {
      throw error("num_experts_per_tok", "\(perToken) is more than the \(experts) experts there are")
    }
    let inner = try count("moe_intermediate_size") ?? dense.intermediateSize
    var shared = try count("shared_expert_intermediate_size", minimum: 0) ?? 0
    if shared == 0, let sharedExperts = try count("n_shared_experts", "num_shared_experts", minimum: 0) {
      shared = sharedExperts * inner
    }
    let denseFirst = try count("first_k_dense_replace", minimum: 0) ?? 0
    let frequency = try count("moe_layer_freq", "decoder_sparse_step") ?? 1
    guard denseFirst <= layers else {
      throw error("first_k_dense_replace", "\(denseFirst) is more than the \(layers) layers there are")
    }
    var denseOnly: Set<Int> = []
    for value in try list("mlp_only_layers") ?? [] {
      guard let layer = value.integer, (0..<layers).contains(layer) else {
        throw error("mlp_only_layers", "wants layer numbers below \(layers), found \(value.shape)")
      }
      denseOnly.insert(layer)
    }
    // Qwen counts from the first layer ((i + 1) % step == 0), DeepSeek tests i % frequency == 0.
    let offset = values["decoder_sparse_step"] == nil ? 0 : 1
    let mixtures = (denseFirst..<layers).filter { ($0 + offset) % frequency == 0 && !denseOnly.contains($0) }.count
    return MixtureOfExperts(
      count: experts, perToken: perToken, intermediateSize: inner, sharedIntermediateSize: shared,
      sharedGate: family == "qwen2_moe", routerBias: try text("topk_method") == "noaux_tc", layerCount: mixtures)
  }

  func sliding(layers: Int) throws(ModelConfigurationError) -> (window: Int?, layers: Int) {
    guard let window = try count("sliding_window"), try flag("use_sliding_window") ?? true else { return (nil, 0) }
    if let types = try list("layer_types") {
      let sliding = types.filter { $0.string == "sliding_attention" }.count
      return sliding == 0 ? (nil, 0) : (window, sliding)
    }
    if let pattern = try count("sliding_window_pattern") { return (window, layers - layers / pattern) }
    if try text("model_type") == "gemma2" { return (window, (layers + 1) / 2) }
    return (window, layers)
  }

  /// The longest sequence, with position scaling applied as vLLM does: Llama-3's and long-rope's limits already
  /// include it, yarn scales the original length, other kinds scale the stated one.
  func maximumContext() throws(ModelConfigurationError) -> Int {
    let stated = try required("max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
    guard let scaling = try object("rope_scaling") else { return stated }
    let kind = try scaling.text("rope_type", "type") ?? "default"
    switch kind {
    case "default", "llama3", "longrope", "su", "mrope": return stated
    default: break
    }
    guard let factor = try scaling.number("factor"), factor >= 1 else {
      throw error("rope_scaling.factor", "wants a number of at least 1 for the scaling '\(kind)'")
    }
    let base = kind == "yarn" ? try scaling.count("original_max_position_embeddings") ?? stated : stated
    guard Double(base) * factor < 0x1p40 else { throw error("rope_scaling.factor", "stretches \(base) tokens too far") }
    return Int(Double(base) * factor)
  }

  func activationType(assumptions: inout [String]) throws(ModelConfigurationError) -> NumberType {
    guard let text = try text("torch_dtype", "dtype") else {
      assumptions.append("torch_dtype is not stated: bfloat16 assumed")
      return .bfloat16
    }
    guard let type = NumberType(rawValue: text), type != .fp8 else {
      throw error("torch_dtype", "wants bfloat16, float16 or float32, found \"\(Printable.excerpt(text))\"")
    }
    return type
  }

  /// The storage of quantised linear layers, `nil` when they are not quantised.
  func weightType() throws(ModelConfigurationError) -> NumberType? {
    guard let quantisation = try object("quantization_config") else { return nil }
    let method = try quantisation.text("quant_method") ?? "unnamed"
    switch method {
    case "fp8", "fbgemm_fp8": return .fp8
    case "compressed-tensors":
      if let groups = quantisation.values["config_groups"]?.members, !groups.isEmpty,
        groups.allSatisfy({ $0.value.isFloat8WeightGroup })
      {
        return .fp8
      }
    default: break
    }
    throw error("quantization_config.quant_method", "\"\(method)\" is not modelled; fp8 is")
  }
}

extension JSONNode {
  /// A group of `compressed-tensors` whose weights are 8-bit floating point.
  fileprivate var isFloat8WeightGroup: Bool {
    guard let weights = self["weights"] else { return false }
    return weights["num_bits"]?.integer == 8 && weights["type"]?.string == "float"
  }
}
